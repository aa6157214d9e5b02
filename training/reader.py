"""Train the reader: its adapter and its heads.

Two stages. *Warm-up*, of untrained parts only: a turn after its talk finds the reply to it among
other replies of the same interview, and a question its topic's lines among those of other topics
(multiple negatives ranking, Henderson et al., 2017). *Reading*: a turn of a labelled case is put to
all lines of that case and to topics; each line is asked for or not, the tokens that ask are those
that were labelled, and the acts are those that were labelled. Facts are left out at random, so that
their topics are asked. What was trained before is gone on from, in a further round of reading.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.knowledge.topics import Topics
from simulator.patient.understanding.signs import WORKED_OUT
from training.lora import descend, freeze_lowest, schedule
from training.material import Labelled, Labels, Material, rows_known
from training.network import NOTHING, Batch, Network
from training.warm_up import pairs_of, warm_loss

SEED, SAVED_EVERY = 11, 100
RATE, ROUND_RATE = 3e-4, 1.5e-4  # from the base; in a further round on what was trained
FRESH_TIMES = 6  # what a further round has not met comes so often, or old turns would drown it
TURNS, TALK_TURNS, TOPIC_TURNS, LINES, TOPIC_LINES = 16, 5, 3, 30, 22
LEFT_OUT, NO_CONTEXT, PLAYED, LOWER = 0.12, 0.05, 0.45, 0.2
WORDS, LONG_KEPT = 44, 0.25
CLOSED, FOLLOWS, KIN = WORKED_OUT  # learned beside the acts, from the other labels


@dataclass(frozen=True, slots=True)
class Steps:
    """How long each stage lasts."""

    warm_up: int
    reading: int


STEPS = {"mpnet": Steps(300, 1100), "minilm": Steps(300, 1100)}
ON_GPU = Steps(300, 2600)  # ten minutes on one H200
AT_ONCE = {"cpu": 1, "cuda": 4}  # cases in a batch


def train(
    name: str, network: Network, material: Material, checkpoint: Path, target: Path, anew: bool
) -> None:
    """Train, go on where a checkpoint left off, and write the trained part to `target`.

    Args:
        name: which base. network, material: what is trained, on what.
        checkpoint: where a training that is cut off is kept. target: the trained part.
        anew: from the untrained base, rather than a further round on the trained part.
    """
    import torch

    torch.manual_seed(SEED)
    on_gpu = network.device.type == "cuda"
    steps = ON_GPU if on_gpu else STEPS[name]
    rate = RATE
    if not anew and target.is_file():
        network.load(target)
        steps, rate = Steps(0, steps.reading), ROUND_RATE
    rng = random.Random(SEED)  # noqa: S311
    optimiser = torch.optim.AdamW(network.groups(), lr=rate)
    step = _resume(network, optimiser, checkpoint)
    warm, reading = pairs_of(material, rng), _Reading(network, material, rng)
    began = time.time()
    while step < steps.warm_up + steps.reading:
        warming = step < steps.warm_up
        if not warming and not on_gpu:
            freeze_lowest(network.adapters, network.encoder.config.num_hidden_layers)
        at, of = (step, steps.warm_up) if warming else (step - steps.warm_up, steps.reading)
        schedule(optimiser, at, of, rate)
        loss = warm_loss(network, *next(warm)) if warming else reading.loss()
        descend(optimiser, loss)
        step += 1
        if step % 25 == 0:
            print(f"{step}: loss {loss.item():.3f}, {time.time() - began:.0f} s", flush=True)
        if step % SAVED_EVERY == 0:
            _save(network, optimiser, step, checkpoint)
    network.write(target, rows_known())
    checkpoint.unlink(missing_ok=True)


def _resume(network: Network, optimiser: Any, checkpoint: Path) -> int:
    import torch

    if not checkpoint.is_file():
        return 0
    kept = torch.load(checkpoint, weights_only=True)
    for group, values in zip(optimiser.param_groups, kept["parameters"], strict=True):
        for parameter, value in zip(group["params"], values, strict=True):
            parameter.data.copy_(value)
    optimiser.load_state_dict(kept["optimiser"])
    return int(kept["step"])


def _save(network: Network, optimiser: Any, step: int, checkpoint: Path) -> None:
    import torch

    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    beside = checkpoint.with_suffix(".new")
    parameters = [[p.detach() for p in g["params"]] for g in optimiser.param_groups]
    torch.save(
        {"step": step, "parameters": parameters, "optimiser": optimiser.state_dict()}, beside
    )
    beside.replace(checkpoint)


@dataclass(frozen=True, slots=True)
class _Part:
    """The turns of one case in a batch: as they are shown, after what, and beside which lines."""

    turns: list[Labelled]
    plan: _Plan
    contexts: list[str]
    shown: list[str]
    lower: list[bool]


class _Reading:
    """Batches of the second stage, and their loss."""

    def __init__(self, network: Network, material: Material, rng: random.Random) -> None:
        self.network, self.material, self.rng = network, material, rng
        cases = (*material.held(material.cases, False), *material.held(material.own, False))
        self._batches = self._forever(cases)

    def _forever(self, cases: Sequence[Labels]) -> Iterator[tuple[Labels, list[Labelled]]]:
        while True:
            work: list[tuple[Labels, list[Labelled]]] = []
            for case in (c for c in cases for _ in range(FRESH_TIMES if c.fresh else 1)):
                asking = [t for t in case.turns if t.asks]
                rest = [t for t in case.turns if not t.asks]
                self.rng.shuffle(rest)
                chosen = asking + rest[: max(2, len(asking) // 3)]
                kept = [
                    t
                    for t in chosen
                    if len(t.text.split()) <= WORDS or self.rng.random() < LONG_KEPT
                ]
                self.rng.shuffle(kept)
                work += [(case, kept[i : i + TURNS]) for i in range(0, len(kept) - 3, TURNS)]
            self.rng.shuffle(work)
            yield from work

    def loss(self) -> Any:
        """The loss of the next batch: as many cases as are read at once."""
        parts = [self._part() for _ in range(AT_ONCE[self.network.device.type])]
        batch = self.network.tokens(
            [c for p in parts for c in p.contexts], [t for p in parts for t in p.shown]
        )
        states = self.network.states(batch.inputs)
        lines = self.network.vectors([t for p in parts for t in p.plan.texts])
        total, row, line = states.new_zeros(()), 0, 0
        for part in parts:
            rows = slice(row, row + len(part.shown))
            own = lines[line : line + len(part.plan.texts)]
            here = Batch({}, batch.inside[rows], batch.spans[rows])
            total = total + self._loss_of(part, states[rows], here, own)
            row, line = rows.stop, line + len(own)
        return total / len(parts)

    def _part(self) -> _Part:
        case, turns = next(self._batches)
        turns = [*turns, *(self._said() for _ in range(TALK_TURNS))]
        plan = _Plan(case, turns, self.material, self.rng)
        texts = [t.text for t in turns] + [text for _, text, _ in plan.topical]
        contexts = [self._context(t) for t in turns] + [c for c, _, _ in plan.topical]
        lower = [self.rng.random() < LOWER for _ in texts]
        shown = [
            t.lower().replace("?", "") if low else t for t, low in zip(texts, lower, strict=True)
        ]
        return _Part(turns, plan, contexts, shown, lower)

    def _loss_of(self, part: _Part, states: Any, batch: Batch, lines: Any) -> Any:
        import torch

        plan, n = part.plan, len(part.plan.facts)
        scores, weights = self.network.match(states, batch.inside, lines)
        offsets = self.network.heads["lines.bias"]
        scores = scores + torch.cat([offsets[0].expand(n), offsets[1].expand(len(plan.texts) - n)])
        asked = torch.tensor(plan.asked, device=scores.device)
        counts = torch.tensor(plan.counts, device=scores.device)
        each = torch.nn.functional.binary_cross_entropy_with_logits(scores, asked, reduction="none")
        loss = (each * counts * (1 + asked)).sum() / len(part.shown)
        loss = loss + 0.5 * _ranking(scores, asked.bool(), counts > 0)
        loss = loss + 0.2 * _pointing(weights, batch, plan, part.lower)
        turns = part.turns
        return loss + 0.5 * self._acts_loss(states[: len(turns)], batch.inside[: len(turns)], turns)

    def _said(self) -> Labelled:
        """A turn that is labelled by its acts; rare acts come as often as common ones."""
        by_act = self.material.talk_by_act
        return self.rng.choice(by_act[self.rng.choice(sorted(by_act))])

    def _context(self, turn: Labelled) -> str:
        chance = self.rng.random()
        if chance < NO_CONTEXT:
            return ""
        return turn.played if chance < NO_CONTEXT + PLAYED else turn.context

    def _acts_loss(self, states: Any, inside: Any, turns: Sequence[Labelled]) -> Any:
        import torch

        logits = self.network.act_logits(states, inside)
        wanted, counts = torch.zeros(logits.shape), torch.ones(logits.shape)
        for row, turn in enumerate(turns):
            for act in turn.acts:
                wanted[row, self.network.acts.index(act)] = 1.0
            for name, label in worked_out(turn, self.material.topics).items():
                at = self.network.acts.index(name)
                wanted[row, at] = float(bool(label))
                counts[row, at] = float(label is not None)
        wanted, counts = wanted.to(logits.device), counts.to(logits.device)
        each = torch.nn.functional.binary_cross_entropy_with_logits(
            logits, wanted, reduction="none"
        )
        return (each * counts * (1 + 2 * wanted)).sum() / len(turns)


def worked_out(turn: Labelled, topics: Topics) -> dict[str, bool | None]:
    """Whether a plain no answers, it hangs on the turn before, it asks after relatives."""
    about = [i for i, _ in (*turn.denied, *turn.unknown, *turn.broad) if i in topics]
    about += [turn.topic_of[f] for f, _ in turn.asked if f in turn.topic_of]
    return {
        CLOSED: None if bool(turn.denied) == bool(turn.unknown) else bool(turn.denied),
        FOLLOWS: turn.follows,
        KIN: None if turn.loose else any(i.startswith("fam.") for i in about),
    }


class _Plan:
    """Which lines stand in a batch, and for each turn which are asked for and which count."""

    def __init__(
        self, case: Labels, turns: Sequence[Labelled], material: Material, rng: random.Random
    ) -> None:
        self.topics = material.topics
        topic_of = {f.id: f.topic for f in case.facts}
        named = [f for t in turns for f, _ in t.asked]
        gone = {f for f in named if rng.random() < LEFT_OUT}
        kept = [f for f in case.facts if f.id not in gone]
        needed = {*named, *(f for t in turns for f in t.optional)}
        others = [f for f in kept if f.id not in needed]
        rng.shuffle(others)
        self.facts = [f for f in kept if f.id in needed]
        self.facts += others[: max(0, LINES - len(self.facts))]
        asked_topics = material.asked_topics
        self.topical = rng.sample(asked_topics, TOPIC_TURNS) if asked_topics else []
        wanted = {
            i for t in turns for i, _ in (*t.denied, *t.unknown, *t.broad) if i in self.topics
        }
        wanted |= {topic_of[f] for f in gone} - {f.topic for f in self.facts}
        wanted |= {i for _, _, topics in self.topical for i in topics}
        near = sorted({n for i in wanted for n in self.topics[i].near if n in self.topics})
        pool = [*sorted(wanted), *rng.sample(near, min(5, len(near)))]
        pool += [t.id for t in rng.sample(list(self.topics), 5)]
        self.silent = list(dict.fromkeys(pool))[:TOPIC_LINES]
        self.texts = [f.says for f in self.facts]
        self.texts += [f"{self.topics[t].label}. {self.topics[t].default}" for t in self.silent]
        self.place = {f.id: i for i, f in enumerate(self.facts)}
        self.row = {t: len(self.facts) + i for i, t in enumerate(self.silent)}
        self.asked = [[0.0] * len(self.texts) for _ in (*turns, *self.topical)]
        self.counts = [[1.0] * len(self.texts) for _ in (*turns, *self.topical)]
        self.points: list[tuple[int, int, tuple[int, int]]] = []
        for row, turn in enumerate(turns):
            self._label(row, turn, topic_of)
        for row, (_, _, topics) in enumerate(self.topical, len(turns)):
            self._label_topics(row, topics)

    def _label(self, row: int, turn: Labelled, topic_of: dict[str, str]) -> None:
        if turn.loose:
            self.counts[row] = [0.0] * len(self.texts)
            return
        for fact, words in turn.asked:
            at = self.place.get(fact, self.row.get(topic_of[fact]))
            self._ask(row, at, words)
        for topic, words in (*turn.denied, *turn.unknown, *turn.broad):
            self._ask(row, self.row.get(topic), words)
        for fact in turn.optional:
            if fact in self.place and not self.asked[row][self.place[fact]]:
                self.counts[row][self.place[fact]] = 0.0
        about = {topic_of[f] for f, _ in turn.asked} | {topic_of[f] for f in turn.optional}
        silent = {i for i, _ in (*turn.denied, *turn.unknown) if i in self.topics}
        self._leave_beside(row, about | silent, bool(turn.asked or turn.denied))
        if silent:
            near = {n for i in silent for n in self.topics[i].near}
            for line in self.facts:
                if line.topic in near and not self.asked[row][self.place[line.id]]:
                    self.counts[row][self.place[line.id]] = 0.5

    def _label_topics(self, row: int, topics: Sequence[str]) -> None:
        self.counts[row][: len(self.facts)] = [0.0] * len(self.facts)
        for topic in topics:
            self._ask(row, self.row.get(topic), None)
        self._leave_beside(row, set(topics), True)

    def _ask(self, row: int, at: int | None, words: tuple[int, int] | None) -> None:
        if at is None:
            return
        self.asked[row][at] = 1.0
        if words is not None:
            self.points.append((row, at, words))

    def _leave_beside(self, row: int, about: set[str], asks: bool) -> None:
        """A topic that is, or is near to, what is asked for is no wrong answer; nor a broad one."""
        near = about | {n for i in about for n in self.topics[i].near}
        for topic, at in self.row.items():
            broad = asks and self.topics[topic].kind == "broad"
            if not self.asked[row][at] and (topic in near or broad):
                self.counts[row][at] = 0.0


def _ranking(scores: Any, asked: Any, counted: Any) -> Any:
    """Each line that is asked for stands above all that are not."""
    import torch

    wrong = torch.logsumexp(scores.masked_fill(asked | ~counted, NOTHING), 1, keepdim=True)
    losses = torch.logaddexp(scores, wrong) - scores
    return (losses * asked).sum() / asked.sum().clamp(min=1)


def _pointing(weights: Any, batch: Batch, plan: _Plan, lower: Sequence[bool]) -> Any:
    """The tokens that look at a line are those that ask for it."""
    import torch

    firsts = batch.inside.argmax(1).tolist()
    rows, lines, wanted = [], [], []
    for row, at, (start, end) in plan.points:
        spans = batch.spans[row]
        inside = [i for i, (a, b) in enumerate(spans, firsts[row]) if a < end and b > start]
        if not lower[row] and inside and len(inside) < len(spans) - 1:
            rows.append(row)
            lines.append(at)
            wanted.append([float(i in inside) for i in range(weights.shape[1])])
    if not rows:
        return weights.sum() * 0
    mask = torch.tensor(wanted, device=weights.device)
    return -torch.log((weights[rows, :, lines] * mask).sum(1) + 1e-4).mean()
