"""An encounter: steps in order only, under the server's clock, with everything kept."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from simulator.encounter.encounter import GRACE, NOTE_GRACE, Encounters
from simulator.encounter.phases import Phase
from simulator.encounter.records import (
    MAX_TYPED,
    Note,
    NoteDiagnosis,
    SelfAssessment,
    Typed,
    minutes_in_room,
)
from simulator.errors import EncounterClosed, MessageRejected, NotAllowed, UnknownScript
from simulator.services import Services
from simulator.settings import Settings
from tests.conftest import make_script
from tests.encounter.conftest import RESIDENT, Ward

ONSET = "When did the pain start?"
Step = Callable[[Encounters, str, str], object]
STEPS: dict[str, tuple[Step, set[Phase]]] = {
    "enter": (lambda e, i, r: e.enter(i, r), {Phase.BRIEFING, Phase.INTERVIEW}),
    "ask": (lambda e, i, r: e.ask(i, r, ONSET, "t1"), {Phase.INTERVIEW}),
    "order": (lambda e, i, r: e.order(i, r, "CRP"), {Phase.INTERVIEW}),
    "hint": (lambda e, i, r: e.hint(i, r), {Phase.INTERVIEW}),
    "end": (lambda e, i, r: e.end_interview(i, r), {Phase.INTERVIEW, Phase.NOTE}),
    "submit note": (
        lambda e, i, r: e.submit_note(i, r, Note()),
        {Phase.NOTE, Phase.SELF_ASSESSMENT},
    ),
    "assess": (
        lambda e, i, r: e.submit_self_assessment(i, r, SelfAssessment()),
        {Phase.SELF_ASSESSMENT, Phase.FEEDBACK},
    ),
}


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_taken_in_its_phase_or_repeated_and_else_refused(
    ward: Ward, step: str, phase: Phase
) -> None:
    take, allowed = STEPS[step]
    encounter = ward.at(phase)
    if phase in allowed:
        take(ward.encounters, encounter, RESIDENT)
        return
    with pytest.raises(NotAllowed) as caught:
        take(ward.encounters, encounter, RESIDENT)
    assert "Reload the page." in str(caught.value) or "go on with the note." in str(caught.value)
    assert ward.see(encounter).phase == phase


@pytest.mark.parametrize("step", STEPS)
def test_nobody_can_take_a_step_in_the_encounter_of_somebody_else(ward: Ward, step: str) -> None:
    take, allowed = STEPS[step]
    encounter = ward.at(min(allowed, key=list(Phase).index))
    before = ward.see(encounter)
    with pytest.raises(NotAllowed, match="no such encounter of yours"):
        take(ward.encounters, encounter, "ben")
    assert ward.see(encounter) == before


def test_the_patient_answers_and_remembers_what_was_told(ward: Ward) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    first = ward.encounters.ask(encounter, RESIDENT, ONSET, "t1")
    second = ward.encounters.ask(encounter, RESIDENT, ONSET, "t2")
    assert "three days ago" in first.reply
    assert (first.trace.told, second.state["told"]["onset"]) == (("onset",), 2)
    assert [t.seq for t in ward.see(encounter).turns] == [1, 2]


def test_the_same_message_sent_twice_is_answered_once(ward: Ward) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    first = ward.encounters.ask(encounter, RESIDENT, ONSET, "t1")
    again = ward.encounters.ask(encounter, RESIDENT, "Any fever?", "t1")
    assert (again.seq, again.said, again.reply) == (1, ONSET, first.reply)
    assert ward.see(encounter).turns == (again,)


@pytest.mark.parametrize("said", ["", "   \n\t", "\x00\x07\x1b", "\u200b\u202e\ufeff"])
def test_a_message_without_a_letter_is_refused_and_nothing_is_stored(ward: Ward, said: str) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    with pytest.raises(MessageRejected, match="Write a question first; nothing was sent"):
        ward.encounters.ask(encounter, RESIDENT, said, "t1")
    assert ward.see(encounter).turns == ()


@pytest.mark.parametrize(("length", "shown"), [(100_000, "100,000"), (2001, "2,001")])
def test_a_message_too_long_is_refused_with_its_length_and_the_most(
    ward: Ward, length: int, shown: str
) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    with pytest.raises(MessageRejected, match=f"has {shown} characters; .* 2,000 at most"):
        ward.encounters.ask(encounter, RESIDENT, "x" * length, "t1")
    assert ward.see(encounter).turns == ()


def test_a_message_of_the_full_length_is_put_to_the_patient(ward: Ward) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    assert ward.encounters.ask(encounter, RESIDENT, "why " * 499 + "why?", "t1").reply


def test_control_characters_are_dropped_from_what_is_said(ward: Ward) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    turn = ward.encounters.ask(encounter, RESIDENT, " When\x00 did\x1b the pain start?\x07", "t1")
    assert turn.said == "When did the pain start?"
    assert turn.trace.told == ("onset",)


def test_the_clock_starts_at_the_door_and_stands_on_the_server(ward: Ward) -> None:
    encounter = ward.at(Phase.BRIEFING)
    ward.clock.forward(minutes=60)
    entered = ward.encounters.enter(encounter, RESIDENT)
    assert entered.started_at == ward.clock()
    assert entered.deadline == ward.clock() + timedelta(minutes=10)


def test_a_question_within_the_grace_is_answered(ward: Ward) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    ward.clock.forward(minutes=10, seconds=GRACE.total_seconds())
    assert ward.encounters.ask(encounter, RESIDENT, ONSET, "t1").seq == 1


def test_after_the_deadline_a_question_is_refused_in_clear_words_and_the_note_begins(
    ward: Ward,
) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    ward.encounters.ask(encounter, RESIDENT, ONSET, "t1")
    ward.clock.forward(minutes=10, seconds=4)
    with pytest.raises(EncounterClosed, match="over, so this was not put to the patient"):
        ward.encounters.ask(encounter, RESIDENT, "Any fever?", "t2")
    kept = ward.see(encounter)
    assert (kept.phase, len(kept.turns), kept.ended_at) == (Phase.NOTE, 1, kept.deadline)
    assert kept.note_deadline == ward.clock() + timedelta(minutes=5)


def test_an_answer_given_in_time_is_given_again_after_the_deadline(ward: Ward) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    answered = ward.encounters.ask(encounter, RESIDENT, ONSET, "t1")
    ward.clock.forward(minutes=60)
    again = ward.encounters.ask(encounter, RESIDENT, ONSET, "t1")
    assert (again.reply, again.at) == (answered.reply, answered.at)


def test_whoever_comes_back_after_the_deadline_finds_the_note(ward: Ward) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    ward.clock.forward(minutes=60)
    assert ward.encounters.get(encounter, RESIDENT).phase == Phase.NOTE


def test_the_minutes_of_the_interview_decide_when_the_patient_puts_a_question(ward: Ward) -> None:
    worry = {"id": "worry", "says": "Will I walk again?", "when": {"after_minutes": 4}}
    encounter = ward.at(Phase.INTERVIEW, make_script(challenges=[worry]))
    replies = []
    for number, minutes in enumerate((1, 2, 3)):
        ward.clock.forward(minutes=minutes)
        replies.append(ward.encounters.ask(encounter, RESIDENT, ONSET, f"t{number}").reply)
    assert ["Will I walk again?" in r for r in replies] == [False, False, True]


def test_an_order_is_found_by_synonym_and_stands_once_with_its_result(ward: Ward) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    ward.encounters.ask(encounter, RESIDENT, ONSET, "t1")
    for wanted in ("C-reactive protein", "crp please", "feel the\x00 knee"):
        assert len(ward.encounters.order(encounter, RESIDENT, wanted).done) == 1
    kept = [(o.kind, o.name, o.result, o.after_turn) for o in ward.see(encounter).orders]
    assert kept == [
        ("test", "CRP", "4 mg/L", 1),
        ("examination", "Palpate the knee", "Warm, swollen.", 1),
    ]


@pytest.mark.parametrize("wanted", ["MRI of the brain", "", "x" * 100_000])
def test_an_order_that_the_case_does_not_hold_is_not_done_and_not_stored(
    ward: Ward, wanted: str
) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    assert ward.encounters.order(encounter, RESIDENT, wanted).done == ()
    assert ward.see(encounter).orders == ()


def test_several_things_ordered_at_once_are_done_and_what_is_not_there_is_named(ward: Ward) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    ordered = ward.encounters.order(encounter, RESIDENT, "CRP, an ECG and feel the knee")
    assert [o.name for o in ordered.done] == ["CRP", "Palpate the knee"]
    assert ordered.missing == ("ECG",)
    assert len(ward.see(encounter).orders) == 2


def test_an_examination_announced_in_talk_is_ready_to_be_done_once(ward: Ward) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    said = "I'm going to examine you now and feel your knee, if that's all right."
    turn = ward.encounters.ask(encounter, RESIDENT, said, "t1")
    assert ward.encounters.announced(ward.see(encounter), turn) == ("Palpate the knee",)
    ward.encounters.order(encounter, RESIDENT, "feel the knee")
    assert ward.encounters.announced(ward.see(encounter), turn) == ()
    other = ward.encounters.ask(encounter, RESIDENT, ONSET, "t2")
    assert ward.encounters.announced(ward.see(encounter), other) == ()


def test_hints_name_what_was_not_asked_critical_first_and_are_counted(ward: Ward) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    given = [ward.encounters.hint(encounter, RESIDENT) for _ in range(3)]
    assert given == ["Asks about fever", "Asks when the pain began", ""]
    assert ward.see(encounter).hints == ("Asks about fever", "Asks when the pain began")


def test_no_hint_is_given_on_what_was_asked(ward: Ward) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    ward.encounters.ask(encounter, RESIDENT, "Have you had a fever?", "t1")
    assert ward.encounters.hint(encounter, RESIDENT) == "Asks when the pain began"


def test_there_are_no_hints_under_exam_conditions(ward: Ward) -> None:
    encounter = ward.at(Phase.INTERVIEW, mode="exam")
    with pytest.raises(NotAllowed, match="no hints under exam conditions"):
        ward.encounters.hint(encounter, RESIDENT)
    assert ward.see(encounter).hints == ()


def test_the_mode_is_chosen_at_the_door_and_not_after_it(ward: Ward) -> None:
    encounter = ward.at(Phase.BRIEFING)
    ward.encounters.choose_mode(encounter, RESIDENT, "exam")
    ward.encounters.enter(encounter, RESIDENT)
    ward.encounters.choose_mode(encounter, RESIDENT, "practice")
    assert ward.see(encounter).mode == "exam"


def typing(ward: Ward, encounter: str, **fields: object) -> tuple[str, ...]:
    return ward.encounters.keep(encounter, RESIDENT, Typed(**fields))  # type: ignore[arg-type]


def test_what_is_being_typed_is_kept_field_by_field(ward: Ward) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    assert typing(ward, encounter, pad="left knee", unsent="And when") == ("pad", "unsent")
    ward.encounters.end_interview(encounter, RESIDENT)
    note = Note(history="Fell on ice.", diagnoses=(NoteDiagnosis(name="Sprain", support="Warm"),))
    assert typing(ward, encounter, note=note) == ("note",)
    assert typing(ward, encounter, pad="left knee, ice") == ("pad",)
    kept = ward.see(encounter)
    assert (kept.pad, kept.unsent, kept.note) == ("left knee, ice", "And when", note)
    typing(ward, encounter, pad="x" * (MAX_TYPED + 1))
    assert len(ward.see(encounter).pad) == MAX_TYPED


def test_what_no_longer_belongs_to_the_phase_is_not_kept_and_named_so(ward: Ward) -> None:
    encounter = ward.at(Phase.SELF_ASSESSMENT)
    own = SelfAssessment(history=5, went_well="Listening")
    kept = typing(
        ward, encounter, pad="p", unsent="q", note=Note(history="late"), self_assessment=own
    )
    assert kept == ("pad", "self_assessment")
    seen = ward.see(encounter)
    assert (seen.note, seen.self_assessment, seen.unsent) == (Note(), own, "")


def test_nobody_can_type_in_the_encounter_of_somebody_else(ward: Ward) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    with pytest.raises(NotAllowed, match="no such encounter of yours"):
        ward.encounters.keep(encounter, "ben", Typed(pad="mine"))
    with pytest.raises(NotAllowed, match="no such encounter of yours"):
        ward.encounters.standing(encounter, "ben")
    assert ward.see(encounter).pad == ""


def test_a_note_whose_time_is_over_is_handed_in_as_it_stands(ward: Ward) -> None:
    encounter, note = ward.at(Phase.NOTE), Note(history="Fell on ice.")
    ward.clock.forward(minutes=5)
    assert typing(ward, encounter, note=note) == ("note",), "a page that was cut off comes back"
    ward.clock.time += NOTE_GRACE + timedelta(seconds=1)
    assert typing(ward, encounter, note=Note(history="Three days late")) == ()
    kept = ward.see(encounter)
    assert (kept.phase, kept.note) == (Phase.SELF_ASSESSMENT, note)


def test_added_time_lengthens_both_clocks_and_is_no_time_given_back(ward: Ward) -> None:
    own = ward.encounters.services.settings.model_copy(update={"extra_time": 50})
    services = copy.copy(ward.encounters.services)
    services.settings = own
    slow = Ward(Encounters(services, ward.store, ward.clock), ward.store, ward.clock)
    encounter = slow.at(Phase.INTERVIEW)
    entered = slow.see(encounter)
    assert entered.deadline == ward.clock() + timedelta(minutes=15)
    assert minutes_in_room(entered, ward.clock() + timedelta(minutes=4)) == 4
    assert slow.encounters.end_interview(encounter, RESIDENT).note_deadline == (
        ward.clock() + timedelta(minutes=7.5)
    )


def test_how_an_encounter_stands_moves_on_with_the_clock(ward: Ward) -> None:
    encounter = ward.at(Phase.INTERVIEW)
    ward.encounters.ask(encounter, RESIDENT, ONSET, "t1")
    now = ward.encounters.standing(encounter, RESIDENT)
    assert (now.phase, now.turns) == (Phase.INTERVIEW, 1)
    ward.clock.forward(minutes=11)
    assert ward.encounters.standing(encounter, RESIDENT).phase == Phase.NOTE


def clinic(ward: Ward, folder: Path, status: str) -> Encounters:
    script = make_script(status=status).model_dump(mode="json", by_alias=True)
    (folder / "knee.yaml").write_text(yaml.safe_dump(script), encoding="utf-8")
    return Encounters(Services(Settings(scripts_dir=folder)), ward.store, ward.clock)


def test_a_released_case_is_opened_at_the_doorway_and_again_by_a_reload(
    ward: Ward, tmp_path: Path
) -> None:
    encounters = clinic(ward, tmp_path, "released")
    opened = encounters.open(RESIDENT, "sore-knee", "practice")
    assert (opened.phase, opened.deadline, opened.created_at) == ("briefing", None, ward.clock())
    assert encounters.open(RESIDENT, "sore-knee", "practice").id == opened.id
    encounters.enter(opened.id, RESIDENT)
    assert encounters.open(RESIDENT, "sore-knee", "practice").id != opened.id
    assert encounters.open("ben", "sore-knee", "practice").resident == "ben"


@pytest.mark.parametrize("status", ["draft", "review", "retired"])
def test_a_case_that_is_not_open_for_practice_is_refused(
    ward: Ward, tmp_path: Path, status: str
) -> None:
    with pytest.raises(NotAllowed, match="'A sore knee' is not released yet. Choose another"):
        clinic(ward, tmp_path, status).open(RESIDENT, "sore-knee", "practice")
    assert ward.store.of_resident(RESIDENT) == []


def test_a_case_that_does_not_exist_is_named_with_the_nearest(ward: Ward, tmp_path: Path) -> None:
    with pytest.raises(UnknownScript, match="did you mean 'sore-knee'"):
        clinic(ward, tmp_path, "released").open(RESIDENT, "sore-nee", "practice")


def test_an_encounter_keeps_the_script_it_began_with(ward: Ward) -> None:
    script = make_script(title="As it was")
    assert ward.see(ward.at(Phase.NOTE, script)).script == script
