"""What is left of a report when its words go, and the marks that a course needs stay."""

from __future__ import annotations

from typing import Any

from simulator.encounter.records import Note
from simulator.evaluator.checklist import Word
from simulator.evaluator.report import LevelReport, Report


def without_words(report: Report) -> Report:
    """The marks of a report alone: nothing that was said or written, and not where it stood."""
    bare: dict[str, Any] = {"quote": "", "line": None, "turn": None, "volunteered": None}
    items = [
        i.model_copy(update={**bare, "reason": "", "judged": _mute(i.judged)}) for i in report.items
    ]
    parts = ("history", "differential", "justified", "workup")
    marks = {p: [{**m, "quote": ""} for m in report.reasoning.get(p, ())] for p in parts}
    return report.model_copy(
        update={
            "items": tuple(items),
            "communication": tuple({**c, "quotes": [], "detail": ""} for c in report.communication),
            "levels": tuple(_silent(level) for level in report.levels),
            "reasoning": {**report.reasoning, **marks, "beyond_key": []},
            "lines": (),
            "orders": (),
            "note": Note(),
            "self_assessment": None,
        }
    )


def _silent(level: LevelReport) -> LevelReport:
    steps = (s.model_copy(update={"quote": "", "line": None, "turn": None}) for s in level.steps)
    return level.model_copy(update={"steps": tuple(steps)})


def _mute(word: Word | None) -> Word | None:
    return word and word.model_copy(update={"quote": "", "line": None, "why": ""})
