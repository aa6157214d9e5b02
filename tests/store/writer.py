"""Stores turns without end and says each number once the store has taken it; to be killed.

python -m tests.store.writer DATABASE
"""

from __future__ import annotations

import sys
from pathlib import Path

from simulator.store.database import connect
from simulator.store.repository import Repository
from tests.store.records import ENCOUNTER, turn


def main(database: Path) -> None:
    """Write until killed."""
    store = Repository(connect(database))
    seq = len(store.get(ENCOUNTER.id, ENCOUNTER.resident).turns)
    while True:
        seq += 1
        store.add_turn(ENCOUNTER.id, turn(seq))
        sys.stdout.write(f"{seq}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
