"""Fit the heads that tell a turn's dialogue acts, on the vectors of the trained reader.

The reader's training must share its encoder between lines and acts, and sees each turn few times.
Here the encoder stands still: every labelled turn is read once as the program reads it, and the
heads, with one hidden layer beside them, are fitted in minutes on one core. A tenth of the turns
that are labelled by their acts only is left out, and what was fitted is measured on it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from simulator.knowledge.encoder import Vectors
from simulator.language.lexicon import Lexicon
from simulator.language.tokens import normalise
from simulator.patient.understanding.reader import PEAK, WORDS, Reader
from simulator.patient.understanding.signs import WORKED_OUT
from training.material import Labelled, Material
from training.reader import worked_out

HIDDEN, EPOCHS, BATCH, RATE, DECAY, DROPPED = 192, 8, 64, 1e-3, 1e-2, 0.3
CASE_TURNS = 14_000
HANGING = frozenset({"clarify", "summary", "check_summary"})  # acts on what was just said
LEFT_OUT = 10  # one in so many of the turns labelled by their acts only
SEED = 7
OUTSIDE = -1e4


@dataclass(frozen=True, slots=True)
class Read:
    """A turn's vectors, shape (tokens, dimensions), and for each act whether it does it.

    `counts` is 0 for what the labels do not tell.
    """

    states: Any
    acts: Vectors
    counts: Vectors


def split_of(material: Material, rng: random.Random) -> tuple[list[Labelled], list[Labelled]]:
    """The turns to fit on, and those to measure on."""
    talk = list(material.talk)
    rng.shuffle(talk)
    apart, kept = talk[::LEFT_OUT], [t for i, t in enumerate(talk) if i % LEFT_OUT]
    cases = (*material.held(material.cases, False), *material.held(material.own, False))
    turns = [t for case in cases for t in case.turns if t.acts]
    rng.shuffle(turns)
    heard = [t.context for t in turns if t.context]
    return [*kept, *said_after(kept, heard, rng), *turns[:CASE_TURNS]], apart


def said_after(
    turns: Sequence[Labelled], heard: Sequence[str], rng: random.Random
) -> list[Labelled]:
    """The turns in the midst of other talk, where what they do does not hang on what was said.

    They were written after nothing or after a few words; in an interview a story comes before.
    """
    found = []
    for turn in turns:
        context = turn.context if HANGING & {*turn.acts} else rng.choice(heard)
        found.append(replace(turn, context=context, played=context))
    return found


def read_turns(
    turns: Sequence[Labelled], reader: Reader, material: Material, lexicon: Lexicon
) -> list[Read]:
    """Each turn as the program reads it, after the real answer or after the case's own lines."""
    found, known = [], dict[tuple[str, str], Any]()
    for place, turn in enumerate(turns):
        text = lexicon.mend(normalise(turn.text))
        context = turn.played if place % 2 else turn.context
        if not 0 < len(text.split()) <= WORDS:
            continue
        if (context, text) not in known:
            known[context, text] = reader.encoder.read(context, text).states.astype(np.float16)
        wanted, counts = (
            np.zeros(len(reader.acts), np.float32),
            np.ones(len(reader.acts), np.float32),
        )
        for act in turn.acts:
            wanted[reader.acts.index(act)] = 1.0
        for name, label in worked_out(turn, material.topics).items():
            at = reader.acts.index(name)
            wanted[at], counts[at] = float(bool(label)), float(label is not None)
        found.append(Read(known[context, text], wanted, counts))
        if place % 2000 == 0:
            print(f"{place} of {len(turns)} turns read", flush=True)
    return found


