"""An interview over time: phases, the server's clock, turns saved as they are answered."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from simulator.encounter.clock import SteadyClock
from simulator.encounter.hints import next_hint
from simulator.encounter.orders import Names, Orderable, announced, orderables, read_request
from simulator.encounter.overtaking import answered
from simulator.encounter.phases import Phase, advance, require
from simulator.encounter.records import (
    Encounter,
    Mode,
    Note,
    Order,
    Ordered,
    SelfAssessment,
    Standing,
    Turn,
    Typed,
    allowed,
    minutes_in_room,
)
from simulator.encounter.store import Store
from simulator.errors import EncounterClosed, MessageRejected, ModelUnavailable, NotAllowed
from simulator.language.tokens import normalise
from simulator.patient.llm_voice import Hear
from simulator.patient.patient import Patient
from simulator.patient.trace import Trace
from simulator.patient.turn import Reply, State
from simulator.scripts.library import is_offered
from simulator.services import Services

GRACE = timedelta(seconds=3)
MANY_TIMES = 4  # a message may have so many times its length in spaces and controls
NOTE_GRACE = timedelta(seconds=90)  # a page that was cut off may still bring what was written
TYPED_IN = {
    "pad": (Phase.INTERVIEW, Phase.NOTE, Phase.SELF_ASSESSMENT),
    "unsent": (Phase.INTERVIEW, Phase.NOTE),
    "note": (Phase.NOTE,),
    "self_assessment": (Phase.SELF_ASSESSMENT,),
}
EVER = datetime.min.replace(tzinfo=UTC)
PATIENCE_S = 4.0  # a silence longer than this is the machine's, and its time is given back


class Encounters:
    """All that a resident can do with a patient, step by step."""

    def __init__(
        self, services: Services, store: Store, now: Callable[[], datetime] | None = None
    ) -> None:
        self.services, self.store, self.now = services, store, now or SteadyClock()
        self._locks: dict[str, threading.RLock] = {}
        self._answering: set[str] = set()  # encounters whose clock waits for an answer
        self._guard = threading.Lock()

    def open(self, resident: str, script_id: str, mode: Mode, programme: str = "") -> Encounter:
        """A new encounter at the doorway.

        Args:
            resident, script_id, mode: who meets whom, and how.
            programme: the resident's, whose teachers may see the encounter.

        Raises:
            UnknownScript: there is no such case.
            NotAllowed: the case is not open for practice.
        """
        testing = self.services.settings.show_unreleased
        script = self.services.library.playable(script_id, testing)
        if not is_offered(script, testing):
            raise NotAllowed(f"The case {script.title!r} is not released yet. Choose another.")
        new, now = str(uuid.uuid4()), self.now()
        return self.at_the_door(
            Encounter(new, resident, script, mode, Phase.BRIEFING, now, programme=programme)
        )

    def at_the_door(self, new: Encounter) -> Encounter:
        """An encounter at its door: one like it that was never entered, or else this new one."""
        for known in self.store.of_resident(new.resident):
            same = known.script == new.script and known.assignment == new.assignment
            if known.phase == Phase.BRIEFING and same:
                return self.get(known.id, new.resident)
        self.store.add(new)
        return new

    def get(self, encounter_id: str, resident: str) -> Encounter:
        """The encounter; one whose time ran out has moved on to the note.

        Raises:
            NotAllowed: it is not this resident's.
        """
        encounter = self.store.get(encounter_id, resident)
        if not self._overdue(encounter_id, encounter):
            return encounter
        with self._lock(encounter_id):
            encounter = self.store.get(encounter_id, resident)
            if not self._overdue(encounter_id, encounter):
                return encounter
            if encounter.phase == Phase.INTERVIEW:
                return self._to_note(encounter, encounter.deadline or self.now())
            return self._handed_in(encounter, encounter.note)

    def standing(self, encounter_id: str, resident: str) -> Standing:
        """How the encounter stands; one whose time ran out has moved on.

        Raises:
            NotAllowed: it is not this resident's.
        """
        found = self.store.standing(encounter_id, resident)
        if self._overdue(encounter_id, found):
            self.get(encounter_id, resident)
            found = self.store.standing(encounter_id, resident)
        return found

    @contextmanager
    def _held(self, encounter_id: str, resident: str) -> Iterator[Encounter]:
        """The encounter, while no other tab can change it between its reading and writing."""
        with self._lock(encounter_id):
            yield self.get(encounter_id, resident)

    def choose_mode(self, encounter_id: str, resident: str, mode: Mode) -> None:
        """Practice or exam conditions, as long as the door is closed and nobody has set them."""
        with self._held(encounter_id, resident) as encounter:
            free = encounter.phase == Phase.BRIEFING and not encounter.assignment
            if free and encounter.mode != mode:
                self.store.update(replace(encounter, mode=mode), expected=Phase.BRIEFING)

    def enter(self, encounter_id: str, resident: str) -> Encounter:
        """Go through the door: the clock starts."""
        with self._held(encounter_id, resident) as encounter:
            if encounter.phase == Phase.INTERVIEW:
                return encounter
            now = self.now()
            added = max(self.services.settings.extra_time, encounter.added_percent)
            ends = now + allowed(encounter.script.doorway.minutes, added)
            entered = replace(
                encounter,
                phase=advance(encounter.phase, Phase.INTERVIEW),
                started_at=now,
                deadline=min(ends, encounter.deadline or ends),
                added_percent=added,
            )
            self.store.update(entered, expected=encounter.phase)
            return entered

    def ask(
        self,
        encounter_id: str,
        resident: str,
        said: str,
        client_turn_id: str,
        hear: Hear | None = None,
    ) -> Turn:
        """Put a question to the patient; the same client_turn_id is answered once.

        Args:
            encounter_id, resident, said: whose encounter, and what is said in it.
            client_turn_id: how the browser names this turn.
            hear: called with the reply so far, each time more of it may be heard.

        Raises:
            MessageRejected: the message is empty or too long.
            EncounterClosed: the interview is over.
        """
        text = self.check_message(said)
        with self._lock(f"ask {encounter_id}"):
            return answered(lambda: self._put(encounter_id, resident, text, client_turn_id, hear))

    def _put(
        self, encounter_id: str, resident: str, text: str, turn_id: str, hear: Hear | None
    ) -> Turn:
        encounter = self.get(encounter_id, resident)
        known = self.store.find_turn(encounter.id, turn_id)
        if known is not None:
            return known
        if encounter.phase == Phase.NOTE:
            raise EncounterClosed(
                "The interview is over, so this was not put to the patient. "
                "What was said before is kept; go on with the note."
            )
        require(encounter.phase, Phase.INTERVIEW)
        self._answering.add(encounter_id)
        try:
            return self._answer(encounter, text, turn_id, hear)
        finally:
            self._answering.discard(encounter_id)

    def _answer(
        self, encounter: Encounter, text: str, client_turn_id: str, hear: Hear | None
    ) -> Turn:
        began, now = time.perf_counter(), self.now()
        state = State.model_validate(encounter.turns[-1].state) if encounter.turns else State()
        minutes = minutes_in_room(encounter, now)
        patient, away = self._patient(encounter, now)
        talk = [x for t in encounter.turns for x in (("resident", t.said), ("patient", t.reply))]
        reply, after = patient.reply(text, state, minutes, talk, hear)
        trace = Trace.of(reply)
        if away:
            trace = trace.model_copy(update={"away": away})
        if reply.calls:
            self.store.add_calls(encounter.id, encounter.resident, reply.calls, now)
        seq, remembered = len(encounter.turns) + 1, after.model_dump(mode="json")
        turn = Turn(seq, client_turn_id, text, reply.text, trace, remembered, now)
        stored = self.store.add_turn(encounter.id, turn)
        self._give_back(encounter, lost_seconds(reply))
        self.services.metrics.turn(reply, trace.away, time.perf_counter() - began)
        return stored

    def _patient(self, encounter: Encounter, now: datetime) -> tuple[Patient, str]:
        """Who plays the patient now, and why not the language model, where it should but cannot."""
        services, voice = self.services, self.services.settings.voice
        asks = voice == "llm" or services.model_reader is not None
        if asks and self._spent(encounter.resident, now):
            return services.patient(encounter.script), "spent" if voice == "llm" else ""
        try:
            return services.live(encounter.script, voice), ""
        except ModelUnavailable as error:
            return services.patient(encounter.script), error.reason

    def _spent(self, resident: str, now: datetime) -> bool:
        """Whether a token budget is used up: this person's today, the day's, or the whole."""
        settings = self.services.settings
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        budgets = (
            (settings.llm_user_tokens_a_day, today, resident),
            (settings.llm_tokens_a_day, today, ""),
            (settings.llm_tokens, EVER, ""),
        )
        return any(most and self.store.tokens_since(at, who) >= most for most, at, who in budgets)

    def _give_back(self, encounter: Encounter, seconds: float) -> None:
        """Move the deadline by the time that the patient was silent for the machine's sake."""
        if seconds < 1:
            return
        with self._lock(encounter.id):
            now = self.store.get(encounter.id, encounter.resident)
            if now.phase == Phase.INTERVIEW and now.deadline is not None:
                later = replace(now, deadline=now.deadline + timedelta(seconds=seconds))
                self.store.update(later, expected=Phase.INTERVIEW)

    def check_message(self, said: str) -> str:
        """The message, cleaned.

        Raises:
            MessageRejected: it is empty or too long.
        """
        most = self.services.settings.max_message_chars
        text = normalise(said[: MANY_TIMES * most])  # what is far too long is not worked on
        if not text:
            raise MessageRejected("Write a question first; nothing was sent.")
        if len(text) > most or len(said) > MANY_TIMES * most:
            long = (
                f"That message has {len(said):,} characters; a patient can take in {most:,} at most"
            )
            raise MessageRejected(f"{long}. Shorten it and send it again.")
        return text

    def order(self, encounter_id: str, resident: str, wanted: str) -> Ordered:
        """Examine or order tests by name: the findings, what must be asked, what is not there.

        Raises:
            EncounterClosed: the interview is over.
        """
        text = normalise(wanted[: MANY_TIMES * self.services.settings.max_message_chars])
        with self._held(encounter_id, resident) as encounter:
            require(encounter.phase, Phase.INTERVIEW)
            request = read_request(text, orderables(encounter.script), Names.of(self.services))
            return Ordered(
                tuple(self._store_order(encounter, found) for found in request.found),
                tuple(o.name for o in request.offered),
                request.missing,
            )

    def announced(self, encounter: Encounter, turn: Turn) -> tuple[str, ...]:
        """The examinations, not done yet, that a turn announces or asks leave for, by name."""
        done = {o.name for o in encounter.orders}
        return tuple(n for n in announced(turn, encounter.script, self.services) if n not in done)

    def _store_order(self, encounter: Encounter, found: Orderable) -> Order:
        order = Order(found.kind, found.name, found.result, len(encounter.turns), self.now())
        self.store.add_order(encounter.id, order)
        return order

    def hint(self, encounter_id: str, resident: str) -> str:
        """A nudge towards something not yet asked; counted, and never under exam conditions.

        Raises:
            NotAllowed: the encounter is under exam conditions.
        """
        with self._held(encounter_id, resident) as encounter:
            require(encounter.phase, Phase.INTERVIEW)
            if encounter.mode == "exam":
                raise NotAllowed("There are no hints under exam conditions.")
            hint = next_hint(encounter)
            if hint:
                updated = replace(encounter, hints=(*encounter.hints, hint))
                self.store.update(updated, expected=Phase.INTERVIEW)
            return hint

    def keep(self, encounter_id: str, resident: str, typed: Typed) -> tuple[str, ...]:
        """Keep what is being typed, field by field.

        Returns:
            The fields that were kept; the others no longer belong to where the encounter stands.

        Raises:
            NotAllowed: it is not this resident's.
        """
        self.standing(encounter_id, resident)
        with self._lock(encounter_id):
            return tuple(
                field
                for field, value in typed.columns().items()
                if self.store.keep(encounter_id, resident, TYPED_IN[field], {field: value})
            )

    def end_interview(self, encounter_id: str, resident: str) -> Encounter:
        """Leave the room; the note comes next."""
        with self._held(encounter_id, resident) as encounter:
            if encounter.phase == Phase.NOTE:
                return encounter
            return self._to_note(encounter, self.now())

    def submit_note(self, encounter_id: str, resident: str, note: Note) -> Encounter:
        """Hand in the note; the self-assessment comes next."""
        with self._held(encounter_id, resident) as encounter:
            if encounter.phase == Phase.SELF_ASSESSMENT:
                return encounter
            return self._handed_in(encounter, note)

    def submit_self_assessment(
        self, encounter_id: str, resident: str, assessment: SelfAssessment
    ) -> Encounter:
        """Hand in the self-assessment; the feedback comes next."""
        with self._held(encounter_id, resident) as encounter:
            if encounter.phase == Phase.FEEDBACK:
                return encounter
            moved = replace(
                encounter,
                self_assessment=assessment,
                phase=advance(encounter.phase, Phase.FEEDBACK),
            )
            self.store.update(moved, expected=Phase.SELF_ASSESSMENT)
            return moved

    def finish(self, seconds: float) -> None:
        """Wait for the answers that are under way, for so long at most, and let the store go."""
        last = time.monotonic() + seconds
        while self._answering and time.monotonic() < last:
            time.sleep(0.02)
        self.store.close()

    def _handed_in(self, encounter: Encounter, note: Note) -> Encounter:
        moved = replace(encounter, note=note, phase=advance(encounter.phase, Phase.SELF_ASSESSMENT))
        self.store.update(moved, expected=Phase.NOTE)
        return moved

    def _overdue(self, encounter_id: str, now: Encounter | Standing) -> bool:
        if now.phase == Phase.NOTE:
            return now.note_deadline is not None and self.now() > now.note_deadline + NOTE_GRACE
        return (
            now.phase == Phase.INTERVIEW
            and now.deadline is not None
            and encounter_id not in self._answering
            and self.now() > now.deadline + GRACE
        )

    def _to_note(self, encounter: Encounter, ended: datetime) -> Encounter:
        moved = replace(
            encounter,
            phase=advance(encounter.phase, Phase.NOTE),
            ended_at=ended,
            note_deadline=self.now()
            + allowed(encounter.script.doorway.note_minutes, encounter.added_percent),
        )
        self.store.update(moved, expected=encounter.phase)
        return moved

    def _lock(self, key: str) -> threading.RLock:
        with self._guard:
            return self._locks.setdefault(key, threading.RLock())


def lost_seconds(reply: Reply) -> float:
    """How long a resident waited for nothing, or longer than a patient would be silent."""
    spoken, lost = reply.spoken, reply.understanding.by.away_s
    if spoken is None:
        return lost
    if spoken.away and reply.voice == "scripted":
        return lost + spoken.away_s  # none of the model's was heard: all of the wait was in vain
    return lost + spoken.away_s + max(0.0, spoken.first_s - PATIENCE_S)
