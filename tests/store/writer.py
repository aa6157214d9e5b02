"""Programs that write to a store, as processes of their own.

python -m tests.store.writer PLACE together WRITERS EACH   so many ask and log so often, at once
python -m tests.store.writer PLACE killed COUNT            one after another is killed with -9

They are forks of one program, so that each costs no start of Python.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TextIO

from pydantic import SecretStr

from simulator.accounts.ledger import Deed
from simulator.errors import NotAllowed
from simulator.store.database import connect
from simulator.store.engines import Place
from simulator.store.people import PeopleStore
from simulator.store.repository import Repository
from tests.store.records import ENCOUNTER, NOON, turn


def ask(store: Repository, name: str, count: int) -> None:
    """Ask so many questions as a tab that tries again when another tab was faster."""
    for number in range(count):
        while True:
            seq = len(store.get(ENCOUNTER.id, ENCOUNTER.resident).turns) + 1
            try:
                store.add_turn(ENCOUNTER.id, turn(seq, f"{name}-{number}"))
                break
            except NotAllowed:
                continue


def do(people: PeopleStore, name: str, count: int) -> None:
    """Write so many lines into the audit log."""
    for number in range(count):
        people.record(Deed(name, "did", str(number)), NOON)


def together(place: Place, writers: int, each: int) -> bool:
    """Whether so many processes asked and logged so often, all to the end."""
    children = []
    for who in range(writers):
        child = os.fork()
        if not child:
            status = 1
            try:
                engine = connect(place)
                ask(Repository(engine), f"w{who}", each)
                do(PeopleStore(engine), f"w{who}", each)
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    return all([os.waitpid(child, 0)[1] == 0 for child in children])


def be_killed(place: Place, count: int) -> int:
    """The number of the last turn that was acknowledged, over so many kills."""
    acknowledged = 0
    for round_ in range(count):
        read, write = os.pipe()
        child = os.fork()
        if not child:
            os.close(read)
            with os.fdopen(write, "w") as out:
                _write_on(place, out)
        os.close(write)
        with os.fdopen(read) as lines:
            found = int(lines.readline())
            if found < acknowledged:
                raise AssertionError(f"{acknowledged} were acknowledged, {found} are there")
            for _ in range(round_ % 10):
                acknowledged = int(lines.readline())
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            rest = [line for line in lines if line.endswith("\n")]
            acknowledged = int(rest[-1]) if rest else acknowledged
    return acknowledged


def _write_on(place: Place, out: TextIO) -> None:
    """Say how many turns are there, then store more and say each once the store has taken it."""
    store = Repository(connect(place))
    seq = len(store.get(ENCOUNTER.id, ENCOUNTER.resident).turns)
    while True:
        print(seq, file=out, flush=True)
        seq += 1
        store.add_turn(ENCOUNTER.id, turn(seq))


def main(address: str, what: str, *counts: str) -> None:
    """Run one of them, and say what came of it."""
    place: Place = SecretStr(address) if address.startswith("postgres") else Path(address)
    if what == "killed":
        print(be_killed(place, int(counts[0])))
    else:
        print(together(place, int(counts[0]), int(counts[1])))


if __name__ == "__main__":
    main(*sys.argv[1:])
