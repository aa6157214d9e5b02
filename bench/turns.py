"""The labelled turns: what a perfect patient would answer to each.

The interviews (shared/data) are not in this repository; labels name them by id and turn. Parts:
`tune` (small constants were looked at on it), `validate` (what was kept was chosen on
it), `report` (looked at only to report), put to our released cases; `fine`, 25 interviews that were
drawn before any was labelled for training and labelled by a reader of their own, each put to a case
cut finely from it; `blind`, questions written by one who saw only the doorway note and labelled by
another.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simulator.errors import SimulatorError
from simulator.scripts.parsing import read_script
from simulator.scripts.schema import PatientScript
from simulator.settings import ROOT

LABELS = ROOT / "bench" / "labels"
CASES = ROOT / "bench" / "cases"
DATA = ROOT.parent / "shared" / "data" / "interviews.jsonl"
OLD_PARTS = ("tune", "validate", "report")
PARTS = (*OLD_PARTS, "fine", "blind")
POINTED = ("asked", "broad", "denied", "unknown")  # what labels name with its words

Row = dict[str, Any]


def load_labels(part: str) -> list[Row]:
    """The labels of one part, with the words that they belong to and the script that is asked.

    Raises:
        SimulatorError: the interviews are not there.
    """
    if part == "blind":
        return list(_blind())
    interviews = read_interviews()
    if part == "fine":
        return list(_fine(interviews))
    split = json.loads((LABELS / "split.json").read_text(encoding="utf-8"))
    chosen = frozenset(split[part])
    rows: list[Row] = []
    for path in sorted(LABELS.glob("*.jsonl")):
        for row in _lines(path):
            if row["interview"] in chosen:
                rows.append({**row, "text": interviews[row["interview"]][row["turn"]][1]})
    return rows


def _lines(path: Path) -> Iterator[Row]:
    yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())


def _blind() -> Iterator[Row]:
    for row in _lines(LABELS / "fine" / "blind.jsonl"):
        yield {**row, "interview": "blind", "open": "open" in row["acts"], "act": ""}


def _fine(interviews: dict[str, list[list[str]]]) -> Iterator[Row]:
    for labels in _lines(LABELS / "fine" / "report.jsonl"):
        for turn in labels["turns"]:
            yield {
                "script": f"fine {labels['interview']}",
                "interview": labels["interview"],
                "turn": turn["turn"],
                "text": interviews[labels["interview"]][turn["turn"]][1],
                "acts": turn["acts"],
                "act": "",
                "facts": list(dict.fromkeys(plain_id(a[0]) for a in turn.get("asked", ()))),
                "optional": [plain_id(f) for f in turn.get("optional", ())],
                "denied": [d[0] for d in turn.get("denied", ())],
                "unknown": bool(turn.get("unknown")),
                "open": "open" in turn["acts"] and not turn.get("asked"),
                "places": _places(turn),
            }


def _places(turn: Row) -> int:
    """How many separate places of a turn ask for something; those that overlap are one."""
    marked = [m for kind in POINTED for m in turn.get(kind, ()) if len(m) == 3]
    count, end = 0, -1
    for _, start, stop in sorted(marked, key=lambda m: m[2]):
        if start >= end:
            count, end = count + 1, stop
    return count


def plain_id(fact: str) -> str:
    """A labelled fact's id as a script may have it."""
    return fact.lower().lstrip("_-")


def load_second(part: str = "report") -> dict[tuple[str, int], Row]:
    """A second reader's labels of some turns, made blind to the first; by turn."""
    rows = _lines(LABELS / "second" / f"{part}.jsonl")
    return {(r["interview"], r["turn"]): r for r in rows}


def read_interviews() -> dict[str, list[list[str]]]:
    """The real interviews by id, each a list of [speaker, words].

    Raises:
        SimulatorError: the interviews are not there.
    """
    if not DATA.is_file():
        raise SimulatorError(
            f"{DATA} is not there: the interviews are not part of the repository; "
            "see docs/figures.md"
        )
    with DATA.open(encoding="utf-8") as file:
        return {x["id"]: x["turns"] for x in map(json.loads, file)}


def by_encounter(rows: list[Row]) -> list[list[Row]]:
    """The rows of each interview with each case, in the order of the turns."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["script"], row["interview"]].append(row)
    return [sorted(g, key=lambda r: r["turn"]) for g in groups.values()]


def script_of(script_id: str, folder: Path, plain: bool = False) -> PatientScript:
    """The released case of that id, the one written only for measuring, or one of part `fine`.

    Args:
        script_id: which. folder: where released cases are.
        plain: as a plain-text case would have it: of each fact the line, the tier and nothing else.
    """
    if script_id.startswith("fine "):
        script = _fine_script(script_id.removeprefix("fine "))
    else:
        path = folder / f"{script_id}.yaml"
        script = read_script(path if path.is_file() else CASES / f"{script_id}.yaml")[0]
    if not plain:
        return script
    bare = tuple(f.model_copy(update={"topic": None, "asks": (), "also": ()}) for f in script.facts)
    return script.model_copy(update={"facts": bare})


def _fine_script(interview: str) -> PatientScript:
    rows = _lines(LABELS / "fine" / "report.jsonl")
    labels = next(r for r in rows if r["interview"] == interview)
    slug = interview.lower().replace(":", "-")
    return PatientScript.model_validate(
        {
            "schema": 1,
            "id": slug,
            "version": "1.0.0",
            "title": labels["concern"],
            "doorway": {
                "setting": "Clinic", "name": "N N", "age": 40, "sex": "not stated",
                "concern": labels["concern"],
            },
            "opening": labels["opening"],
            "facts": [
                {"id": plain_id(fact), "topic": topic, "tell": tier, "says": says}
                for fact, topic, tier, says in labels["facts"]
            ],
        }
    )  # fmt: skip
