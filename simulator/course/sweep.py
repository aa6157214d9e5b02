"""One item of a case, looked at in one talk after the other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from simulator.course.talks import Talk
from simulator.encounter.records import Ruling
from simulator.evaluator.doubles import doubled
from simulator.evaluator.rulings import item_mark, marks_of


@dataclass(frozen=True, slots=True)
class Stop:
    """A talk on the way, and what was decided about the item in it.

    `rulings`: what whoever goes through may know of it, oldest first; of two who mark a talk apart
    each knows the own.
    """

    id: str
    machine: str
    rulings: tuple[Ruling, ...]

    @property
    def done(self) -> bool:
        """Whether it was decided."""
        return bool(self.rulings)

    def own(self, by: str) -> Ruling | None:
        """What somebody themselves decided last."""
        return next((r for r in reversed(self.rulings) if r.by == by), None)


def open_to(talks: Iterable[Talk], by: str) -> tuple[Talk, ...]:
    """The talks in which somebody may decide, each with the rulings that they may know of."""
    found: list[Talk] = []
    for talk in talks:
        pair = doubled(talk.rulings, list(marks_of(talk.machine)))
        if not pair.open:
            found.append(talk)
        elif pair.marks(by):
            found.append(replace(talk, rulings=pair.of(by)))
    return tuple(found)


def sweep(talks: Sequence[Talk], item: str, by: str) -> tuple[Stop, ...]:
    """The talks in which there is an item, in an order of chance that is somebody's own.

    It depends on who and which item alone, so that it is the same on another day, a talk that is
    new takes a place of its own in it, and neither names nor dates show through.

    Args:
        talks: with one case, see `open_to`. item: its id. by: who goes through them.
    """
    found = [s for talk in talks if (s := _stop(talk, item))]
    return tuple(sorted(found, key=lambda s: _chance(by, item, s.id)))


def following(stops: Sequence[Stop], after: str = "") -> Stop | None:
    """The next talk that waits, beginning behind one; None where none does."""
    at = next((n for n, s in enumerate(stops, 1) if s.id == after), 0)
    return next((s for s in (*stops[at:], *stops[:at]) if not s.done), None)


def _stop(talk: Talk, item: str) -> Stop | None:
    machine = next((i.verdict for i in talk.machine.items if i.id == item), None)
    if machine is None:
        return None
    return Stop(talk.id, machine, tuple(r for r in talk.rulings if r.mark == item_mark(item)))


def _chance(by: str, item: str, talk: str) -> bytes:
    return hashlib.sha256(f"{by}\n{item}\n{talk}".encode()).digest()
