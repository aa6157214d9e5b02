"""What a model was certified for: kinds of items, by how often it was right on marked talks."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from simulator.errors import StoreError
from simulator.evaluator.agreement import Estimate, wilson
from simulator.evaluator.checklist import Kind

BOUND = 0.80  # the 95 % lower bound that both rates have to reach


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tally(_Part):
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


class Basis(_Part):
    """Exactly what a certificate speaks of; with anything else it says nothing."""

    model: str
    prompt: str
    rubric: str
    samples: int


class Certificate(_Part):
    """How a model did on marked talks, kind by kind, and what that is good for.

    `doubted` is how often it, and the rules, were right where the rules were in doubt: the work
    that it is for, of which marked talks have too little to decide by.
    """

    basis: Basis
    gold: str  # a digest of the marked talks
    parts: tuple[str, ...]
    transcripts: int
    made_at: str
    code_version: str
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


def certificates_dir(data_dir: Path) -> Path:
    """Where an installation keeps its certificates."""
    return data_dir / "judges"


def certified_kinds(folder: Path, basis: Basis) -> frozenset[Kind]:
    """The kinds that a model is certified for, as it would be asked now."""
    found = read_certificate(folder, basis)
    return frozenset(found.certified) if found else frozenset()


def read_certificate(folder: Path, basis: Basis) -> Certificate | None:
    """The certificate on exactly this, if there is one that can be read."""
    try:
        text = _file(folder, basis).read_text(encoding="utf-8")
        found = Certificate.model_validate_json(text)
    except (OSError, ValidationError, UnicodeDecodeError):
        return None
    return found if found.basis == basis else None


def keep_certificate(folder: Path, certificate: Certificate) -> Path:
    """Keep a certificate in place of an earlier one on the same, whole or not at all.

    Raises:
        StoreError: it cannot be written.
    """
    file = _file(folder, certificate.basis)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as new:
            new.write(certificate.model_dump_json(indent=1) + "\n")
        Path(new.name).replace(file)
    except OSError as error:
        raise StoreError(f"{file}: cannot be written ({error.strerror}); check it") from None
    return file


def _file(folder: Path, basis: Basis) -> Path:
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", basis.model)[:80]
    return folder / f"{name}-{sha256(basis.model_dump_json().encode()).hexdigest()[:12]}.json"


def tally(marks: Iterable[tuple[Kind, bool, bool]]) -> dict[Kind, Tally]:
    """The tallies by kind, of (kind, done, right)."""
    found: dict[Kind, Tally] = {}
    for kind, done, right in marks:
        found[kind] = found.get(kind, Tally()).plus(done, right)
    return dict(sorted(found.items()))
