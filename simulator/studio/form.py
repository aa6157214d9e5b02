"""The form of a case: its parts and fields, as data, and the way from what is typed to values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from simulator.errors import ScriptError
from simulator.scripts.names import free, slug
from simulator.scripts.parsing import Path_, dotted
from simulator.scripts.schema import PatientScript
from simulator.studio.splice import Edit

Kind = Literal[
    "line", "text", "number", "choice", "flag", "lines", "pairs",
    "fact", "facts", "topic", "topics", "cue", "expect",
]  # fmt: skip
PICKS = ("facts", "topics")  # lists whose items are chosen one by one
ORDER = tuple(f.alias or n for n, f in PatientScript.model_fields.items())


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Field(_Part):
    """One field: where its value stands, what it is called, and how it is typed."""

    path: str
    label: str
    kind: Kind
    options: tuple[str, ...] = ()
    help: str = ""

    def at(self, base: Path_, item: Any = None) -> Path_:
        """The path of the field's value, of a list's item at `base`."""
        if self.path.startswith("/"):  # stands elsewhere, under the item's id
            own = item.get("id", "") if isinstance(item, Mapping) else ""
            return tuple(self.path[1:].format(id=own).split("."))
        return (*base, *self.path.split("."))


class List(_Part):
    """A list of items, each with fields; `typed` is the field that makes a new one."""

    path: str
    title: str
    one: str
    typed: str
    also: str = ""  # a second field that a new item cannot be without
    shows: tuple[str, ...] = ()
    fresh: dict[str, Any] = {}
    fields: tuple[Field, ...]

    @property
    def steps(self) -> Path_:
        """The path of the list."""
        return tuple(self.path.split("."))


class Section(_Part):
    """One part of the form."""

    id: str
    title: str
    lead: str
    fields: tuple[Field, ...] = ()
    lists: tuple[List, ...] = ()


@cache
def sections() -> tuple[Section, ...]:
    """The parts of the form, in the order in which one writes them."""
    text = (Path(__file__).parent / "form.yaml").read_text(encoding="utf-8")
    return tuple(Section.model_validate(s) for s in yaml.safe_load(text)["parts"])


def section(name: str) -> Section:
    """The part of that name; the first where there is none."""
    return next((s for s in sections() if s.id == name), sections()[0])


def list_at(path: str) -> List:
    """The list at a path.

    Raises:
        ScriptError: the form has none there.
    """
    for part in sections():
        for found in part.lists:
            if found.path == path:
                return found
    raise ScriptError(f"{path}: is no list of the form")


def owner_of(path: Path_) -> str:
    """The part of the form in which a path's value is shown."""
    if path[:2] == ("debrief", "model_questions"):
        return "checklist"
    best, length = "about", 0
    for part in sections():
        for place in (*(f.path for f in part.fields), *(x.path for x in part.lists)):
            steps = tuple(place.split("."))
            shared = len(steps) if path[: len(steps)] == steps else int(path[:1] == steps[:1])
            if shared > length:
                best, length = part.id, shared
    return best


def value_at(data: Any, path: Path_) -> Any:
    """The value at a path of plain data, or None."""
    for step in path:
        if isinstance(data, Mapping):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def default_at(path: Path_) -> Any:
    """What the schema takes where nothing is written."""
    names = tuple(p for p in path if isinstance(p, str))
    return _defaults().get(names)


@cache
def _defaults() -> dict[tuple[str, ...], Any]:
    return dict(_walk(PatientScript, ()))


