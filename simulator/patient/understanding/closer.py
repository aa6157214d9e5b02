"""A closer look at the likeliest candidates: how turn, line and talk bear on each other.

The signs of `signs` are sums over words; they no longer tell "when was that?" of an allergy from
the same words of the illness. Here the vectors themselves are compared: the turn with each line,
what was told last with each line, and with the turn. Fitted by `training closer`.
Method: low-rank bilinear pooling (Kim et al., 2017) beside the signs, one hidden layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulator.knowledge.adapter import read_fitted
from simulator.knowledge.encoder import Vectors, unit
from simulator.patient.case import Case, Rows
from simulator.patient.turn import State
from simulator.patient.understanding.reader import Read
from simulator.patient.understanding.signs import Candidates

LOOKED_AT = 24  # of what is asked for, nearly all is among so many
ALONE, TOGETHER = 3.0, 25.0  # bring the products of unit vectors to the size of the signs
SIDES = {  # what is brought to few directions, and the view that it is
    "line": "lines",
    "line_told": "lines",
    "line_before": "lines",
    "words": "words",
    "turn": "turn",
    "told": "told",
    "before": "before",
}
PRODUCTS = (
    ("line", "turn"),
    ("line_told", "told"),
    ("turn", "told"),
    ("line", "words"),
    ("line_before", "before"),
)


@dataclass(frozen=True, slots=True)
class Views:
    """Unit vectors of some candidates and of the turn.

    `lines` and `words`, shape (candidates, dimensions): what is said of each, and the turn's words
    that it rests on; `turn`, `told` and `before`, shape (dimensions,): the turn, the lines that
    were told last, and the talk's last words; zero where there were none.
    """

    lines: Vectors
    words: Vectors
    turn: Vectors
    told: Vectors
    before: Vectors


def views_of(read: Read, of: Candidates, case: Case, state: State, at: Rows) -> Views:
    """The vectors of the candidates `at` these places, and of the turn that was read."""
    none = np.zeros_like(read.mean)
    last = [case.rows[f].says[0] for f in state.last_facts if f in case.rows]
    return Views(
        np.stack([_line(of, int(i), read, case) for i in at]),
        of.weights[:, at].T @ read.tokens,
        read.mean,
        unit(case.vectors[last].mean(axis=0)) if last else none,
        unit(read.before.mean(axis=0)) if len(read.before) else none,
    )


def _line(of: Candidates, i: int, read: Read, case: Case) -> Vectors:
    """A topic's answer, or of a fact's lines the one nearest to the turn."""
    fact, line = of.facts[i], case.field.answers[case.field.row_of[of.topics[i]]]
    if fact is not None:
        says = case.vectors[list(case.rows[fact].says)]
        line = says[int(np.argmax(says @ read.mean))]
    found: Vectors = line
    return found


class Closer:
    """Several networks, fitted apart, and their mean."""

    def __init__(self, file: Path) -> None:
        parts, self.names = read_fitted(file, "the fitted closer look", "signs")
        self._mean, self._scale = parts.pop("mean"), parts.pop("scale")
        count = len(parts["out"])
        self._networks = [{name: part[n] for name, part in parts.items()} for n in range(count)]

    def look(self, of: Candidates, views: Views, at: Rows) -> Vectors:
        """For each of the candidates `at` these places the probability that it is asked for."""
        columns = [of.names.index(name) for name in self.names]
        signs = (of.signs[at][:, columns] - self._mean) / self._scale
        mean: Vectors = np.mean([_chances(n, signs, views) for n in self._networks], axis=0)
        return mean


def _chances(part: Mapping[str, Vectors], signs: Vectors, views: Views) -> Vectors:
    """What one network makes of the signs and vectors of some candidates."""
    seen = {side: np.atleast_2d(getattr(views, of) @ part[side]) for side, of in SIDES.items()}
    found = [ALONE * seen["turn"], *(TOGETHER * seen[a] * seen[b] for a, b in PRODUCTS)]
    wide = [np.broadcast_to(each, seen["line"].shape) for each in found]
    hidden = np.maximum(np.concatenate([signs, *wide], axis=1) @ part["in"] + part["in.bias"], 0.0)
    logits = hidden @ part["out"] + part["out.bias"]
    chances: Vectors = (1 / (1 + np.exp(-logits)))[:, 0]
    return chances
