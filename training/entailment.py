"""Train what tells whether a statement supports a fact, contradicts it, or is silent on it.

The fact's line stands before the statement as the talk before a turn, and the heads are those of
the acts: natural language inference (Bowman et al., 2015) with the reader's own network.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from training.lora import descend, schedule
from training.material import rows_of
from training.network import Network

VERDICTS = ("supports", "contradicts")  # neither: silent
SEED, RATE, PAIRS, SILENT = 3, 4e-4, 40, 2
STEPS = {"cpu": {"mpnet": 300, "minilm": 700}, "cuda": {"mpnet": 2200, "minilm": 1800}}

Pair = tuple[str, str, str]  # the fact's line, the statement, the verdict


def pairs_of(rows: Sequence[dict[str, Any]], rng: random.Random) -> list[Pair]:
    """The labelled pairs, and for each statement as many facts on which it is silent."""
    heads = [*rows_of("interviews.jsonl"), *rows_of("invented.jsonl")]
    says = {row["interview"]: {f[0]: f[3] for f in row["facts"]} for row in heads}
    found: list[Pair] = []
    for row in rows:
        lines, labelled = says[row["interview"]], {f for f, _ in row["facts"]}
        found += [(lines[f], row["text"], verdict) for f, verdict in row["facts"]]
        others = sorted(lines.keys() - labelled)
        found += [
            (lines[f], row["text"], "silent") for f in rng.sample(others, min(SILENT, len(others)))
        ]
    return found


def load_rows(held: frozenset[str], decision: bool) -> list[dict[str, Any]]:
    """The labelled statements, of the interviews that are held out or of the rest."""
    return [r for r in rows_of("statements.jsonl") if (r["interview"] in held) == decision]


def train(network: Network, pairs: Sequence[Pair], steps: int, target: Path) -> None:
    """Train on the pairs and write the trained part."""
    import torch

    rng = random.Random(SEED)  # noqa: S311
    torch.manual_seed(SEED)
    optimiser = torch.optim.AdamW(network.groups(), lr=RATE)
    batches, began = _batches(pairs, rng), time.time()
    for step in range(steps):
        schedule(optimiser, step, steps, RATE)
        loss = _loss(network, next(batches))
        descend(optimiser, loss)
        if step % 25 == 24:
            print(f"{step + 1}: loss {loss.item():.3f}, {time.time() - began:.0f} s", flush=True)
    network.write(target)


def _batches(pairs: Sequence[Pair], rng: random.Random) -> Iterator[list[Pair]]:
    while True:
        order = rng.sample(range(len(pairs)), len(pairs))
        for at in range(0, len(order) - PAIRS, PAIRS):
            yield [pairs[i] for i in order[at : at + PAIRS]]


def _loss(network: Network, batch: Sequence[Pair]) -> Any:
    import torch

    tokens = network.tokens([f for f, _, _ in batch], [s for _, s, _ in batch])
    logits = network.act_logits(network.states(tokens.inputs), tokens.inside)
    wanted = [[float(v == verdict) for v in VERDICTS] for _, _, verdict in batch]
    aims = torch.tensor(wanted, device=logits.device)
    return torch.nn.functional.binary_cross_entropy_with_logits(logits, aims)


def measure(network: Network, pairs: Sequence[Pair]) -> dict[str, float]:
    """Shares of pairs judged rightly, in all and of those labelled by hand, by verdict."""
    import torch

    right: dict[str, list[bool]] = {}
    for at in range(0, len(pairs), PAIRS):
        batch = pairs[at : at + PAIRS]
        tokens = network.tokens([f for f, _, _ in batch], [s for _, s, _ in batch])
        with torch.no_grad():
            logits = network.act_logits(network.states(tokens.inputs), tokens.inside)
        for (_, _, verdict), row in zip(batch, logits.tolist(), strict=True):
            best = max(range(len(VERDICTS)), key=lambda i: row[i])
            said = VERDICTS[best] if row[best] >= 0 else "silent"
            right.setdefault(verdict, []).append(said == verdict)
    every = [r for rows in right.values() for r in rows]
    shares = {verdict: sum(rows) / len(rows) for verdict, rows in right.items()}
    return {"all": sum(every) / len(every), **shares, "n": len(every)}
