"""Who, or which case, earns how much in which domain: the figures of a heat map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simulator.course.talks import Talk, firsts

BANDS = 5  # shades of a heat map, from 0 for the least


@dataclass(frozen=True, slots=True)
class Cell:
    """What was earned of what could be, over so many first tries."""

    earned: float
    possible: float
    n: int

    @property
    def share(self) -> float:
        """Earned of possible, 0 to 1."""
        return self.earned / self.possible

    @property
    def band(self) -> int:
        """Its shade, from 0 for less than a fifth to 4 for four fifths and more."""
        return min(BANDS - 1, int(self.share * BANDS + 1e-9))


@dataclass(frozen=True, slots=True)
class Heat:
    """A heat map; where nothing could be earned there is no cell."""

    rows: tuple[str, ...]
    domains: tuple[str, ...]
    cells: dict[tuple[str, str], Cell]  # by row and domain
    talks: dict[str, int]  # how many first tries stand behind a row

    def cell(self, row: str, domain: str) -> Cell | None:
        """One cell."""
        return self.cells.get((row, domain))


def by_resident(talks: Sequence[Talk], order: Sequence[str] = ()) -> Heat:
    """Residents by domains, over the first tries of all their cases; domains in this order."""
    return _heat(firsts(talks), lambda t: t.resident, order)


def by_case(talks: Sequence[Talk], order: Sequence[str] = ()) -> Heat:
    """Cases by domains, over the first tries of all residents; domains in this order."""
    return _heat(firsts(talks), lambda t: t.case, order)


def _heat(talks: Sequence[Talk], row_of: Callable[[Talk], str], order: Sequence[str]) -> Heat:
    cells: dict[tuple[str, str], Cell] = {}
    counts: dict[str, int] = {}
    domains: dict[str, None] = {}
    for talk in talks:
        row = row_of(talk)
        counts[row] = counts.get(row, 0) + 1
        for score in talk.report.domains:
            if not score.possible:
                continue
            domains[score.domain] = None
            known = cells.get((row, score.domain), Cell(0.0, 0.0, 0))
            cells[row, score.domain] = Cell(
                known.earned + score.earned, known.possible + score.possible, known.n + 1
            )
    placed = [d for d in order if d in domains]
    return Heat(tuple(counts), tuple(dict.fromkeys((*placed, *domains))), cells, counts)
