"""What the README's figures come from: `python -m simulator bench NAME`."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from simulator.errors import SimulatorError
from simulator.settings import Settings

NAMES = (
    "turn",
    "start",
    "understanding",
    "kinds",
    "topics",
    "scale",
    "load",
    "agreement",
    "orders",
    "score",
    "notes",
    "residents",
    "attacks",
    "adversaries",
    "prompt",
    "faithfulness",
    "imports",
    "speech",
    "interruptions",
)


def run(name: str, arguments: Sequence[str], settings: Settings) -> int:
    """Run one measurement; its table first, one JSON object as the last line.

    Raises:
        SimulatorError: there is no measurement of that name.
    """
    if name not in NAMES:
        raise SimulatorError(f"There is no bench {name!r}; there are: {', '.join(NAMES)}")
    figures: dict[str, Any] = import_module(f"bench.{name}").measure(list(arguments), settings)
    print(json.dumps({"bench": name, **figures, "machine": machine()}, ensure_ascii=False))
    return 0


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    import os

    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
    }


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