def fit(reads: Sequence[Read], reader: Reader, target: Path) -> None:
    """Fit the heads, from those that the reader was trained with, and write them to `target`."""
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(SEED)
    heads = heads_of(reader)
    batches = list(_batches(reads))
    optimiser = torch.optim.AdamW(heads.parameters(), lr=RATE, weight_decay=DECAY)
    plan = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.01, EPOCHS * len(batches))
    rng = random.Random(SEED)  # noqa: S311
    for epoch in range(EPOCHS):
        rng.shuffle(batches)
        total = 0.0
        for states, inside, acts, counts in batches:
            logits = heads(states.float(), inside, DROPPED)
            each = torch.nn.functional.binary_cross_entropy_with_logits(
                logits, acts, reduction="none"
            )
            loss = (each * counts).sum() / len(acts)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            plan.step()
            total += loss.item()
        print(f"{epoch + 1}: loss {total / len(batches):.3f}", flush=True)
    tensors = {k: v.detach().float().contiguous() for k, v in heads.state_dict().items()}
    save_file(tensors, str(target), metadata={"acts": json.dumps(reader.acts)})


def measure(reads: Sequence[Read], reader: Reader) -> dict[str, float]:
    """How well a reader tells the acts of turns that it was not fitted on."""
    at = [i for i, act in enumerate(reader.acts) if act not in WORKED_OUT]
    heard = np.stack([reader.chances(r.states.astype(np.float32)) for r in reads])[:, at] >= 0.5
    asked = np.stack([r.acts for r in reads])[:, at] >= 0.5
    right = float((heard & asked).sum())
    return {
        "turns": len(reads),
        "precision": round(right / heard.sum(), 3),
        "recall": round(right / asked.sum(), 3),
        "all_right": round(float((heard == asked).all(axis=1).mean()), 3),
    }


def _batches(reads: Sequence[Read]) -> Iterator[tuple[Any, Any, Any, Any]]:
    """Turns of like length together: vectors, which of them are tokens, acts, what counts."""
    import torch

    ordered = sorted(reads, key=lambda r: len(r.states))
    for start in range(0, len(ordered), BATCH):
        part = ordered[start : start + BATCH]
        width = len(part[-1].states)
        states = np.zeros((len(part), width, part[0].states.shape[1]), np.float16)
        inside = np.zeros((len(part), width), bool)
        for row, one in enumerate(part):
            states[row, : len(one.states)], inside[row, : len(one.states)] = one.states, True
        yield (
            torch.from_numpy(states),
            torch.from_numpy(inside),
            torch.from_numpy(np.stack([r.acts for r in part])),
            torch.from_numpy(np.stack([r.counts for r in part])),
        )


def heads_of(reader: Reader) -> Any:
    """The heads as a torch module; see `Reader.chances` for the same in use."""
    import torch

    class Heads(torch.nn.Module):
        token: Any
        mean: Any
        bias: Any
        hidden_in: Any
        hidden_bias: Any
        hidden_out: Any

        def __init__(self) -> None:
            super().__init__()
            wide, acts = 2 * reader.encoder.dimensions, len(reader.acts)
            first = torch.empty(wide, HIDDEN).uniform_(-1, 1) / wide**0.5
            blank = {
                "hidden_in": first,
                "hidden_bias": torch.zeros(HIDDEN),
                "hidden_out": torch.zeros(HIDDEN, acts),
            }
            known = {k: torch.from_numpy(v.copy()) for k, v in reader.heads.items()}
            for name, value in (blank | known).items():
                self.register_parameter(name, torch.nn.Parameter(value))

        def forward(self, states: Any, inside: Any, dropped: float) -> Any:
            outside = ~inside.unsqueeze(-1)
            peaks = (PEAK * (states @ self.token.T)).masked_fill(outside, OUTSIDE)
            whole = states.sum(1) / inside.sum(1, keepdim=True)
            top = states.masked_fill(outside, OUTSIDE).amax(1)
            seen = torch.relu(torch.cat([whole, top], 1) @ self.hidden_in + self.hidden_bias)
            seen = torch.nn.functional.dropout(seen, dropped)
            linear = torch.logsumexp(peaks, 1) / PEAK + whole @ self.mean.T + self.bias
            return linear + seen @ self.hidden_out

    return Heads()
