"""Two tabs, and more: what happens at the same moment is neither lost nor doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest

from simulator.encounter.encounter import Encounters
from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter, Note, Turn, Typed
from simulator.errors import EncounterClosed, NotAllowed
from simulator.services import Services
from simulator.store.database import connect
from simulator.store.engines import Place
from simulator.store.repository import Repository
from tests.conftest import make_script
from tests.encounter.conftest import RESIDENT, Clock, Ward

TABS = 16
Result = TypeVar("Result")


@pytest.fixture
def ward(services: Services, place: Place) -> Iterator[Ward]:
    """A ward whose database is once a file and once on a server."""
    store, clock = Repository(connect(place)), Clock()
    yield Ward(Encounters(services, store, clock), store, clock)
    store.engine.dispose()


def together(step: Callable[[int], Result]) -> list[Result]:
    """The results of the same step in all tabs, begun at one moment."""
    barrier = Barrier(TABS)

    def begin(tab: int) -> Result:
        barrier.wait()
        return step(tab)

    with ThreadPoolExecutor(TABS) as pool:
        return list(pool.map(begin, range(TABS)))


def test_one_message_from_sixteen_tabs_is_answered_once(ward: Ward) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    turns = together(lambda _: ward.encounters.ask(encounter, RESIDENT, "Any fever?", "t1"))
    assert len(ward.see(encounter).turns) == 1
    assert {t.reply for t in turns} == {ward.see(encounter).turns[0].reply}


def test_different_messages_from_sixteen_tabs_are_answered_one_after_the_other(ward: Ward) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    together(lambda tab: ward.encounters.ask(encounter, RESIDENT, "Any fever?", f"t{tab}"))
    turns = ward.see(encounter).turns
    assert [t.seq for t in turns] == list(range(1, TABS + 1))
    assert [t.state["turns"] for t in turns] == list(range(1, TABS + 1))


def test_messages_to_two_programs_are_all_answered_and_each_follows_the_one_before(
    ward: Ward, place: Place
) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    other = Encounters(ward.encounters.services, Repository(connect(place)), ward.clock)

    def ask(tab: int) -> None:
        while True:
            try:
                (ward.encounters, other)[tab % 2].ask(encounter, RESIDENT, "Fever?", f"t{tab}")
                return
            except NotAllowed:  # another tab was faster: the page asks again
                continue

    together(ask)
    turns = ward.see(encounter).turns
    assert {t.client_turn_id for t in turns} == {f"t{tab}" for tab in range(TABS)}
    assert [t.seq for t in turns] == list(range(1, TABS + 1))
    assert [t.state["turns"] for t in turns] == list(range(1, TABS + 1))
    other.store.close()


def test_a_door_entered_in_sixteen_tabs_starts_one_clock(ward: Ward) -> None:
    encounter = ward.at(Phase.BRIEFING)
    entered = together(lambda _: ward.encounters.enter(encounter, RESIDENT))
    assert {e.deadline for e in entered} == {ward.see(encounter).deadline}
    ward.clock.forward(minutes=2)
    again = ward.encounters.enter(encounter, RESIDENT)
    assert again.deadline == entered[0].deadline, "entering again gives no more time"


def test_sixteen_tabs_that_look_after_the_deadline_all_find_the_note(ward: Ward) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    ward.clock.forward(minutes=11)
    seen = together(lambda _: ward.encounters.get(encounter, RESIDENT))
    assert {e.phase for e in seen} == {Phase.NOTE}
    assert {e.note_deadline for e in seen} == {ward.see(encounter).note_deadline}


def test_hints_and_the_pad_saved_at_one_moment_are_all_kept(ward: Ward) -> None:
    items = [{"id": f"i{n}", "text": f"Item {n}", "facts": ["onset"]} for n in range(TABS)]
    encounter = ward.at(Phase.INTERVIEW, make_script(checklist=items))

    def step(tab: int) -> None:
        if tab % 2:
            ward.encounters.hint(encounter, RESIDENT)
        else:
            ward.encounters.keep(encounter, RESIDENT, Typed(pad="three days"))

    together(step)
    kept = ward.see(encounter)
    assert kept.hints == tuple(f"Item {n}" for n in range(TABS // 2))
    assert kept.pad == "three days"


def test_a_test_ordered_in_sixteen_tabs_stands_once(ward: Ward) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    together(lambda _: ward.encounters.order(encounter, RESIDENT, "CRP"))
    assert len(ward.see(encounter).orders) == 1


def test_a_note_submitted_in_sixteen_tabs_is_handed_in_once(ward: Ward) -> None:
    encounter = ward.at(Phase.NOTE)
    notes = [Note(history=f"Note {n}") for n in range(TABS)]
    moved = together(lambda tab: ward.encounters.submit_note(encounter, RESIDENT, notes[tab]))
    assert {e.note for e in moved} == {ward.see(encounter).note}
    assert ward.see(encounter).phase == Phase.SELF_ASSESSMENT


def test_a_question_from_one_tab_after_the_other_ended_the_interview_is_refused(ward: Ward) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    ward.encounters.end_interview(encounter, RESIDENT)
    with pytest.raises(EncounterClosed, match="over, so this was not put to the patient"):
        ward.encounters.ask(encounter, RESIDENT, "Any fever?", "t1")
    assert ward.see(encounter).turns == ()


def test_a_draft_from_one_tab_does_not_undo_the_note_handed_in_from_another(ward: Ward) -> None:
    encounter = ward.at(Phase.NOTE)
    ward.encounters.submit_note(encounter, RESIDENT, Note(history="Final"))
    assert ward.encounters.keep(encounter, RESIDENT, Typed(note=Note(history="Draft"))) == ()
    assert ward.see(encounter).note.history == "Final"


def test_a_second_server_that_holds_an_old_phase_is_refused_by_the_store(ward: Ward) -> None:
    stale: Encounter = ward.see(ward.at(Phase.INTERVIEW))
    ward.encounters.end_interview(stale.id, RESIDENT)
    with pytest.raises(NotAllowed, match="moved on in another tab. Reload the page"):
        ward.store.update(stale, expected=Phase.INTERVIEW)
    assert ward.see(stale.id).phase == Phase.NOTE


class Overtaken(Repository):
    """A store in which another process stores a turn of its own just before this one's."""

    def __init__(self, store: Repository, others: Callable[[], object]) -> None:
        super().__init__(store.engine)
        self.others = [others]

    def add_turn(self, encounter_id: str, turn: Turn) -> Turn:
        while self.others:
            self.others.pop()()
        return super().add_turn(encounter_id, turn)


def test_turns_that_two_processes_answer_at_once_both_stand_one_after_the_other(ward: Ward) -> None:
    new = ward.at(Phase.INTERVIEW)
    other = ward.encounters

    def first() -> None:
        other.ask(new, RESIDENT, "When did it begin?", "other")

    this = Encounters(other.services, Overtaken(ward.store, first), ward.clock)
    mine = this.ask(new, RESIDENT, "When did it begin?", "mine")
    turns = ward.see(new).turns
    assert [(t.seq, t.client_turn_id) for t in turns] == [(1, "other"), (2, "mine")]
    assert turns[1] == mine and mine.trace.told == turns[0].trace.told
    assert mine.reply != turns[0].reply  # the patient knows that it was asked before
