"""Marks from files: this program's reports, another marker's sheet, and the empty sheet itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from simulator.errors import MarksError
from simulator.evaluator.agreement import Pair
from simulator.evaluator.checklist import Verdict
from simulator.language.jsontext import read_json
from simulator.scripts.schema import PatientScript

COLUMNS = ("transcript", "marker", "item", "domain", "weight", "text", "verdict", "turn", "comment")
WRITTEN: dict[str, Verdict] = {
    "met": "met", "yes": "met", "y": "met", "done": "met", "1": "met",
    "partly": "partly", "partial": "partly", "0.5": "partly", "½": "partly",
    "not met": "not met", "no": "not met", "n": "not met", "missed": "not met", "0": "not met",
    "not applicable": "not applicable", "n/a": "not applicable", "na": "not applicable",
    "unscored": "unscored",
}  # fmt: skip


class Mark(BaseModel):
    """One marker's verdict on one item; what the file does not say of the item is None."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    transcript: str
    item: str
    verdict: Verdict
    domain: str | None = None
    weight: float | None = None


def empty_sheet(script: PatientScript) -> str:
    """A sheet (CSV) for a human marker: a row an item, the verdict to be filled in."""
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    rows.writeheader()
    for item in script.checklist:
        rows.writerow(
            {"item": item.id, "domain": item.domain, "weight": item.weight, "text": item.text}
        )
    return text.getvalue()


def read_marks(path: Path) -> list[Mark]:
    """The marks in a file, or in all files of a folder; rows without a verdict are passed over.

    A file is a report or the output of `score` (JSON, or a list or lines of several), or a sheet
    (JSON, CSV). A transcript that a file does not name is called as the file is.

    Raises:
        MarksError: the file cannot be read, has no marks, or a verdict is none of those known.
    """
    files = sorted(f for f in path.iterdir() if f.is_file()) if path.is_dir() else [path]
    marks = [mark for file in files for mark in _marks_in(file)]
    if not marks:
        raise MarksError(f"{path} holds no marks; a sheet needs the columns item and verdict")
    return marks


def _marks_in(file: Path) -> Iterator[Mark]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MarksError(f"{file} cannot be read ({error}); give JSON or CSV in UTF-8") from None
    if text.lstrip()[:1] in ("{", "["):
        for sheet in _sheets(text, file):
            yield from _of_sheet(sheet, file)
        return
    dialect = "\t" if "\t" in text.split("\n")[0] else (";" if ";" in text.split("\n")[0] else ",")
    for row in csv.DictReader(io.StringIO(text), delimiter=dialect):
        plain = {str(k).strip().lower(): v for k, v in row.items() if isinstance(v, str)}
        yield from _mark(plain, plain.get("transcript", ""), file)


def _sheets(text: str, file: Path) -> list[Any]:
    try:
        data = read_json(text)
    except ValueError:
        try:
            data = [read_json(line) for line in text.splitlines() if line.strip()]
        except ValueError as error:
            raise MarksError(f"{file} is not JSON ({error}); mend it or give CSV") from None
    return data if isinstance(data, list) else [data]


def _of_sheet(sheet: Any, file: Path) -> Iterator[Mark]:
    items = sheet.get("items") if isinstance(sheet, dict) else None
    if not isinstance(items, list):
        raise MarksError(
            f"{file}: a report or sheet needs a list under 'items'; it has {items!r:.60}"
        )
    for item in items:
        if not isinstance(item, dict):
            raise MarksError(f"{file}: {item!r:.60} among the items is not a set of fields")
        yield from _mark(item, str(sheet.get("transcript") or ""), file)


def _mark(row: dict[str, Any], transcript: str, file: Path) -> Iterator[Mark]:
    item = str(row.get("item") or row.get("id") or "").strip()
    written = str(row.get("verdict") if row.get("verdict") is not None else "").strip()
    if not item or not written:
        return
    verdict = WRITTEN.get(written.lower())
    if verdict is None:
        raise MarksError(
            f"{file}: the verdict {written!r} on {item!r} is none of met, partly, not met, "
            "not applicable, unscored"
        )
    weight = str(row.get("weight") or "").strip()
    try:
        known = float(weight) if weight else None
    except ValueError:
        raise MarksError(f"{file}: the weight {weight!r} of {item!r} is no number") from None
    yield Mark(
        transcript=Path(transcript.strip()).stem or file.stem,
        item=item,
        verdict=verdict,
        domain=str(row["domain"]).strip() if row.get("domain") else None,
        weight=known,
    )


def pair(marked: Sequence[Mark], reference: Sequence[Mark]) -> list[Pair]:
    """The verdicts that both markers gave on the same item of the same transcript.

    Where each side has one transcript only, they are taken for the same one, however named.

    Raises:
        MarksError: the two have nothing in common.
    """
    names = {m.transcript for m in marked}, {m.transcript for m in reference}
    alone = len(names[0]) == len(names[1]) == 1
    other = {("" if alone else m.transcript, m.item): m for m in reference}
    pairs = [
        _pair(one, two)
        for one in marked
        if (two := other.get(("" if alone else one.transcript, one.item))) is not None
    ]
    if not pairs:
        raise MarksError(
            f"The two have no item of one transcript in common: {_named(names[0])} beside "
            f"{_named(names[1])}; name the transcripts alike (column or field 'transcript')"
        )
    return pairs


def _pair(one: Mark, two: Mark) -> Pair:
    weights = [w for w in (one.weight, two.weight) if w is not None]
    return Pair(
        transcript=one.transcript,
        item=one.item,
        domain=one.domain or two.domain or "",
        weight=weights[0] if weights else 1.0,
        marked=one.verdict,
        reference=two.verdict,
    )


def _named(names: Iterable[str]) -> str:
    some = sorted(names)
    return ", ".join(some[:4]) + (f" and {len(some) - 4} more" if len(some) > 4 else "")
