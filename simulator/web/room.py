"""What a resident does on the encounter page, as functions from words to what the page shows."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from simulator import logs
from simulator.assignments.assignments import Assignments
from simulator.encounter.encounter import PATIENCE_S, Encounters
from simulator.encounter.phases import Phase
from simulator.encounter.records import (
    Encounter,
    Mode,
    Note,
    NoteDiagnosis,
    Ordered,
    SelfAssessment,
)
from simulator.errors import EncounterClosed, NotAllowed, UnknownScript
from simulator.feedback import Feedback
from simulator.patient.llm_voice import Hear
from simulator.web import faults, views


@dataclass(frozen=True, slots=True)
class Shown:
    """What the encounter page shows after a step; None leaves a part as it is."""

    encounter: Encounter | None
    notice: str = ""
    kind: str = "info"
    sent: bool = False
    finding_done: bool = False
    announced: str = ""  # an examination that was announced in talk, ready to be done


def lowered(text: str) -> str:
    """A checklist item as the end of a sentence: 'Asks when …' → 'asks when …'."""
    return text[:1].lower() + text[1:].rstrip(".")


class Room:
    """The steps of an encounter for one browser; every failure becomes a sentence."""

    def __init__(self, encounters: Encounters, assignments: Assignments) -> None:
        self.encounters, self.assignments = encounters, assignments
        self.feedback = Feedback(encounters.services, encounters.store, encounters.now)
        self.words = views.words()

    def arrive(
        self,
        resident: str,
        encounter_id: str,
        case_id: str,
        programme: str = "",
        assignment: str = "",
    ) -> Shown:
        """Open the page: an encounter that exists, or the doorway of a case, set or chosen."""
        if encounter_id:
            return self._guarded(
                resident, encounter_id, lambda: self._found(resident, encounter_id)
            )
        if case_id and assignment:
            return self._guarded(
                resident,
                "",
                lambda: Shown(self.assignments.open(resident, programme, assignment, case_id)),
            )
        if case_id:
            return self._guarded(
                resident,
                "",
                lambda: Shown(self.assignments.practise(resident, programme, case_id)),
            )
        return Shown(None, self.words["errors"]["not_found"], "nowhere")

    def _found(self, resident: str, encounter_id: str) -> Shown:
        encounter = self.encounters.get(encounter_id, resident)
        return Shown(encounter, self._time_word(encounter), "warn")

    def _time_word(self, encounter: Encounter) -> str:
        late = encounter.note_deadline is not None and (
            self.encounters.now() > encounter.note_deadline
        )
        if encounter.phase == Phase.SELF_ASSESSMENT and late:
            return str(self.words["note"]["late"])
        if encounter.phase == Phase.NOTE and encounter.ended_at == encounter.deadline:
            minutes = views.minutes_allowed(
                encounter.script.doorway.minutes, encounter.added_percent
            )
            return views.fill(self.words["interview"]["over"], minutes=minutes)
        return ""

    def enter(self, resident: str, encounter_id: str, mode: str) -> Shown:
        """Knock and enter, in the mode that was chosen."""

        def step() -> Shown:
            chosen: Mode = "exam" if mode == "exam" else "practice"
            return Shown(self.assignments.enter(encounter_id, resident, chosen))

        return self._guarded(resident, encounter_id, step)

    def ask(
        self, resident: str, encounter_id: str, said: str, turn_id: str, hear: Hear | None = None
    ) -> Shown:
        """Put the resident's words to the patient; the same turn_id is answered once."""

        def step() -> Shown:
            text = self.encounters.check_message(said)
            turn = self.encounters.ask(encounter_id, resident, text, turn_id, hear)
            encounter = self.encounters.get(encounter_id, resident)
            announced = ", ".join(self.encounters.announced(encounter, turn))
            notice, kind = views.away(turn.trace), "warn"
            if announced and not notice:
                notice, kind = self.words["interview"]["order_announced"], "info"
            return Shown(encounter, notice, kind, sent=True, announced=announced)

        return self._guarded(resident, encounter_id, step)

    async def ask_live(
        self, resident: str, encounter_id: str, said: str, turn_id: str
    ) -> AsyncIterator[str | Shown | None]:
        """Put the resident's words to the patient, and listen while they are answered.

        The answer is spoken in a thread of its own, so that it is stored even where the browser
        goes away.

        Yields:
            The reply so far, as often as it grows; None once, where the patient is silent for
            long; last what the page shows.
        """
        loop = asyncio.get_running_loop()
        heard: asyncio.Queue[str | Shown] = asyncio.Queue()

        def tell(news: str | Shown) -> None:
            with suppress(RuntimeError):  # the server has stopped: nobody listens any more
                loop.call_soon_threadsafe(heard.put_nowait, news)

        def answer() -> None:
            tell(self.ask(resident, encounter_id, said, turn_id, tell))

        here = contextvars.copy_context()  # so that the log names the request there too
        threading.Thread(target=here.run, args=(answer,), name="answer", daemon=True).start()
        voiced = self.encounters.services.settings.voice == "llm"
        patience = PATIENCE_S if voiced else None
        while True:
            try:
                news = await asyncio.wait_for(heard.get(), patience)
            except TimeoutError:
                yield None
                patience = None
                continue
            patience = None
            yield news
            if isinstance(news, Shown):
                return

    def order(self, resident: str, encounter_id: str, wanted: str) -> Shown:
        """Examine, or order a test, by name."""
        w = self.words["interview"]

        def step() -> Shown:
            if not wanted.strip():
                return Shown(self.encounters.get(encounter_id, resident), w["order_empty"], "warn")
            ordered = self.encounters.order(encounter_id, resident, wanted)
            encounter = self.encounters.get(encounter_id, resident)
            text = self._order_word(ordered, wanted)
            return Shown(encounter, text, "warn", finding_done=bool(ordered.done))

        return self._guarded(resident, encounter_id, step)

    def _order_word(self, ordered: Ordered, wanted: str) -> str:
        """What is said of an order beside its findings: what is not there, and what to choose."""
        w = self.words["interview"]
        parts = []
        if ordered.offered:
            parts.append(views.fill(w["order_which"], names="; ".join(ordered.offered)))
        missing = ordered.missing or (() if ordered.done or ordered.offered else (wanted.strip(),))
        if missing:
            names = ", ".join(f"“{m[:80]}”" for m in missing)
            parts.append(
                views.fill(w["order_partly" if ordered.done else "order_none"], name=names)
            )
        return " ".join(parts)

    def hint(self, resident: str, encounter_id: str) -> Shown:
        """Give a hint and count it."""
        w = self.words["interview"]

        def step() -> Shown:
            hint = self.encounters.hint(encounter_id, resident)
            encounter = self.encounters.get(encounter_id, resident)
            number = len(encounter.hints)
            text = (
                views.fill(w["hint_is"], n=number, text=lowered(hint)) if hint else w["hint_none"]
            )
            return Shown(encounter, text)

        return self._guarded(resident, encounter_id, step)

    def leave(self, resident: str, encounter_id: str) -> Shown:
        """End the interview."""
        return self._guarded(
            resident,
            encounter_id,
            lambda: Shown(self.encounters.end_interview(encounter_id, resident)),
        )

    def time_up(self, resident: str, encounter_id: str) -> Shown:
        """The browser's clock ran out: the server's decides."""

        def step() -> Shown:
            encounter = self.encounters.get(encounter_id, resident)
            return Shown(encounter, self._time_word(encounter), "warn")

        return self._guarded(resident, encounter_id, step)

    def submit_note(self, resident: str, encounter_id: str, note: Note) -> Shown:
        """Hand in the note."""

        def step() -> Shown:
            moved = self.encounters.submit_note(encounter_id, resident, note)
            return Shown(moved, self._time_word(moved), "warn")

        return self._guarded(resident, encounter_id, step)

    def submit_self(self, resident: str, encounter_id: str, own: SelfAssessment) -> Shown:
        """Hand in the self-assessment; when this is done, the review is ready to be read."""

        def step() -> Shown:
            encounter = self.encounters.submit_self_assessment(encounter_id, resident, own)
            self.feedback.of(encounter)
            return Shown(encounter)

        return self._guarded(resident, encounter_id, step)

    def _guarded(self, resident: str, encounter_id: str, step: Callable[[], Shown]) -> Shown:
        try:
            return step()
        except EncounterClosed as error:
            return self._as_it_stands(resident, encounter_id, str(error), "warn")
        except Exception as error:
            unknown = isinstance(error, UnknownScript)
            text = self.words["errors"]["no_case"] if unknown else faults.sentence(error)
            wrong_door = isinstance(error, (NotAllowed, UnknownScript)) and not encounter_id
            kind = "nowhere" if wrong_door else "error"
            return self._as_it_stands(resident, encounter_id, text, kind)

    def _as_it_stands(self, resident: str, encounter_id: str, text: str, kind: str) -> Shown:
        try:
            found = self._found(resident, encounter_id) if encounter_id else Shown(None)
        except NotAllowed:
            return Shown(None, self.words["errors"]["not_found"], "nowhere")
        except Exception as error:
            logs.fault(error)  # beside the first failure, whose reference is shown
            return Shown(None, text, kind)
        return Shown(found.encounter, text, kind)


def as_note(history: str, rows: list[str], workup: str) -> Note:
    """The note from the page's boxes: name, support, name, support …, each cut to its limit."""
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return Note(
        history=(history or "")[:20_000],
        diagnoses=tuple(
            NoteDiagnosis(name=(n or "")[:300], support=(s or "")[:3000]) for n, s in pairs
        ),
        workup=(workup or "")[:10_000],
    )


def as_self_assessment(values: list[Any], well: str, change: str) -> SelfAssessment:
    """The self-assessment from the page's sliders and boxes."""
    history, communication, reasoning = (max(1, min(5, int(v or 3))) for v in values)
    return SelfAssessment(
        history=history,
        communication=communication,
        reasoning=reasoning,
        went_well=(well or "")[:3000],
        to_change=(change or "")[:3000],
    )
