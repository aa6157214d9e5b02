"""A report as a teacher left it: their verdicts, and beside each what the machine had said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from simulator.encounter.records import Dispute, Ruling
from simulator.evaluator.checklist import Verdict
from simulator.evaluator.report import ItemReport, Report, Ruled
from simulator.evaluator.totals import Score, sum_up

VERDICTS: dict[str, tuple[str, ...]] = {  # by the kind of a mark
    "checklist": tuple(v for v in get_args(Verdict) if v != "unscored"),
    "communication": ("good", "improve", "not applicable"),
    "note": ("found", "absent"),
}
NOTE_PARTS = ("history", "differential", "justified", "workup")


def marks_of(report: Report) -> dict[str, str]:
    """All marks of a report by name, with the verdict that each has."""
    found: dict[str, str] = {item_mark(i.id): i.verdict for i in report.items}
    found |= {f"communication:{c['id']}": c["standing"] for c in report.communication}
    for part in NOTE_PARTS:
        for mark in report.reasoning[part]:
            found[note_mark(part, mark["name"])] = "found" if mark["found"] else "absent"
    return found


def answered(disputes: Sequence[Dispute], rulings: Sequence[Ruling]) -> frozenset[str]:
    """The marks that were spoken against and decided afterwards; both given oldest first."""
    said, decided = {d.mark: d.at for d in disputes}, {r.mark: r.at for r in rulings}
    return frozenset(m for m, at in said.items() if m in decided and decided[m] >= at)


def item_mark(item: str) -> str:
    """The name of the mark of a checklist's item."""
    return f"checklist:{item}"


def note_mark(part: str, name: str) -> str:
    """The name of a mark of the note."""
    return f"note:{part}:{name}"[:200]


def ruled(report: Report, rulings: Sequence[Ruling]) -> Report:
    """The report with what a teacher decided, and sums made anew.

    Args:
        report: the machine's. rulings: what was decided, oldest first; the newest on each mark
            counts, and one on a mark that the report does not have is passed over.
    """
    newest = {r.mark: r for r in rulings}
    if not newest:
        return report
    items = tuple(_item(i, newest.get(item_mark(i.id)), report) for i in report.items)
    manners = tuple(
        _manner(c, newest.get(f"communication:{c['id']}")) for c in report.communication
    )
    reasoning = {**report.reasoning, **{p: _noted(report, p, newest) for p in NOTE_PARTS}}
    totals, domains = sum_up(items, items)
    scores = report.scores.model_copy(
        update={
            "checklist": Score(
                got=totals.earned,
                of=totals.possible,
                unscored="" if totals.possible else report.scores.checklist.unscored,
            ),
            "communication": _of_manners(manners, report.scores.communication),
            "reasoning": _of_note(reasoning, report.scores.reasoning),
        }
    )
    met = {i.text for i in items if i.ruled and i.verdict == "met"}
    return report.model_copy(
        update={
            "items": items,
            "communication": manners,
            "reasoning": reasoning,
            "totals": totals,
            "domains": domains,
            "scores": scores,
            "lines": tuple(_pinned(line, items) for line in report.lines),
            "practise": tuple(p for p in report.practise if not any(map(p.startswith, met))),
            "ruled": len(newest.keys() & marks_of(report).keys()),
        }
    )


def _decided(ruling: Ruling, machine: str) -> Ruled:
    return Ruled(machine=machine, comment=ruling.comment, by=ruling.by, at=ruling.at.isoformat())


def _item(item: ItemReport, ruling: Ruling | None, report: Report) -> ItemReport:
    if ruling is None:
        return item
    changed: dict[str, Any] = {"ruled": _decided(ruling, item.verdict), "unsure": False}
    if ruling.verdict != item.verdict:
        changed |= {
            "verdict": ruling.verdict,
            "reason": "",
            "quote": "",
            "turn": None,
            "line": None,
        }
    proof = next((x for x in report.lines if x.mine and x.turn == ruling.turn), None)
    if proof is not None and ruling.verdict in ("met", "partly"):
        changed |= {"quote": proof.text, "turn": proof.turn, "line": proof.line}
    return item.model_copy(update=changed)


def _manner(manner: dict[str, Any], ruling: Ruling | None) -> dict[str, Any]:
    if ruling is None:
        return manner
    told = _decided(ruling, manner["standing"]).model_dump()
    advice = manner["advice"] if ruling.verdict == manner["standing"] else ""
    return {**manner, "standing": ruling.verdict, "advice": advice, "ruled": told}


def _noted(report: Report, part: str, newest: dict[str, Ruling]) -> list[dict[str, Any]]:
    marks = []
    for mark in report.reasoning[part]:
        ruling = newest.get(note_mark(part, mark["name"]))
        if ruling is not None:
            told = _decided(ruling, "found" if mark["found"] else "absent").model_dump()
            mark = {**mark, "found": ruling.verdict == "found", "wrong": False, "ruled": told}
        marks.append(mark)
    return marks


def _of_manners(manners: Sequence[dict[str, Any]], before: Score) -> Score:
    arose = [m for m in manners if m["standing"] != "not applicable"]
    good = sum(m["standing"] == "good" for m in arose)
    return Score(got=good, of=len(arose), unscored="" if arose else before.unscored)


def _of_note(reasoning: dict[str, Any], before: Score) -> Score:
    marks = [m for part in NOTE_PARTS for m in reasoning[part]]
    return before.model_copy(update={"got": sum(m["found"] for m in marks), "of": len(marks)})


def _pinned(line: Any, items: Sequence[ItemReport]) -> Any:
    """A line of the talk with the items that it earned, as they now stand."""
    earned = tuple(i.id for i in items if i.line == line.line and i.verdict in ("met", "partly"))
    return line.model_copy(update={"items": earned})
