"""Read YAML safely and keep the line of every value, so that errors can point at it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from simulator.errors import ScriptError, UnknownScript
from simulator.scripts.schema import PatientScript
from simulator.scripts.slips import rewritten, told

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_BYTES = 256_000
MAX_DEPTH = 12
MAX_NODES = 20_000

Path_ = tuple[str | int, ...]


@dataclass(slots=True)
class LocatedYaml:
    """Plain data and the line on which each value stands (1-based), by path."""

    data: Any
    lines: dict[Path_, int] = field(default_factory=dict)
    bare: dict[Path_, str] = field(default_factory=dict)  # what braces made a field of, by its path

    def line_of(self, path: Path_) -> int:
        """The line of the value at `path`, or of the nearest value around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(text: str, name: str) -> LocatedYaml:
    """Parse YAML without aliases, tags, duplicate keys or excessive size.

    Raises:
        ScriptError: with file, line and what would do instead.
    """
    size = len(text.encode("utf-8"))
    if size > MAX_BYTES:
        raise ScriptError(f"{name}:1 file: {size:,} bytes is more than the {MAX_BYTES:,} allowed")
    text = "\n".join(map(_uncurled, text.removeprefix("\ufeff").split("\n")))
    if odd := yaml.reader.Reader.NON_PRINTABLE.search(text):
        line = text.count("\n", 0, odd.start()) + 1
        raise ScriptError(f"{name}:{line} yaml: {odd[0]!r} is not a printable character; delete it")
    try:
        _reject_foreign(text, name)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
        line = mark.line + 1 if mark else 1
        if tab := _tab(text, line):
            raise ScriptError(
                f"{name}:{tab} yaml: a tab stands here; YAML is indented with spaces, so replace it"
            ) from None
        before = getattr(error, "context_mark", None)
        line, advice = told(text, line, before.line + 1 if before else line)
        raise ScriptError(f"{name}:{line} yaml: {problem or error}; {advice}") from None
    located = LocatedYaml(data=None)
    if root is not None:
        located.data = _Builder(name, located, text.split("\n")).build(root, ())
    return located


# A value or list item in curly double quotes, as word processors write them.
_WHOLE = re.compile(r"^(\s*(?:- )*(?:[\w-]+: )?)[“”„]([^“”„]*)[“”](\s*(?:#.*)?)$")
_INSIDE = re.compile(r"(?:(?<=[:,] )|(?<=[\[{]))[“”„]([^“”„]*)[“”](?=\s*[,\]}])")


def _uncurled(line: str) -> str:
    """A line with straight quotes, which YAML knows, around what stands in curly ones.

    A line that has straight ones is left alone: in them, curly quotes are part of the text.
    """
    if '"' in line or "'" in line:
        return line
    if whole := _WHOLE.match(line):
        return f"{whole[1]}{_straight(whole[2])}{whole[3]}"
    in_braces = re.match(r"\s*(?:- )*(?:[\w-]+: )?[\[{]", line)
    return _INSIDE.sub(lambda m: _straight(m[1]), line) if in_braces else line


def _straight(words: str) -> str:
    escaped = words.replace("\\", "\\\\")
    return f'"{escaped}"'


def _tab(text: str, line: int) -> int:
    """The line, that one or the next, whose indentation holds a tab; 0 where neither's does."""
    rows = text.split("\n")
    near = range(line, min(line + 2, len(rows) + 1))
    return next((n for n in near if re.match(r"[ -]*\t", rows[n - 1])), 0)


def _reject_foreign(text: str, name: str) -> None:
    depth = 0
    event: Any
    for event in yaml.parse(text, Loader=_LOADER):
        place = f"{name}:{event.start_mark.line + 1} yaml:"
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ScriptError(
                f"{place} anchors and aliases (& and *) are not allowed; "
                "write the value out, or put the line in double quotes"
            )
        if tag := getattr(event, "tag", None):
            raise ScriptError(f"{place} tag {tag!r} is not allowed; remove it")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise ScriptError(
                f"{place} nested deeper than {MAX_DEPTH} levels; a script is a flat list of facts"
            )


class _Builder:
    def __init__(self, name: str, located: LocatedYaml, rows: list[str]) -> None:
        self.name = name
        self.lines, self.bare = located.lines, located.bare
        self.rows = rows
        self.nodes = 0
        self.constructor = yaml.constructor.SafeConstructor()

    def build(self, node: yaml.Node, path: Path_) -> Any:
        line = node.start_mark.line + 1
        self.lines[path] = line
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise ScriptError(
                f"{self.name}:{line} yaml: holds more than {MAX_NODES:,} values; shorten the lists"
            )
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*path, i)) for i, child in enumerate(node.value)]
        return self._scalar(node, line)

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise ScriptError(f"{self.name}:{line} yaml: the name of a field is one word")
            key = str(key_node.value)
            if key in result:
                raise ScriptError(
                    f"{self.name}:{line} {dotted((*path, key))}: stands twice; keep one of them"
                )
            if node.flow_style and value_node.start_mark.index == value_node.end_mark.index:
                self.bare[(*path, key)] = self.rows[line - 1]
            result[key] = self.build(value_node, (*path, key))
            self.lines[(*path, key)] = line
        return result

    def _scalar(self, node: yaml.Node, line: int) -> Any:
        if node.tag.endswith(("timestamp", "binary")):
            return str(node.value)
        try:
            return self.constructor.construct_object(node)
        except (yaml.YAMLError, ValueError):
            raise ScriptError(
                f"{self.name}:{line} yaml: {_shown(node.value)} cannot be read; put it in quotes"
            ) from None


