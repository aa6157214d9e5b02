"""What a language model has proved as a reader: against the learned one, on the same turns."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from simulator.errors import KnowledgeError
from simulator.llm import certificates

TURNS = "readings.jsonl"  # in the knowledge folder


class ReaderBasis(certificates.Basis):
    """What a reader's certificate speaks of: also the reader that it was held against, and where.

    `learned` names that reader's parts, `turns` is a digest of the labelled turns.
    """

    learned: str
    turns: str


class Figure(certificates.Part):
    """How many of how many were right, and the lower end of the share's 95 % interval."""

    right: int
    of: int
    low: float

    @property
    def share(self) -> float:
        """The share that was right, 0 where there was none to be right."""
        return self.right / self.of if self.of else 0.0


class Reading(certificates.Part):
    """How well a reader reads: of what is asked for, what it hears; of that, what is asked for."""

    recall: Figure
    precision: Figure


class ReaderCertificate(certificates.Certificate):
    """How a model and the learned reader read the same turns; `unread` it gave no answer to."""

    basis: ReaderBasis
    turns: int
    unread: int
    model: Reading
    learned: Reading
    tokens: int

    @property
    def certified(self) -> bool:
        """Whether the model is surely the better reader, in what it hears and in what it doesn't.

        The lower ends of both its intervals lie above what the learned reader reached.
        """
        model, learned = self.model, self.learned
        return (
            model.recall.low > learned.recall.share
            and model.precision.low > learned.precision.share
        )


def turns_digest(knowledge: Path) -> str:
    """A digest of the labelled turns.

    Raises:
        KnowledgeError: they are missing.
    """
    file = knowledge / TURNS
    try:
        return sha256(file.read_bytes()).hexdigest()[:12]
    except OSError as error:
        raise KnowledgeError(f"{file}: cannot be read ({error.strerror}); restore it") from None
