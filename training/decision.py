"""Fit whether a candidate is asked for, on labelled turns that the reader was not trained on.

A small network with one hidden layer on the signs of `understanding.signs`, several times from
other seeds; their mean is used. The cases are played as an author may have written them: with and
without topics, and with facts left out, so that denial and not knowing are learned too.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from bench.turns import Row, by_encounter, load_labels, script_of
from simulator.knowledge.encoder import Vectors
from simulator.knowledge.index import Matrix
from simulator.language.tokens import normalise
from simulator.patient.case import Case, Field, script_entries
from simulator.patient.turn import State
from simulator.patient.understanding.context import context_of
from simulator.patient.understanding.reader import Read, Reader
from simulator.patient.understanding.signs import Candidates, gather
from simulator.reading import DOORWAY
from simulator.scripts.schema import PatientScript
from simulator.services import Services
from training.fitting import DECAY, LEAST_SPREAD, Part, keep, layers_of, minimise
from training.material import Labelled, Labels, Line, Material

TURNS_A_CASE, TUNE_WORTH = 250, 3
EXAMPLE_WORDS, EXAMPLES_KEPT = 14, 0.7
HIDDEN, NETWORKS, EPOCHS, BATCH = 64, 4, 20, 4096
SEED = 4
LEFT_OUT = 0.12


@dataclass(frozen=True, slots=True)
class Rows:
    """Signs of candidates, whether each is asked for, and how much it counts."""

    names: tuple[str, ...]
    signs: Vectors
    asked: Vectors
    weight: Vectors


@dataclass(frozen=True, slots=True)
class Played:
    """A labelled turn as it was put to a case, and the rows that are learned from."""

    rows: Rows
    read: Read
    candidates: Candidates
    case: Case
    state: State


def play(
    cases: Sequence[Labels], among: Sequence[Labels], reader: Reader, field: Field
) -> Iterator[Played]:
    """Every turn of every case, each case in two guises.

    With topics and some example questions, as a careful author writes it, and with neither. The
    examples of a case played from an interview are the authors' own turns, and the reverse; they
    are taken from `among`.
    """
    rng = random.Random(SEED)  # noqa: S311
    encode = cache(lambda text: reader.encoder.encode([text])[0])
    read = cache(reader.read)
    for labels in cases:
        other = [c for c in among if c.interview == labels.interview and c is not labels]
        for authored in (True, False):
            kept = [f for f in labels.facts if rng.random() >= LEFT_OUT]
            asks = _examples(other, rng) if authored else {}
            case = case_of(labels, kept, asks, encode, field, authored)
            yield from _played(labels, case, read, reader, rng)


def _examples(others: Sequence[Labels], rng: random.Random) -> dict[str, list[str]]:
    """For most facts a few questions that ask for nothing else."""
    found: dict[str, list[str]] = {}
    for turn in (t for labels in others for t in labels.turns):
        alone = len(turn.asked) == 1 and not (turn.denied or turn.unknown or turn.broad)
        if alone and len(turn.text.split()) <= EXAMPLE_WORDS and rng.random() < EXAMPLES_KEPT:
            found.setdefault(turn.asked[0][0], []).append(turn.text)
    return found


def play_released(
    services: Services, reader: Reader, material: Material, turns_a_case: int = TURNS_A_CASE
) -> Iterator[Played]:
    """Turns put to released cases: those of bench/labels' part tune, and real turns by topic.

    A real turn asks for a case's fact where that is the only one on the turn's topic, and is denied
    or not known where the case is silent on it.
    """
    for group in by_encounter(load_labels("tune")):
        case = services.case(script_of(group[0]["script"], services.settings.scripts_dir))
        for turn in _tuned(group, case, reader):
            yield from [turn] * TUNE_WORTH
    rng = random.Random(SEED)  # noqa: S311
    for script in services.library.released():
        case = services.case(script)
        for context, said, topics in rng.sample(material.asked_topics, turns_a_case):
            text = case.field.lexicon.mend(normalise(said))
            read = reader.read(context, text)
            candidates = gather(text, read, reader, case, State())
            rows = target(_by_topic(text, topics, case), candidates, case.topic_of, case)
            yield Played(rows, read, candidates, case, State())


def _by_topic(text: str, topics: Sequence[str], case: Case) -> Labelled:
    near: Any = case.field.near[[case.field.row_of[t] for t in topics]].any(axis=0)
    beside = tuple(f for f, t in case.topic_of.items() if near[case.field.row_of[t]])
    alone = [case.facts_of[t][0] for t in topics if len(case.facts_of.get(t, ())) == 1]
    silent = tuple((t, None) for t in topics if t not in case.facts_of)
    asked = tuple((f, None) for f in alone)
    return Labelled(text, "", "", ("ask",), asked=asked, denied=silent, optional=beside)


def _tuned(group: Sequence[Row], case: Case, reader: Reader) -> Iterator[Played]:
    said, answered, told = "", "", dict[str, int]()
    last = State()
    for row in group:
        text = case.field.lexicon.mend(normalise(row["text"]))
        state = last.model_copy(update={"told": dict(told)})
        read = reader.read(context_of(said, answered), text)
        candidates = gather(text, read, reader, case, state)
        facts = [f for f in row["facts"] if f in case.facts]
        turn = Labelled(
            text,
            "",
            "",
            (row["act"],),
            asked=tuple((f, None) for f in facts),
            denied=tuple((t, None) for t in row["denied"]),
            optional=tuple(row["optional"]),
        )
        rows = target(turn, candidates, case.topic_of, case)
        yield Played(rows, read, candidates, case, state)
        told |= dict.fromkeys(facts, 1)
        said, answered = text, " ".join(case.facts[f].says for f in facts) or "No."
        if facts or row["denied"]:
            topics = [case.topic_of[f] for f in facts] + row["denied"]
            last = State(last_facts=tuple(facts), last_topics=tuple(topics))


def case_of(
    labels: Labels,
    facts: Sequence[Line],
    asks: dict[str, list[str]],
    encode: Callable[[str], Vectors],
    field: Field,
    topics: bool,
) -> Case:
    """A labelled case, or the part of it that is kept, ready to be asked.

    Args:
        labels: the case. facts: which of its facts are kept. asks: their example questions.
        encode: a text's vector. field: the field's knowledge.
        topics: whether the facts name theirs, or it is guessed.
    """
    script = PatientScript.model_validate(
        {
            "schema": 1,
            "id": "labelled",
            "version": "1.0.0",
            "title": "A labelled case",
            "doorway": DOORWAY,
            "opening": labels.opening or "Hello.",
            "facts": [
                {
                    "id": _plain(f.id),
                    "says": f.says,
                    "tell": f.tell,
                    "topic": f.topic if topics else None,
                    "asks": asks.get(f.id, [])[:3],
                }
                for f in facts
            ],
        }
    )
    entries = script_entries(script)
    vectors = np.stack([encode(e.text) for e in entries])
    return Case(script, Matrix(entries, vectors), field)


def _plain(fact_id: str) -> str:
    return fact_id.lower().lstrip("_-")


def _played(
    labels: Labels,
    case: Case,
    read: Callable[[str, str], Read],
    reader: Reader,
    rng: random.Random,
) -> Iterator[Played]:
    topic_of = {_plain(f.id): f.topic for f in labels.facts}
    told: dict[str, int] = {}
    last = State()
    for turn in labels.turns:
        context = turn.played if turn.number % 5 < 3 else turn.context
        state = last.model_copy(update={"told": dict(told)})
        text = case.field.lexicon.mend(normalise(turn.text))
        if not text:
            continue
        heard = read(context, text)
        candidates = gather(text, heard, reader, case, state)
        rows = target(turn, candidates, topic_of, case)
        yield Played(rows, heard, candidates, case, state)
        asked = [_plain(f) for f, _ in turn.asked if _plain(f) in case.facts]
        told |= dict.fromkeys(asked, 1)
        topics = [topic_of[f] for f in asked] + [t for t, _ in turn.denied]
        if topics:
            last = State(last_facts=tuple(asked), last_topics=tuple(topics))


def target(turn: Labelled, candidates: Candidates, topic_of: dict[str, str], case: Case) -> Rows:
    """Which candidates of a turn are asked for; what may be told as well counts for nothing."""
    near = case.field.near
    row_of = case.field.row_of
    asked = {_plain(f) for f, _ in turn.asked}
    optional = {_plain(f) for f in turn.optional}
    lost = {topic_of[f] for f in asked if f not in case.facts}
    silent = {t for t, _ in (*turn.denied, *turn.unknown, *turn.broad) if t in row_of}
    wanted = lost | silent
    about = {topic_of[f] for f in asked | optional if f in topic_of} | wanted
    rows = [row_of[t] for t in about]
    beside: Any = near[rows].any(axis=0) if rows else np.zeros(len(near), dtype=bool)
    answer = np.zeros(len(candidates.topics), dtype=np.float32)
    weight = np.ones_like(answer)
    for i, (fact, topic) in enumerate(zip(candidates.facts, candidates.topics, strict=True)):
        if fact is not None:
            answer[i] = fact in asked
            if fact in optional and fact not in asked:
                weight[i] = 0.0
            elif fact not in asked and topic in wanted:
                weight[i] = 0.3
        else:
            answer[i] = topic in wanted
            if topic not in wanted and (beside[row_of[topic]] or _broad(topic, turn, case)):
                weight[i] = 0.0
    if turn.loose:
        weight[:] = 0.0
    return Rows(candidates.names, candidates.signs, answer, weight)


def _broad(topic: str, turn: Labelled, case: Case) -> bool:
    return case.field.topics[topic].kind == "broad" and (
        "review" in turn.acts or "open" in turn.acts
    )


def fit(rows: Sequence[Rows], target_file: Path) -> None:
    """Fit the networks and write them to `target_file`."""
    import torch

    torch.set_num_threads(1)  # of such small products a second one takes longer beside other work
    signs = np.concatenate([r.signs for r in rows])
    asked = torch.tensor(np.concatenate([r.asked for r in rows]))
    weight = torch.tensor(np.concatenate([r.weight for r in rows]))
    mean, scale = signs.mean(axis=0), np.maximum(signs.std(axis=0), LEAST_SPREAD)
    x = torch.tensor((signs - mean) / scale)
    parts = [_network(x, asked, weight, SEED + n) for n in range(NETWORKS)]
    keep(parts, mean, scale, rows[0].names, target_file)
    print(f"fitted on {len(rows)} turns, {int(asked.sum())} asked of {len(asked)}", flush=True)


def _network(x: Any, asked: Any, weight: Any, seed: int) -> Part:
    import torch
    from torch import nn

    torch.manual_seed(seed)
    inner, outer = nn.Linear(x.shape[1], HIDDEN), nn.Linear(HIDDEN, 1)

    def loss_of(chosen: Any) -> Any:
        return nn.functional.binary_cross_entropy_with_logits(
            outer(torch.relu(inner(x[chosen]))).squeeze(1), asked[chosen], weight=weight[chosen]
        )

    groups = [{"params": [*inner.parameters(), *outer.parameters()], "weight_decay": DECAY}]
    minimise(groups, len(x), EPOCHS, BATCH, loss_of)
    return layers_of(inner, outer)
