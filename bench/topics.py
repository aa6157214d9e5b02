"""How often the right topic of the history comes first for what real clinicians ask.

A reader named the topics of each turn (bench/labels/topics); turns with one topic are counted. The
adapters were trained on none of these labels, but on question and reply pairs of the same talks;
`bench understanding report` and `fine` are free of both.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from bench.turns import LABELS, read_interviews
from simulator.knowledge.encoder import Encoder, Vectors
from simulator.knowledge.topics import Topics, load_topics
from simulator.patient.understanding.reader import TOPIC
from simulator.services import Services
from simulator.settings import Settings


def measure(arguments: list[str], settings: Settings) -> dict[str, Any]:
    """The share of turns with the right topic first and among the first three and ten."""
    topics, interviews = load_topics(settings.knowledge_dir), read_interviews()
    rows = [
        json.loads(line)
        for path in sorted((LABELS / "topics").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    asked = [
        (interviews[r["interview"]][r["turn"]][1], r["topics"][0])
        for r in rows
        if len(r["topics"]) == 1 and r["topics"][0] in topics
    ]
    reader = Services(settings).understander.reader
    plain = Encoder(settings.data_dir / "encoder", None, reader.encoder.base)
    lines = [f"{t.label}. {t.default}" for t in topics]
    near = plain.encode([text for text, _ in asked]) @ plain.encode(lines).T
    answers = reader.encoder.encode(lines)
    read = [reader.match(reader.read("", text), answers) for text, _ in asked]
    trained = np.stack([reader.logits(match, TOPIC) for match in read])
    figures = {
        "n": len(asked),
        "topics": len(topics.by_id),
        "plain": _shares(near, topics, asked),
        "trained": _shares(trained, topics, asked),
    }
    for name, value in figures.items():
        print(f"{name:8} {value}")
    return figures


def _shares(scores: Vectors, topics: Topics, asked: list[tuple[str, str]]) -> dict[str, float]:
    row_of = {t.id: i for i, t in enumerate(topics)}
    right = scores[np.arange(len(asked)), [row_of[topic] for _, topic in asked]]
    above = (scores > right[:, None]).sum(axis=1)
    return {f"first_{k}": round(float((above < k).mean()), 3) for k in (1, 3, 10)}
