from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.patient.case import Case
from simulator.patient.disclose import disclose, trust_threshold
from simulator.patient.summaries import CORRECTABLE
from simulator.patient.turn import Part, Reading, ReadingKind, State, Understanding
from simulator.services import Services
from tests.cough import COUGH, cough_script

FACTS = tuple(f["id"] for f in COUGH["facts"])
TIER = {f["id"]: f.get("tell", "asked") for f in COUGH["facts"]}
UNKNOWN = frozenset(f["id"] for f in COUGH["facts"] if not f.get("knows", True))
TOPICS = (
    "hpi.onset", "opening.reason", "opening.else", "hpi.associated", "ros.general", "pmh.general",
    "soc.general", "ros.cough", "soc.smoking", "soc.legal", "identity.name", None,
)  # fmt: skip
TALK = ("empathy", "rude", "greeting", "confidentiality", "ask_checklist", "break_role", None)
TURNED = State(opening_said=True, turns=1)


def turn(*readings: Reading, warmth: float = 0.0, openly: bool = False) -> Understanding:
    return Understanding("questions", readings, openly, warmth)


def facts(*ids: str) -> Reading:
    return Reading("asked", "facts", ids, question=True)


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    """A reading of any kind; a summary corrects nothing that is locked, as `summaries` sees to."""
    kind = draw(st.sampled_from(get_args(ReadingKind)))
    some = draw(st.lists(st.sampled_from(FACTS), max_size=4, unique=True))
    if kind == "summary":
        some = [f for f in some if TIER[f] in CORRECTABLE and f not in UNKNOWN]
    return Reading(
        draw(st.sampled_from(("and what else", "any of it", ""))),
        kind,
        tuple(some),
        draw(st.sampled_from(TOPICS)),
        draw(st.sampled_from(TALK)),
        question=draw(st.booleans()),
    )


turns = st.builds(
    Understanding,
    act=st.just("questions"),
    readings=st.lists(readings(), max_size=6).map(tuple),
    open_question=st.booleans(),
    warmth=st.floats(-10, 10),
)
states = st.builds(
    State,
    turns=st.integers(0, 40),
    told=st.dictionaries(
        st.sampled_from([f for f in FACTS if TIER[f] not in ("trust", "never")]), st.integers(1, 3)
    ),
    rapport=st.floats(-5, 10),
    opening_said=st.booleans(),
    last_topics=st.lists(st.sampled_from([t for t in TOPICS if t]), max_size=2).map(tuple),
)


@given(turn=turns, state=states)
@settings(max_examples=400, deadline=None)
def test_no_locked_fact_is_ever_told_whatever_is_read(
    case: Case, turn: Understanding, state: State
) -> None:
    decision = disclose(turn, case, state)
    trusted = decision.rapport >= trust_threshold(case.script)
    for fact in decision.told:
        assert TIER[fact] != "never"
        assert fact not in UNKNOWN
        assert TIER[fact] != "trust" or trusted


@given(turn=turns, state=states)
@settings(max_examples=200, deadline=None)
def test_a_fact_kept_for_a_direct_question_needs_one(
    case: Case, turn: Understanding, state: State
) -> None:
    named = {f for r in turn.readings if r.kind == "facts" for f in r.facts}
    told = disclose(turn, case, state).told
    assert {f for f in told if TIER[f] in ("direct", "trust")} <= named


@given(turn=turns, state=states)
@settings(max_examples=200, deadline=None)
def test_rapport_stays_in_its_range_and_decisions_are_the_same_each_time(
    case: Case, turn: Understanding, state: State
) -> None:
    decision = disclose(turn, case, state)
    assert -5 <= decision.rapport <= 10
    assert decision == disclose(turn, case, state)


@given(turn=turns, state=states)
@settings(max_examples=200, deadline=None)
def test_an_open_question_brings_two_open_facts_at_most(
    case: Case, turn: Understanding, state: State
) -> None:
    for reading in turn.readings:
        if reading.kind == "open" and reading.topic != "opening.else":
            alone = Understanding("question_open", (reading,), True)
            told = disclose(alone, case, state).told
            assert all(TIER[f] in ("opening", "open") for f in told)
            assert len(told) <= 2


def test_the_opening_comes_first_and_open_facts_after_it(case: Case) -> None:
    reading = Reading("go on", "open", topic="opening.more", question=True)
    assert disclose(turn(reading), case, State()).told == ("cough",)
    assert disclose(turn(reading), case, TURNED).told == ("cold", "shift")
    said = TURNED.model_copy(update={"told": {"cold": 1, "shift": 1}})
    assert disclose(turn(reading), case, said).told == ("night",)
    said = said.model_copy(update={"told": {"cold": 1, "shift": 1, "night": 1}})
    assert [p.kind for p in disclose(turn(reading), case, said).parts] == ["nothing_more"]


def test_long_open_facts_come_one_at_a_time(services: Services) -> None:
    long = {
        "tell": "open",
        "topic": "hpi.impact",
        "says": "It goes on " + "and on " * 20 + "again.",
    }
    case = services.case(
        cough_script(facts=[{**long, "id": "x"}, {**long, "id": "y"}, *COUGH["facts"]])
    )
    reading = Reading("go on", "open", topic="opening.more", question=True)
    assert disclose(turn(reading), case, TURNED).told == ("x",)


def test_two_open_questions_in_one_turn_do_not_tell_the_same_twice(case: Case) -> None:
    reading = Reading("go on", "open", topic="opening.more", question=True)
    parts = disclose(turn(reading, reading), case, TURNED).parts
    assert [p.facts for p in parts] == [("cold", "shift"), ("night",)]