def dotted(path: Path_) -> str:
    """A path as authors read it: facts[4].tell."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else (f".{step}" if text else str(step))
    return text or "file"


def parse_script(text: str, name: str) -> tuple[PatientScript, LocatedYaml]:
    """A script from its YAML text.

    Raises:
        ScriptError: one line a finding: file:line field: what is wrong and what would do.
    """
    located = read_yaml(text, name)
    found = validated(located)
    if isinstance(found, PatientScript):
        return found, located
    lines = [f"{name}:{located.line_of(path)} {dotted(path)}: {said}" for path, said in found]
    raise ScriptError("\n".join(dict.fromkeys(lines)))


def validated(located: LocatedYaml) -> PatientScript | list[tuple[Path_, str]]:
    """The script of plain data, or its faults: where each stands, and what would do instead."""
    if not isinstance(located.data, dict):
        kind = type(located.data).__name__
        return [((), f"a script is a mapping that begins with 'schema: 1', not {kind}")]
    try:
        return PatientScript.model_validate(located.data)
    except ValidationError as error:
        told = [item for item in error.errors() if not _beside_the_point(item)]
        return list(dict.fromkeys(_explain(item, located) for item in told))


_WORD_OR_FIELDS = ("literal['denied','unknown']", "Expectation")


def _beside_the_point(item: Any) -> bool:
    """Of `expect`, which is a word or a mapping, only the form that was meant is told."""
    branch, is_fields = item["loc"][-1], isinstance(item["input"], dict)
    return bool(branch == _WORD_OR_FIELDS[int(not is_fields)])


def _shown(value: object) -> str:
    return repr(value) if len(repr(value)) < 80 else repr(value)[:77] + "…'"


def _explain(item: Any, located: LocatedYaml) -> tuple[Path_, str]:
    path: Path_ = tuple(p for p in item["loc"] if p not in (*_WORD_OR_FIELDS, "[key]"))
    kind, value, context = item["type"], item["input"], item.get("ctx", {})
    shown = _shown(value)
    if kind == "literal_error":
        choices = context["expected"].replace("'", "").replace(" or ", ", ")
        problem = f"{shown} is not one of {choices}"
    elif kind == "extra_forbidden" and path in located.bare:
        problem = _split(str(path[-1]), located.bare[path])
    elif kind == "extra_forbidden":
        problem = f"there is no field {_shown(path[-1])}; {_similar(path, located)}"
    elif kind == "missing":
        problem = "is required; add it"
    elif kind == "string_pattern_mismatch":
        problem = f"{shown} does not fit {_PATTERNS.get(context['pattern'], context['pattern'])}"
    elif kind == "string_type":
        problem = f"{shown} is not text; write one line, in double quotes"
    elif kind in ("model_type", "dict_type"):
        problem = f"{shown} is not a set of fields; write each as 'name: value' on its own line"
    else:
        problem = f"{shown}: {item['msg'][0].lower()}{item['msg'][1:]}"
    return path, problem


def _split(piece: str, row: str) -> str:
    """What braces made a field of, because a comma stood before it or no space after its colon."""
    said = f"in braces a comma ends a value, so {_shown(piece)} was read as a field of its own"
    if re.match(r"[\w-]+:\S", piece):
        said = f"no space stands after the colon, so {_shown(piece)} was read as a field's name"
    better = rewritten(row)
    return (
        f"{said}; write {better.strip()}" if better else f"{said}; put the value in double quotes"
    )


_PATTERNS = {
    r"^[a-z0-9][a-z0-9_-]*$": "an id: small letters, digits and hyphens, such as 'no-fever'",
    r"^[a-z]+(\.[a-z0-9-]+)+$": "a topic id, such as 'hpi.onset' or 'ros.fever'",
    r"^\d+\.\d+\.\d+$": "a version of three numbers, such as '1.0.0' (in quotes if need be)",
}


def _similar(path: Path_, located: LocatedYaml) -> str:
    import difflib

    known = {
        name
        for model in _all_models(PatientScript)
        for field_name, info in model.model_fields.items()
        for name in [info.alias or field_name]
    }
    close = difflib.get_close_matches(str(path[-1]), sorted(known), n=1)
    return f"did you mean {close[0]!r}?" if close else "remove it, or see docs/authoring.md"


def _all_models(model: Any) -> list[Any]:
    from simulator.scripts import schema

    return [m for m in vars(schema).values() if isinstance(m, type) and issubclass(m, schema.Part)]


def read_script(path: Path) -> tuple[PatientScript, LocatedYaml]:
    """A script from a file anywhere on this machine.

    Raises:
        UnknownScript: there is no such file, or it cannot be read.
        ScriptError: the file is not a valid script.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ScriptError(f"{path}:1 file: is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise UnknownScript(f"{path}: cannot be read ({error.strerror}); check the path") from None
    return parse_script(text, str(path))
