"""What a model that judges is given: its rules, the talk in a fence, and the items by kind.

The talk stands before the items, so that a server which caches prefixes reads it once however
often and in whatever order the items are put.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from string import Template

from simulator.evaluator.checklist import kind_of
from simulator.evaluator.judge import FOLDER, Answers, Talk, kind_words
from simulator.llm import Message
from simulator.llm.prompts import digest, fill, read_prompt
from simulator.patient.replay import is_resident
from simulator.scripts.schema import ChecklistItem

GROUP = 32  # items in a call: more, and an answer may be cut off by the server's limit
MOST_CHARS = 120_000  # of a talk; what is longer no model is asked about
FILES = ("judge.md", "judge_items.md", "kinds.yaml")


def prompt_digest() -> str:
    """A digest of all that a model is told beside the talk and the items, and of its answer's form.

    Raises:
        KnowledgeError: a file is missing or malformed.
    """
    kind_words()
    return digest(Answers, (FOLDER / name for name in FILES))


def groups(items: Sequence[ChecklistItem]) -> list[Sequence[ChecklistItem]]:
    """The items in as few groups as they fit into, of nearly the same size."""
    many = -(-len(items) // GROUP)
    size = -(-len(items) // many) if many else 0
    return [items[n * size : (n + 1) * size] for n in range(many)]


def turned(items: Sequence[ChecklistItem], sample: int, samples: int) -> list[ChecklistItem]:
    """The items in the order in which they are put the next time.

    A model leans towards what it said last, and says the same to the same words; put in another
    order, what it is not sure of comes out otherwise.
    """
    start = sample * len(items) // samples
    return [*items[start:], *items[:start]]


def write_messages(talk: Talk, items: Sequence[ChecklistItem]) -> list[Message]:
    """The messages that put a group of items; they are numbered from 1, in this order.

    Raises:
        KnowledgeError: a prompt cannot be used.
    """
    record = "\n".join(write_lines(talk))
    values = {
        "fence": hashlib.sha256(record.encode()).hexdigest()[:12],
        "talk": record,
        "items": "\n".join(_items(items, talk)),
    }
    return [("system", _prompt("judge", {})), ("user", _prompt("judge_items", values))]


def write_lines(talk: Talk) -> list[str]:
    """The talk, a line each; no words in it can begin a line of their own."""
    written, number = [], 0
    for speaker, text in talk.lines:
        if not text.strip():
            continue
        number += is_resident(speaker)
        who = f"R{number}" if is_resident(speaker) else "P"
        written.append(f"{who}: {' '.join(text.split())}")
    return written


def _items(items: Sequence[ChecklistItem], talk: Talk) -> list[str]:
    words, cues = kind_words(), {c.id: c.says for c in talk.case.script.cues}
    rows: list[str] = []
    last = ""
    for number, item in enumerate(items, 1):
        kind = kind_of(item)
        if kind != last:
            rows.append(words.kinds[kind])
        last = kind
        hint = cues.get(item.cue or "", "")
        after = " " + Template(words.hint).substitute(hint=" ".join(hint.split())) if hint else ""
        rows.append(f"{number}. {' '.join(item.text.split())}{after}")
    return rows


def _prompt(name: str, values: dict[str, str]) -> str:
    return fill(read_prompt(FOLDER / f"{name}.md")[0], values, f"prompts/{name}.md")
