"""The short interviews by kind of fault name what their cases hold, and their checks can fail."""

from __future__ import annotations

import pytest

from bench.kinds import PARTS, Check, faults, load, scripts_of
from simulator.patient.turn import Decision, Part, Reply, Understanding
from simulator.settings import Settings


def test_what_an_interview_looks_for_stands_in_its_case() -> None:
    interviews = [i for part in PARTS for i in load(part)]
    scripts = scripts_of(interviews, Settings())
    for interview in interviews:
        check = interview.check
        named = (*check.told_any, *check.told_all, *check.told_none, *(check.told_only or ()))
        ids = {i for name in named for i in name.split("|")} - {"*"}
        assert ids <= {f.id for f in scripts[interview.script].facts}, interview.id


def test_an_interview_stands_in_one_part_alone() -> None:
    ids = [i.id for part in PARTS for i in load(part)]
    assert len(ids) == len(set(ids))


def reply(text: str, *told: str, rapport: float = 0.0) -> tuple[Reply, float]:
    part = Part("tell", told) if told else Part("unknown")
    return Reply(text, Understanding("question_closed", ()), Decision((part,), rapport)), rapport


@pytest.mark.parametrize(
    ("check", "passes"),
    [
        ({"told_any": ("onset|start",)}, True),
        ({"told_only": ("onset", "place")}, True),
        ({"told_only": ("place",)}, False),
        ({"told_none": ("*",)}, False),
        ({"told_all": ("onset", "place")}, False),
        ({"denied_any": ("ros.fever",)}, False),
        ({"reply_any": ("^since",)}, True),
        ({"reply_not": ("monday",)}, False),
        ({"warmth_not_negative": True}, False),
    ],
)
def test_an_answer_passes_only_what_it_meets(check: dict[str, object], passes: bool) -> None:
    talk = [reply("Hello.", rapport=1.0), reply("Since Monday.", "onset", rapport=0.5)]
    assert (faults(Check.model_validate(check), talk) == []) == passes
