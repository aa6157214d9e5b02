"""What differs between two editions of a case, in the words of the form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.scripts.parsing import Path_
from simulator.studio import form

SCORED = ("checklist", "note_key")  # parts by which a score may change
UNTOLD = ("status", "version", "reviewers")  # told by the life of the case


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs: in which part, on what, and how it read before and reads now.

    `before` is empty for what is new, `after` for what is gone.
    """

    part: str  # of the form, by its title
    about: str  # "fact onset", or nothing where the case as a whole has it once
    field: str
    before: str
    after: str
    scored: bool  # whether scores may change by it


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """All that differs between the plain data of two editions, in the order of the form."""
    found: list[Difference] = []
    for part in form.sections():
        both = ((before, ()), (after, ()))
        found += _fields(part, part.fields, both, "", part.id in SCORED)
        for items in part.lists:
            found += _items(part, items, before, after)
    return found


Side = tuple[Mapping[str, Any], Path_]  # an edition's data, and where in it the item stands


def _fields(
    part: form.Section, fields: Sequence[form.Field], sides: tuple[Side, Side], about: str,
    scored: bool,
) -> Iterator[Difference]:  # fmt: skip
    for field in fields:
        old, new = (_shown(field, data, base) for data, base in sides)
        if old != new and field.path not in UNTOLD:
            yield Difference(part.title, about, field.label, old, new, scored)


def _shown(field: form.Field, data: Mapping[str, Any], base: Path_) -> str:
    path = field.at(base, form.value_at(data, base))
    value = form.value_at(data, path)
    if value is None:
        value = form.default_at(path)
    if field.kind == "flag":
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value))
    return form.shown(value, field.kind).replace("\n", "; ")


def _items(
    part: form.Section, items: form.List, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Difference]:
    """The items that are new, gone or changed; one is known by its short name, or its words."""
    old, new = _places(items, before), _places(items, after)
    scored = part.id in SCORED
    title, (typed, *_) = part.title, (f for f in items.fields if f.path == items.typed)
    for key in dict.fromkeys((*old, *new)):
        about = f"{items.one} {key}"
        if key not in new:
            said = _shown(typed, before, (*items.steps, old[key]))
            yield Difference(title, about, "gone", said, "", scored)
        elif key not in old:
            said = _shown(typed, after, (*items.steps, new[key]))
            yield Difference(title, about, "new", "", said, scored)
        else:
            sides = (before, (*items.steps, old[key])), (after, (*items.steps, new[key]))
            yield from _fields(part, items.fields, sides, about, scored)
    kept = [k for k in old if k in new], [k for k in new if k in old]
    if kept[0] != kept[1]:
        yield Difference(title, "", f"order of the {items.title.lower()}", "", "changed", False)


def _places(items: form.List, data: Mapping[str, Any]) -> dict[str, int]:
    there = form.value_at(data, items.steps)
    found: dict[str, int] = {}
    for place, item in enumerate(there if isinstance(there, list) else ()):
        if isinstance(item, Mapping):
            found[str(item.get("id") or item.get(items.typed, ""))] = place
    return found
