"""What the small networks on a reader's signs share: how they are fitted, and how they are kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from simulator.knowledge.encoder import Vectors

RATE, DECAY = 3e-3, 1e-3
LEAST_SPREAD = 0.05  # a sign that hardly varies must not weigh the more for it

Part = dict[str, Any]


def minimise(
    groups: Any, rows: int, epochs: int, batch: int, loss_of: Callable[[Any], Any]
) -> None:
    """Fit parameters to batches drawn at random, by AdamW with a rate that rises and falls once.

    Args:
        groups: the parameters. rows: how many there are to draw from. epochs, batch: how often all
            of them, and how many at once. loss_of: the loss on some rows.
    """
    import torch

    optimiser = torch.optim.AdamW(groups, lr=RATE)
    steps = epochs * (rows // batch + 1)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    for _ in range(steps):
        loss = loss_of(torch.randint(rows, (batch,)))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        plan.step()


def layers_of(inner: Any, outer: Any) -> Part:
    """The two layers of a network by name, as `keep` wants them."""
    found = {"in": inner.weight.T, "in.bias": inner.bias[None]}
    return {**found, "out": outer.weight.T, "out.bias": outer.bias[None]}


def keep(parts: Sequence[Part], mean: Any, scale: Any, names: Sequence[str], file: Path) -> None:
    """Write networks that were fitted apart, with what their signs are standardised by.

    Args:
        parts: each network's arrays by name. mean, scale, names: of the signs. file: where to.
    """
    from safetensors.numpy import save_file

    found = {n: np.stack([part[n].detach().numpy() for part in parts]) for n in parts[0]}
    found |= {"mean": np.asarray(mean), "scale": np.asarray(scale)}
    arrays: dict[str, Vectors] = {
        n: np.ascontiguousarray(value, dtype=np.float32) for n, value in found.items()
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(arrays, str(file), metadata={"signs": json.dumps(names)})
