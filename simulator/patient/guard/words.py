"""The words by which a reply is checked, as they stand in knowledge/talk/en/guard.yaml."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from simulator.knowledge.topics import read_model


class Feeling(BaseModel):
    """Words of a feeling, and the words of a persona that allow them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: frozenset[str]
    words: frozenset[str]


class GuardWords(BaseModel):
    """The words by which a reply is checked; knowledge/talk/en/guard.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    classes: dict[str, frozenset[str]]
    groups: tuple[frozenset[str], ...]
    feelings: dict[str, Feeling]
    jargon: frozenset[str]
    jargon_endings: tuple[str, ...]
    role: tuple[str, ...]
    refusals: tuple[str, ...]
    not_known: tuple[str, ...]
    not_understood: tuple[str, ...]
    nothing_more: tuple[str, ...]
    soft_no: frozenset[str]
    idioms: tuple[str, ...]
    neutral: tuple[str, ...]
    opposites: tuple[tuple[str, str], ...]
    telling: frozenset[str]
    well: frozenset[str]
    yes_words: frozenset[str] = Field(alias="yes")
    no_words: frozenset[str] = Field(alias="no")
    interjections: frozenset[str]
    irregular: dict[str, str]
    unstemmed: frozenset[str]
    evasions: tuple[str, ...]
    doubts: tuple[str, ...]
    stops: frozenset[str]
    fine: frozenset[str]
    numbers: dict[str, int]
    admissions: tuple[str, ...]
    claims: tuple[str, ...]
    plain: frozenset[str]


def load_guard_words(folder: Path) -> GuardWords:
    """The words of `folder`/talk/en/guard.yaml.

    Raises:
        KnowledgeError: the file is missing or malformed.
    """
    return read_model(folder / "talk" / "en" / "guard.yaml", GuardWords)
