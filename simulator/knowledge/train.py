"""Train the encoder's adapter: the recipe behind adapter.safetensors.

python -m simulator.knowledge.train INTERVIEWS.jsonl SPLIT.json OUT.safetensors

Contrastive training (MultipleNegativesRankingLoss) on two kinds of pairs: (a) a real clinician's
question and the reply to it, with the other replies of the same interviews as negatives, from
interviews that are in no part of the benchmark's split; (b) two phrasings of one topic, with other
topics of the same section as negatives. No line of any released case is used.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simulator.knowledge.adapter import RANK, SCALE, adapted_layers
from simulator.knowledge.encoder import weights_folder
from simulator.knowledge.export import load_reference
from simulator.knowledge.topics import load_topics
from simulator.settings import ROOT

SEED, STEPS, LEARNING_RATE, TEMPERATURE = 7, 380, 4e-4, 20.0
BATCH_A, BATCH_B = 32, 40
MAX_TOKENS, MIN_WORDS = 44, 3

Pair = tuple[str, str]


def interview_batches(path: Path, held_out: set[str], rng: random.Random) -> Iterator[list[Pair]]:
    """Batches of (question, reply), each from a few interviews, so that negatives are hard."""
    with path.open(encoding="utf-8") as file:
        interviews = [json.loads(line) for line in file]
    pools = [_pairs(x["turns"]) for x in interviews if x["id"] not in held_out]
    pools = [p for p in pools if p]
    rng.shuffle(pools)
    group: list[Pair] = []
    for pool in pools:
        rng.shuffle(pool)
        group += pool[: 2 * BATCH_A]
        while len(group) >= BATCH_A:
            yield group[:BATCH_A]
            group = group[BATCH_A:]


def _pairs(turns: list[list[str]]) -> list[Pair]:
    found: list[Pair] = []
    seen: set[str] = set()
    for (speaker, said), (other, reply) in zip(turns, turns[1:], strict=False):
        asked = speaker == "D" and other == "P" and "?" in said
        if asked and len(reply.split()) >= MIN_WORDS and reply not in seen:
            seen.add(reply)
            found.append((said, reply))
    return found


def topic_batches(rng: random.Random, count: int) -> Iterator[list[Pair]]:
    """Batches of two phrasings each of different topics, most of them of two sections."""
    files = load_topics(ROOT / "knowledge").files
    for _ in range(count):
        topics = [t for f in rng.sample(files, 2) for t in f.topics]
        rng.shuffle(topics)
        batch: list[Pair] = []
        for topic in topics[:BATCH_B]:
            first, second = rng.sample(topic.questions, 2)
            answer = rng.random() < 0.25
            batch.append((first, f"{topic.label}. {topic.default}" if answer else second))
        yield batch


def train(interviews: Path, split: Path, target: Path) -> None:
    """Train for the set number of steps and write the adapter, in half precision."""
    import torch
    from safetensors.torch import save_file

    rng = random.Random(SEED)  # noqa: S311
    torch.manual_seed(SEED)
    model = load_reference(weights_folder())
    adapters = _add_adapters(model[0].auto_model)
    parameters = [p for down, up in adapters.values() for p in (down, up)]
    optimiser = torch.optim.AdamW(parameters, lr=LEARNING_RATE, weight_decay=0.01)
    parts = json.loads(split.read_text(encoding="utf-8"))
    held_out = set(parts["tune"]) | set(parts["report"])
    from_interviews = list(interview_batches(interviews, held_out, rng))[: STEPS // 2]
    from_topics = topic_batches(rng, len(from_interviews))
    batches = [b for two in zip(from_interviews, from_topics, strict=True) for b in two]
    for step, batch in enumerate(batches):
        for group in optimiser.param_groups:
            group["lr"] = LEARNING_RATE * min(1.0, (step + 1) / 40, (len(batches) - step) / len(batches) + 0.05)
        loss = _loss(model, batch)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        if step % 20 == 0:
            print(f"{step}/{len(batches)} loss {loss.item():.3f}", flush=True)
    save_file(
        {
            f"{name}.{side}": tensor.detach().half().contiguous()
            for name, (down, up) in adapters.items()
            for side, tensor in (("down", down), ("up", up))
        },
        str(target),
    )


def _add_adapters(model: Any) -> dict[str, tuple[Any, Any]]:
    import torch

    for parameter in model.parameters():
        parameter.requires_grad_(False)
    adapters: dict[str, tuple[Any, Any]] = {}
    for name, layer in adapted_layers(model).items():
        down = torch.nn.Parameter(torch.randn(RANK, layer.in_features) / layer.in_features**0.5)
        up = torch.nn.Parameter(torch.zeros(layer.out_features, RANK))
        adapters[name] = (down, up)
        layer.register_forward_hook(_hook(down, up))
    return adapters


def _hook(down: Any, up: Any) -> Any:
    def add(_: Any, inputs: Any, output: Any) -> Any:
        return output + SCALE * ((inputs[0] @ down.T) @ up.T)

    return add


def _loss(model: Any, batch: list[Pair]) -> Any:
    import torch

    both = [_encode(model, [p[side] for p in batch]) for side in (0, 1)]
    scores = TEMPERATURE * both[0] @ both[1].T
    aims = torch.arange(len(batch))
    cross = torch.nn.functional.cross_entropy
    return (cross(scores, aims) + cross(scores.T, aims)) / 2


def _encode(model: Any, texts: list[str]) -> Any:
    import torch

    tokens = model.tokenizer(
        texts, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt"
    )
    hidden = model[0].auto_model(**tokens)[0]
    mask = tokens["attention_mask"].unsqueeze(-1).float()
    mean = (hidden * mask).sum(1) / mask.sum(1)
    return torch.nn.functional.normalize(mean, dim=1)


if __name__ == "__main__":
    train(*(Path(a) for a in sys.argv[1:4]))
