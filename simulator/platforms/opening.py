"""What is sent to whom, as the settings say; nothing where they name nobody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from simulator.assignments.assignments import Assignments
from simulator.assignments.store import Ledger
from simulator.encounter.encounter import Encounters
from simulator.feedback import Feedback
from simulator.platforms.events import Scored
from simulator.platforms.grades import KIND, Due, Gradebooks, Lines
from simulator.platforms.outbox import Box, Courier, Parcel, Sender
from simulator.settings import Settings

if TYPE_CHECKING:
    from simulator.platforms.lti import Tool


class Outbox(Box, Lines, Protocol):
    """Where parcels are kept, and where is found what they are to be made of."""


def open_courier(
    settings: Settings,
    outbox: Outbox,
    encounters: Encounters,
    ledger: Ledger,
    tool: Tool | None = None,
) -> Courier | None:
    """Who looks for what is to be sent, and sends it; None where nobody is to be told anything.

    Args:
        settings, outbox, encounters, ledger: what is to be told of whom.
        tool: the program as learning platforms know it, where there are some.

    Raises:
        SettingsError: a value cannot be used.
    """
    gather: list[Callable[[], Sequence[Parcel]]] = []
    senders: dict[str, Sender] = {}
    feedback = Feedback(encounters.services, encounters.store, encounters.now)
    scored = Scored(outbox, feedback, Assignments(ledger, encounters))
    if settings.xapi_url:
        from simulator.platforms import xapi  # only whoever has one waits for it

        senders[xapi.KIND] = xapi.RecordStore(settings)
        home = settings.xapi_homepage.rstrip("/")
        gather.append(xapi.Told(home, outbox, scored, encounters.now))
    if tool is not None and any(p.grades for p in tool.platforms):
        senders[KIND] = Gradebooks(tool)
        gather.append(Due(tool, outbox, scored, encounters.now))
    return Courier(outbox, gather, senders, encounters.now) if senders else None
