"""The words by which a reply is checked, row by row, as in knowledge/talk/en/guard.yaml."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from simulator.knowledge.topics import read_model
from simulator.patient.turn import PartKind


class Row(BaseModel):
    """One row, why it is there, and two replies that show it.

    Where the author's line is `line`, `stops` must not be heard and `passes` must; without the row
    one of the two fares otherwise, which a test sees to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    why: str = Field(min_length=1)
    line: str = Field(min_length=1)
    kind: PartKind = "tell"
    topic: str = ""  # what the line is about, where that matters
    said: str = ""  # the resident's words, where they matter
    mood: str = "steady"
    stops: str = Field(min_length=1)
    passes: str = Field(min_length=1)


class Words(Row):
    """Words, or turns of phrase that are looked for as they stand."""

    words: frozenset[str]


class Patterns(Row):
    """Turns of phrase as regular expressions."""

    patterns: tuple[str, ...]


class Pairs(Row):
    """Words that are each other's opposites."""

    pairs: tuple[tuple[str, str], ...]


class Forms(Row):
    """Forms of a word, each with its base."""

    forms: dict[str, str]


class Numbers(Row):
    """Number words and what they amount to."""

    numbers: dict[str, int]


class Feeling(Words):
    """Words of a feeling, and the words of a persona that allow them."""

    when: frozenset[str]


class GuardWords(BaseModel):
    """All rows; each field is one use of them."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    classes: dict[str, Words]
    groups: tuple[Words, ...]
    feelings: dict[str, Feeling]
    jargon: Words
    jargon_endings: Words
    role: tuple[Patterns, ...]
    refusals: Words
    not_known: Words
    not_understood: Words
    nothing_more: Words
    soft_no: Words
    idioms: Words
    neutral: Patterns
    opposites: Pairs
    telling: Words
    well: Words
    yes_words: Words = Field(alias="yes")
    no_words: Words = Field(alias="no")
    interjections: Words
    irregular: Forms
    unstemmed: Words
    evasions: Words
    doubts: Words
    stops: Words
    fine: Words
    finite: Words
    numbers: Numbers
    admissions: Patterns
    claims: Patterns
    plain: Words

    def rows(self) -> Iterable[tuple[str, Row]]:
        """Every row with its name: 'classes.time', 'role.3', 'well'."""
        for use in type(self).model_fields:
            found = getattr(self, use)
            if isinstance(found, Row):
                yield use, found
            else:
                each = found.items() if isinstance(found, dict) else enumerate(found)
                yield from ((f"{use}.{name}", row) for name, row in each)


def load_guard_words(folder: Path) -> GuardWords:
    """The words of `folder`/talk/en/guard.yaml.

    Raises:
        KnowledgeError: the file is missing or malformed.
    """
    return read_model(folder / "talk" / "en" / "guard.yaml", GuardWords)
