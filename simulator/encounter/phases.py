"""The phases of an encounter and the steps between them."""

from __future__ import annotations

from enum import StrEnum

from simulator.errors import EncounterClosed, NotAllowed


class Phase(StrEnum):
    """Where an encounter stands; each phase knows what may follow."""

    BRIEFING = "briefing"
    INTERVIEW = "interview"
    NOTE = "note"
    SELF_ASSESSMENT = "self-assessment"
    FEEDBACK = "feedback"

    @property
    def next(self) -> Phase | None:
        """The phase that follows, or None at the end."""
        order = list(Phase)
        place = order.index(self) + 1
        return order[place] if place < len(order) else None


TITLES = {
    Phase.BRIEFING: "the doorway",
    Phase.INTERVIEW: "the interview",
    Phase.NOTE: "the note",
    Phase.SELF_ASSESSMENT: "the self-assessment",
    Phase.FEEDBACK: "the feedback",
}


def require(current: Phase, needed: Phase) -> None:
    """Refuse a step that does not belong to the phase an encounter is in.

    Raises:
        EncounterClosed: the interview is over.
        NotAllowed: the step comes too early, or an earlier one is repeated.
    """
    if current == needed:
        return
    if needed == Phase.INTERVIEW and current != Phase.BRIEFING:
        raise EncounterClosed("The interview is over. What was said is kept; go on with the note.")
    raise NotAllowed(
        f"This encounter is at {TITLES[current]}, not at {TITLES[needed]}. Reload the page."
    )


def advance(current: Phase, target: Phase) -> Phase:
    """The target, where it is the very next phase.

    Raises:
        NotAllowed: a phase would be skipped or gone back to.
    """
    if current.next != target:
        raise NotAllowed(
            f"From {TITLES[current]} one cannot go to {TITLES[target]}. Reload the page."
        )
    return target
