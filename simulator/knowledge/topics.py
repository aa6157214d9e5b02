"""The questions of a medical history."""

from __future__ import annotations

import fnmatch
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulator.errors import KnowledgeError

Kind = Literal["symptom", "condition", "habit", "detail", "broad"]
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # safe, and ten times as fast
Model = TypeVar("Model", bound=BaseModel)
DENIABLE: frozenset[str] = frozenset({"symptom", "condition", "habit"})


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Topic(_Part):
    """One question of a history: how it is asked, and what is said when the script is silent."""

    id: str
    label: str
    kind: Kind
    default: str
    terms: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    questions: tuple[str, ...] = Field(min_length=1)

    def with_subject(self, question: str) -> str:
        """A question that leaves its subject out, after this topic: 'cough: and since when?'"""
        return f"{self.label}: {question}"

    @property
    def section(self) -> str:
        """The first step of the id: hpi, ros, pmh, meds …"""
        return self.id.split(".", 1)[0]


def _matches(topic_id: str, patterns: tuple[str, ...]) -> bool:
    left_out = [p[1:] for p in patterns if p.startswith("!")]
    if any(fnmatch.fnmatch(topic_id, p) for p in left_out):
        return False
    return any(fnmatch.fnmatch(topic_id, p) for p in patterns)


class TopicFile(_Part):
    """One section of the history."""

    section: str
    title: str
    topics: tuple[Topic, ...]


class Topics:
    """All topics, by id, in the order of the files."""

    def __init__(self, files: list[TopicFile]) -> None:
        self.files = tuple(files)
        self.by_id: dict[str, Topic] = {t.id: t for f in files for t in f.topics}

    def __contains__(self, topic_id: str) -> bool:
        return topic_id in self.by_id

    def __getitem__(self, topic_id: str) -> Topic:
        return self.by_id[topic_id]

    def __iter__(self) -> Any:
        return iter(self.by_id.values())

    @cached_property
    def covered(self) -> dict[str, frozenset[str]]:
        """For each review question, the topics that it takes in."""
        return {
            t.id: frozenset(o.id for o in self if o.id != t.id and _matches(o.id, t.covers))
            for t in self
            if t.kind == "broad"
        }


def load_topics(folder: Path) -> Topics:
    """The topics of `folder`/topics.

    Raises:
        KnowledgeError: a file is missing or malformed, or an id stands twice.
    """
    files = [read_model(path, TopicFile) for path in sorted((folder / "topics").glob("*.yaml"))]
    if not files:
        raise KnowledgeError(f"{folder / 'topics'}: holds no topics; restore the folder knowledge/")
    seen: set[str] = set()
    for file in files:
        for topic in file.topics:
            if topic.id in seen:
                raise KnowledgeError(f"{folder}/topics: {topic.id!r} stands twice; keep one")
            seen.add(topic.id)
    return Topics(files)


def read_model(path: Path, model: type[Model]) -> Model:
    """A YAML file as a model.

    Raises:
        KnowledgeError: the file is missing or malformed.
    """
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506
        return model.model_validate(data)
    except OSError as error:
        raise KnowledgeError(f"{path}: cannot be read ({error.strerror}); restore it") from None
    except yaml.YAMLError as error:
        raise KnowledgeError(f"{path}: {error}; mend the file or restore it") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(p) for p in first["loc"])
        raise KnowledgeError(f"{path}: {where}: {first['msg']} ({first['input']!r:.80})") from None
