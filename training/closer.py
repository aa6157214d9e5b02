"""Fit the closer look at the likeliest candidates, on the turns that the decision is fitted on.

The fitted decision chooses what is looked at; signs and vectors of those are what is learned from.
"""

from __future__ import annotations

import json
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
    TOGETHER,
    Views,
    views_of,
)
from simulator.patient.understanding.decision import Decision
from training.decision import LEAST_SPREAD, Played

SIZE, HIDDEN, NETWORKS, EPOCHS, BATCH = 8, 64, 4, 8, 2048
RATE, DECAY, VECTORS_DECAY, DROPPED = 3e-3, 1e-3, 0.3, 0.5
SEED = 4
TURNS_A_CASE = 60  # real turns put to each released case; more of them would not fit in memory
REAL, RELEASED, OWN = 3.0, 2.0, 1.0  # what a turn is worth, by where it comes from
SIDES = ("line", "line_told", "line_before", "words", "turn", "told", "before")


@dataclass(frozen=True, slots=True)
class Looked:
    """A turn's likeliest candidates: signs, whether each is asked for, its worth, and vectors."""

    names: tuple[str, ...]
    signs: Vectors
    asked: Vectors
    weight: Vectors
    views: Views


def looked_at(turn: Played, decides: Decision, worth: float) -> Looked:
    """What is learned from a turn: the likeliest candidates and all that is asked for.

    Args:
        turn: as it was played. decides: chooses the likeliest. worth: how much the turn counts.
    """
    rows, of = turn.rows, turn.candidates
    likeliest = np.argsort(-decides.chances(of))[:LOOKED_AT]
    at: Places = np.union1d(likeliest, np.flatnonzero(rows.asked > 0.5)).astype(np.int64)
    views = views_of(turn.read, of, turn.case, turn.state, at)
    return Looked(rows.names, rows.signs[at], rows.asked[at], worth * rows.weight[at], views)


def fit(turns: Sequence[Looked], target_file: Path) -> None:
    """Fit the networks and write them to `target_file`."""
    import torch
    from safetensors.numpy import save_file

    torch.set_num_threads(1)
    data = _tensors(turns)
    mean, scale = data["signs"].mean(0), data["signs"].std(0).clamp(min=LEAST_SPREAD)
    data["signs"] = (data["signs"] - mean) / scale
    parts = [_fitted(data, SEED + n) for n in range(NETWORKS)]
    stacked = {name: np.stack([part[name] for part in parts]) for name in parts[0]}
    tensors = {"mean": mean.numpy(), "scale": scale.numpy(), **stacked}
    contiguous = {k: np.ascontiguousarray(v, dtype=np.float32) for k, v in tensors.items()}
    target_file.parent.mkdir(parents=True, exist_ok=True)
    save_file(contiguous, str(target_file), metadata={"signs": json.dumps(turns[0].names)})
    print(f"fitted on {len(turns)} turns, {len(data['asked'])} candidates", flush=True)


def _tensors(turns: Sequence[Looked]) -> dict[str, Any]:
    import torch

    def joined(parts: Iterable[Vectors]) -> Any:
        return torch.tensor(np.concatenate(list(parts)))

    counts = [len(t.asked) for t in turns]
    found = {
        "signs": joined(t.signs for t in turns),
        "asked": joined(t.asked for t in turns).float(),
        "weight": joined(t.weight for t in turns).float(),
        "turn_of": torch.tensor(np.repeat(np.arange(len(turns)), counts)),
        "lines": joined(t.views.lines for t in turns),
        "words": joined(t.views.words for t in turns),
    }
    for side in ("turn", "told", "before"):
        found[side] = torch.tensor(np.stack([getattr(t.views, side) for t in turns]))
    return found


def _fitted(data: dict[str, Any], seed: int) -> dict[str, Vectors]:
    import torch
    from torch import nn

    torch.manual_seed(seed)
    wide = data["lines"].shape[1]
    sides = nn.ModuleDict({side: nn.Linear(wide, SIZE, bias=False) for side in SIDES})
    given = data["signs"].shape[1] + SIZE * (1 + len(PRODUCTS))
    inner, outer, drop = nn.Linear(given, HIDDEN), nn.Linear(HIDDEN, 1), nn.Dropout(DROPPED)
    groups = [
        {"params": [*inner.parameters(), *outer.parameters()], "weight_decay": DECAY},
        {"params": list(sides.parameters()), "weight_decay": VECTORS_DECAY},
    ]
    optimiser = torch.optim.AdamW(groups, lr=RATE)
    steps = EPOCHS * (len(data["asked"]) // BATCH + 1)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    for _ in range(steps):
        chosen = torch.randint(len(data["asked"]), (BATCH,))
        seen = drop(_products(data, chosen, sides))
        hidden = torch.relu(inner(torch.cat([data["signs"][chosen], seen], 1)))
        loss = nn.functional.binary_cross_entropy_with_logits(
            outer(hidden).squeeze(1), data["asked"][chosen], weight=data["weight"][chosen]
        )
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        plan.step()
    found: dict[str, Any] = {side: sides[side].weight.T for side in SIDES}
    found |= {"in": inner.weight.T, "in.bias": inner.bias[None]}
    found |= {"out": outer.weight.T, "out.bias": outer.bias[None]}
    return {name: value.detach().numpy() for name, value in found.items()}


def _products(data: dict[str, Any], chosen: Any, sides: Any) -> Any:
    """What `closer.Closer` makes of the vectors, the same products in the same order."""
    import torch

    turn_of = data["turn_of"][chosen]
    of = {side: data[side][turn_of] for side in ("turn", "told", "before")}
    of |= {"words": data["words"][chosen]}
    of |= {side: data["lines"][chosen] for side in SIDES if side.startswith("line")}
    seen = {side: sides[side](of[side]) for side in SIDES}
    products = [TOGETHER * seen[a] * seen[b] for a, b in PRODUCTS]
    return torch.cat([ALONE * seen["turn"], *products], 1)
