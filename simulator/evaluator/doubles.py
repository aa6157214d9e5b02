"""Two people mark one talk apart; what they say counts nowhere until somebody chooses.

It is kept among the rulings, under marks that no report has, so that no sum, page or figure
that reads a report's marks sees it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from simulator.encounter.records import Ruling

DOUBLE, ASKED, CALLED_OFF, DONE = "double", "asked", "called off", "done"
TWO = 2


@dataclass(frozen=True, slots=True)
class Difference:
    """A mark of which the two think differently, and what was chosen, if anything was."""

    mark: str
    one: Ruling
    two: Ruling
    chosen: Ruling | None


@dataclass(frozen=True, slots=True)
class Doubled:
    """Where the double marking of a talk stands.

    `readings` are what each of the two decided, by mark as the report names it; `done` who of
    them is through with it.
    """

    asked: bool
    readings: Mapping[str, tuple[Ruling, ...]]
    done: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether the two still mark, blind to each other."""
        return self.asked and len(self.done) < TWO

    @property
    def over(self) -> bool:
        """Whether both are done, and may be set side by side."""
        return self.asked and not self.open

    def marks(self, by: str) -> bool:
        """Whether somebody is, or may be, one of the two who mark."""
        return self.open and by not in self.done and (by in self.readings or self.free)

    @property
    def free(self) -> bool:
        """Whether a place among the two is free."""
        return len(self.readings) < TWO

    def of(self, by: str) -> tuple[Ruling, ...]:
        """What one of the two decided, oldest first."""
        return self.readings.get(by, ())


def apart(ruling: Ruling) -> Ruling:
    """A ruling as one of the two keeps it."""
    return replace(ruling, mark=apart_name(ruling.mark))


def apart_name(mark: str) -> str:
    """The name under which one of the two keeps what they decide about a mark."""
    return f"{DOUBLE}:{mark}"[:200]


def doubled(rulings: Sequence[Ruling], marks: Sequence[str]) -> Doubled:
    """Where double marking stands, since it was last asked for.

    Args:
        rulings: all on one talk, oldest first. marks: the names of its report's marks.
    """
    names = {apart_name(mark): mark for mark in marks}
    asked, done = False, list[str]()
    readings: dict[str, tuple[Ruling, ...]] = {}
    for ruling in rulings:
        if ruling.mark == DOUBLE and ruling.verdict == DONE:
            done.append(ruling.by)
            readings.setdefault(ruling.by, ())
        elif ruling.mark == DOUBLE:
            asked, done, readings = ruling.verdict == ASKED, [], {}
        elif ruling.mark in names:
            own = replace(ruling, mark=names[ruling.mark])
            readings[ruling.by] = (*readings.get(ruling.by, ()), own)
    return Doubled(asked, readings, tuple(done))


def side_by_side(
    found: Doubled, rulings: Sequence[Ruling]
) -> tuple[tuple[Difference, ...], tuple[Ruling, ...]]:
    """The marks of which the two think differently, and the newer ruling of those they share.

    Args:
        found: a double marking that is over. rulings: all on the talk, oldest first.
    """
    one, two = ({r.mark: r for r in found.of(by)} for by in found.done)
    both = [(one[mark], two[mark]) for mark in one if mark in two]
    since = max((r.at for pair in both for r in pair), default=None)
    chosen = {r.mark: r for r in rulings if since is not None and r.at >= since}
    same = tuple(b for a, b in both if a.verdict == b.verdict and b.mark not in chosen)
    unlike = [(a, b) for a, b in both if a.verdict != b.verdict]
    return tuple(Difference(a.mark, a, b, chosen.get(a.mark)) for a, b in unlike), same
