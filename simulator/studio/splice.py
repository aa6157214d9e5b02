"""Change a value in YAML text and leave every other character of it as it was, comments too.

A parser that writes a document anew loses the comments around what moves or goes. So the text is
cut where the parser says that a value stands, and what came of it is read back and compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from simulator.errors import ScriptError
from simulator.scripts.parsing import Path_, dotted, read_yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*")
_WORDS_OF_YAML = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})
STEP = 2


class Edit(BaseModel):
    """One change: `set` a value (None takes it out), `add` to a list, `remove` or `move` in one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    do: Literal["set", "add", "remove", "move"]
    path: tuple[str | int, ...]
    value: Any = None
    to: int = 0  # where an item moves


def apply(text: str, edits: Sequence[Edit], order: Sequence[str] = ()) -> str:
    """The text with the edits made one after the other.

    Args:
        text: valid YAML, a mapping. edits: what to change.
        order: the names of top-level fields; a new one is put where it belongs among them.

    Raises:
        ScriptError: the text is no valid YAML, or a path leads nowhere in it.
    """
    data = read_yaml(text, "draft").data
    for edit in edits:
        wanted = changed(data or {}, edit)
        text = _apply(text, edit, order)
        data = read_yaml(text, "draft").data
        if data != wanted:
            raise ScriptError(f"{dotted(edit.path)}: cannot be changed here; change it as text")
    return text


def changed(data: Any, edit: Edit) -> Any:
    """Plain data with an edit made: what the text must say afterwards."""
    data = deepcopy(data)
    *way, last = edit.path
    target = data
    for place, step in enumerate(way):
        follows: Any = [] if isinstance(edit.path[place + 1], int) else {}
        if isinstance(target, dict) and target.get(str(step)) is None:
            if edit.do == "set" and edit.value is None:
                return data
            target[step] = follows
        target = _child(target, step, edit)
    if edit.do == "set":
        _set(target, last, edit)
        return data
    if edit.do == "add" and isinstance(target, dict) and target.get(str(last)) is None:
        target[last] = []
    items = _child(target, last, edit) if edit.do == "add" else target
    if not isinstance(items, list):
        raise ScriptError(f"{dotted(edit.path)}: is not a list; change it as text")
    if edit.do == "add":
        items.append(edit.value)
    else:
        item = items.pop(_place(items, last, edit))
        if edit.do == "move":
            items.insert(edit.to, item)
    return data


def _set(target: Any, last: str | int, edit: Edit) -> None:
    if isinstance(target, list):
        target[_place(target, last, edit)] = edit.value
    elif not isinstance(target, dict):
        raise ScriptError(f"{dotted(edit.path)}: is not a set of fields; change it as text")
    elif edit.value is None:
        target.pop(last, None)
    else:
        target[last] = edit.value


def _child(target: Any, step: str | int, edit: Edit) -> Any:
    if isinstance(target, dict) and step in target:
        return target[step]
    if isinstance(target, list):
        return target[_place(target, step, edit)]
    raise ScriptError(f"{dotted(edit.path)}: there is no such place any more; reload the page")


def _place(items: list[Any], step: str | int, edit: Edit) -> int:
    if not isinstance(step, int) or not 0 <= step < len(items):
        raise ScriptError(f"{dotted(edit.path)}: there is no such item any more; reload the page")
    return step


def _apply(text: str, edit: Edit, order: Sequence[str]) -> str:
    root = yaml.compose(text, Loader=_LOADER)
    way, node = _walk(root, edit.path)
    if edit.do == "set" and edit.value is None:
        return text if len(way) < len(edit.path) else _without(text, _parent(root, edit), node)
    if edit.do == "set" and len(way) == len(edit.path) and not _is_null(node):
        return _replaced(text, node, edit.value)
    if edit.do == "set":
        return _inserted(text, root, edit.path, edit.value, order)
    if edit.do == "add":
        if len(way) < len(edit.path) or not _items(node):
            return _inserted(text, root, edit.path, [edit.value], order)
        return _appended(text, node, edit.value)
    parent = _parent(root, edit)
    if edit.do == "remove":
        return _without(text, parent, node)
    return _moved(text, parent, int(edit.path[-1]), edit.to)


def _walk(root: Any, path: Path_) -> tuple[Path_, Any]:
    """The longest part of the path that the document has, and the node there."""
    node = root
    for place, step in enumerate(path):
        below = _below(node, step)
        if below is None:
            return path[:place], node
        node = below
    return path, node


