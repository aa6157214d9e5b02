"""What scores talks in the tests of many processes; it is small, since each of them imports it."""

from __future__ import annotations

import os
import signal

from simulator.batch import Scored
from simulator.settings import Settings


class Counts:
    """Scores a talk by the length of its id; one is the death of its process, once."""

    def __init__(self, settings: Settings) -> None:
        self.deadly = settings.data_dir / "deadly"

    def __call__(self, encounter_id: str) -> Scored:
        if encounter_id == "bad":
            return encounter_id, None, "bad: cannot be read"
        if encounter_id == "e3" and self.deadly.exists():
            self.deadly.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return encounter_id, {"letters": len(encounter_id)}, ""
