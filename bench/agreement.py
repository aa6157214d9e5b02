"""How far two readers agree on the labels of the same turns: `bench agreement`.

A second reader, blind to the first, labelled every doctor's turn of a tenth of the interviews,
given the case's facts. Both are language-model readers briefed as clinicians.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.turns import LABELS, plain_id
from simulator.evaluator.agreement import cohen_kappa
from simulator.settings import ROOT, Settings

Turn = dict[str, Any]


def measure(arguments: list[str], settings: Settings) -> dict[str, Any]:
    """Agreement on what is asked, denied and not known, and on the main act of the turn."""
    first = {r["interview"]: r for r in _rows(ROOT / "training" / "labels" / "interviews.jsonl")}
    pairs = [
        (one, two)
        for row in _rows(LABELS / "fine" / "second.jsonl")
        for one, two in _both(first[row["interview"]]["turns"], row["turns"])
    ]
    asked = [(_facts(a), _facts(b)) for a, b in pairs]
    shared, either = sum(len(a & b) for a, b in asked), sum(len(a) + len(b) for a, b in asked)
    figures = {
        "n": len(pairs),
        "interviews": len(list(_rows(LABELS / "fine" / "second.jsonl"))),
        "facts_asked_f1": round(2 * shared / either, 3),
        "facts_asked_same_set": _same(pairs, _facts),
        "something_denied_kappa": _kappa(pairs, lambda t: bool(t.get("denied"))),
        "something_asked_kappa": _kappa(pairs, lambda t: bool(_facts(t) or t.get("denied"))),
        "main_act_same": _same(pairs, lambda t: t["acts"][0]),
        "main_act_among_the_others": round(
            sum(a["acts"][0] in b["acts"] for a, b in pairs) / len(pairs), 3
        ),
    }
    for name, value in figures.items():
        print(f"{name:26} {value}")
    return figures


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())


def _both(one: list[Turn], two: list[Turn]) -> Iterator[tuple[Turn, Turn]]:
    other = {t["turn"]: t for t in two}
    yield from ((t, other[t["turn"]]) for t in one if t["turn"] in other)


def _facts(turn: Turn) -> frozenset[str]:
    return frozenset(plain_id(a[0]) for a in turn.get("asked", ()))


def _same(pairs: list[tuple[Turn, Turn]], view: Callable[[Turn], Any]) -> float:
    return round(sum(view(a) == view(b) for a, b in pairs) / len(pairs), 3)


def _kappa(pairs: list[tuple[Turn, Turn]], view: Callable[[Turn], bool]) -> float:
    table = np.zeros((2, 2))
    for one, two in pairs:
        table[int(view(one)), int(view(two))] += 1
    return round(float(cohen_kappa(table)), 3)
