"""Fit the closer look at the likeliest candidates, on the turns that the decision is fitted on.

The fitted decision chooses what is looked at; signs and vectors of those are what is learned from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simulator.knowledge.encoder import Vectors
from simulator.patient.case import Rows as Places
from simulator.patient.understanding.closer import (
    ALONE,
    LOOKED_AT,
    PRODUCTS,
    SIDES,
    TOGETHER,
    Views,
    views_of,
)
from simulator.patient.understanding.decision import Decision
from training.decision import Played, Rows
from training.fitting import DECAY, LEAST_SPREAD, Part, keep, layers_of, minimise

SIZE, HIDDEN, NETWORKS, EPOCHS, BATCH = 8, 64, 4, 8, 2048
VECTORS_DECAY, DROPPED = 0.3, 0.5
SEED = 4
TURNS_A_CASE = 60  # real turns put to each released case; more of them would not fit in memory
ROWS, EACH, OF_TURN = ("signs", "asked", "weight"), ("lines", "words"), ("turn", "told", "before")
REAL, RELEASED, OWN = 3.0, 2.0, 1.0  # what a turn is worth, by where it comes from


@dataclass(frozen=True, slots=True)
class Looked:
    """The likeliest candidates of a turn, with their vectors."""

    rows: Rows
    views: Views


def looked_at(turn: Played, decides: Decision, worth: float) -> Looked:
    """What is learned from a turn: the likeliest candidates and all that is asked for.

    Args:
        turn: as it was played. decides: chooses the likeliest. worth: how much the turn counts.
    """
    rows, of = turn.rows, turn.candidates
    likeliest = np.argsort(-decides.chances(of))[:LOOKED_AT]
    at: Places = np.union1d(likeliest, np.flatnonzero(rows.asked > 0.5)).astype(np.int64)
    kept = Rows(rows.names, rows.signs[at], rows.asked[at], worth * rows.weight[at])
    return Looked(kept, views_of(turn.read, of, turn.case, turn.state, at))


def fit(turns: Sequence[Looked], target_file: Path) -> None:
    """Fit the networks and write them to `target_file`."""
    import torch

    torch.set_num_threads(1)
    data = _tensors(turns)
    mean, scale = data["signs"].mean(0), data["signs"].std(0).clamp(min=LEAST_SPREAD)
    data["signs"] = (data["signs"] - mean) / scale
    parts = [_network(data, SEED + n) for n in range(NETWORKS)]
    keep(parts, mean, scale, turns[0].rows.names, target_file)
    print(f"fitted on {len(turns)} turns, {len(data['asked'])} candidates", flush=True)


def _tensors(turns: Sequence[Looked]) -> dict[str, Any]:
    import torch

    def joined(parts: Iterable[Vectors]) -> Any:
        return torch.tensor(np.concatenate(list(parts)))

    counts = [len(t.rows.asked) for t in turns]
    found = {name: joined(getattr(t.rows, name) for t in turns) for name in ROWS}
    found |= {name: joined(getattr(t.views, name) for t in turns) for name in EACH}
    found["turn_of"] = torch.tensor(np.repeat(np.arange(len(turns)), counts))
    for name in OF_TURN:
        found[name] = torch.tensor(np.stack([getattr(t.views, name) for t in turns]))
    return found


def _network(data: dict[str, Any], seed: int) -> Part:
    import torch
    from torch import nn

    torch.manual_seed(seed)
    wide = data["lines"].shape[1]
    sides = nn.ModuleDict({side: nn.Linear(wide, SIZE, bias=False) for side in SIDES})
    given = data["signs"].shape[1] + SIZE * (1 + len(PRODUCTS))
    inner, outer, drop = nn.Linear(given, HIDDEN), nn.Linear(HIDDEN, 1), nn.Dropout(DROPPED)

    def loss_of(chosen: Any) -> Any:
        seen = drop(_products(data, chosen, sides))
        hidden = torch.relu(inner(torch.cat([data["signs"][chosen], seen], 1)))
        return nn.functional.binary_cross_entropy_with_logits(
            outer(hidden).squeeze(1), data["asked"][chosen], weight=data["weight"][chosen]
        )

    groups = [
        {"params": [*inner.parameters(), *outer.parameters()], "weight_decay": DECAY},
        {"params": list(sides.parameters()), "weight_decay": VECTORS_DECAY},
    ]
    minimise(groups, len(data["asked"]), EPOCHS, BATCH, loss_of)
    return {**{side: sides[side].weight.T for side in SIDES}, **layers_of(inner, outer)}


def _products(data: dict[str, Any], chosen: Any, sides: Any) -> Any:
    """What `closer.Closer` makes of the vectors, the same products in the same order."""
    import torch

    of = {name: data[name][data["turn_of"][chosen]] for name in OF_TURN}
    of |= {name: data[name][chosen] for name in EACH}
    seen = {side: sides[side](of[view]) for side, view in SIDES.items()}
    products = [TOGETHER * seen[a] * seen[b] for a, b in PRODUCTS]
    return torch.cat([ALONE * seen["turn"], *products], 1)
