"""Pictures as numbers: columns a week, and items between easy and hard; templates draw them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simulator.course.borderline import BORDERLINE, Borderline, Line, Rated
from simulator.course.cohort import Week
from simulator.course.items import ItemFigures

WIDTH, HEIGHT = 480.0, 150.0
FOOT, HEAD = 26.0, 22.0  # below the columns stands the week, above them the number
MAP_WIDTH, MAP_HEIGHT, MAP_EDGE = 480.0, 300.0, 54.0
LEAST_REACH = 0.3  # of discrimination, so far the map reaches at least both ways


@dataclass(frozen=True, slots=True)
class Column:
    """The talks of one week as a column; first tries stand at its foot."""

    week: Week
    x: float
    width: float
    y: float
    height: float
    firsts_y: float
    firsts_height: float

    @property
    def middle(self) -> float:
        """Where its number and its day stand."""
        return self.x + self.width / 2


def columns(weeks: Sequence[Week]) -> tuple[Column, ...]:
    """A column a week, as high as its talks."""
    most = max((w.total for w in weeks), default=0) or 1
    room, each = HEIGHT - FOOT - HEAD, WIDTH / max(len(weeks), 6)
    found = []
    for place, week in enumerate(weeks):
        height, low = room * week.total / most, room * week.talks["first"] / most
        foot = HEIGHT - FOOT
        found.append(
            Column(week, place * each + 4, each - 8, foot - height, height, foot - low, low)
        )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Spot:
    """An item on the map; `number` is its row in the table behind it."""

    item: ItemFigures
    number: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class ItemMap:
    """Items by the share that met them, from left to right, and by discrimination, upwards."""

    spots: tuple[Spot, ...]
    lines: tuple[tuple[float, str], ...]  # heights of a discrimination, and what it is
    marks: tuple[tuple[float, str], ...]  # places of a share
    left: float = MAP_EDGE
    right: float = MAP_WIDTH - MAP_EDGE
    foot: float = MAP_HEIGHT - 26


def item_map(items: Sequence[ItemFigures]) -> ItemMap:
    """Where each item with both figures lies; the scale ends a little beyond the outermost."""
    shown = [
        (number, item, item.difficulty.value, item.discrimination.value)
        for number, item in enumerate(items, 1)
        if item.difficulty is not None and item.discrimination.value is not None
    ]
    low = min([-LEAST_REACH, *(r for *_, r in shown)])
    high = max([LEAST_REACH, *(r for *_, r in shown)])

    def x(share: float) -> float:
        return MAP_EDGE + (MAP_WIDTH - 2 * MAP_EDGE) * share

    def y(r: float) -> float:
        return MAP_EDGE + (MAP_HEIGHT - 2 * MAP_EDGE) * (high - r) / (high - low)

    spots = tuple(Spot(item, number, x(share), y(r)) for number, item, share, r in shown)
    steps = (n / 4 for n in range(-4, 5) if low <= n / 4 <= high)
    lines = tuple((y(n), f"{n:g}".replace("-", "−")) for n in steps)
    return ItemMap(spots, lines, tuple((x(n / 4), f"{25 * n} %") for n in range(5)))


@dataclass(frozen=True, slots=True)
class Dot:
    """Judged talks that lie on one place of the picture."""

    level: float
    percent: float
    n: int
    x: float
    y: float

    @property
    def radius(self) -> float:
        """Its area grows with the talks."""
        return float(4.5 * self.n**0.5)


@dataclass(frozen=True, slots=True)
class LevelMap:
    """Talks by how they were judged, from left to right, and by the checklist, upwards."""

    dots: tuple[Dot, ...]
    line: tuple[float, float, float, float] | None  # from where to where: x, y, x, y
    cut: tuple[float, float] | None  # where the line is at borderline
    marks: tuple[tuple[float, int], ...]  # places of the levels
    lines: tuple[tuple[float, str], ...]  # heights of a per cent
    left: float = MAP_EDGE
    right: float = MAP_WIDTH - MAP_EDGE
    foot: float = MAP_HEIGHT - 26
    head: float = MAP_EDGE


def level_map(found: Borderline, levels: Sequence[int]) -> LevelMap:
    """Where each judged talk lies, and the line through them."""
    foot = MAP_HEIGHT - MAP_EDGE

    def x(level: float) -> float:
        room = MAP_WIDTH - 2 * MAP_EDGE - 40
        return MAP_EDGE + 20 + room * (level - levels[0]) / (levels[-1] - levels[0])

    def y(percent: float) -> float:
        return foot - (foot - MAP_EDGE) * min(100.0, max(0.0, percent)) / 100

    line, cut = found.line if not found.why else None, None
    if line is not None:
        cut = x(BORDERLINE), y(line.percent)
    return LevelMap(
        tuple(
            Dot(level, percent, n, x(level), y(percent))
            for (level, percent), n in _places(found.rated).items()
        ),
        _within(line, levels, x, y) if line else None,
        cut,
        tuple((x(n), n) for n in levels),
        tuple((y(n), f"{n} %") for n in (0, 50, 100)),
    )


def _places(talks: Sequence[Rated]) -> Counter[tuple[float, float]]:
    return Counter((t.level, t.percent) for t in talks)


def _within(
    line: Line, levels: Sequence[int], x: Callable[[float], float], y: Callable[[float], float]
) -> tuple[float, float, float, float]:
    """The part of a rising line between 0 and 100 per cent and the outermost levels."""
    low = max(float(levels[0]), -line.intercept / line.slope)
    high = min(float(levels[-1]), (100 - line.intercept) / line.slope)
    return x(low), y(line.at(low)), x(high), y(line.at(high))
