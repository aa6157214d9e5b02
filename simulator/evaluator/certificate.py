"""What a model was certified for: kinds of items, by how often it was right on marked talks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from simulator.evaluator.agreement import Estimate, wilson
from simulator.evaluator.checklist import Kind
from simulator.llm import certificates

BOUND = 0.80  # the 95 % lower bound that both rates have to reach


class Tally(certificates.Part):
    """How often a model was right on the items of one kind; what it could not settle is wrong."""

    right_positive: int = 0
    positive: int = 0
    right_negative: int = 0
    negative: int = 0

    @property
    def true_positive_rate(self) -> Estimate | None:
        """Of what was done, the share that it proved, with a 95 % interval (Wilson)."""
        return wilson(self.right_positive, self.positive)

    @property
    def true_negative_rate(self) -> Estimate | None:
        """Of what was not done, the share that it said so of, with a 95 % interval (Wilson)."""
        return wilson(self.right_negative, self.negative)

    @property
    def holds(self) -> bool:
        """Whether both rates are surely high enough."""
        both = (self.true_positive_rate, self.true_negative_rate)
        return all(rate is not None and rate.low >= BOUND for rate in both)

    def plus(self, done: bool, right: bool) -> Tally:
        """The tally with one more item."""
        side = "positive" if done else "negative"
        return self.model_copy(
            update={
                side: getattr(self, side) + 1,
                f"right_{side}": getattr(self, f"right_{side}") + right,
            }
        )


class Basis(certificates.Basis):
    """What a judge's certificate speaks of: the model, the rubric, and how often it is asked."""

    rubric: str
    samples: int


class Certificate(certificates.Certificate):
    """How a model did on marked talks, kind by kind, and what that is good for.

    `doubted` is how often it, and the rules, were right where the rules were in doubt: the work
    that it is for, of which marked talks have too little to decide by.
    """

    basis: Basis
    gold: str  # a digest of the marked talks
    parts: tuple[str, ...]
    transcripts: int
    kinds: dict[Kind, Tally]
    doubted: int = 0
    doubted_right: int = 0
    doubted_right_by_rules: int = 0
    tokens: int = 0
    tokens_one_by_one: int = 0

    @property
    def certified(self) -> tuple[Kind, ...]:
        """The kinds that the model may settle."""
        return tuple(kind for kind, tally in self.kinds.items() if tally.holds)


def certified_kinds(folder: Path, basis: Basis) -> frozenset[Kind]:
    """The kinds that a model is certified for, as it would be asked now."""
    found = certificates.read_certificate(folder, basis, Certificate)
    return frozenset(found.certified) if found else frozenset()


def tally(marks: Iterable[tuple[Kind, bool, bool]]) -> dict[Kind, Tally]:
    """The tallies by kind, of (kind, done, right)."""
    found: dict[Kind, Tally] = {}
    for kind, done, right in marks:
        found[kind] = found.get(kind, Tally()).plus(done, right)
    return dict(sorted(found.items()))
