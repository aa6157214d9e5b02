"""What the editor sends as one types, fields or the whole text, and what comes back."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulator.errors import ScriptError
from simulator.knowledge.topics import Topics
from simulator.scripts.parsing import MAX_BYTES
from simulator.studio import form
from simulator.studio.desk import Desk, Work
from simulator.studio.splice import Edit


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Change(_Part):
    """A change of one field, as it was typed."""

    do: Literal["set", "add", "remove"] = "set"
    path: tuple[str | int, ...] = Field(min_length=1, max_length=8)
    kind: form.Kind = "line"
    text: str | bool = ""


class Changes(_Part):
    """Changes of fields, made from version `base`."""

    base: int
    changes: tuple[Change, ...] = Field(max_length=200)


class WholeText(_Part):
    """The whole text, made from version `base`."""

    base: int
    text: str = Field(max_length=MAX_BYTES)


def save_changes(desk: Desk, case_id: str, sent: Changes) -> dict[str, Any]:
    """Save what was typed; what cannot be read is refused with its place, the rest is saved."""
    edits: list[Edit] = []
    refused: list[dict[str, Any]] = []
    for change in sent.changes:
        try:
            edits.append(_edit(change))
        except ScriptError as error:
            message = str(error).partition(": ")[2]
            refused.append({"path": change.path, "message": message})
    work = desk.edit(case_id, sent.base, edits) if edits else desk.open(case_id)
    return {**state(desk, work), "refused": refused}


def _edit(change: Change) -> Edit:
    if change.do == "set":
        value = form.typed(change.text, change.kind, change.path)
        return Edit(do="set", path=change.path, value=value)
    return Edit(do=change.do, path=change.path, value=change.text if change.do == "add" else None)


def save_text(desk: Desk, case_id: str, sent: WholeText) -> dict[str, Any]:
    """Save the whole text as it stands, whatever is wrong with it."""
    return {**state(desk, desk.save(case_id, sent.base, sent.text)), "refused": []}


def state(desk: Desk, work: Work) -> dict[str, Any]:
    """What the page shows after a save: version, findings by place, what plays."""
    playable, draft = desk.ready(work), work.draft
    return {
        "version": work.version,
        "undo": bool(draft and draft.can_undo),
        "redo": bool(draft and draft.can_redo),
        "title": work.title,
        "complete": work.checked.complete if work.checked.script else None,
        "counts": dict(work.checked.counts),
        "playing": playable[1] if playable else None,
        "notes": [
            {"path": list(n.path), "part": n.part, "place": n.place, "line": n.line,
             "message": n.message}
            for n in work.checked.notes
        ],
    }  # fmt: skip


def find_topics(desk: Desk, words: str, most: int = 8) -> list[dict[str, str]]:
    """The topics that fit an author's own words, by name first, then by meaning."""
    field = desk.services.field
    words = " ".join(words.split())[:120]
    if not words:
        return []
    scores = field.question_scores(desk.services.encoder.encode([words]))[0]
    named = _named(words, field.topics) | field.lexicon.topics_in(words)
    ranked = sorted(field.topic_ids, key=lambda t: -(scores[field.row_of[t]] + (t in named)))
    found = [field.topics[t] for t in ranked[:most]]
    return [{"id": t.id, "label": t.label, "ask": t.questions[0]} for t in found]


def _named(words: str, topics: Topics) -> frozenset[str]:
    wanted = words.lower()
    return frozenset(t.id for t in topics if wanted in f"{t.label} {t.id}".lower())
