"""A new case from age, sex and complaint: filled fields, and the questions it is likely to meet."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Limit

from simulator.knowledge.encoder import Encoder
from simulator.knowledge.topics import DENIABLE
from simulator.patient.case import Field
from simulator.scripts.names import free, slug
from simulator.scripts.schema import Line, Name
from simulator.studio.splice import write


class Basics(BaseModel):
    """What the author says of a new patient."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    title: Line
    name: Name
    age: int = Limit(ge=0, le=120)
    sex: Name
    concern: Line
    setting: Line = "Clinic"
    opening: str = ""


class Proposal(BaseModel):
    """A question that a case is likely to meet, and whether it is denied at first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: str
    denied: bool


class _Close(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    answer: float
    question: float
    kind: float


class _Kind(BaseModel):
    """What is asked besides of a kind of complaint, or of people of an age and sex."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sex: str = ""
    ages: tuple[int, int] = (0, 120)
    like: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()

    def fits(self, basics: Basics) -> bool:
        """Whether it can be meant, by age and sex."""
        return (
            self.ages[0] <= basics.age <= self.ages[1]
            and basics.sex.lower().startswith(self.sex)
        )  # fmt: skip


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    close: _Close
    kinds: tuple[_Kind, ...]
    asked: tuple[str, ...]
    pain: tuple[str, ...]
    pains: tuple[str, ...]
    denied: tuple[str, ...]
    never_proposed: tuple[str, ...]
    most: int
    female: tuple[str, ...]
    male: tuple[str, ...]
    adult: tuple[str, ...]
    adult_from: int
    pronouns: dict[str, str]
    tasks: tuple[str, ...]
    opening: str
    checklist: tuple[dict[str, Any], ...]


@cache
def starter() -> _Data:
    """What new cases begin with."""
    text = (Path(__file__).parent / "starter.yaml").read_text(encoding="utf-8")
    return _Data.model_validate(yaml.safe_load(text))


def propose(basics: Basics, field: Field, encoder: Encoder) -> tuple[Proposal, ...]:
    """The sixty questions that this patient is likely to be asked, in the order of a history."""
    data = starter()
    about = _about(basics, field, encoder)
    chief = {t for t in about if field.topics[t].kind == "symptom"}
    near = _nearest(basics.concern, field, encoder)
    chief = chief or set(near[:1])
    kinds = _kinds(basics, about, encoder)
    order = {t: n for n, t in enumerate(field.topic_ids)}
    asked = [*sorted(chief, key=lambda t: order[t]), *(t for k in kinds for t in k.asked)]
    asked += data.asked
    if any(_fits(t, data.pains) for t in chief):
        asked += data.pain
    left_out = _left_out(basics, data)
    asked = [t for t in dict.fromkeys(asked) if t in field.topics and not _fits(t, left_out)]
    beside = [t for c in sorted(chief) for t in field.topics[c].near]
    beside += sorted(_neighbours(chief, field), key=near.index)
    named = [t for k in kinds for t in k.denied]
    likely = [
        t
        for t in dict.fromkeys([*named, *data.denied, *beside, *near])
        if t in field.topics
        and field.topics[t].kind in DENIABLE
        and t not in asked
        and t not in about
        and not _fits(t, left_out)
        and (t in named or not _fits(t, data.never_proposed))
    ]
    denied = set(likely[: max(0, data.most - len(asked))])
    both = sorted({*asked, *denied}, key=lambda t: order[t])
    return tuple(Proposal(topic=t, denied=t in denied) for t in both)


def _about(basics: Basics, field: Field, encoder: Encoder) -> set[str]:
    """The topics that complaint and opening speak of: a no to one of them would belie the patient.

    By their terms, and by how near their questions and stock answers come.
    """
    close, texts = starter().close, [t for t in (basics.concern, basics.opening) if t.strip()]
    vectors = encoder.encode(texts)
    answers = (vectors @ field.answers.T).max(axis=0)
    questions = field.question_scores(vectors).max(axis=0)
    near = (answers >= close.answer) | (questions >= close.question)
    found = {field.topic_ids[int(i)] for i in np.flatnonzero(near)}
    found |= {t for text in texts for t in field.lexicon.topics_in(text)}
    return {t for t in found if field.topics[t].kind in DENIABLE and not t.startswith("fam.")}


def _kinds(basics: Basics, about: set[str], encoder: Encoder) -> list[_Kind]:
    """What the complaint and the patient are kinds of."""
    data, found = starter(), []
    concern = encoder.encode([basics.concern])[0]
    for kind in (k for k in data.kinds if k.fits(basics)):
        like = bool(kind.like) and float((encoder.encode(kind.like) @ concern).max())
        on = any(_fits(t, kind.about) for t in about)
        if on or like >= data.close.kind or not (kind.like or kind.about):
            found.append(kind)
    return found


def _nearest(concern: str, field: Field, encoder: Encoder) -> list[str]:
    """Symptoms by how near their questions come to the complaint, the nearest first."""
    scores = field.question_scores(encoder.encode([concern]))[0]
    ranked = [field.topic_ids[int(i)] for i in np.argsort(-scores)]
    return [t for t in ranked if t.split(".")[0] in ("ros", "mind")]


def _neighbours(chief: set[str], field: Field) -> set[str]:
    """The symptoms that stand in one part of the history with the complaint."""
    parts = [{t.id for t in f.topics} for f in field.topics.files]
    found = {t for part in parts if part & chief for t in part}
    return {t for t in found if t.split(".")[0] in ("ros", "mind")}


def _left_out(basics: Basics, data: _Data) -> tuple[str, ...]:
    sex = basics.sex.lower()
    found: list[str] = []
    if not sex.startswith("f"):
        found += data.female if sex.startswith("m") else ()
    elif sex.startswith("f"):
        found += data.male
    if basics.age < data.adult_from:
        found += data.adult
    return tuple(found)


def _fits(topic: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatch(topic, p) for p in patterns)


def new_id(basics: Basics, taken: Collection[str]) -> str:
    """A short name for the case, of its complaint and the patient's name."""
    return free(slug(f"{basics.concern} {basics.name}")[:60] or "case", taken)


def template(case_id: str, basics: Basics, proposals: Sequence[Proposal]) -> str:
    """The text of a new case, with what age, sex and complaint can fill in."""
    data = starter()
    plain = basics.concern[:1].lower() + basics.concern[1:].rstrip(".")
    doorway: dict[str, Any] = {"setting": basics.setting, "name": basics.name, "age": basics.age}
    doorway |= {"sex": basics.sex, "concern": basics.concern, "tasks": list(data.tasks)}
    if pronouns := data.pronouns.get(basics.sex.lower()):
        doorway["pronouns"] = pronouns
    items = [{k: v for k, v in item.items() if k != "ask"} for item in data.checklist]
    return write(
        {
            "schema": 1,
            "id": case_id,
            "version": "0.1.0",
            "status": "draft",
            "title": basics.title,
            "doorway": doorway,
            "opening": basics.opening or Template(data.opening).substitute(concern=plain),
            "facts": [],
            "denies": [p.topic for p in proposals if p.denied],
            "checklist": items,
            "debrief": {"model_questions": {i["id"]: i["ask"] for i in data.checklist}},
        }
    )
