"""The reader's warm-up: a question finds its reply, and a topic its lines, among many others."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

from training.material import Material, before
from training.network import Network, mean

TEMPERATURE = 20.0
REPLIES, TOPICS, TALK = 16, 20, 6
_QUESTION = re.compile(r"(?i)(and|any|so|tell|how|what|when|where|do|did|have|is|are)\b")

Pair = tuple[str, str, str]  # context, question, line


def warm_loss(network: Network, pairs: list[Pair], talk: list[str]) -> Any:
    """Each question finds its own line; talk that asks nothing stands among the wrong ones."""
    import torch

    batch = network.tokens([c for c, _, _ in pairs], [q for _, q, _ in pairs])
    asked = mean(network.states(batch.inputs), batch.inside)
    scores = TEMPERATURE * asked @ network.vectors([d for _, _, d in pairs] + talk).T
    aims = torch.arange(len(pairs), device=scores.device)
    cross = torch.nn.functional.cross_entropy
    return (cross(scores, aims) + cross(scores[:, : len(pairs)].T, aims)) / 2


def pairs_of(material: Material, rng: random.Random) -> Iterator[tuple[list[Pair], list[str]]]:
    """In turn: topics with talk among the wrong lines, and replies of one interview."""
    replies, topics = _reply_batches(material, rng), _topic_batches(material, rng)
    said = [t.text for t in material.talk if not t.loose]
    while True:
        yield next(topics), [" ".join(t.split()[:20]) for t in rng.sample(said, TALK)]
        if material.interviews:
            yield next(replies), []


def _reply_batches(material: Material, rng: random.Random) -> Iterator[list[Pair]]:
    allowed = [t for i, t in material.interviews.items() if i not in material.kept_out]
    while True:
        rng.shuffle(allowed)
        rest: list[Pair] = []
        for turns in allowed:
            pairs = [p for n in range(len(turns) - 1) if (p := _reply(turns, n, rng))]
            rng.shuffle(pairs)
            whole = [pairs[i : i + REPLIES] for i in range(0, len(pairs) - REPLIES // 2, REPLIES)]
            yield from whole
            rest += [] if whole else pairs
            if len(rest) >= REPLIES:
                yield rest[:REPLIES]
                rest = rest[REPLIES:]


def _reply(turns: list[list[str]], n: int, rng: random.Random) -> Pair | None:
    (speaker, said), (other, reply) = turns[n], turns[n + 1]
    if (speaker, other) != ("D", "P") or len(reply.split()) < 3:
        return None
    if "?" not in said and not _QUESTION.match(said):
        return None
    asked = re.split(r"(?<=[.?!])\s+", said)[-1] if rng.random() < 0.35 else said
    asked = asked.lower().rstrip("?") if rng.random() < 0.25 else asked
    context = before(turns, n) if rng.random() < 0.6 else ""
    return context, asked, " ".join(reply.split()[:26])


def _topic_batches(material: Material, rng: random.Random) -> Iterator[list[Pair]]:
    real: dict[str, list[str]] = {}
    for _, text, topics in material.asked_topics:
        if len(topics) == 1:
            real.setdefault(topics[0], []).append(text)
    while True:
        if real and rng.random() < 0.5:
            chosen = [material.topics[t] for t in rng.sample(sorted(real), min(TOPICS, len(real)))]
        else:
            files = rng.sample(list(material.topics.files), 2)
            every = [t for f in files for t in f.topics]
            chosen = rng.sample(every, min(TOPICS, len(every)))
        batch: list[Pair] = []
        for topic in chosen:
            asked = real.get(topic.id) if rng.random() < 0.6 else None
            line = rng.choice(material.lines[topic.id] if rng.random() < 0.75 else topic.questions)
            line = f"{topic.label}. {line}" if rng.random() < 0.15 else line
            batch.append(("", rng.choice(asked or topic.questions), line))
        yield batch
