"""How long understanding takes on one core with few and with a thousand scripts installed."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench import percentile
from bench.turn import QUESTIONS, resident_mb
from simulator.knowledge.encoder import Encoder, Vectors
from simulator.patient.turn import State
from simulator.services import Services
from simulator.settings import Settings

GOAL_P95_MS, SCRIPTS, ROUNDS = 60.0, 1000, 5

BEFORE = "It came on two hours ago, while I was carrying trays up the stairs."


class _Remembering(Encoder):
    """Encodes a text once, so that building a thousand like scripts takes minutes, not hours."""

    def __init__(self, cache: Path, like: Encoder) -> None:
        super().__init__(cache, like.adapter, like.base)
        self.known: dict[str, Vectors] = {}

    def encode(self, texts: Sequence[str]) -> Vectors:
        missing = [t for t in dict.fromkeys(texts) if t not in self.known]
        self.known |= dict(zip(missing, super().encode(missing), strict=True))
        return np.stack([self.known[t] for t in texts])


def measure(arguments: list[str], settings: Settings) -> dict[str, Any]:
    """Understand twelve questions of every released case, before and after 1,000 are installed."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    few = _times(Services(settings))
    with tempfile.TemporaryDirectory() as folder:
        many = _install(Path(folder), settings)
        began = time.perf_counter()
        services = Services(many, _like(settings))
        services.warm()
        warm = time.perf_counter() - began
        with_many = _times(services)
        installed = len(services.library.scripts)
    figures = {
        "n": len(few),
        "cores": 1,
        "ms_p50": round(percentile(few, 0.5), 1),
        "ms_p95": round(percentile(few, 0.95), 1),
        "scripts": installed,
        "ms_p50_with_many": round(percentile(with_many, 0.5), 1),
        "ms_p95_with_many": round(percentile(with_many, 0.95), 1),
        "warm_s_with_many": round(warm, 1),
        "rss_mb_with_many": round(resident_mb("self"), 1),
        "goal": {"ms_p95": GOAL_P95_MS},
    }
    for name, value in figures.items():
        print(f"{name:18} {value}")
    return figures


def _times(services: Services) -> list[float]:
    services.warm()
    times: list[float] = []
    for script in services.library.released()[:6]:
        case = services.case(script)
        for number in range(ROUNDS):
            state = State(said="When did it start?", answered=BEFORE) if number % 2 else State()
            for question in QUESTIONS:
                began = time.perf_counter()
                services.understander.understand(question, case, state)
                times.append((time.perf_counter() - began) * 1000)
    return times


def _like(settings: Settings) -> Encoder:
    """The reader's encoder, exported where this installation keeps it."""
    return Services(settings).encoder


def _install(folder: Path, settings: Settings) -> Settings:
    """A folder of a thousand scripts, copies with ids and titles of their own, indexed."""
    scripts = folder / "scripts"
    scripts.mkdir()
    originals = sorted(settings.scripts_dir.glob("*.yaml"))
    for number in range(SCRIPTS):
        text = originals[number % len(originals)].read_text(encoding="utf-8")
        head, _, rest = text.partition("\nid: ")
        name, _, rest = rest.partition("\n")
        copy = f"{head}\nid: {name.strip()}-{number}\n{rest}"
        (scripts / f"{number:04}.yaml").write_text(copy, encoding="utf-8")
    many = settings.model_copy(update={"scripts_dir": scripts, "data_dir": folder / "var"})
    encoder = _Remembering(settings.data_dir / "encoder", _like(settings))
    services = Services(many, encoder)
    for script in services.library.scripts.values():
        services.case(script)
    return many
