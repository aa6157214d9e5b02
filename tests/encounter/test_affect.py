"""How the patient looks: from the script at first, then from how the talk goes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from simulator.encounter.affect import affect_at_first, affect_now
from simulator.encounter.records import Turn
from simulator.scripts.schema import PatientScript
from tests.conftest import make_script
from tests.traces import make_trace

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
TRUSTING = 3.5


def anxious(**patient: Any) -> PatientScript:
    return make_script(patient={"affect": {"baseline": "anxious"}, **patient})


def talk(*traces: dict[str, Any]) -> list[Turn]:
    return [Turn(n, f"t{n}", "…", "…", make_trace(**t), {}, NOW) for n, t in enumerate(traces, 1)]


@pytest.mark.parametrize(
    ("mood", "looks"),
    [
        ("anxious", "uneasy"),
        ("quiet, in pain and frightened", "in-pain"),
        ("flat and guarded", "downcast"),
        ("genial, rambling and guarded about his independence", "at-ease"),
        ("calm", "at-ease"),
        ("nothing that is known here", "at-ease"),
    ],
)
def test_the_mood_that_the_author_names_first_is_seen_at_first(mood: str, looks: str) -> None:
    assert affect_at_first(make_script(patient={"affect": {"baseline": mood}})) == looks


def test_the_authors_choice_goes_before_the_mood() -> None:
    assert affect_at_first(make_script(portrait={"looks": "in-pain"})) == "in-pain"


def test_trust_eases_and_a_hurt_closes() -> None:
    script = anxious()
    assert affect_now(script, []) == "uneasy"
    assert affect_now(script, talk({"rapport": TRUSTING})) == "at-ease"
    assert affect_now(script, talk({"rapport": 1.0}, {"rapport": -0.7})) == "closed"
    assert affect_now(script, talk({"rapport": -2.0})) == "closed"


def test_whoever_keeps_something_back_looks_away_until_trust_grows() -> None:
    kept = {"withheld": ["drink"]}
    assert affect_now(anxious(), talk({**kept, "rapport": 0.1})) == "closed"
    assert affect_now(anxious(), talk({**kept, "rapport": 2.0})) == "uneasy"


def test_what_is_told_only_in_trust_shows_for_two_turns_and_once() -> None:
    told, calm = {"told": ["drink"], "rapport": TRUSTING}, {"rapport": TRUSTING}
    assert affect_now(anxious(), talk(told)) == "downcast"
    assert affect_now(anxious(), talk(told, calm)) == "downcast"
    assert affect_now(anxious(), talk(told, calm, calm)) == "at-ease"
    assert affect_now(anxious(), talk(told, calm, told)) == "at-ease"
    assert affect_now(anxious(concerns=["drink"]), talk(told)) == "tearful"


def test_pain_is_not_talked_away() -> None:
    script = make_script(portrait={"looks": "in-pain"})
    assert affect_now(script, talk({"rapport": 2.0})) == "in-pain"
    assert affect_now(script, talk({"rapport": TRUSTING})) == "uneasy"
