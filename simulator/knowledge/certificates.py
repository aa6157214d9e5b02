"""How far the program's levels of communication agreed with readers', dimension by dimension."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from simulator.knowledge.rubrics import Rubric
from simulator.knowledge.topics import read_model

LEAST = 0.6  # of weighted kappa: from here a dimension is certified


class Certificate(BaseModel):
    """Weighted kappa of each dimension on talks that nothing was built on; None is undefined.

    It speaks of exactly one edition of a rubric, read by one reader.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rubric: str  # id and version
    reader: str
    talks: int = Field(ge=1)
    kappa: dict[str, float | None]


def certificate_file(folder: Path, rubric_id: str) -> Path:
    """Where the certificate of a rubric lies in a knowledge folder."""
    return folder / "certificates" / f"{rubric_id}.yaml"


def certified(folder: Path, rubric: Rubric, reader: str) -> frozenset[str]:
    """The dimensions that agreed well enough; none where no certificate speaks of this.

    Raises:
        KnowledgeError: the certificate is malformed.
    """
    file = certificate_file(folder, rubric.id)
    if not file.is_file():
        return frozenset()
    found = read_model(file, Certificate)
    if (found.rubric, found.reader) != (rubric.name, reader):
        return frozenset()
    return frozenset(d for d, kappa in found.kappa.items() if kappa is not None and kappa >= LEAST)
