from __future__ import annotations

from datetime import UTC, datetime

import pytest

from simulator.encounter.records import Flagged, Turn
from simulator.patient.trace import Trace
from simulator.patient.turn import State
from simulator.studio import misses
from simulator.studio.desk import Desk
from tests.conftest import make_script

ASKED = [
    "What is your blood group?",
    "what is your blood group",
    "When did it start?",
    "How tall is your brother?",
]


class Kept:
    """Turns of a case, answered by the patient now."""

    def __init__(self, desk: Desk) -> None:
        patient = desk.patient(make_script())
        self.turns: list[Turn] = []
        for n, said in enumerate(ASKED):
            reply, _ = patient.reply(said, State())
            at = datetime(2026, 1, 1, tzinfo=UTC)
            self.turns.append(Turn(n, str(n), said, reply.text, Trace.of(reply), {}, at))

    def turns_of_case(self, script_id: str, most: int) -> list[Turn]:
        return self.turns[:most] if script_id == "sore-knee" else []

    def flagged(self, script_id: str) -> list[Flagged]:
        return []


@pytest.fixture
def kept(desk: Desk) -> Kept:
    return Kept(desk)


def texts(groups: list[misses.Group]) -> dict[str, int]:
    return {m.text: m.times for g in groups for m in g.misses}


def test_what_was_not_known_is_grouped_and_counted_and_what_was_answered_is_not_there(
    desk: Desk, kept: Kept
) -> None:
    found = misses.find(kept, desk.drafts, make_script())
    assert texts(found)["What is your blood group?"] == 2
    assert "When did it start?" not in texts(found)
    assert all(g.fact in {"", "knee", "onset", "fall", "drink"} for g in found)


def test_a_question_that_was_taken_up_is_gone(desk: Desk, kept: Kept) -> None:
    facts = [{"id": "group", "says": "Zero.", "asks": ["What is your blood group?"]}]
    found = misses.find(kept, desk.drafts, make_script(facts=facts, checklist=[]))
    assert "What is your blood group?" not in texts(found)


def test_a_dismissed_question_stays_away(desk: Desk, kept: Kept) -> None:
    misses.dismiss(desk.drafts, "sore-knee", "How tall is your brother?")
    found = misses.find(kept, desk.drafts, make_script())
    assert "How tall is your brother?" not in texts(found)
    assert "What is your blood group?" in texts(found)
