"""`python -m simulator outbox`: what waits to be sent to other services, and sending it now."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.errors import SettingsError
from simulator.settings import Settings

if TYPE_CHECKING:
    from simulator.store.outbox import OutboxStore

Command = Callable[[argparse.Namespace, Settings], int]
Adding = Callable[[str, Command, str], argparse.ArgumentParser]


def add_outbox(add: Adding) -> None:
    """The command."""
    command = add("outbox", _run, "what waits to be sent to a learning platform or record store")
    command.add_argument("--drain", action="store_true", help="send it now, what failed as well")
    key = add("lti-key", _key, "write a new key by which learning platforms know this program")
    key.add_argument("file", type=Path)


def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    from simulator.store.database import connect
    from simulator.store.outbox import OutboxStore

    box = OutboxStore(connect(settings.store))
    try:
        if arguments.drain:
            _drain(settings, box)
        waiting = box.waiting()
        oldest = f", the oldest since {waiting.oldest:%Y-%m-%d %H:%M}" if waiting.oldest else ""
        print(f"{waiting.count} waiting{oldest}; {waiting.sent} sent so far")
        if waiting.fault:
            print(f"What went wrong last: {waiting.fault}")
        return 1 if arguments.drain and waiting.count else 0
    finally:
        box.engine.dispose()


def _key(arguments: argparse.Namespace, settings: Settings) -> int:
    from simulator.platforms.lti import write_key

    write_key(arguments.file)
    print(f"{arguments.file}: set VSP_LTI_KEY to it; platforms read its public half at /lti/keys")
    return 0


def _drain(settings: Settings, box: OutboxStore) -> None:
    from simulator.encounter.encounter import Encounters
    from simulator.platforms.lti import open_tool
    from simulator.platforms.opening import open_courier
    from simulator.services import Services
    from simulator.store.assignments import AssignmentStore
    from simulator.store.repository import Repository

    encounters = Encounters(Services(settings), Repository(box.engine))
    ledger = AssignmentStore(box.engine)
    tool = open_tool(settings, encounters.now)
    courier = open_courier(settings, box, encounters, ledger, tool)
    if courier is None:
        raise SettingsError("Nothing is sent to anybody; docs/platforms.md says what to set")
    while courier.once(early=True):
        pass
