"""A line of YAML that cannot be read: what stands there, and how it would be written."""

from __future__ import annotations

import re
from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_OPENS, _CLOSES = "{[", "}]"
_FIELD = re.compile(r"\s*([A-Za-z_][\w-]*)\s*:(?=[\s\"'\[{]|$)\s*")
_GLUED = re.compile(r"([\[{,]\s*[A-Za-z_][\w-]*):(?=[^\s\"'\[{/])")
_BLOCK = re.compile(r"^(\s*(?:- )*)([A-Za-z_][\w-]*): (?=\S)(.*)$")
_ADVICE = "check the indentation, and put text that holds ': ', ', ' or '#' in double quotes"
_PLAIN = re.compile(r"^[\w(][^,\[\]{}:#\"'&*!|>%@`]*$")


def rewritten(line: str) -> str:
    """The line with quotes round each value that needs them; empty where that would not help.

    Catches `{id: a, says: It hurts, mostly at night}`; lets `{id: a, says: It hurts}` pass.
    """
    found = _in_braces(_GLUED.sub(r"\1: ", line)) or _in_block(line)
    return found if found and found != line and _reads(found) else ""


def told(text: str, at: int, opened: int) -> tuple[int, str]:
    """Of text that cannot be read: the line to name (1-based), and what to do there.

    Args:
        text: the whole. at: the line on which reading stopped. opened: the line on which what was
            being read began, such as a brace that should have been closed.
    """
    rows = text.split("\n")
    for number in dict.fromkeys((at, opened)):
        row = rows[number - 1] if number <= len(rows) else ""
        if better := rewritten(row):
            return number, f"the line reads {_short(row)}; write {_short(better, 300)}"
    begun = rows[opened - 1] if opened <= len(rows) else ""
    if opened < at and (missing := _missing(begun)):
        return opened, f"the line reads {_short(begun)} and is not closed; put {missing} at its end"
    row = rows[at - 1] if at <= len(rows) else ""
    stands = f"the line reads {_short(row)}; " if row.strip() else ""
    return at, f"{stands}{_ADVICE}"


def _in_braces(line: str) -> str:
    """A line that holds one set in braces, or one list in brackets."""
    start = min((i for i in map(line.find, _OPENS) if i >= 0), default=-1)
    end = max(map(line.rfind, _CLOSES))
    if start < 0 or end <= start or line[end + 1 :].strip() or not _begins(line[:start]):
        return ""
    inside = line[start + 1 : end]
    if line[start] == "[" or not _balanced(line[start:]):
        return ""  # a comma in a list may be meant; what is not closed is told otherwise
    values = _fields(inside)
    if not values:
        return ""
    if any(v and v[0] in _OPENS and not _reads(v) for _, v in values):
        return ""
    written = ", ".join(f"{name}: {_quoted(value)}" for name, value in values)
    return f"{line[: start + 1]}{written}{line[end:]}"


def _balanced(part: str) -> bool:
    bare = re.sub(r"\"[^\"]*\"", "", part)
    pairs = zip(_OPENS, _CLOSES, strict=True)
    return all(bare.count(a) == bare.count(b) for a, b in pairs)


def _begins(before: str) -> bool:
    return re.fullmatch(r"\s*(?:- )*(?:[\w-]+: )?", before) is not None


def _fields(inside: str) -> list[tuple[str, str]]:
    """The fields of a set: each name that stands at its beginning or after a comma, and the rest.

    Commas and colons within inner braces, brackets or whole quotes are the value's own.
    """
    starts = [0, *(i + 1 for i in _commas(inside))]
    found: list[tuple[str, str]] = []
    for start, end in zip(starts, [*starts[1:], len(inside) + 1], strict=True):
        part = inside[start : end - 1]
        if match := _FIELD.match(part):
            found.append((match[1], part[match.end() :].strip()))
        elif found:
            name, value = found[-1]
            found[-1] = (name, f"{value},{part.rstrip()}")
        else:
            return []
    return found


def _commas(inside: str) -> list[int]:
    places, depth, quote = [], 0, ""
    for at, sign in enumerate(inside):
        if quote:
            closed = sign == quote and re.match(r"\s*(?:[,\]}]|$)", inside[at + 1 :])
            quote = "" if closed else quote
        elif sign in "\"'" and re.search(r"(?:[:,\[{]\s*|^)$", inside[:at]):
            quote = sign
        elif sign in _OPENS or sign in _CLOSES:
            depth += 1 if sign in _OPENS else -1
        elif sign == "," and depth <= 0:
            places.append(at)
    return places


def _in_block(line: str) -> str:
    """A line `name: value` whose value needs quotes."""
    if not (match := _BLOCK.match(line)):
        return ""
    return f"{match[1]}{match[2]}: {_quoted(match[3].strip())}"


def _quoted(value: str) -> str:
    if _PLAIN.match(value) or (value and value[0] in _OPENS and _reads(value)):
        return value
    if len(value) > 1 and value[0] == value[-1] in "\"'" and _reads(value):
        return value
    bare = value[1:-1] if len(value) > 1 and value[0] == value[-1] in "\"'" else value
    bare = bare[1:] if bare[:1] in ("'", '"') and bare.count(bare[0]) == 1 else bare
    escaped = bare.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _reads(line: str) -> bool:
    """Whether a line is YAML by itself, and each field in it has a value."""
    try:
        return _whole(yaml.load(line.strip(), _LOADER))  # noqa: S506 - the safe loader
    except (yaml.YAMLError, ValueError):
        return False


def _whole(data: object) -> bool:
    if isinstance(data, dict):
        return all(v is not None and _whole(v) for v in data.values())
    return all(map(_whole, data)) if isinstance(data, list) else True


def _missing(line: str) -> str:
    depth = [c for c in re.sub(r"\"[^\"]*\"|'[^']*'", "", line) if c in "{}[]\"'"]
    stack: list[str] = []
    for sign in depth:
        if sign in _OPENS:
            stack.append(_CLOSES[_OPENS.index(sign)])
        elif sign in _CLOSES and stack:
            stack.pop()
        elif sign in "\"'":
            stack.append(sign)
    return repr("".join(reversed(stack))) if stack else ""


def _short(row: str, most: int = 120) -> str:
    row = row.strip()
    return row if len(row) <= most else row[: most - 1] + "…"
