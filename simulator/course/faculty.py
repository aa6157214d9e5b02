"""How often the machine's verdict stood where a teacher decided on a mark, and whether that moves.

Teachers look at what is in doubt first, and with the machine's verdict before them: these figures
speak of the marks that were looked at, not of all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simulator.course.talks import Talk
from simulator.evaluator.agreement import Agreement, Estimate, Pair, agree, wilson
from simulator.evaluator.checklist import Verdict
from simulator.evaluator.rulings import marks_of

CREDIT: dict[str, Verdict] = {  # a verdict of any kind of mark as one of the checklist's
    "met": "met",
    "partly": "partly",
    "not met": "not met",
    "not applicable": "not applicable",
    "unscored": "unscored",
    "good": "met",
    "improve": "not met",
    "found": "met",
    "absent": "not met",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """A mark on which a teacher decided, newest decision, beside what the machine had said."""

    talk: str
    case: str
    month: str  # in which the talk was held and scored: 2026-11
    mark: str
    kind: str
    unsure: bool  # the machine had said so itself
    machine: str
    teacher: str

    @property
    def stood(self) -> bool:
        """Whether the teacher left the mark as it was."""
        return self.machine == self.teacher


@dataclass(frozen=True, slots=True)
class Standing:
    """How the machine's verdicts fared: exactly as they were, and as credit or none."""

    n: int
    changed: int
    stood: Estimate | None
    credit: Agreement  # agreement and Cohen's kappa on credit or none, intervals over talks


def decisions(talks: Sequence[Talk]) -> tuple[Decision, ...]:
    """Every mark with a ruling; one that the machine's kept report does not have is passed over."""
    found: list[Decision] = []
    for talk in talks:
        machine = marks_of(talk.machine)
        doubted = {f"checklist:{i.id}" for i in talk.machine.items if i.unsure}
        newest = {r.mark: r.verdict for r in talk.rulings}
        for mark, teacher in newest.items():
            if mark in machine:
                found.append(
                    Decision(
                        talk.id, talk.case, f"{talk.held_at:%Y-%m}", mark, mark.partition(":")[0],
                        mark in doubted, machine[mark], teacher,
                    )
                )  # fmt: skip
    return tuple(found)


def standing(decided: Sequence[Decision]) -> Standing:
    """How the machine's verdicts fared in these decisions."""
    pairs = [
        Pair(
            transcript=d.talk,
            item=d.mark,
            domain="",
            weight=1.0,
            marked=CREDIT.get(d.machine, "unscored"),
            reference=CREDIT.get(d.teacher, "unscored"),
        )
        for d in decided
    ]
    stood = sum(d.stood for d in decided)
    return Standing(len(decided), len(decided) - stood, wilson(stood, len(decided)), agree(pairs))


def by_month(decided: Sequence[Decision]) -> tuple[tuple[str, Standing], ...]:
    """The same, by the month of the talk, oldest first."""
    return _by(decided, lambda d: d.month)


def by_kind(decided: Sequence[Decision]) -> tuple[tuple[str, Standing], ...]:
    """The same, by the kind of the mark: checklist, communication, note."""
    return _by(decided, lambda d: d.kind)


def by_doubt(decided: Sequence[Decision]) -> tuple[tuple[str, Standing], ...]:
    """The same, by whether the machine had been sure of itself."""
    return _by(decided, lambda d: "unsure" if d.unsure else "sure")


def by_mark(decided: Sequence[Decision]) -> dict[str, tuple[int, int]]:
    """Of each mark, how many were decided on and how many of them stood."""
    found: dict[str, tuple[int, int]] = {}
    for d in decided:
        n, stood = found.get(d.mark, (0, 0))
        found[d.mark] = (n + 1, stood + d.stood)
    return found


def _by(
    decided: Sequence[Decision], key: Callable[[Decision], str]
) -> tuple[tuple[str, Standing], ...]:
    return tuple(
        (name, standing([d for d in decided if key(d) == name]))
        for name in sorted({key(d) for d in decided})
    )
