"""What the editor shows: each field with its value, its choices and its findings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.knowledge.topics import Topics
from simulator.scripts.parsing import Path_
from simulator.studio import form
from simulator.studio.findings import Checked, Note

Choice = tuple[str, str]  # a value and what it is called


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field of the form, with what stands in it."""

    of: form.Field
    path: str  # as JSON
    id: str
    text: str
    on: bool
    picked: tuple[Choice, ...]
    options: tuple[Choice, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class RowView:
    """One item of a list: what stands in its row, and what opens below."""

    place: int
    path: str  # as JSON
    anchor: str
    name: str
    inline: tuple[FieldView, ...]
    more: tuple[FieldView, ...]
    notes: tuple[Note, ...]  # of the item as a whole
    source: str  # the words of a file that a fact came from


@dataclass(frozen=True, slots=True)
class ListView:
    """A list of items."""

    of: form.List
    label: str  # of the field by which one adds an item
    also: str  # of the second one, if any
    rows: tuple[RowView, ...]


@dataclass(frozen=True, slots=True)
class PartView:
    """One part of the form; `notes` are those that belong to no field or item of it."""

    of: form.Section
    notes: tuple[Note, ...]
    fields: tuple[FieldView, ...]
    lists: tuple[ListView, ...]


class Editor:
    """Builds the form's parts from a draft's data and findings."""

    def __init__(
        self, checked: Checked, topics: Topics, sources: Mapping[str, str] | None = None
    ) -> None:
        self.checked, self.topics, self.sources = checked, topics, sources or {}
        self.facts = self._named("facts", "says")
        self.cues = self._named("cues", "says")
        self._notes: dict[Path_, tuple[Note, ...]] = {}

    def _named(self, where: str, text: str) -> tuple[Choice, ...]:
        items = form.value_at(self.checked.data, (where,)) or []
        found = [i for i in items if isinstance(i, Mapping) and i.get("id")]
        return tuple((str(i["id"]), f"{i['id']} – {str(i.get(text, ''))[:60]}") for i in found)

    def part(self, name: str) -> PartView:
        """The part of that name."""
        section = form.section(name)
        self._notes = self.checked.placed(section.id, self._places(section))
        fields = tuple(self._field(f, ()) for f in section.fields)
        lists = tuple(self._list(items) for items in section.lists)
        return PartView(section, self._notes.get((), ()), fields, lists)

    def _places(self, section: form.Section) -> Iterator[Path_]:
        """Where a part shows findings: its fields, and the items of its lists with their fields."""
        yield from (f.at(()) for f in section.fields)
        for items in section.lists:
            for place, item in enumerate(self._items(items)):
                base = (*items.steps, place)
                yield base
                yield from (f.at(base, item) for f in items.fields)

    def _items(self, items: form.List) -> list[Any]:
        there = form.value_at(self.checked.data, items.steps)
        return there if isinstance(there, list) else []

    def topic(self, topic_id: str) -> Choice:
        """A topic and what it is called."""
        known = self.topics.by_id.get(topic_id)
        return topic_id, known.label if known else topic_id

    def _list(self, items: form.List) -> ListView:
        labels = {f.path: f.label for f in items.fields}
        rows = (self._row(items, n, item) for n, item in enumerate(self._items(items)))
        return ListView(items, labels[items.typed], labels.get(items.also, ""), tuple(rows))

    def _row(self, items: form.List, place: int, item: Any) -> RowView:
        base: Path_ = (*items.steps, place)
        first = (items.typed, items.also, *items.shows)
        views = {f.path: self._field(f, base, item) for f in items.fields}
        name = str(item.get(items.typed, "")) if isinstance(item, Mapping) else ""
        return RowView(
            place,
            json.dumps(base),
            dom(base),
            name or f"{items.one} {place + 1}",
            tuple(views[p] for p in first if p in views),
            tuple(v for p, v in views.items() if p not in first),
            self._notes.get(base, ()),
            self._source(items, item),
        )

    def _source(self, items: form.List, item: Any) -> str:
        known = items.path == "facts" and isinstance(item, Mapping)
        return self.sources.get(str(item.get("id")), "") if known else ""

    def _field(self, field: form.Field, base: Path_, item: Any = None) -> FieldView:
        path = field.at(base, item)
        value = form.value_at(self.checked.data, path)
        default = form.default_at(path)
        shown = default if value is None and field.kind in ("choice", "number") else value
        return FieldView(
            field,
            json.dumps(path),
            dom(path),
            form.shown(shown, field.kind),
            bool(default if value is None else value),
            self._picked(field, value),
            self._options(field, form.shown(shown, field.kind)),
            self._notes.get(path, ()),
        )

    def _picked(self, field: form.Field, value: Any) -> tuple[Choice, ...]:
        chosen = value if isinstance(value, list) else [value] if value else []
        if field.kind in ("topics", "topic"):
            return tuple(self.topic(str(v)) for v in chosen)
        if field.kind == "facts":
            names = dict(self.facts)
            return tuple((str(v), names.get(str(v), str(v))) for v in chosen)
        return ()

    def _options(self, field: form.Field, now: str) -> tuple[Choice, ...]:
        if field.kind == "choice":
            offered = (*field.options, *([now] if now not in field.options else []))
            return tuple((o, o or "–") for o in offered)
        if field.kind in ("fact", "facts"):
            return self.facts
        return self.cues if field.kind == "cue" else ()


def dom(path: Path_) -> str:
    """The name under which a page shows the place of a path."""
    return "at-" + "-".join(str(p).replace("_", "-") for p in path)
