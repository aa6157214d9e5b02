"""The likely questions of a new case, gone through one by one: told, denied, or left open."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from simulator.knowledge.topics import Topics
from simulator.studio.drafts import Drafts
from simulator.studio.form import list_at, new_item, value_at
from simulator.studio.splice import Edit
from simulator.studio.starter import Proposal

FILE = "questions.json"
FEW_WORDS = 3  # "And worse?" is a question only after another one


@dataclass(frozen=True, slots=True)
class Question:
    """A likely question: how it is asked, how the case answers it now, and whether it was seen."""

    topic: str
    label: str
    ask: str
    answer: Literal["told", "no", "open"]
    says: str
    seen: bool


def keep(drafts: Drafts, draft_id: str, proposals: Sequence[Proposal]) -> None:
    """Keep the questions of a new draft; the author has seen to none of them."""
    rows = [{"topic": p.topic, "seen": False} for p in proposals]
    drafts.keep_beside(draft_id, FILE, json.dumps(rows))


def questions_of(drafts: Drafts, draft_id: str, data: Any, topics: Topics) -> list[Question]:
    """The questions of a draft as its text answers them now; none where it was not made so."""
    rows = json.loads(drafts.kept_beside(draft_id, FILE) or "[]")
    facts = [f for f in value_at(data, ("facts",)) or [] if isinstance(f, Mapping)]
    says = {str(f.get("topic")): str(f.get("says", "")) for f in facts}
    denied = set(map(str, value_at(data, ("denies",)) or []))
    return [
        _question(topics, row["topic"], says, denied, row["seen"])
        for row in rows
        if row["topic"] in topics
    ]


def _question(
    topics: Topics, topic: str, says: Mapping[str, str], denied: set[str], seen: bool
) -> Question:
    told = says.get(topic, "")
    answer: Literal["told", "no", "open"] = "open"
    if told:
        answer = "told"
    elif topic in denied:
        answer = "no"
    known = topics[topic]
    whole = [q for q in known.questions if len(q.split()) > FEW_WORDS]
    ask = (whole or known.questions)[0]
    return Question(topic, known.label, ask, answer, told, seen or bool(told))


def see(drafts: Drafts, draft_id: str, topic: str) -> str:
    """Note that the author has seen to a question; returns the next one to see to."""
    rows = json.loads(drafts.kept_beside(draft_id, FILE) or "[]")
    topics = [row["topic"] for row in rows]
    if topic not in topics:
        return topic
    for row in rows:
        row["seen"] = row["seen"] or row["topic"] == topic
    drafts.keep_beside(draft_id, FILE, json.dumps(rows))
    later = rows[topics.index(topic) + 1 :]
    return str(next((row["topic"] for row in later if not row["seen"]), topic))


def answer(data: Any, topic: str, how: str, says: str) -> list[Edit]:
    """The edits by which a question is told in these words, denied ('no'), or left open."""
    denied = [str(t) for t in value_at(data, ("denies",)) or []]
    edits: list[Edit] = []
    if how == "no":
        return [] if topic in denied else [Edit(do="add", path=("denies",), value=topic)]
    if topic in denied:
        edits.append(Edit(do="remove", path=("denies", denied.index(topic))))
    if how == "told" and says.strip():
        made = new_item(list_at("facts"), says, "", data)
        value = {"id": made.value["id"], "topic": topic, "says": made.value["says"]}
        edits.append(Edit(do="add", path=made.path, value=value))
    return edits
