"""Pictures as numbers: where lines and dots lie; templates draw them, a table behind each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.encounter.records import Encounter
from simulator.patient.disclose import RAPPORT_RANGE, TRUST, TRUST_DEFAULT
from simulator.progress import Attempt, share

WIDTH, HEIGHT, EDGE = 600.0, 150.0, 10.0
LEAST_TURNS = 2


@dataclass(frozen=True, slots=True)
class Felt:
    """How far the patient trusted after a turn, and what was asked for and kept back in it."""

    turn: int
    said: str
    trust: float
    kept: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One turn of the line of trust."""

    turn: int
    said: str
    trust: float
    change: float
    kept: tuple[str, ...]  # what was asked for and kept back
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class TrustLine:
    """Trust over a talk; `crossed` is the first turn at which the patient trusts enough."""

    steps: tuple[Step, ...]
    threshold: float
    threshold_y: float
    crossed: int | None

    @property
    def points(self) -> str:
        """The line as SVG has it."""
        return " ".join(f"{s.x:.1f},{s.y:.1f}" for s in self.steps)


@dataclass(frozen=True, slots=True)
class Dot:
    """An attempt in a picture."""

    attempt: Attempt
    x: float
    y: float


def trust_line(encounter: Encounter) -> TrustLine | None:
    """How far the patient trusted, turn by turn; None where too little was said for a line."""
    enough = TRUST.get(encounter.script.patient.personality, TRUST_DEFAULT)
    return line_of(
        [Felt(t.seq, t.said, t.trace.rapport, t.trace.withheld) for t in encounter.turns], enough
    )


def line_of(turns: Sequence[Felt], enough: float) -> TrustLine | None:
    """The line through some turns; `enough` is the trust from which the patient tells all."""
    if len(turns) < LEAST_TURNS:
        return None
    values = [t.trust for t in turns]
    low, high = min(-1.0, *values), max(enough + 1.0, *values)
    low, high = max(low, RAPPORT_RANGE[0]), min(high, RAPPORT_RANGE[1])

    def y(value: float) -> float:
        return EDGE + (HEIGHT - 2 * EDGE) * (high - value) / (high - low)

    steps = tuple(
        Step(
            turn.turn,
            turn.said,
            values[place],
            round(values[place] - (values[place - 1] if place else 0.0), 2),
            turn.kept,
            _across(place, len(turns)),
            y(values[place]),
        )
        for place, turn in enumerate(turns)
    )
    crossed = next((s.turn for s in steps if s.trust >= enough), None)
    return TrustLine(steps, enough, y(enough), crossed)


def over_time(held: Sequence[Attempt], part: str) -> tuple[Dot, ...]:
    """The attempts in time, each as high as its score in one of the three parts."""
    dots = []
    for place, attempt in enumerate(held):
        value = share(getattr(attempt.report.scores, part))
        if value is not None:
            y = EDGE + (HEIGHT - 2 * EDGE) * (1 - value)
            dots.append(Dot(attempt, _across(place, len(held)), y))
    return tuple(dots)


def along(held: Sequence[Attempt]) -> tuple[Dot, ...]:
    """The attempts at one case on one line, from no points on the left to all on the right."""
    found = [(a, share(a.report.scores.checklist)) for a in held]
    return tuple(
        Dot(a, EDGE + (WIDTH - 2 * EDGE) * value, EDGE) for a, value in found if value is not None
    )


def _across(place: int, count: int) -> float:
    if count == 1:
        return WIDTH / 2
    return EDGE + (WIDTH - 2 * EDGE) * place / (count - 1)
