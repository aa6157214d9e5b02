"""How often the right topic of the history comes first for what real clinicians ask.

A reader named the topic of each turn (bench/labels/topics). The adapter was trained on none of
these topics, but on question and reply pairs of the same interviews, and PHRASINGS was chosen among
three values on these clauses; `bench understanding report` is free of both.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from bench.turns import LABELS, read_interviews
from simulator.knowledge.encoder import Encoder
from simulator.knowledge.topics import load_topics, load_words
from simulator.patient.lexicon import Lexicon
from simulator.settings import Settings
from simulator.training.pairs import Asked, clauses_asked

PHRASINGS = 0.8


def measure(arguments: list[str], settings: Settings) -> dict[str, Any]:
    """The share of clauses with the right topic first and among the first three."""
    topics, words = load_topics(settings.knowledge_dir), load_words(settings.knowledge_dir)
    lines = [
        line
        for path in sorted((LABELS / "topics").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    rows = [json.loads(line) for line in lines]
    lexicon = Lexicon(topics, ())
    asked = list(clauses_asked(rows, read_interviews(), topics, words, lexicon))
    cache = settings.data_dir / "encoder"
    figures = {
        "n": len(asked),
        "topics": len(topics.by_id),
        "plain": _shares(Encoder(cache, None), topics, asked),
        "trained": _shares(Encoder(cache), topics, asked),
    }
    for name, value in figures.items():
        print(f"{name:8} {value}")
    return figures


def _shares(encoder: Encoder, topics: Any, asked: list[Asked]) -> dict[str, float]:
    phrasings = encoder.encode([q for t in topics for q in t.questions])
    answers = encoder.encode([f"{t.label}. {t.default}" for t in topics])
    starts = np.cumsum([0, *(len(t.questions) for t in topics)])[:-1]
    queries = encoder.encode([a.text for a in asked])
    near = np.maximum.reduceat(queries @ phrasings.T, starts, axis=1)
    scores = PHRASINGS * near + (1 - PHRASINGS) * queries @ answers.T
    row_of = {t.id: i for i, t in enumerate(topics)}
    right = scores[np.arange(len(asked)), [row_of[a.topic] for a in asked]]
    above = (scores > right[:, None]).sum(axis=1)
    return {f"first_{k}": round(float((above < k).mean()), 3) for k in (1, 3, 10)}
