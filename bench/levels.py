"""How far the program's levels of communication agree with readers', dimension by dimension.

Two readings of the gold talks: by two language-model readers apart, blind to each other (in
`marks.jsonl`), and by one language-model reader twice, in two orders (`communication.jsonl`).
The lower of the two agreements counts.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from simulator.evaluator.agreement import Estimate, Table, bootstrap, weighted_kappa
from simulator.knowledge.certificates import LEAST, Certificate, certificate_file
from simulator.knowledge.rubrics import Rubric

LEVELS = 5
Marks = dict[str, int]  # of a talk, by dimension
Readings = dict[str, tuple[Marks, Marks]]  # of two readers, by talk


def read_levels(gold: Path, part: str) -> dict[str, Readings]:
    """The readers' levels of a part: `apart` by two readers, `twice` by one."""
    talks = _rows(gold / "marks.jsonl", part)
    again = _rows(gold / "communication.jsonl", part)
    return {
        "apart": {r["file"]: (r["communication"][0], r["communication"][1]) for r in talks},
        "twice": {r["file"]: (r["first"], r["second"]) for r in again},
    }


def _rows(path: Path, part: str) -> list[dict[str, Any]]:
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [r for r in rows if r["part"] == part]


def compare(program: dict[str, Marks], readings: dict[str, Readings]) -> dict[str, Any]:
    """Of each dimension the program's agreement and the readers' own.

    Args:
        program: its levels, by talk. readings: as `read_levels` gives them.
    """
    dimensions = dict.fromkeys(d for levels in program.values() for d in levels)
    return {d: _dimension(d, program, readings) for d in dimensions}


def _dimension(
    name: str, program: dict[str, Marks], readings: dict[str, Readings]
) -> dict[str, Any]:
    found: dict[str, Any] = {"talks": len(program)}
    lowest: list[float] = []
    for kind, reading in readings.items():
        ours = [(program[t][name], two[k][name]) for t, two in reading.items() for k in (0, 1)]
        whole = [(_rest(two[k], name), two[k][name]) for two in reading.values() for k in (0, 1)]
        kappa = _kappa(ours, 2)
        lowest.append(kappa.value if kappa else math.nan)
        found[f"against_{kind}"] = kappa.model_dump() if kappa else None
        found[f"readers_{kind}"] = _value([(a[name], b[name]) for a, b in reading.values()])
        found[f"rest_{kind}"] = _value(whole)
    least = float(np.min(lowest)) if lowest else math.nan
    return {**found, "kappa": None if math.isnan(least) else least}


def _rest(levels: Marks, name: str) -> int:
    """What a reader's levels of the other dimensions alone would give: their mean, rounded."""
    return round(float(np.mean([v for d, v in levels.items() if d != name])))


def _kappa(pairs: Sequence[tuple[int, int]], of_a_talk: int = 1) -> Estimate | None:
    tables: Table = np.zeros((len(pairs) // of_a_talk, LEVELS, LEVELS))
    for place, (one, two) in enumerate(pairs):
        tables[place // of_a_talk, one - 1, two - 1] += 1
    return bootstrap(tables, weighted_kappa) if len(tables) else None


def _value(pairs: Sequence[tuple[int, int]]) -> float | None:
    found = _kappa(pairs)
    return found.value if found else None


def rows(compared: dict[str, Any]) -> list[str]:
    """A line a dimension: the agreement that counts, and what stands beside it."""
    lines = [
        f"{'weighted kappa':26} counts  apart (95 %)        twice (95 %)        "
        "readers apart/twice  the other dimensions alone"
    ]
    for name, d in compared.items():
        apart, twice = (
            f"{e['value']:.2f} ({e['low']:.2f}–{e['high']:.2f})" if e else "-"
            for e in (d["against_apart"], d["against_twice"])
        )
        own = f"{d['readers_apart']} / {d['readers_twice']}"
        kappa = "-" if d["kappa"] is None else f"{d['kappa']:.2f}"
        passes = d["kappa"] is not None and d["kappa"] >= LEAST
        mark = "" if passes else "  not certified"
        lines.append(f"{name:26} {kappa:7} {apart:19} {twice:19} {own:20} {d['rest_apart']}{mark}")
    return lines


def keep(compared: dict[str, Any], rubric: Rubric, reader: str, folder: Path) -> Path:
    """Write the certificate of a rubric into a knowledge folder, in place of an earlier one."""
    certificate = Certificate(
        rubric=rubric.name,
        reader=reader,
        talks=next(iter(compared.values()))["talks"],
        kappa={name: d["kappa"] for name, d in compared.items()},
    )
    file = certificate_file(folder, rubric.id)
    file.parent.mkdir(exist_ok=True)
    head = (
        "# Which dimensions of communication agree with readers: written by bench score report "
        "--keep.\n# From a weighted kappa of 0.6 on, a dimension is certified; all others are "
        "shown as not certified.\n"
    )
    text = yaml.safe_dump(certificate.model_dump(), sort_keys=False)
    file.write_text(head + text, encoding="utf-8")
    return file