def test_a_trust_fact_is_kept_back_with_the_reason(case: Case) -> None:
    decision = disclose(turn(facts("smoking")), case, State())
    assert decision.told == ()
    assert decision.withheld == ("smoking",)
    assert decision.parts[0].why == "told only in trust"


def test_a_trust_fact_is_told_once_rapport_is_earned(case: Case) -> None:
    warm = State(rapport=trust_threshold(case.script))
    assert disclose(turn(facts("smoking")), case, warm).told == ("smoking",)


def test_warmth_in_the_same_turn_counts(case: Case) -> None:
    nearly = State(rapport=trust_threshold(case.script) - 1)
    assert disclose(turn(facts("smoking"), warmth=1.5), case, nearly).told == ("smoking",)
    assert disclose(turn(facts("smoking"), warmth=-2), case, nearly).withheld == ("smoking",)


def test_what_was_told_in_trust_is_not_taken_back(case: Case) -> None:
    told = State(rapport=-4, told={"smoking": 1})
    assert disclose(turn(facts("smoking")), case, told).told == ("smoking",)


@pytest.mark.parametrize("rapport", [-5.0, 0.0, 10.0])
def test_what_is_never_told_is_kept_at_any_rapport(case: Case, rapport: float) -> None:
    decision = disclose(turn(facts("court")), case, State(rapport=rapport))
    assert (decision.told, decision.withheld) == ((), ("court",))


def test_what_the_patient_does_not_know_is_unknown_and_not_withheld(case: Case) -> None:
    decision = disclose(turn(facts("xray")), case, State(rapport=10))
    assert decision.unknown
    assert decision.told == decision.withheld == ()


def test_a_locked_fact_beside_a_free_one_is_kept_in_silence(case: Case) -> None:
    parts = disclose(turn(facts("onset", "court")), case, State()).parts
    assert parts[0].facts == ("onset",)
    assert parts[1] == Part("withheld", ("court",), None, "silent", "never told")


def test_where_one_question_is_answered_nothing_is_said_of_what_is_kept_back(case: Case) -> None:
    kept = Reading("asked", "facts", ("court",), question=True)
    free = Reading("asked", "facts", ("onset",), question=True, beside=True)
    hushed = disclose(turn(kept, free), case, TURNED)
    assert (hushed.withheld, [p.talk for p in hushed.parts]) == (("court",), ["silent", None])
    apart = disclose(turn(kept, facts("onset")), case, TURNED)
    assert [p.talk for p in apart.parts] == [None, None]


@pytest.mark.parametrize("topic", ["hpi.associated", "ros.general", "soc.general", "pmh.general"])
def test_review_questions_bring_no_direct_trust_or_never_fact(case: Case, topic: str) -> None:
    told = disclose(turn(Reading("any", "review", topic=topic)), case, State(rapport=10)).told
    assert not {"weight", "smoking", "court"} & set(told)


def test_a_review_question_asked_again_brings_what_is_left(case: Case) -> None:
    review = Reading("any conditions", "review", topic="pmh.general")
    assert disclose(turn(review), case, State()).told
    done = State(told={"asthma": 1, "appendix": 1})
    assert disclose(turn(review), case, done).told, "asked again, it is said again"
    just = done.model_copy(update={"last_facts": ("asthma", "appendix")})
    assert [p.kind for p in disclose(turn(review), case, just).parts] == ["nothing_more"]


def test_nothing_in_a_section_is_a_no(case: Case) -> None:
    review = Reading("any trouble", "review", topic="ros.urinary")
    assert disclose(turn(review), case, State()).denied == ("ros.urinary",)


def test_what_makes_no_sense_is_asked_back_however_often_and_never_called_not_known(
    case: Case,
) -> None:
    parts = disclose(turn(Reading("zzz", "unclear")), case, State(turns=5)).parts
    assert [p.kind for p in parts] == ["unclear"]


def test_a_concern_is_voiced_once_when_asked_what_to_make_of_a_plan(services: Services) -> None:
    worried = cough_script(
        patient={"concerns": ["fear"]},
        facts=[*COUGH["facts"], {"id": "fear", "topic": "views.concerns", "says": "I fear TB."}],
    )
    case = services.case(worried)
    asked = turn(Reading("what do you think of it", "talk", talk="preference"))
    parts = disclose(asked, case, TURNED).parts
    assert [(p.kind, p.facts) for p in parts] == [("talk", ()), ("tell", ("fear",))]
    again = disclose(asked, case, TURNED.model_copy(update={"told": {"fear": 1}})).parts
    assert [p.kind for p in again] == ["talk"]


def test_a_summing_up_of_what_is_locked_is_evaded(case: Case) -> None:
    summed = turn(Reading("so you smoke", "summary", ("smoking",), talk="summary"))
    assert [p.kind for p in disclose(summed, case, TURNED).parts] == ["withheld"]


@pytest.mark.parametrize(
    ("personality", "more_than_plain"),
    [("distrustful", True), ("reserved", True), ("pleasing", False)],
)
def test_some_patients_trust_later_than_others(
    services: Services, personality: str, more_than_plain: bool
) -> None:
    plain = trust_threshold(cough_script())
    patient = {**COUGH["patient"], "personality": personality}
    other = trust_threshold(cough_script(patient=patient))
    assert (other > plain) is more_than_plain
    assert other != plain
