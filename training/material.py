"""What the models learn from: labelled turns, real question → reply pairs, phrasings, lines.

Interviews are named by id and never copied: their words are read from shared/data, and where they
are not there only what the authors wrote themselves is learned from. No interview of
bench/labels/split.json and none of the report part of training/labels/split.json is in it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from simulator.knowledge.topics import Topics, load_topics
from simulator.patient.understanding.certificate import TURNS
from simulator.patient.understanding.context import context_of
from simulator.settings import ROOT

LABELS = ROOT / "training" / "labels"
DATA = ROOT.parent / "shared" / "data" / "interviews.jsonl"
BENCH_SPLIT = ROOT / "bench" / "labels" / "split.json"
NOES = ("No, nothing like that.", "No.", "No, not that I've noticed.")
UNKNOWNS = ("I'm not sure, to be honest.", "I couldn't tell you, I'm afraid.")
SHORT = ("All right.", "Okay, doctor.", "Thank you.", "Yes.")

Turns = list[list[str]]
Pointed = tuple[str, tuple[int, int] | None]  # an id, and where in the turn the words stand


@dataclass(frozen=True, slots=True)
class Line:
    """A fact of a labelled case."""

    id: str
    topic: str
    tell: str
    says: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """A turn with its labels; `context` after the real answer, `played` after the case's lines."""

    text: str
    context: str
    played: str
    acts: tuple[str, ...]
    asked: tuple[Pointed, ...] = ()
    broad: tuple[Pointed, ...] = ()
    denied: tuple[Pointed, ...] = ()
    unknown: tuple[Pointed, ...] = ()
    optional: tuple[str, ...] = ()
    topic_of: Mapping[str, str] = field(default_factory=dict)
    follows: bool | None = None  # hangs on the turn just before; None where that is not known
    loose: bool = False  # asks something, but of no case: only its acts are learned
    number: int = 0

    @property
    def asks(self) -> bool:
        """Whether something is asked for that was labelled."""
        return bool(self.asked or self.broad or self.denied or self.unknown)


@dataclass(frozen=True, slots=True)
class Labels:
    """A labelled case: its facts and its turns in order."""

    interview: str
    opening: str
    facts: tuple[Line, ...]
    turns: tuple[Labelled, ...]
    fresh: bool = False  # written since the reader's last training


