"""The patient's own words about the talk: only what is true of it, three at most."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from simulator.encounter.records import Note
from simulator.evaluator.afterwords import choose_afterwords
from simulator.evaluator.report import compose
from simulator.scripts.schema import PatientScript
from simulator.services import Services

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
LINES = [
    {"says": "You asked when it began.", "after": "onset"},
    {"says": "Nobody asked about my fever.", "without": "fever"},
    {"says": "Thank you all the same."},
    {"says": "That was one more."},
]


@pytest.mark.parametrize("lines", [LINES, []])
def test_what_is_true_of_the_talk_is_said(
    services: Services, make_script: Callable[..., PatientScript], lines: list[dict[str, str]]
) -> None:
    script = make_script(debrief={"patient_says": lines})
    report = compose(services.case(script), services, (), (), Note(), NOW)
    assert choose_afterwords(script, report) == tuple(x["says"] for x in lines[1:4])
