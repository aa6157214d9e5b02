"""Communication rubrics: dimensions, anchors, indicators and word lists, as data."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from simulator.errors import KnowledgeError
from simulator.knowledge.topics import read_model


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Dimension(_Part):
    """One dimension of how an interview is conducted, with what a 1, a 3 and a 5 look like."""

    id: str
    title: str
    anchors: dict[int, str]
    indicators: tuple[str, ...] = ()


class Indicator(_Part):
    """Something that is counted in the transcript, and how it is told to the resident."""

    id: str
    title: str
    good: str
    improve: str
    guide: str


class Rubric(_Part):
    """A communication rubric."""

    id: str
    version: str
    title: str
    source: str
    dimensions: tuple[Dimension, ...]
    indicators: tuple[Indicator, ...]
    jargon: dict[str, str]
    leading: tuple[str, ...] = ()

    def leads(self, clause: str) -> bool:
        """Whether a question pushes towards an answer."""
        return any(re.search(pattern, clause.strip(), re.I) for pattern in self.leading)

    def indicator(self, indicator_id: str) -> Indicator:
        """The indicator of that id.

        Raises:
            KeyError: there is no such indicator.
        """
        return {i.id: i for i in self.indicators}[indicator_id]


def load_rubric(folder: Path, rubric_id: str) -> Rubric:
    """The rubric `folder`/rubrics/<id>.yaml.

    Raises:
        KnowledgeError: there is no such rubric, or it is malformed.
    """
    path = folder / "rubrics" / f"{rubric_id}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in (folder / "rubrics").glob("*.yaml")))
        raise KnowledgeError(f"There is no rubric {rubric_id!r}; there are: {known}")
    return read_model(path, Rubric)
