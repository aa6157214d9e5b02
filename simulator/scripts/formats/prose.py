"""Sentences and headings of clinical prose, each with its line in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

_END = re.compile(r"(?<=[.!?])[\"')\]]?\s+(?=[\"'(\[]?[A-Z0-9])")
_ABBREVIATION = re.compile(
    r"\b(?:Dr|Mr|Mrs|Ms|Prof|St|vs|approx|e\.g|i\.e|no|fig|resp|temp|max|min|a\.m|p\.m|b\.i\.d|t\.i\.d|q\.d|y\.o)\.$",
    re.I,
)
_LABEL = re.compile(r"^[A-Z][\w /&-]{0,30}: ")
_SHORT_LINE = 60  # a line that is shorter was not wrapped
_HEADING = re.compile(r"^\W{0,3}([A-Za-z][A-Za-z /&,-]{1,45}?)\W{0,3}(?::|$)\s*(.*)$")


class ProseWords(BaseModel):
    """The words of prose.yaml, where each list says what it is for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    headings: dict[str, tuple[str, ...]]
    exam: tuple[str, ...]
    tests: tuple[str, ...]
    regions: dict[str, tuple[str, ...]]
    jargon: tuple[str, ...]
    none: tuple[str, ...]
    nothing: dict[str, str]
    topics: dict[str, str]


@cache
def prose_words() -> ProseWords:
    """The words that this package ships."""
    path = Path(__file__).with_name("prose.yaml")
    return ProseWords.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, the heading it stands under (empty where none), and its line (1-based)."""

    text: str
    under: str
    line: int


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph; abbreviations such as 'Dr.' and semicolons end none."""
    found: list[str] = []
    start = 0
    for match in _END.finditer(text):
        piece = text[start : match.end()].strip()
        if not _ABBREVIATION.search(piece):
            found.append(piece)
            start = match.end()
    return [p for p in [*found, text[start:].strip()] if re.search(r"\w", p)]


def read_prose(text: str) -> list[Sentence]:
    """All sentences of a text in order; wrapped lines are put together, list items stay apart."""
    found: list[Sentence] = []
    under, at, held = "", 1, ""

    def flush() -> Iterator[Sentence]:
        now = under
        for sentence in sentences(held):
            kind, rest = _heading(sentence) if ":" in sentence else ("", "")
            now, said = (kind, rest) if kind else (now, sentence)
            if re.search(r"\w", said):
                yield Sentence(said, now, at)

    before = ""
    for number, raw in enumerate([*text.split("\n"), ""], 1):
        bare = re.sub(r"^\s*(?:[-*•–]\s+|#+\s*)", "", re.sub(r"\*\*|__", "", raw)).strip()
        bullet = raw.lstrip()[:1] in ("-", "*", "•", "–") and not raw.lstrip().startswith("**")
        kind, rest = _heading(bare)
        if not kind and raw.startswith("#"):
            found += [*flush(), Sentence(bare, "aside", number)]
            under, held, bare = "history", "", ""
        own = len(before) < _SHORT_LINE and bare[:1].isupper()
        if not bare or kind or bullet or own or _LABEL.match(bare):
            found += flush()
            held = ""
        if kind:
            under, bare = kind, rest
        before = bare
        if bare:
            at = at if held else number
            held = f"{held} {bare}".strip()
    return found


def _heading(line: str) -> tuple[str, str]:
    match = _HEADING.match(line)
    if not match or not (":" in line or line == match[1]):
        return "", ""
    name = " ".join(match[1].lower().replace("&", "and").replace(",", "").split())
    kind = next((k for k, names in prose_words().headings.items() if name in names), "")
    return kind, match[2]