def _walk(model: type[BaseModel], base: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, info in model.model_fields.items():
        path = (*base, info.alias or name)
        below = re.findall(r"schema\.(\w+)", str(info.annotation))
        from simulator.scripts import schema

        inner = getattr(schema, below[0], None) if below else None
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _walk(inner, path)
        elif not info.is_required():
            yield path, info.get_default(call_default_factory=True)


def shown(value: Any, kind: Kind) -> str:
    """A value as it stands in its field."""
    if value is None:
        return ""
    if kind == "lines" or (kind in PICKS and isinstance(value, list)):
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if kind == "pairs" and isinstance(value, Mapping):
        return "\n".join(f"{k}: {_pair(v)}" for k, v in value.items())
    if kind == "expect" and isinstance(value, Mapping):
        names = {"facts": "told", "denied": "denied", "withheld": "withheld"}
        return "; ".join(f"{names.get(k, k)}: {', '.join(map(str, v))}" for k, v in value.items())
    return str(value)


def _pair(value: Any) -> str:
    return " | ".join(map(str, value)) if isinstance(value, list) else str(value)


def typed(text: str | bool, kind: Kind, path: Path_) -> Any:
    """The value of what stands in a field; None where it is empty or what the schema takes anyway.

    Raises:
        ScriptError: it cannot be read as what the field holds.
    """
    if isinstance(text, bool) or kind == "flag":
        on = text in (True, "on", "true")
        return None if on == default_at(path) else on
    text = text.replace("\r\n", "\n").strip()
    if not text or text == default_at(path):
        return None
    if kind == "number":
        return _number(text, path)
    if kind == "lines" or kind in PICKS:
        return [line.strip() for line in text.split("\n") if line.strip()]
    if kind == "pairs":
        return dict(_read_pair(line, path) for line in text.split("\n") if line.strip())
    if kind == "expect":
        return _expectation(text, path)
    return " ".join(text.split())


def _number(text: str, path: Path_) -> int | float:
    try:
        value = float(text)
    except ValueError:
        raise ScriptError(f"{dotted(path)}: {text!r} is not a number") from None
    return int(value) if value.is_integer() else value


def _read_pair(line: str, path: Path_) -> tuple[str, Any]:
    name, colon, value = (part.strip() for part in line.partition(":"))
    if not colon or not value:
        raise ScriptError(f"{dotted(path)}: {line.strip()!r} is not 'name: value'")
    if path[-1] == "reactions":
        return name, [v.strip() for v in value.split("|") if v.strip()]
    return name, _number(value, path) if re.fullmatch(r"\d+(\.\d+)?", value) else value


def _expectation(text: str, path: Path_) -> str | dict[str, list[str]]:
    if text in ("denied", "unknown"):
        return text
    names = {"told": "facts", "denied": "denied", "withheld": "withheld"}
    found: dict[str, list[str]] = {}
    for part in text.split(";"):
        name, _, ids = (p.strip() for p in part.partition(":"))
        if name not in names or not ids:
            raise ScriptError(
                f"{dotted(path)}: {part.strip()!r} is none of denied, unknown, told: fact, "
                "withheld: fact, denied: topic"
            )
        found[names[name]] = [i.strip() for i in ids.split(",") if i.strip()]
    return found


def new_item(items: List, text: str, also: str, data: Any) -> Edit:
    """The edit that adds an item to a list, with a short name of its own."""
    item: dict[str, Any] = {}
    if any(f.path == "id" for f in items.fields):
        there = value_at(data, items.steps) or []
        taken = {str(i.get("id")) for i in there if isinstance(i, Mapping)}
        item["id"] = free(_weighty(text), taken)
    item[items.typed] = " ".join(text.split())
    if items.also:
        item[items.also] = " ".join(also.split())
    return Edit(do="add", path=items.steps, value={**item, **items.fresh})


def without_item(items: List, place: int, data: Any) -> list[Edit]:
    """The edits that take an item out of a list, with what stands elsewhere under its name."""
    path = (*items.steps, place)
    elsewhere = (f.at(path, value_at(data, path)) for f in items.fields if f.path.startswith("/"))
    gone = [Edit(do="set", path=p) for p in elsewhere if value_at(data, p) is not None]
    return [*gone, Edit(do="remove", path=path)]


def _weighty(text: str, most: int = 3) -> str:
    """A short name of a text's longer words."""
    words = [w for w in slug(text).split("-") if len(w) > 3]
    return "-".join(words[:most])[:60] or "item"
