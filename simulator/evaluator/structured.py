"""Turns from JSON of any likely shape: pairs, dictionaries, the messages of a chat."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulator.errors import TranscriptError
from simulator.evaluator.lines import read_lines
from simulator.evaluator.speakers import Speakers, Spoken

SHAPE = '{"turns": [["D", "…"], ["P", "…"]], "note"?: {…}}'
WHOLE = (
    "turns", "messages", "transcript", "dialogue", "dialog", "conversation", "conversations",
    "utterances", "segments", "exchanges", "contents", "chat", "interview", "lines", "entries",
    "items", "results", "data", "encounter", "session", "history", "monologues",
)  # fmt: skip
WHO = (
    "speaker", "role", "who", "from", "participant", "author", "sender", "label", "speaker_label",
    "speaker_name", "speaker_id", "actor", "person", "name", "type",
)  # fmt: skip
WORDS = (
    "text", "content", "said", "message", "utterance", "value", "transcript", "parts", "sentence",
    "line", "speech", "says", "body", "words", "data",
)  # fmt: skip
NOTES = (
    "note", "notes", "soap", "soap_note", "clinical_note", "patient_note", "post_encounter_note",
)  # fmt: skip
SECTIONS = frozenset(
    ["diagnoses", "differential", "ddx", "assessment", "plan", "workup", "subjective", "hpi"]
)
CLOCK = re.compile(r"^[\d:.,\sTZ\-/]*$")


def read_data(
    data: Any, speakers: Speakers, name: str
) -> tuple[list[Spoken], dict[str, Any] | list[Any] | str | None]:
    """The turns, and the note if there is one, of a transcript as data.

    Raises:
        TranscriptError: there are no turns in it, or one of them is no turn.
    """
    note = _note_in(data)
    where, found = _turns_in(data, name)
    if isinstance(found, str):
        return labelled(read_lines(found, speakers), name), note
    spoken: list[Spoken] = []
    for number, item in enumerate(found):
        spoken += _turn(item, speakers, f"{name} {where}{'.' if where else ''}{number}")
    if spoken and all(s.speaker is None for s in spoken):
        text = "\n".join(s.text for s in spoken)
        return labelled(read_lines(text, speakers), name) if text.strip() else spoken, note
    if not spoken:
        raise TranscriptError(
            f"{name} {where}: holds no turns, so there is nothing to score; it should be {SHAPE}"
        )
    return spoken, note


def labelled(spoken: list[Spoken], name: str) -> list[Spoken]:
    """The turns that lines were found to hold.

    Raises:
        TranscriptError: there are none.
    """
    if spoken:
        return spoken
    raise TranscriptError(
        f"{name}: no line of it names who speaks; put 'Doctor:' or 'Patient:' before what each "
        f"says, or write it as {SHAPE}"
    )


def _note_in(data: Any) -> dict[str, Any] | list[Any] | str | None:
    if isinstance(data, list):
        notes = [i for i in data if isinstance(i, dict) and _is_note(i)]
        return _note_in(notes[0]) if notes else None
    if not isinstance(data, dict):
        return None
    for key in NOTES:
        if data.get(key) and isinstance(data[key], dict | list | str):
            return data[key]  # type: ignore[no-any-return]
    sections = {k: v for k, v in data.items() if str(k).casefold() in SECTIONS}
    if sections and isinstance(data.get("history"), str):
        sections["history"] = data["history"]
    return sections or None


def _is_note(item: Mapping[str, Any]) -> bool:
    return any(k in item for k in NOTES) and not any(k in item for k in (*WHO, *WORDS))


def _turns_in(data: Any, name: str) -> tuple[str, list[Any] | str]:
    """Where the turns stand in the data, and what stands there."""
    if isinstance(data, list):
        return _one_of(data, name)
    if isinstance(data, dict):
        found = list(_nested(data))
        for where, value in found:
            if value:
                inner, turns = _turns_in(value, name) if isinstance(value, list) else ("", value)
                return f"{where}.{inner}" if inner else where, turns
        if found:
            return found[0]
        wrong = next((k for k in WHOLE if k in data), None)
        if wrong and data[wrong] is not None:
            raise TranscriptError(
                f"{name} {wrong}: {data[wrong]!r:.60} is no list of turns; it should be {SHAPE}"
            )
        raise TranscriptError(f"{name} turns: Field required; it should be {SHAPE}")
    raise TranscriptError(f"{name} : {data!r:.60} is no transcript; it should be {SHAPE}")


def _nested(data: Mapping[str, Any]) -> Iterator[tuple[str, list[Any] | str]]:
    """Each place in the data that may hold the turns, likeliest first."""
    if rows := _columns(data):
        yield "", rows
    folded = {str(k).casefold(): k for k in data}
    for key in (folded[k] for k in WHOLE if k in folded):
        value = data[key]
        if isinstance(value, list | str):
            yield str(key), value
        elif isinstance(value, dict):
            inner = list(_nested(value))
            yield from ((f"{key}.{where}" if where else str(key), v) for where, v in inner)
            if not inner and value and all(isinstance(v, dict | list) for v in value.values()):
                yield str(key), list(value.values())
    if data and all(str(k).isdigit() and isinstance(v, dict | list) for k, v in data.items()):
        yield "", list(data.values())


def _columns(data: Mapping[str, Any]) -> list[Any]:
    """The rows of data that is kept by column: {"speaker": […], "text": […]}."""
    who = next((data[k] for k in WHO if isinstance(data.get(k), list | dict)), None)
    said = next((data[k] for k in WORDS if isinstance(data.get(k), list | dict)), None)
    if isinstance(who, dict) and isinstance(said, dict):
        who, said = list(who.values()), list(said.values())
    if not isinstance(who, list) or not isinstance(said, list) or len(who) != len(said):
        return []
    return [list(row) for row in zip(who, said, strict=True)]


def _one_of(data: list[Any], name: str) -> tuple[str, list[Any]]:
    """The turns of a list, or of the one conversation in it."""
    held = [i for i in data if not (isinstance(i, dict) and _is_note(i) and not _holds(i))]
    whole = [i for i in held if _holds(i)]
    if not whole or len(whole) < len(held):
        return "", held
    if len(whole) > 1:
        raise TranscriptError(
            f"{name}: holds {len(whole)} conversations; put each in a file of its own"
        )
    where, turns = _turns_in(whole[0], name)
    return f"0.{where}" if where else "0", turns if isinstance(turns, list) else [turns]


def _holds(item: Any) -> bool:
    """Whether an item of a list is not a turn but a conversation."""
    if isinstance(item, dict):
        return not any(k in item for k in WHO) and any(
            isinstance(item.get(k), list) and item[k] and isinstance(item[k][0], dict | list)
            for k in WHOLE
        )
    return isinstance(item, list) and bool(item) and isinstance(item[0], dict | list)


def _turn(item: Any, speakers: Speakers, where: str) -> list[Spoken]:
    if isinstance(item, str):
        return [Spoken(None, item)]
    if isinstance(item, list | tuple):
        return [_pair(item, where)]
    if isinstance(item, dict):
        return _from_fields({str(k).strip().casefold(): v for k, v in item.items()}, speakers)
    raise TranscriptError(f"{where}: {item!r:.60} is no turn; it should be {SHAPE}")


def _pair(item: Sequence[Any], where: str) -> Spoken:
    cells = [c for c in item if not _is_time(c)] if len(item) > 2 else list(item)
    if len(cells) < 2:
        raise TranscriptError(f"{where}.1: Field required; it should be {SHAPE}")
    if not isinstance(cells[0], str | int):
        raise TranscriptError(f"{where}.0: {cells[0]!r:.60} names no speaker; it should be {SHAPE}")
    return Spoken(str(cells[0]), _said(cells[1]))


def _is_time(cell: Any) -> bool:
    return isinstance(cell, int | float) or (isinstance(cell, str) and bool(CLOCK.match(cell)))


def _from_fields(item: Mapping[str, Any], speakers: Speakers) -> list[Spoken]:
    """The turn of a dictionary, or the turns: {"doctor": "…", "patient": "…"}."""
    said = next((item[k] for k in WORDS if item.get(k) not in (None, "", [])), None)
    named = [n for k in WHO if (n := _name(item.get(k))) and not (k == "type" and n == "message")]
    if isinstance(said, dict) and not named:
        inner = _from_fields({str(k).casefold(): v for k, v in said.items()}, speakers)
        if inner[0].speaker:
            return inner
    if named:
        known = [n for n in named if speakers.role(n)]
        return [Spoken((known or named)[0], _said(said))]
    pairs = [(k, _said(v)) for k, v in item.items() if _is_exchange(k, v, speakers)]
    if any(speakers.role(k) for k, _ in pairs):
        return [Spoken(k, v) for k, v in pairs]
    return [Spoken(None, _said(said))]


def _is_exchange(key: str, value: Any, speakers: Speakers) -> bool:
    return isinstance(value, str | list) and (len(key) == 1 or speakers.exact(key))


def _name(value: Any) -> str:
    if isinstance(value, dict):
        return next((n for k in ("role", "name", "label", "id") if (n := _name(value.get(k)))), "")
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip()


def _said(value: Any) -> str:
    """The words of a turn: text, or the texts of its parts."""
    if isinstance(value, list):
        return " ".join(t for t in (_said(v) for v in value) if t)
    if isinstance(value, dict):
        if value.get("type", "text") not in ("text", "input_text", "output_text"):
            return ""
        return next((_said(value[k]) for k in (*WORDS, "word") if value.get(k)), "")
    return "" if value is None else str(value)
