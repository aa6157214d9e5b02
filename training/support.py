"""python -m training.support: fit the guard's score, whether the lines support what is said.

From the good and hostile replies of bench/adversaries' part `tune`. Of a hostile reply it is not
known which sentence is to blame, so its most doubtful one counts (multiple-instance learning, as
Andrews, Tsochantaridis and Hofmann, 2003). First every new word and the entailment model's state
are given a weight, then small networks weigh all signs; what these see of the first was made
without the case at hand. The limit is set, and the figures printed, on cases that no fit has seen.
Minutes on one core.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.replies import WrittenTurn, written_turns
from simulator.knowledge.adapter import adapter_file
from simulator.knowledge.encoder import Vectors
from simulator.patient.guard.check import CHECKS, Guard, Said, unsupported
from simulator.patient.guard.reading import tokens_of
from simulator.patient.guard.support import LEAST, Fitted, Signs, Support
from simulator.patient.llm_voice import sentences_in
from simulator.services import Services
from simulator.settings import read_settings

SEED, FOLDS, NETWORKS, HIDDEN, STEPS = 6, 5, 3, 12, 250
WORD_DECAY, STATE_DECAY, DECAY = 3e-2, 3e-1, 2e-2
LEAST_SPREAD = 0.05  # a sign that hardly varies must not weigh the more for it
COMMON, TIMES, CASES, OFTEN, MANY, BLAMED, BLAMED_OFTEN = 2_600, 4, 3, 10, 40, 1.4, 2.8
GOOD_STOPPED = 0.02  # the share of good replies that the limit may stop beyond the promises
OTHERS = frozenset({"form", "role", "echo", "long"})  # faults that are none of the score's


@dataclass(frozen=True, slots=True)
class Example:
    """One written reply: its case, whether it is good, and the signs of its sentences.

    `promised` are the codes of what the promises stop of it; sentences that are a line's own, word
    by word, are left out.
    """

    case: str
    good: bool
    promised: frozenset[str]
    signs: tuple[Signs, ...]


def main() -> None:
    """Fit everything from the written replies and write it to knowledge/models."""
    services = Services(read_settings())
    turns = [t for t in written_turns("tune", services) if t]
    everyday = everyday_of(turns, services)
    print(f"{len(turns)} turns, {len(everyday)} everyday words", flush=True)
    support = services.support_of(Fitted(everyday, (), 1.0, {}))
    fit(list(examples_of(turns, support)), everyday, adapter_file("support-minilm"))


def fit(examples: Sequence[Example], everyday: frozenset[str], target: Path) -> Fitted:
    """Fit weights, networks and the limit, and write them to `target`."""
    usable = [e for e in examples if e.good or not e.promised & OTHERS]
    seen = _seen(usable, everyday)
    names = tuple(seen[0].values[0])
    limit = _limit(examples, seen, names)
    parts = _linear(usable) | _networks(seen, names, NETWORKS)
    fitted = Fitted(everyday, names, limit, parts)
    _write(fitted, target)
    return fitted


def everyday_of(turns: Sequence[WrittenTurn], services: Services) -> frozenset[str]:
    """The stems that good replies bring in by themselves, and hostile ones not much more often.

    A common word that is brought in often is taken even where the hostile replies, which are
    longer, have more of it; one that names a topic or an opposite never is.
    """
    tongue = services.support_of(Fitted(frozenset(), (), 1.0, {})).tongue
    counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    cases: dict[str, set[str]] = {}
    forms: dict[str, set[str]] = {}
    for turn in turns:
        lines = tongue.read(" . ".join(line.text for line in turn.lines)).stems
        for kind, text in turn.replies:
            for token in set(tokens_of(text)):
                forms.setdefault(tongue.stem(token), set()).add(token)
            new = [s for s in tongue.read(text).stems if s not in lines]
            counts[kind == "clean"].update(new)
            for stem in new if kind == "clean" else ():
                cases.setdefault(stem, set()).add(turn.case)
    good, bad = counts[True], counts[False]
    usual = float(np.median([(bad[s] + 1) / (n + 1) for s, n in good.items() if n >= MANY]))

    def free(stem: str, times: int) -> bool:
        named = any(services.field.lexicon.topics_in(f) for f in forms[stem])
        if times < TIMES or len(cases[stem]) < CASES or named or tongue.opposes(stem):
            return False
        often = times >= OFTEN and min(tongue.rank(f) for f in forms[stem]) < COMMON
        return (bad[stem] + 1) / (times + 1) <= (BLAMED_OFTEN if often else BLAMED) * usual

    return frozenset(s for s, n in good.items() if free(s, n))


def examples_of(turns: Sequence[WrittenTurn], support: Support) -> Iterator[Example]:
    """Every written reply with the signs of its sentences."""
    promises = [c for c in CHECKS if c is not unsupported]
    for turn in turns:
        allowed = Guard(turn.patient.case, support).allow(
            turn.lines, turn.state, turn.said, turn.mood
        )
        for kind, text in turn.replies:
            signs, codes, whole = list[Signs](), set[str](), list[str]()
            for sentence in sentences_in([text]):
                whole.append(sentence)
                said = Said.of(sentence, " ".join(whole), support.tongue)
                codes |= {f.code for check in promises if (f := check(said, allowed))}
                if tuple(said.read.tokens) not in allowed.verbatim:
                    signs.append(support.signs(said.read, allowed))
            if signs:
                yield Example(turn.case, kind == "clean", frozenset(codes), tuple(signs))


@dataclass(frozen=True, slots=True)
class Seen:
    """An example with all its signs, the fitted ones made without its case."""

    example: Example
    values: tuple[dict[str, float], ...]

    def rows(self, names: Sequence[str]) -> list[list[float]]:
        """The signs of each sentence, in order of their names."""
        return [[v[n] for n in names] for v in self.values]


def _seen(examples: Sequence[Example], everyday: frozenset[str]) -> list[Seen]:
    found = []
    for held in _folds(examples):
        first = Fitted(everyday, (), 1.0, _linear([e for e in examples if e.case not in held]))
        found += [
            Seen(e, tuple(first.weigh(s) for s in e.signs)) for e in examples if e.case in held
        ]
    return found


def _limit(examples: Sequence[Example], seen: Sequence[Seen], names: tuple[str, ...]) -> float:
    """The limit, from cases that the networks have not seen; prints what it stops of them."""
    doubts: dict[int, float] = {}
    for held in _folds(examples):
        parts = _networks([s for s in seen if s.example.case not in held], names, 1)
        fitted = Fitted(frozenset(), names, 1.0, parts)
        for s in (s for s in seen if s.example.case in held):
            doubts[id(s.example)] = max(fitted.chance(row) for row in s.rows(names))
    free = [e for e in examples if not e.promised]
    good = sorted(doubts[id(e)] for e in free if e.good)
    limit = good[int(len(good) * (1 - GOOD_STOPPED))]
    n = Counter(e.good for e in examples)
    for at in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, limit):
        heard = Counter(e.good for e in free if doubts[id(e)] < at)
        print(
            f"limit {at:.2f}: of {n[True]} good replies {n[True] - heard[True]} stopped, "
            f"of {n[False]} hostile ones {heard[False]} heard",
            flush=True,
        )
    return limit


def _folds(examples: Sequence[Example]) -> Iterator[frozenset[str]]:
    """The cases, so many at a time."""
    cases = sorted({e.case for e in examples})
    yield from (frozenset(cases[n::FOLDS]) for n in range(FOLDS))


def _linear(examples: Sequence[Example]) -> dict[str, Vectors]:
    """The weights of new words and of the entailment model's state."""
    bad = np.array([not e.good for e in examples], dtype=np.float32)
    found: dict[str, Vectors] = {}
    for name, decay in (("word", WORD_DECAY), ("state", STATE_DECAY)):
        held = [
            (i, s.words if name == "word" else s.state[None])
            for i, e in enumerate(examples)
            for s in e.signs
        ]
        x = np.concatenate([rows for _, rows in held]).astype(np.float32)
        owner = np.concatenate([[i] * len(rows) for i, rows in held]).astype(np.int64)
        net = _descend(lambda width: _line(width), x, owner, bad, 2e-2, decay, SEED)
        found[name] = net.weight.detach().numpy()[0]
        found[f"{name}.bias"] = net.bias.detach().numpy()
    return found