def _below(node: Any, step: str | int) -> Any:
    if isinstance(node, yaml.MappingNode):
        return next((v for k, v in node.value if k.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        return node.value[step] if step < len(node.value) else None
    return None


def _parent(root: Any, edit: Edit) -> Any:
    return _walk(root, edit.path[:-1])[1]


def _items(node: Any) -> bool:
    return isinstance(node, yaml.SequenceNode) and bool(node.value)


def _is_null(node: Any) -> bool:
    empty = isinstance(node, yaml.CollectionNode) and not node.value
    return empty or (isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null"))


def _span(text: str, node: Any) -> tuple[int, int]:
    """Where a value stands: a block ends with its last word, not with the comments after it."""
    start = node.start_mark.index
    if isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        return start, _span(text, last[1] if isinstance(last, tuple) else last)[1]
    end = node.end_mark.index
    return start, start + len(text[start:end].rstrip())


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def _replaced(text: str, node: Any, value: Any) -> str:
    start, end = _span(text, node)
    if isinstance(value, Mapping | list) and value and _block(node):
        indent = node.start_mark.column
        return text[:start] + _emit(value, indent).lstrip() + text[end:]
    quoted = isinstance(node, yaml.ScalarNode) and node.style in ('"', "'")
    return text[:start] + _flow(value, quoted) + text[end:]


def _block(node: Any) -> bool:
    return isinstance(node, yaml.CollectionNode) and bool(node.value) and not node.flow_style


def _pairs(parent: Any) -> list[tuple[Any, Any]]:
    if isinstance(parent, yaml.MappingNode):
        return list(parent.value)
    return [(item, item) for item in parent.value]


def _without(text: str, parent: Any, node: Any) -> str:
    """Take an item of a list, or a field with its name, out."""
    pairs = _pairs(parent)
    at = next(i for i, (_, value) in enumerate(pairs) if value is node)
    start, end = pairs[at][0].start_mark.index, _span(text, node)[1]
    if len(pairs) == 1:
        begin, over = _span(text, parent)
        return text[:begin] + ("{}" if isinstance(parent, yaml.MappingNode) else "[]") + text[over:]
    if parent.flow_style:
        if at:
            return text[: _span(text, pairs[at - 1][1])[1]] + text[end:]
        return text[:start] + text[pairs[1][0].start_mark.index :]
    line = _line_start(text, start)
    if isinstance(parent, yaml.MappingNode) and text[line:start].strip():
        return text[:start] + text[pairs[1][0].start_mark.index :]  # the field after the dash
    return text[:line] + text[_line_end(text, end) :]


def _moved(text: str, parent: Any, place: int, to: int) -> str:
    nodes = list(parent.value)
    spans = [_span(text, n) for n in nodes]
    order = [i for i in range(len(nodes)) if i != place]
    order.insert(to, place)
    pieces, at = [], 0
    for (start, end), source in zip(spans, order, strict=True):
        pieces += [text[at:start], text[slice(*spans[source])]]
        at = end
    return "".join([*pieces, text[at:]])


def _appended(text: str, node: Any, value: Any) -> str:
    end = _span(text, node.value[-1])[1]
    if node.flow_style:
        return f"{text[:end]}, {_flow(value)}{text[end:]}"
    return _on_new_line(text, end, _emit([value], node.start_mark.column))


def _on_new_line(text: str, after: int, block: str) -> str:
    end = _line_end(text, after)
    lead = "" if text[:end].endswith("\n") or not text[:end] else "\n"
    return f"{text[:end]}{lead}{block}\n{text[end:]}"


def _inserted(text: str, root: Any, path: Path_, value: Any, order: Sequence[str]) -> str:
    """Put a value where there is none yet, with the fields around it that are missing too."""
    way, node = _walk(root, path)
    while way and _is_null(node):
        way, node = _walk(root, way[:-1])
    rest = path[len(way) :]
    for step in reversed(rest[1:]):
        value = {step: value} if isinstance(step, str) else [value]
    if root is None:
        return text + _emit({rest[0]: value}, 0) + "\n"
    if _below(node, rest[0]) is not None:
        text = _without(text, node, _below(node, rest[0]))
        root = yaml.compose(text, Loader=_LOADER)
        _, node = _walk(root, way)
    return _with_field(text, node, str(rest[0]), value, order if not way else ())


def _with_field(text: str, node: Any, key: str, value: Any, order: Sequence[str]) -> str:
    if not node.value:
        start, end = _span(text, node)
        return f"{text[:start]}{{{key}: {_flow(value)}}}{text[end:]}"
    after = node.value[-1][1]
    if order:
        before = set(order[: order.index(key)]) if key in order else set(order)
        after = next((v for k, v in reversed(node.value) if k.value in before), after)
    end = _span(text, after)[1]
    if node.flow_style:
        return f"{text[:end]}, {key}: {_flow(value)}{text[end:]}"
    return _on_new_line(text, end, _emit({key: value}, node.start_mark.column))


def write(data: Mapping[str, Any]) -> str:
    """A whole document from plain data, a blank line between its parts."""
    text = ""
    for key, value in data.items():
        gap = "\n" if _deep(value) and text else ""
        text += f"{gap}{_emit({key: value}, 0)}\n"
    return text


def _emit(value: Any, indent: int) -> str:
    """A value as block lines, each after so many spaces."""
    return "\n".join(" " * indent + line for line in _lines(value))


def _lines(value: Any) -> Iterator[str]:
    pad = " " * STEP
    if isinstance(value, Mapping):
        for key, below in value.items():
            if _deep(below):
                yield f"{key}:"
                yield from (pad + line for line in _lines(below))
            else:
                yield f"{key}: {_flow(below)}"
    else:
        for item in value:
            lines = list(_lines(item)) if isinstance(item, Mapping) else [_flow(item)]
            yield f"- {lines[0]}"
            yield from (pad + line for line in lines[1:])


def _deep(value: Any) -> bool:
    if isinstance(value, Mapping):
        return bool(value)
    return isinstance(value, list) and any(isinstance(v, Mapping) for v in value)


def _flow(value: Any, quoted: bool = False) -> str:
    """A value on one line; what people say stands in double quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(v) for v in value) + "]"
    text = str(value)
    if not quoted and _PLAIN.fullmatch(text) and text not in _WORDS_OF_YAML:
        return text
    return json.dumps(text, ensure_ascii=False)
