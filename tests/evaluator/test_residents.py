"""Simulated residents of known skill: what they plan, and that their marks rise with it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from simulator.evaluator.residents import (
    BEHAVIOURS,
    SKILLS,
    interview,
    load_sayings,
    plan,
    report_of,
)
from simulator.services import Services
from simulator.settings import ROOT

CASES = ("chest-pain-maria-lopez", "low-mood-hannah-weiss")


def test_more_skill_is_the_same_and_more_in_an_order_that_the_seed_decides(
    services: Services,
) -> None:
    script = services.library.get(CASES[0])
    plans = [plan(script, skill) for skill in SKILLS]
    for less, more in pairwise(plans):
        assert more.items[: len(less.items)] == less.items
        assert len(more.items) > len(less.items)
        assert less.behaviours <= more.behaviours
    assert plan(script, 0.5) == plan(script, 0.5)
    assert plan(script, 0.5, seed=1).items != plan(script, 0.5).items
    assert plan(script, 1.0).behaviours == set(BEHAVIOURS)


@pytest.mark.parametrize("case", CASES)
def test_marks_rise_strictly_with_skill(case: str, services: Services) -> None:
    script, sayings = services.library.get(case), load_sayings(ROOT / "knowledge")
    earned = []
    for skill in (SKILLS[0], SKILLS[2], SKILLS[4]):
        patient = services.patient(script)
        held = interview(patient, plan(script, skill), sayings)
        earned.append(report_of(held, services, patient).totals.earned)
    assert all(less < more for less, more in pairwise(earned)), earned
