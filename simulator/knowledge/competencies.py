"""Which competency the domains of a checklist, talk and note speak to, as data."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from simulator.knowledge.topics import read_model


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Competency(_Part):
    """One competency, by the code that scripts use in their objectives."""

    code: str
    title: str
    about: str


class Competencies(_Part):
    """The competencies, and what of a report speaks to each."""

    source: str
    competencies: tuple[Competency, ...]
    domains: dict[str, tuple[str, ...]]  # a domain of the checklist: codes
    communication: tuple[str, ...]
    note: dict[str, tuple[str, ...]]  # a part of the note: codes


@cache
def load_competencies(folder: Path) -> Competencies:
    """The file `folder`/competencies.yaml.

    Raises:
        KnowledgeError: it is not there, or malformed.
    """
    return read_model(folder / "competencies.yaml", Competencies)
