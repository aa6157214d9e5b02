"""Pictures as numbers: columns a week, and items between easy and hard; templates draw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.course.cohort import Week
from simulator.course.items import ItemFigures

WIDTH, HEIGHT = 480.0, 150.0
FOOT, HEAD = 26.0, 22.0  # below the columns stands the week, above them the number
MAP_WIDTH, MAP_HEIGHT, MAP_EDGE = 480.0, 300.0, 34.0


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
    nought: float  # where an item tells nobody apart


def item_map(items: Sequence[ItemFigures]) -> ItemMap:
    """Where each item with both figures lies."""
    across, up = MAP_WIDTH - 2 * MAP_EDGE, MAP_HEIGHT - 2 * MAP_EDGE
    spots = tuple(
        Spot(
            item,
            number,
            MAP_EDGE + across * item.difficulty.value,
            MAP_EDGE + up * (1 - item.discrimination.value) / 2,
        )
        for number, item in enumerate(items, 1)
        if item.difficulty is not None and item.discrimination.value is not None
    )
    return ItemMap(spots, MAP_EDGE + up / 2)
