"""Train the encoder's adapter.

Contrastive training (multiple negatives ranking: Henderson et al., 2017) on batches of two kinds
in turn: (a) a real clinician's question and the reply to it, the other replies of the same
interviews as negatives; (b) a question and another phrasing, a real clinician's clause, or a
patient's line on the same topic, other topics of the same sections as negatives. No line of a
case and no interview of bench/labels is used.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simulator.knowledge.encoder import weights_folder
from simulator.knowledge.export import load_reference
from simulator.training.lora import attach, save, schedule
from simulator.training.pairs import Asked, Material, Pair, reply_pools

SEED, STEPS, LEARNING_RATE, TEMPERATURE = 7, 1500, 4e-4, 20.0
BATCH, TALK = 40, 8
MAX_TOKENS, SHORT = 40, 7


def reply_batches(material: Material, rng: random.Random) -> Iterator[list[Pair]]:
    """Batches of (question, reply), each from a few interviews so that negatives are hard."""
    while True:
        group: list[Pair] = []
        for pool in reply_pools(material, rng):
            group += pool
            while len(group) >= BATCH:
                yield group[:BATCH]
                group = group[BATCH:]


def topic_batches(material: Material, rng: random.Random) -> Iterator[list[Pair]]:
    """Batches of pairs of different topics, most of them of two sections."""
    real: dict[str, list[Asked]] = {}
    for asked in material.asked:
        real.setdefault(asked.topic, []).append(asked)
    files = material.topics.files
    while True:
        topics = [t for f in rng.sample(files, 2) for t in f.topics]
        rng.shuffle(topics)
        if rng.random() < 0.5:  # what clinicians really ask, across all sections
            topics = [material.topics[t] for t in rng.sample(sorted(real), min(BATCH, len(real)))]
        yield [
            (_question(t.id, material, real, rng), _match(t.id, material, rng))
            for t in topics[:BATCH]
        ]


def _question(
    topic: str, material: Material, real: dict[str, list[Asked]], rng: random.Random
) -> str:
    if topic not in real or rng.random() < 0.4:
        return rng.choice(material.topics[topic].questions)
    asked = rng.choice(real[topic])
    if asked.before and len(asked.text.split()) <= SHORT and rng.random() < 0.4:
        return material.topics[asked.before].with_subject(asked.text)
    return asked.text


def _match(topic: str, material: Material, rng: random.Random) -> str:
    if rng.random() < 0.4:
        line = rng.choice(material.lines[topic])
        return f"{material.topics[topic].label}. {line}" if rng.random() < 0.3 else line
    return rng.choice(material.topics[topic].questions)


def train(material: Material, target: Path) -> None:
    """Train and write the adapter to `target`."""
    import torch

    rng = random.Random(SEED)  # noqa: S311
    torch.manual_seed(SEED)
    model = load_reference(weights_folder())
    adapters = attach(model[0].auto_model)
    parameters = [p for two in adapters.values() for p in two]
    optimiser = torch.optim.AdamW(parameters, lr=LEARNING_RATE, weight_decay=0.01)
    replies, topics = reply_batches(material, rng), topic_batches(material, rng)
    for step in range(STEPS):
        batch = next(replies if step % 3 == 0 else topics)
        schedule(optimiser, step, STEPS, LEARNING_RATE)
        talk = [t[:200] for t in rng.sample(material.talk, min(TALK, len(material.talk)))]
        loss = _loss(model, batch, talk if step % 3 else [])
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        if step % 20 < 2:
            print(f"{step}/{STEPS} loss {loss.item():.3f}", flush=True)
    save(adapters, target)


def _loss(model: Any, batch: list[Pair], talk: list[str]) -> Any:
    """The loss of a batch; talk that asks nothing stands among the wrong matches."""
    import torch

    with torch.autocast("cpu", dtype=torch.bfloat16):
        asked = _encode(model, [question for question, _ in batch])
        matches = _encode(model, [match for _, match in batch] + talk)
    scores = TEMPERATURE * asked @ matches.T
    aims = torch.arange(len(batch))
    cross = torch.nn.functional.cross_entropy
    return (cross(scores, aims) + cross(scores[:, : len(batch)].T, aims)) / 2


def _encode(model: Any, texts: list[str]) -> Any:
    import torch

    tokens = model.tokenizer(
        texts, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt"
    )
    hidden = model[0].auto_model(**tokens)[0].float()
    mask = tokens["attention_mask"].unsqueeze(-1).float()
    mean = (hidden * mask).sum(1) / mask.sum(1)
    return torch.nn.functional.normalize(mean, dim=1)
