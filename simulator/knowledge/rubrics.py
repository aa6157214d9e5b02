"""Communication rubrics: dimensions, anchors, indicators and word lists, as data."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.errors import KnowledgeError
from simulator.knowledge.topics import read_model


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(_Part):
    """Something seen in the talk that lifts a dimension by one level; one kind of sign each.

    Either learned acts or topics, heard in `least` of the resident's turns that `after`, `first`
    and `last` leave (`sure`: from which chance an act counts; `most_share`: in no more than this
    share of the turns instead), or an indicator that stands well (`most`: counted no more often
    than this instead).
    """

    text: str
    acts: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    indicator: str = ""
    after: int = Field(default=0, ge=0)
    first: int | None = Field(default=None, ge=1)
    last: int | None = Field(default=None, ge=1)
    sure: float = Field(default=0.5, gt=0, le=1)
    least: int = Field(default=1, ge=1)
    most_share: float | None = Field(default=None, ge=0, le=1)
    most: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        if sum(map(bool, (self.acts, self.topics, self.indicator))) != 1:
            raise ValueError(
                f"step {self.text!r}: give acts, topics or indicator, one of the three"
            )
        return self


class Dimension(_Part):
    """One dimension of how an interview is conducted, with what a 1, a 3 and a 5 look like.

    `steps` are what the program can see of it: none taken is a 1, all four a 5.
    """

    id: str
    title: str
    anchors: dict[int, str]
    indicators: tuple[str, ...] = ()
    steps: tuple[Step, ...] = Field(default=(), max_length=4)


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

    @property
    def name(self) -> str:
        """Its id and version, as reports and certificates name it."""
        return f"{self.id} {self.version}"

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