@dataclass(frozen=True)
class Material:
    """All that is learned from."""

    topics: Topics
    interviews: dict[str, Turns] = field(repr=False)
    split: dict[str, list[str]]
    rng: random.Random
    learned: Mapping[str, int] = field(default_factory=dict)  # rows of a file that a reader knows

    @cached_property
    def kept_out(self) -> frozenset[str]:
        """The interviews that nothing is trained on."""
        measured = json.loads(BENCH_SPLIT.read_text(encoding="utf-8"))
        parts = (*(measured[p] for p in ("tune", "validate", "report")), self.split["report"])
        return frozenset(i for part in parts for i in part)

    @cached_property
    def cases(self) -> tuple[Labels, ...]:
        """Interviews made into cases, every doctor's turn labelled."""
        return tuple(
            labels_of(row, self.interviews[row["interview"]], self.rng)
            for row in rows_of("interviews.jsonl")
            if row["interview"] in self.interviews and row["interview"] not in self.kept_out
        )

    @cached_property
    def own(self) -> tuple[Labels, ...]:
        """Turns in the authors' words: for the same cases, and for cases that they invented."""
        invented = list(self._marked("invented.jsonl"))
        heads = {row["interview"]: row for row in (*rows_of("interviews.jsonl"), *invented)}
        rows = [r for r in self._marked("own.jsonl") if r["interview"] in heads]
        rows = [{**heads[r["interview"]], **r} for r in rows] + invented
        return tuple(labels_of(row, None, self.rng) for row in rows)

    def _marked(self, name: str) -> Iterator[Any]:
        """The rows of a file of labels; what came since the last training is named fresh."""
        for number, row in enumerate(rows_of(name)):
            yield {**row, "fresh": number >= self.learned.get(name, 0)}

    @cached_property
    def talk(self) -> tuple[Labelled, ...]:
        """Turns in the authors' words that are labelled by their acts only."""
        asking = {"ask", "review", "clarify", "identity"}
        found = []
        for acts, answered, text, *said in rows_of("acts.jsonl"):
            context = context_of(" ".join(said), answered)
            loose = bool(asking & set(acts))
            found.append(Labelled(text, context, context, tuple(acts), loose=loose))
        return tuple(found)

    @cached_property
    def talk_by_act(self) -> dict[str, list[Labelled]]:
        """The same by act."""
        found: dict[str, list[Labelled]] = {}
        for turn in self.talk:
            for act in turn.acts:
                found.setdefault(act, []).append(turn)
        return found

    @cached_property
    def asked_topics(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        """Real turns with the topics that they ask for: (context, text, topics)."""
        found = []
        for path in sorted(LABELS.glob("topics-*.jsonl")):
            for row in rows_of(path.name):
                turns = self.interviews.get(row["interview"])
                topics = tuple(t for t in row["topics"] if t in self.topics)
                if turns and topics and row["interview"] not in self.kept_out:
                    text = turns[row["turn"]][1]
                    found.append((before(turns, row["turn"]), text, topics))
        return tuple(found)

    @cached_property
    def lines(self) -> dict[str, tuple[str, ...]]:
        """Patients' lines by topic, in the authors' words."""
        found: dict[str, tuple[str, ...]] = {}
        for path in sorted((LABELS / "lines").glob("*.yaml")):
            rows = yaml.safe_load(path.read_text(encoding="utf-8"))
            found |= {topic: tuple(lines) for topic, lines in rows.items()}
        return {t.id: (t.default, *found.get(t.id, ())) for t in self.topics}

    def held(self, cases: tuple[Labels, ...], decision: bool) -> list[Labels]:
        """The cases on which the decision is fitted, or those on which the reader is trained.

        Without the turns on which a language model has to read better than what is learned here.
        """
        chosen = frozenset(self.split["decision"])
        kept = [c for c in cases if (c.interview in chosen) == decision]
        return [
            replace(c, turns=tuple(t for t in c.turns if not self._held_apart(c, t))) for c in kept
        ]

    def _held_apart(self, case: Labels, turn: Labelled) -> bool:
        return (case.interview, turn.text) in self.apart

    @cached_property
    def apart(self) -> frozenset[tuple[str, str]]:
        """The turns of knowledge/readings.jsonl, by case and words."""
        lines = (ROOT / "knowledge" / TURNS).read_text(encoding="utf-8").splitlines()
        return frozenset((r["case"], t["text"]) for r in map(json.loads, lines) for t in r["turns"])


def load_material(
    seed: int, knowledge: Path = ROOT / "knowledge", learned: Mapping[str, int] | None = None
) -> Material:
    """The material; without the file of interviews, what the authors wrote themselves."""
    interviews: dict[str, Turns] = {}
    if DATA.is_file():
        with DATA.open(encoding="utf-8") as file:
            interviews = {x["id"]: x["turns"] for x in map(json.loads, file)}
    split = json.loads((LABELS / "split.json").read_text(encoding="utf-8"))
    rng = random.Random(seed)  # noqa: S311
    return Material(load_topics(knowledge), interviews, split, rng, learned or {})


def rows_known() -> dict[str, int]:
    """How many rows of the files of own turns there are now; a training keeps it."""
    return {name: sum(1 for _ in rows_of(name)) for name in ("own.jsonl", "invented.jsonl")}


def rows_of(name: str) -> Iterator[Any]:
    """The rows of a file of labels."""
    with (LABELS / name).open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def before(turns: Turns, number: int) -> str:
    """The context of a turn of a real interview."""
    answered = turns[number - 1][1] if number and turns[number - 1][0] == "P" else ""
    asked = number - 2 if answered else number - 1
    said = turns[asked][1] if asked >= 0 and turns[asked][0] == "D" else ""
    return context_of(said, answered)


def labels_of(row: dict[str, Any], turns: Turns | None, rng: random.Random) -> Labels:
    """A labelled case of a line of JSON; the turns' words are its own or the interview's."""
    facts = tuple(Line(*f) for f in row["facts"])
    says = {f.id: f.says for f in facts}
    topic_of = {f.id: f.topic for f in facts}
    found: list[Labelled] = []
    said, answered = "What brings you in today?", row["opening"]
    for t in row["turns"]:
        text = turns[t["turn"]][1] if turns else t["text"]
        played = context_of(said, answered) if found or not turns else ""
        context = before(turns, t["turn"]) if turns else played
        labelled = Labelled(
            text,
            context,
            played,
            tuple(t["acts"]),
            asked=_pointed(t.get("asked", ())),
            broad=_pointed(t.get("broad", ())),
            denied=_pointed(t.get("denied", ())),
            unknown=_pointed(t.get("unknown", ())),
            optional=tuple(t.get("optional", ())),
            topic_of=topic_of,
            follows=_follows(t, turns is not None),
            number=t["turn"],
        )
        found.append(labelled)
        hint = t.get("after", "")  # what the patient adds of their own, a cue that is no fact
        said, answered = text, f"{answer_of(labelled, says, rng)} {hint}".strip()
    return Labels(row["interview"], row["opening"], facts, tuple(found), row.get("fresh", False))


def _follows(turn: dict[str, Any], real: bool) -> bool | None:
    """Whether a turn hangs on the doctor's turn just before; in an interview both speak in turn."""
    if "on" not in turn:
        return False
    return True if turn["turn"] - turn["on"] <= 1 + real else None


def _pointed(rows: Any) -> tuple[Pointed, ...]:
    return tuple((r[0] or "", (r[1], r[2]) if len(r) == 3 else None) for r in rows)


def answer_of(turn: Labelled, says: dict[str, str], rng: random.Random) -> str:
    """What the patient of the case would answer to a labelled turn."""
    told = [says[f] for f, _ in turn.asked if f in says]
    if turn.denied and (not told or rng.random() < 0.5):
        told.append(rng.choice(NOES))
    if turn.unknown and not told:
        told.append(rng.choice(UNKNOWNS))
    return " ".join(told) or rng.choice(SHORT)
