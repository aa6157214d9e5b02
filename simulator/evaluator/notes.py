"""A note from anywhere: text, lines, named parts, or SOAP."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from simulator.encounter.records import Note, NoteDiagnosis
from simulator.errors import TranscriptError

Part = Literal["history", "diagnoses", "workup"]
NAMES: dict[Part, tuple[str, ...]] = {
    "history": (
        "history", "hx", "hpi", "history of present illness", "history of presenting complaint",
        "hpc", "presenting complaint", "chief complaint", "cc", "subjective", "objective",
        "physical exam", "physical examination", "examination", "exam", "findings", "pmh", "s", "o",
    ),
    "diagnoses": (
        "diagnoses", "diagnosis", "differential", "differential diagnosis", "differentials",
        "differential diagnoses", "ddx", "dx", "assessment", "impression", "a",
    ),
    "workup": (
        "workup", "work up", "plan", "investigations", "diagnostic workup", "diagnostic studies",
        "tests", "orders", "management", "p",
    ),
}  # fmt: skip
PART_OF: dict[str, Part] = {name: part for part, names in NAMES.items() for name in names}
HEADING = re.compile(r"^\s*[#*_\s]*([A-Za-z][A-Za-z \-/]{0,40}?)[*_]*\s*[::][*_]*\s*(.*)$")
BULLET = re.compile(r"^\s*(?:[-–—•*]|\(?\d{1,2}[.):])\s*")
MOST = 5


def as_note(data: dict[str, Any] | list[Any] | str | None) -> Note:
    """A note of any likely shape: text, lines, or history, diagnoses (names or objects), work-up.

    Of a SOAP note what is subjective and objective is the history, the assessment the diagnoses,
    line by line, and the plan the work-up.

    Raises:
        TranscriptError: the diagnoses are no list of names.
    """
    if data is None:
        return Note()
    if isinstance(data, list):
        data = "\n".join(_text(line) for line in data)
    parts = _sections(data) if isinstance(data, str) else _parts(data)
    return Note(
        history="\n".join(filter(None, map(_text, parts["history"])))[:20_000],
        diagnoses=tuple(_diagnoses(parts["diagnoses"])[:MOST]),
        workup="\n".join(filter(None, map(_text, parts["workup"])))[:10_000],
    )


def _parts(data: Mapping[str, Any]) -> dict[Part, list[Any]]:
    parts: dict[Part, list[Any]] = {"history": [], "diagnoses": [], "workup": []}
    for key, value in data.items():
        part = PART_OF.get(_plain(key))
        if part and value:
            parts[part].append(value)
    return parts


def _sections(text: str) -> dict[Part, list[Any]]:
    """The parts of a note by its headings; a note without any is history."""
    parts: dict[Part, list[Any]] = {"history": [], "diagnoses": [], "workup": []}
    part: Part = "history"
    for line in text.split("\n"):
        found = HEADING.match(line)
        heads = PART_OF.get(_plain(found[1])) if found else None
        if found and heads:
            part, line = heads, found[2]
        if line.strip() or part == "history":
            parts[part].append(line)
    return {**parts, "history": ["\n".join(parts["history"]).strip("\n")]}


def _plain(key: str) -> str:
    return " ".join(re.sub(r"[^a-z]+", " ", str(key).casefold()).split())


def _diagnoses(values: Iterable[Any]) -> list[NoteDiagnosis]:
    listed: list[NoteDiagnosis] = []
    for value in values:
        if isinstance(value, str):
            lines = [BULLET.sub("", line).strip() for line in value.splitlines()]
            listed += [NoteDiagnosis(name=line[:300]) for line in lines if line]
        elif isinstance(value, list) and all(isinstance(d, str | dict) for d in value):
            listed += [_diagnosis(d) for d in value]
        else:
            raise TranscriptError(
                f"note.diagnoses: {value!r:.80} is not a list of names or of {{name, support}}"
            )
    return listed


def _diagnosis(value: str | dict[str, Any]) -> NoteDiagnosis:
    if isinstance(value, str):
        return NoteDiagnosis(name=value[:300])
    name = next((value[k] for k in ("name", "diagnosis", "dx") if value.get(k)), "")
    support = next((value[k] for k in ("support", "evidence", "why") if value.get(k)), "")
    return NoteDiagnosis(name=_text(name)[:300], support=_text(support)[:3000])


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return "\n".join(f"{k}: {_text(v)}" for k, v in value.items())
    return "\n".join(map(_text, value)) if isinstance(value, list) else str(value)
