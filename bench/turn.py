"""How long one turn takes, everything included, and its memory, with one interview open."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path
from typing import Any

from bench import percentile
from simulator.encounter.encounter import Encounters
from simulator.services import Services
from simulator.settings import Settings
from simulator.store.database import connect
from simulator.store.repository import Repository

GOAL_P95_MS, GOAL_RSS_MB = 60.0, 750.0
QUESTIONS = (
    "Hello, I'm Dr Brown, one of the residents. What brings you in today?",
    "I'm sorry to hear that. Can you tell me more about it?",
    "When did it start, and did it come on suddenly?",
    "Does anything make it better or worse?",
    "Any fever, chills, night sweats or weight loss?",
    "and how bad is it on a scale of one to ten",
    "Do you have any medical conditions or take any medicines?",
    "Are you allergic to anything?",
    "Does anything run in the family?",
    "Do you smoke or drink alcohol?",
    "Who do you live with at home?",
    "What worries you most about this?",
)


def measure(arguments: list[str], settings: Settings) -> dict[str, Any]:
    """Ask twelve questions of every released case through the encounter service and the store."""
    import time

    services = Services(settings)
    services.warm()
    times: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        store = Repository(connect(Path(folder) / "bench.sqlite3"))
        encounters = Encounters(services, store)
        for script in services.library.released():
            encounter = encounters.open("bench", script.id, "practice")
            encounters.enter(encounter.id, "bench")
            for question in QUESTIONS:
                began = time.perf_counter()
                encounters.ask(encounter.id, "bench", question, uuid.uuid4().hex)
                times.append((time.perf_counter() - began) * 1000)
    figures = {
        "n": len(times),
        "ms_p50": round(percentile(times, 0.5), 1),
        "ms_p95": round(percentile(times, 0.95), 1),
        "ms_max": round(max(times), 1),
        "rss_mb": round(resident_mb("self"), 1),
        "goal": {"ms_p95": GOAL_P95_MS, "rss_mb": GOAL_RSS_MB},
    }
    for name, value in figures.items():
        print(f"{name:10} {value}")
    return figures


def resident_mb(process: str | int) -> float:
    """The resident memory of a process, in megabytes (2^20 bytes)."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
