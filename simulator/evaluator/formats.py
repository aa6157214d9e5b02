"""A transcript's turns and note from its text, whatever its shape.

JSON and JSON lines, SRT and WebVTT, CSV and other tables, YAML, and plain labelled lines. What a
turn is, is the file's affair: turns are neither put together nor left out, so that their numbers
are the file's; only captions that go on with a sentence are put together.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from typing import Any

import yaml

from simulator.errors import TranscriptError
from simulator.evaluator.lines import is_captions, read_captions, read_lines
from simulator.evaluator.speakers import Speakers, Spoken, assign, fold
from simulator.evaluator.structured import CLOCK, SHAPE, WHO, WORDS, labelled, read_data
from simulator.language.jsontext import read_json

Note = dict[str, Any] | list[Any] | str | None
Rows = list[list[str]]
DELIMITERS = "\t;,|"
COLUMN_WHO = frozenset(WHO) - {"type"}
COLUMN_WORDS = (frozenset(WORDS) | {"dialogue", "comment"}) - {"data", "parts"}
MOST_SPEAKERS = 8
YAML_KEYS = re.compile(
    r"^(?:turns|messages|transcript|dialogue|conversation|utterances|segments)\s*:\s*$"
    r"|^\s*-\s*(?:speaker|role|who|from)\s*:",
    re.M,
)


def read_turns(
    text: str, speakers: Speakers, name: str
) -> tuple[tuple[tuple[str, str], ...], Note]:
    """The turns as ("D" | "P", text), as the file has them, and the note.

    Args:
        text: what the file holds. speakers: how transcripts name who speaks. name: of the file.

    Raises:
        TranscriptError: it cannot be read, or who is the doctor is not certain.
    """
    text = re.sub(r"\r\n?", "\n", text.lstrip("\ufeff"))
    if not text.strip():
        raise TranscriptError(
            f"{name}:1: is not JSON, nor anything else, for it is empty; it should be {SHAPE}"
        )
    spoken, note = _read(text, speakers, name)
    return assign(spoken, speakers, name), note


def _read(text: str, speakers: Speakers, name: str) -> tuple[list[Spoken], Note]:
    bare = text.strip()
    if bare[0] in '{["' and not _is_labelled(bare, speakers):
        return read_data(_json(bare, text, name), speakers, name)
    if is_captions(bare):
        return labelled(read_captions(bare, speakers), name), None
    if rows := _table(bare, speakers):
        return rows, None
    if YAML_KEYS.search(bare):
        try:
            return read_data(yaml.safe_load(bare), speakers, name)
        except yaml.YAMLError:
            pass
        except (RecursionError, ValueError):
            raise TranscriptError(f"{name}: cannot be read; it should be {SHAPE}") from None
    return labelled(read_lines(bare, speakers), name), None


def _is_labelled(bare: str, speakers: Speakers) -> bool:
    """Whether what begins with a bracket is a label, a time or a quoted cell, not JSON."""
    if bare[0] == '"':
        return True
    inside = re.match(r"[\[{]\s*([^\W_][^\]}\"\[{]*)[\]}]", bare)
    return bool(inside) and not re.fullmatch(
        r"[\d\s,.]*|true|false|null", inside[1] if inside else ""
    )


def _json(bare: str, text: str, name: str) -> Any:
    """The data of JSON, or of JSON lines as a list."""
    try:
        return read_json(bare)
    except json.JSONDecodeError as error:
        first, problem = error.lineno + text[: text.index(bare)].count("\n"), error.msg
    except ValueError as error:
        raise TranscriptError(f"{name}: {error}; it should be {SHAPE}") from None
    values: list[Any] = []
    lines = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    for number, line in lines:
        try:
            values.append(read_json(line))
        except ValueError as error:
            if values and len(lines) > 1:
                first = number
                problem = getattr(error, "msg", "it cannot be read")
            break
    if values and len(values) == len(lines):
        return values
    raise TranscriptError(f"{name}:{first}: is not JSON ({problem}); it should be {SHAPE}")


def _table(bare: str, speakers: Speakers) -> list[Spoken]:
    """The turns of a table with or without a header; none where the text is no table."""
    for delimiter in DELIMITERS:
        rows = _rows(bare, delimiter)
        if rows and min(len(r) for r in rows[:2]) > 1:
            found = (
                _with_header(rows, delimiter)
                or _side_by_side(rows, speakers)
                or _without_header(rows, delimiter, speakers)
            )
            if found:
                return found
    return []


def _rows(bare: str, delimiter: str) -> Rows:
    lines = re.sub(r"\Asep=.\n", "", bare).splitlines(keepends=True)
    if delimiter == "|":
        lines = [line.strip().strip("|") for line in lines if not re.match(r"^[\s|:\-]+$", line)]
    try:
        rows = [
            [" ".join(c.split()) for c in r]
            for r in csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
        ]
    except csv.Error:
        return []
    return [r for r in rows if any(r)]


def _with_header(rows: Rows, delimiter: str) -> list[Spoken]:
    head = [re.sub(r"[^a-z]+", "_", c.casefold()).strip("_") for c in rows[0]]
    who = next((head.index(k) for k in WHO if k in head and k in COLUMN_WHO), None)
    said = next((n for n, k in enumerate(head) if k in COLUMN_WORDS and n != who), None)
    if who is None or said is None:
        return []
    return [_cells(r, who, said, len(head), delimiter) for r in rows[1:]]


def _cells(row: Sequence[str], who: int, said: int, width: int, delimiter: str) -> Spoken:
    """A row's turn; in a last column that was not quoted, the text runs on."""
    text = row[said] if said < len(row) else ""
    if said == width - 1 and len(row) > width:
        text = (delimiter + " ").join(row[said:])
    return Spoken(row[who].strip(":[]") if who < len(row) else None, text)


def _side_by_side(rows: Rows, speakers: Speakers) -> list[Spoken]:
    """Of a table with a column for each speaker, the turns row by row."""
    head = rows[0]
    columns = {n: c for n, c in enumerate(head) if speakers.exact(c)}
    roles = {speakers.role(c) for c in columns.values()}
    if not {"doctor", "patient"} <= roles or len(columns) < len(head) - 1:
        return []
    return [Spoken(columns[n], r[n]) for r in rows[1:] for n in columns if n < len(r) and r[n]]


def _without_header(rows: Rows, delimiter: str, speakers: Speakers) -> list[Spoken]:
    width = min(len(r) for r in rows)
    for who in range(width - 1):
        if _names_speakers([r[who].strip(":[]") for r in rows], speakers):
            text = range(who + 1, width)
            said = next((n for n in text if not all(CLOCK.match(r[n]) for r in rows)), width - 1)
            return [_cells(r, who, said, said + 1, delimiter) for r in rows]
    return []


def _names_speakers(column: Sequence[str], speakers: Speakers) -> bool:
    """Whether a column holds labels: few and short, known by themselves or each come again."""
    labels = {*column}
    short = all(fold(x) and len(x.split()) <= 4 and len(x) < 40 and ":" not in x for x in labels)
    if not short or len(labels) > MOST_SPEAKERS:
        return False
    return any(map(speakers.exact, labels)) or 2 <= len(labels) <= len(column) / 2
