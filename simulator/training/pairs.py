"""What the models learn from: real question → reply pairs, phrasings, patients' lines, turns."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from simulator.knowledge.topics import Topics, Words, load_topics, load_words
from simulator.patient.clauses import normalise, split_clauses
from simulator.patient.lexicon import Lexicon

MIN_WORDS = 3
REPLIES_KEPT = 64

Pair = tuple[str, str]
Turns = list[list[str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A clause of a real clinician that asks for one topic, and the topic before it."""

    text: str
    topic: str
    before: str | None


@dataclass(frozen=True, slots=True)
class Material:
    """All that is learned from; nothing in it comes from the interviews of bench/labels."""

    topics: Topics
    words: Words
    lexicon: Lexicon
    lines: dict[str, tuple[str, ...]]
    asked: tuple[Asked, ...]
    talk: tuple[str, ...]
    interviews: dict[str, Turns]


def load_material(knowledge: Path, interviews: Path, split: Path) -> Material:
    """The training material without any interview of the split.

    Args:
        knowledge: the folder with topics, talk words and training/.
        interviews: the file of real interviews. split: bench/labels/split.json.
    """
    topics, words = load_topics(knowledge), load_words(knowledge)
    lexicon = Lexicon(topics, ())
    parts = json.loads(split.read_text(encoding="utf-8"))
    held_out = {i for part in ("tune", "validate", "report") for i in parts[part]}
    with interviews.open(encoding="utf-8") as file:
        turns = {x["id"]: x["turns"] for x in map(json.loads, file) if x["id"] not in held_out}
    rows = [
        json.loads(line)
        for path in sorted((knowledge / "training").glob("turns*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    asked = tuple(clauses_asked(rows, turns, topics, words, lexicon))
    talk = tuple(
        turns[r["interview"]][r["turn"]][1]
        for r in rows
        if not r["topics"] and r["interview"] in turns and not r["act"].startswith("question")
    )
    return Material(topics, words, lexicon, _lines(knowledge, topics), asked, talk, turns)


def _lines(knowledge: Path, topics: Topics) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted((knowledge / "training" / "lines").glob("*.yaml")):
        found |= {k: tuple(v) for k, v in yaml.safe_load(path.read_text(encoding="utf-8")).items()}
    return {t.id: (t.default, *found.get(t.id, ())) for t in topics}


def clauses_asked(
    rows: list[dict[str, object]],
    turns: dict[str, Turns],
    topics: Topics,
    words: Words,
    lexicon: Lexicon,
) -> Iterator[Asked]:
    """One clause for each topic where a turn's questions and its topics can be told to agree."""
    before: dict[str, str] = {}
    for row in rows:
        interview, number = str(row["interview"]), int(str(row["turn"]))
        wanted = [t for t in row["topics"] if t in topics]  # type: ignore[attr-defined]
        if interview not in turns or not wanted:
            continue
        text = normalise(turns[interview][number][1])
        clauses = [c.text for c in split_clauses(text, words, lexicon) if c.question]
        if len(clauses) == len(wanted):
            found = list(zip(clauses, wanted, strict=True))
        elif len(wanted) == 1:
            found = [(clauses[-1] if clauses else text, wanted[0])]
        else:
            found = []
        for clause, topic in found:
            yield Asked(clause[:300], topic, before.get(interview))
            before[interview] = topic
        before[interview] = wanted[-1]


def reply_pools(material: Material, rng: random.Random) -> list[list[Pair]]:
    """For each interview its (question, reply) pairs, in random order."""
    pools = []
    for turns in material.interviews.values():
        pool = _replies(turns, material, rng)
        rng.shuffle(pool)
        if pool:
            pools.append(pool[:REPLIES_KEPT])
    rng.shuffle(pools)
    return pools


def _replies(turns: Turns, material: Material, rng: random.Random) -> list[Pair]:
    found: list[Pair] = []
    seen: set[str] = set()
    for (speaker, said), (other, reply) in zip(turns, turns[1:], strict=False):
        if (speaker, other) != ("D", "P") or len(reply.split()) < MIN_WORDS or reply in seen:
            continue
        clauses = split_clauses(normalise(said), material.words, material.lexicon)
        questions = [c.text for c in clauses if c.question]
        if not questions:
            continue
        seen.add(reply)
        found.append((questions[-1] if rng.random() < 0.6 else said, reply))
    return found
