"""Talks and reports made by hand: what a course's figures are worked out from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.course.talks import Talk
from simulator.encounter.records import Note, Rating, Ruling
from simulator.evaluator.report import ItemReport, Line, Report
from simulator.evaluator.rulings import ruled
from simulator.evaluator.totals import Score, Scores, sum_up

START = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
WORDS = {"m": "met", "p": "partly", "n": "not met", "-": "not applicable", "u": "unscored"}


def items_from(
    marks: str | Mapping[str, str], critical: Sequence[str] = (), **domains: str
) -> tuple[ItemReport, ...]:
    """Items a, b, c … by one letter a verdict: 'mn-' is met, not met, not applicable."""
    given = (
        marks if isinstance(marks, Mapping) else dict(zip("abcdefghijklmnop", marks, strict=False))
    )
    return tuple(_item(name, letter, name in critical, domains) for name, letter in given.items())


def _item(name: str, letter: str, critical: bool, domains: Mapping[str, str]) -> ItemReport:
    said = letter in "mp"
    return ItemReport.model_validate(
        {
            "id": name, "text": f"Asks about {name}", "domain": domains.get(name, "hpi"),
            "weight": 1.0, "critical": critical, "verdict": WORDS[letter],
            "quote": f"What about {name}?" if said else "", "line": 0 if said else None,
            "turn": 1 if said else None, "confidence": 0.9, "reason": "", "why": "", "ask": "",
            "volunteered": None, "unsure": letter == "p",
        }
    )  # fmt: skip


def manner(name: str, standing: str, *quotes: str) -> dict[str, Any]:
    """How a manner of talking stood."""
    said = [{"line": 0, "turn": 1, "text": q} for q in quotes]
    return {
        "id": name, "title": name.title(), "standing": standing, "detail": "", "advice": "",
        "guide": "", "quotes": said, "count": 0, "of": 0,
    }  # fmt: skip


def report_of(
    marks: str | Mapping[str, str], critical: Sequence[str] = (), case: str = "cough",
    manners: Sequence[dict[str, Any]] = (), found: Mapping[str, bool] | None = None,
    **domains: str,
) -> Report:  # fmt: skip
    """A report with these marks; `found` are the diagnoses that the note has or lacks."""
    items = items_from(marks, critical, **domains)
    totals, sums = sum_up(items, items)
    good = sum(m["standing"] == "good" for m in manners)
    noted = [
        {"name": n, "found": there, "quote": n if there else "", "wrong": False}
        for n, there in (found or {}).items()
    ]
    parts: dict[str, Any] = dict.fromkeys(("history", "justified", "workup", "beyond_key"), ())
    unscored: dict[str, Any] = {"reason": "", "shares": {}, "scored": False}
    scores = Scores(
        checklist=Score(got=totals.earned, of=totals.possible),
        communication=Score(got=good, of=len(manners), unscored="" if manners else "nothing"),
        reasoning=Score(got=sum(m["found"] for m in noted), of=len(noted)),
    )
    line = Line(
        line=0, turn=1, mine=True, speaker="resident", text="=What about it?", act="", items=(),
        told=(),
    )  # fmt: skip
    return Report(
        script_id=case, script_version="1.0.0", script_hash="0" * 16, rubric="r 1",
        code_version="0", judge="none", title=case.title(), patient="Alva Berg",
        made_at=START.isoformat(), diagnosis="", items=items, domains=sums, totals=totals,
        scores=scores, communication=tuple(manners),
        reasoning={**parts, "differential": noted, **unscored}, teaching=(), practise=(),
        lines=(line,), orders=(), hints=0, mode="practice", minutes=5.0, note=Note(),
        self_assessment=None,
    )  # fmt: skip


def talk_of(
    resident: str, marks: str | Mapping[str, str], day: int = 0, *, branch: str = "",
    rulings: Sequence[Ruling] = (), ratings: Sequence[Rating] = (), **more: Any,
) -> Talk:  # fmt: skip
    """A talk of a resident's, some days after the first Monday."""
    machine = report_of(marks, **more)
    return Talk(
        f"{resident}-{day}", resident, machine.script_id, START + timedelta(days=day),
        ruled(machine, rulings), machine, tuple(rulings), branch, ratings=tuple(ratings),
    )  # fmt: skip


def ruling(mark: str, verdict: str, day: int = 0) -> Ruling:
    return Ruling(mark, verdict, "", 1, "teacher", START + timedelta(days=day))


def rating(level: int | None, by: str = "teacher", blind: bool = True) -> Rating:
    return Rating(level, by, START, blind)