def _line(width: int) -> Any:
    import torch

    return torch.nn.Linear(width, 1)


def _network(width: int) -> Any:
    from torch import nn

    return nn.Sequential(nn.Linear(width, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1))


def _networks(seen: Sequence[Seen], names: Sequence[str], many: int) -> dict[str, Vectors]:
    x = np.array([row for s in seen for row in s.rows(names)], dtype=np.float32)
    owner = np.array([i for i, s in enumerate(seen) for _ in s.values])
    bad = np.array([not s.example.good for s in seen], dtype=np.float32)
    mean, scale = x.mean(axis=0), np.maximum(x.std(axis=0), LEAST_SPREAD)
    x = (x - mean) / scale
    made = [_descend(_network, x, owner, bad, 1e-2, DECAY, SEED + n) for n in range(many)]
    first, last = [n[0] for n in made], [n[2] for n in made]
    return {
        "mean": mean,
        "scale": scale,
        "in": np.stack([n.weight.detach().numpy().T for n in first]),
        "in.bias": np.stack([n.bias.detach().numpy() for n in first]),
        "out": np.stack([n.weight.detach().numpy()[0] for n in last]),
        "out.bias": np.stack([n.bias.detach().numpy()[0] for n in last]),
    }


def _descend(
    make: Any, x: Vectors, owner: Any, bad: Vectors, rate: float, decay: float, seed: int
) -> Any:
    """Fit a network to replies of which the most doubtful row counts."""
    import torch

    torch.manual_seed(seed)
    net = make(x.shape[1])
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=decay)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=STEPS)
    rows, places, wanted = torch.tensor(x), torch.tensor(owner), torch.tensor(bad)
    for _ in range(STEPS):
        floor = torch.full((len(bad),), LEAST)
        most = floor.scatter_reduce(0, places, net(rows).squeeze(1), "amax")
        loss = torch.nn.functional.binary_cross_entropy_with_logits(most, wanted)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        plan.step()
    return net


def _write(fitted: Fitted, target: Path) -> None:
    from safetensors.numpy import save_file

    data = {"everyday": sorted(fitted.everyday), "signs": fitted.names, "limit": fitted.limit}
    tensors = {k: np.ascontiguousarray(v, dtype=np.float32) for k, v in fitted.parts.items()}
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, str(target), metadata={"support": json.dumps(data)})


if __name__ == "__main__":
    main()
