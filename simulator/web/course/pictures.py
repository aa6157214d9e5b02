"""Pictures as numbers: columns a week, and items between easy and hard; templates draw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
