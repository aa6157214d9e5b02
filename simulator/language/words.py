"""The words of a language by which code keeps a promise."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, RootModel

from simulator.knowledge.topics import read_model
from simulator.language.tokens import words_of


class Words(BaseModel):
    """Numbers, units, opposites, noes and fillers; see knowledge/talk/en/words.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    opposites: tuple[tuple[str, str], ...]
    units: frozenset[str]
    numbers: dict[str, int]
    over: dict[str, str]
    short_units: dict[str, str]
    negations: frozenset[str]
    definite: frozenset[str]
    pronouns: tuple[tuple[str, ...], ...]
    addressed: frozenset[str]
    oneself: frozenset[str]
    passed_over: frozenset[str]
    joining: frozenset[str]
    claims: tuple[str, ...]
    labels: tuple[str, ...]
    ordering: frozenset[str]
    refusals: frozenset[str]
    generic: frozenset[str]

    def negate(self, text: str) -> bool:
        """Whether a text says of anything that it is not."""
        return bool(set(words_of(text)) & self.negations)


def load_words(folder: Path, language: str = "en") -> Words:
    """The words of `folder`/talk/<language>/words.yaml.

    Raises:
        KnowledgeError: the file is missing or malformed.
    """
    return read_model(folder / "talk" / language / "words.yaml", Words)


class Abbreviations(RootModel[dict[str, str]]):
    """How clinicians shorten words, and the words; see knowledge/terms/abbreviations.yaml."""


def load_abbreviations(folder: Path) -> dict[str, str]:
    """The abbreviations of `folder`/terms/abbreviations.yaml.

    Raises:
        KnowledgeError: the file is missing or malformed.
    """
    return read_model(folder / "terms" / "abbreviations.yaml", Abbreviations).root
