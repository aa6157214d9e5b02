"""The labelled turns of real clinicians: what a perfect patient would answer to each.

The interviews (shared/data) are not in this repository; the labels in bench/labels name them by
id and turn. Every interview belongs to one part: `tune` (weights and rules were set on it),
`validate` (what was kept was chosen on it), `report` (looked at only to report).
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from simulator.errors import SimulatorError
from simulator.scripts.parsing import read_script
from simulator.scripts.schema import PatientScript
from simulator.settings import ROOT

LABELS = ROOT / "bench" / "labels"
CASES = ROOT / "bench" / "cases"
DATA = ROOT.parent / "shared" / "data" / "interviews.jsonl"
PARTS = ("tune", "validate", "report")

Row = dict[str, Any]


def load_labels(part: str) -> list[Row]:
    """The labels of one part, with the words that they belong to.

    Raises:
        SimulatorError: the interviews are not there.
    """
    interviews = read_interviews()
    split = json.loads((LABELS / "split.json").read_text(encoding="utf-8"))
    chosen = frozenset(split[part])
    rows: list[Row] = []
    for path in sorted(LABELS.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["interview"] in chosen:
                rows.append({**row, "text": interviews[row["interview"]][row["turn"]][1]})
    return rows


def load_second() -> dict[tuple[str, int], Row]:
    """A second reader's labels of some report turns, made blind to the first; by turn."""
    lines = (LABELS / "second" / "report.jsonl").read_text(encoding="utf-8").splitlines()
    return {(r["interview"], r["turn"]): r for r in map(json.loads, lines)}


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


def script_of(script_id: str, folder: Any) -> PatientScript:
    """The released case of that id in `folder`, or the one written only for measuring."""
    path = folder / f"{script_id}.yaml"
    return read_script(path if path.is_file() else CASES / f"{script_id}.yaml")[0]
