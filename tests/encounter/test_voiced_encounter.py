"""An interview with a patient whom a language model speaks, over HTTP, faults and caps included."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from simulator.encounter.encounter import EVER
from simulator.encounter.phases import Phase
from simulator.encounter.records import Typed
from simulator.errors import EncounterClosed, StoreError
from simulator.llm.limits import FAILURES_IN_A_ROW
from simulator.patient.trace import Trace
from simulator.store.repository import Repository
from tests.conftest import make_script
from tests.encounter.conftest import RESIDENT, OpenWard, Ward
from tests.encounter.speaking import AUTHORS, BOTH, ONSET, OWN, asked, held, some, wait_for
from tests.model_server import Behaviour, ModelServer, delta, head, speak, stall, status
from tests.traces import CALL


def ask_meanwhile(ward: Ward, encounter: str, server: ModelServer) -> threading.Thread:
    """Ask in a thread of its own, as far as the server."""
    asking = threading.Thread(
        target=ward.encounters.ask, args=(encounter, RESIDENT, ONSET, "t1"), daemon=True
    )
    asking.start()
    wait_for(asked(server))
    return asking


def test_the_model_s_words_are_heard_and_what_they_cost_is_kept(
    voiced_ward: OpenWard, server: ModelServer
) -> None:
    ward = voiced_ward(llm_price_in=2.0, llm_price_cached=1.0, llm_price_out=10.0)
    server.plan(speak(OWN, usage=(1000, 50, 600)))
    encounter = ward.at(Phase.INTERVIEW)
    turn = ward.encounters.ask(encounter, RESIDENT, ONSET, "t1")
    assert (turn.reply, turn.trace.voice, turn.trace.away) == (OWN, "llm", "")
    (call,) = turn.trace.calls
    assert (call.tokens_in, call.tokens_cached, call.tokens_out) == (1000, 600, 50)
    assert call.cost == pytest.approx(0.0019)
    assert ward.store.tokens_since(ward.clock(), RESIDENT) == 1050


def test_each_sentence_is_heard_as_soon_as_it_has_passed(
    voiced_ward: OpenWard, server: ModelServer
) -> None:
    ward, heard = voiced_ward(), []
    server.plan(speak("It began three days ago. No, I haven't had a fever."))
    turn = ward.encounters.ask(ward.at(Phase.INTERVIEW), RESIDENT, BOTH, "t1", heard.append)
    assert heard == [AUTHORS, turn.reply]


def test_the_same_message_sent_twice_is_put_to_the_model_once(
    voiced_ward: OpenWard, server: ModelServer
) -> None:
    ward = voiced_ward()
    server.plan(speak(OWN))
    encounter = ward.at(Phase.INTERVIEW)
    first = ward.encounters.ask(encounter, RESIDENT, ONSET, "t1")
    again = ward.encounters.ask(encounter, RESIDENT, ONSET, "t1")
    assert (again.reply, again.seq, len(server.requests)) == (first.reply, 1, 1)


def test_two_tabs_that_send_one_message_at_once_pay_for_one_call(
    voiced_ward: OpenWard, server: ModelServer
) -> None:
    ward = voiced_ward()
    server.plan(speak(OWN, before=0.2))
    encounter, replies = ward.at(Phase.INTERVIEW), []

    def send() -> None:
        replies.append(ward.encounters.ask(encounter, RESIDENT, ONSET, "t1").reply)

    with ThreadPoolExecutor(4) as tabs:
        for _ in range(4):
            tabs.submit(send)
    assert (replies, len(server.requests)) == ([OWN] * 4, 1)
    assert len(ward.see(encounter).turns) == 1


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (stall(), "slow_to_start"),
        (stall(*some("It began three")), "stalled"),
        (status(429, retry_after="1"), "rate_limited"),
    ],
    ids=["stall before the first word", "stall inside", "429 that asks to wait"],
)
def test_the_deadline_moves_by_the_time_that_was_lost(
    voiced_ward: OpenWard, server: ModelServer, behaviour: Behaviour, reason: str
) -> None:
    soon = {"slow_to_start": {"llm_first_s": 1.1}, "stalled": {"llm_idle_s": 1.1}}
    ward = voiced_ward(**soon.get(reason, {}))
    server.default = behaviour
    encounter = ward.at(Phase.INTERVIEW)
    before = ward.see(encounter).deadline
    turn = ward.encounters.ask(encounter, RESIDENT, ONSET, "t1")
    after = ward.see(encounter).deadline
    assert (turn.reply, turn.trace.away) == (AUTHORS, reason)
    assert before and after
    lost = turn.trace.away_s
    assert lost >= 1
    assert (after - before) / timedelta(seconds=1) == pytest.approx(lost, abs=0.01)


def test_a_failure_at_once_leaves_the_deadline_where_it_was(
    voiced_ward: OpenWard, server: ModelServer
) -> None:
    ward = voiced_ward()
    server.default = status(401)
    encounter = ward.at(Phase.INTERVIEW)
    before = ward.see(encounter).deadline
    ward.encounters.ask(encounter, RESIDENT, ONSET, "t1")
    assert ward.see(encounter).deadline == before


def test_a_silence_beyond_a_patient_s_is_given_back_and_the_rest_is_not(
    voiced_ward: OpenWard, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.encounter.encounter.PATIENCE_S", 0.25)
    ward = voiced_ward()
    server.plan(speak(OWN, before=1.6))
    encounter = ward.at(Phase.INTERVIEW)
    before = ward.see(encounter).deadline
    turn = ward.encounters.ask(encounter, RESIDENT, ONSET, "t1")
    after = ward.see(encounter).deadline
    assert before and after and turn.reply == OWN
    moved = (after - before) / timedelta(seconds=1)
    assert moved == pytest.approx(turn.trace.first_s - 0.25, abs=0.01)


def test_the_time_given_back_keeps_what_was_written_while_the_patient_was_silent(
    voiced_ward: OpenWard, server: ModelServer
) -> None:
    ward = voiced_ward(llm_first_s=1.1)
    server.default = stall()
    encounter = ward.at(Phase.INTERVIEW)
    before = ward.see(encounter).deadline
    asking = ask_meanwhile(ward, encounter, server)
    ward.encounters.keep(encounter, RESIDENT, Typed(pad="ask about the ice"))
    ward.encounters.hint(encounter, RESIDENT)
    asking.join()
    kept = ward.see(encounter)
    assert (kept.pad, len(kept.hints)) == ("ask about the ice", 1)
    assert before and kept.deadline and kept.deadline > before


def test_no_time_is_given_back_to_an_interview_that_was_ended_meanwhile(
    voiced_ward: OpenWard, server: ModelServer
) -> None:
    ward = voiced_ward(llm_first_s=1.1)
    server.default = stall()
    encounter = ward.at(Phase.INTERVIEW)
    before = ward.see(encounter).deadline
    asking = ask_meanwhile(ward, encounter, server)
    ward.encounters.end_interview(encounter, RESIDENT)
    asking.join()
    kept = ward.see(encounter)
    assert (kept.phase, kept.deadline) == (Phase.NOTE, before)
    assert [t.reply for t in kept.turns] == [AUTHORS], "what was asked in time is answered and kept"


def test_the_deadline_does_not_close_the_interview_while_an_answer_is_under_way(
    voiced_ward: OpenWard, server: ModelServer
) -> None:
    ward = voiced_ward()
    go_on = threading.Event()
    server.default = held(go_on)
    encounter = ward.at(Phase.INTERVIEW)
    asking = ask_meanwhile(ward, encounter, server)
    ward.clock.forward(minutes=11)
    assert ward.encounters.get(encounter, RESIDENT).phase == Phase.INTERVIEW
    go_on.set()
    asking.join()
    after = ward.encounters.get(encounter, RESIDENT)
    assert (after.phase, [t.reply for t in after.turns]) == (Phase.NOTE, [OWN])
    with pytest.raises(EncounterClosed):
        ward.encounters.ask(encounter, RESIDENT, "Any fever?", "t2")


def test_an_answer_that_cannot_be_stored_leaves_the_deadline_in_force(
    voiced_ward: OpenWard, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("The disk is full.")

    ward = voiced_ward()
    encounter = ward.at(Phase.INTERVIEW)
    with monkeypatch.context() as patch:
        patch.setattr(Repository, "add_turn", full)
        with pytest.raises(StoreError):
            ward.encounters.ask(encounter, RESIDENT, ONSET, "t1")
    assert ward.store.tokens_since(ward.clock()) > 0, "what was paid for is counted all the same"
    ward.clock.forward(minutes=11)
    assert ward.encounters.get(encounter, RESIDENT).phase == Phase.NOTE


def test_once_the_breaker_rests_nobody_waits_for_the_server_any_more(
    voiced_ward: OpenWard, server: ModelServer
) -> None:
    ward = voiced_ward(llm_first_s=0.4)
    server.default = stall()
    encounter = ward.at(Phase.INTERVIEW)
    asks = range(FAILURES_IN_A_ROW + 2)
    turns = [ward.encounters.ask(encounter, RESIDENT, ONSET, f"t{n}") for n in asks]
    reasons = [t.trace.away for t in turns]
    assert reasons == ["slow_to_start"] * FAILURES_IN_A_ROW + ["resting"] * 2
    assert len(server.requests) == FAILURES_IN_A_ROW
    assert all("three days ago" in t.reply for t in turns)
    assert [t.trace.calls for t in turns[-2:]] == [(), ()]


def test_the_breaker_is_shared_by_all_residents(voiced_ward: OpenWard, server: ModelServer) -> None:
    ward = voiced_ward()
    server.default = status(401)
    encounter = ward.at(Phase.INTERVIEW)
    for number in range(FAILURES_IN_A_ROW):
        ward.encounters.ask(encounter, RESIDENT, ONSET, f"t{number}")
    other = ward.encounters.ask(ward.at(Phase.INTERVIEW), RESIDENT, ONSET, "t1")
    assert other.trace.away == "resting"


def test_without_a_configured_model_the_patient_answers_and_the_trace_says_why(
    voiced_ward: OpenWard,
) -> None:
    ward = voiced_ward(llm_model="")
    turn = ward.encounters.ask(ward.at(Phase.INTERVIEW), RESIDENT, ONSET, "t1")
    assert (turn.reply, turn.trace.away, turn.trace.voice) == (
        AUTHORS,
        "not_configured",
        "scripted",
    )
    assert ward.store.tokens_since(ward.clock()) == 0


def test_an_address_that_is_none_leaves_the_patient_to_the_author_s_words(
    voiced_ward: OpenWard,
) -> None:
    ward = voiced_ward(url="localhost:1234")
    turn = ward.encounters.ask(ward.at(Phase.INTERVIEW), RESIDENT, ONSET, "t1")
    assert (turn.reply, turn.trace.away) == (AUTHORS, "not_configured")


def test_a_scripted_patient_asks_no_model_and_keeps_no_calls(
    ward: Ward, server: ModelServer
) -> None:
    turn = ward.encounters.ask(ward.at(Phase.INTERVIEW), RESIDENT, ONSET, "t1")
    assert (turn.trace.away, turn.trace.calls) == ("", ())
    assert (server.requests, ward.store.tokens_since(ward.clock())) == ([], 0)


def ask_as(ward: Ward, resident: str, name: str) -> Trace:
    """The trace of a turn in a new encounter of a resident's."""
    encounter = ward.at(Phase.INTERVIEW, resident=resident)
    return ward.encounters.ask(encounter, resident, ONSET, name).trace


def test_a_resident_s_own_allowance_ends_at_its_number_and_nobody_else_s(
    voiced_ward: OpenWard, server: ModelServer
) -> None:
    ward = voiced_ward(llm_user_tokens_a_day=100)
    server.default = speak(OWN, usage=(60, 0))
    reasons = [ask_as(ward, RESIDENT, f"t{n}").away for n in range(3)]
    assert reasons == ["", "", "spent"]
    assert ask_as(ward, "ben", "t1").away == ""
    assert len(server.requests) == 3


def test_the_installation_s_allowance_ends_for_all(
    voiced_ward: OpenWard, server: ModelServer
) -> None:
    ward = voiced_ward(llm_tokens_a_day=100)
    server.default = speak(OWN, usage=(100, 0))
    assert [ask_as(ward, who, "t1").away for who in (RESIDENT, "ben")] == ["", "spent"]


@pytest.mark.parametrize("cap", ["llm_user_tokens_a_day", "llm_tokens_a_day"])
def test_a_spent_allowance_is_whole_again_on_the_next_day(
    voiced_ward: OpenWard, server: ModelServer, cap: str
) -> None:
    ward = voiced_ward(**{cap: 100})
    server.default = speak(OWN, usage=(100, 0))
    assert [ask_as(ward, RESIDENT, f"t{n}").away for n in range(2)] == ["", "spent"]
    ward.clock.time = ward.clock.time.replace(hour=23, minute=59, second=59)
    assert ask_as(ward, RESIDENT, "t2").away == "spent"
    ward.clock.forward(seconds=1)
    assert ask_as(ward, RESIDENT, "t3").away == ""


def test_the_programme_s_allowance_is_not_whole_again_on_the_next_day(
    voiced_ward: OpenWard, server: ModelServer
) -> None:
    ward = voiced_ward(llm_tokens=100)
    server.default = speak(OWN, usage=(99, 1))
    assert [ask_as(ward, RESIDENT, f"t{n}").away for n in range(2)] == ["", "spent"]
    ward.clock.forward(minutes=48 * 60)
    assert ask_as(ward, "ben", "t1").away == "spent"


def test_behind_a_proxy_that_cannot_be_used_the_patient_speaks_the_author_s_lines(
    voiced_ward: OpenWard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", "socks5://10.0.0.1:9")
    ward = voiced_ward("http://model.example/v1")
    encounter = ward.at(Phase.INTERVIEW)
    turn = ward.encounters.ask(encounter, RESIDENT, ONSET, "t1")
    assert (turn.reply, turn.trace.away) == (AUTHORS, "not_configured")


def test_what_an_evaluator_s_model_used_is_no_part_of_the_patient_s_allowance(
    voiced_ward: OpenWard, server: ModelServer
) -> None:
    ward = voiced_ward(llm_tokens_a_day=100)
    server.default = speak(OWN, usage=(50, 1))
    encounter = ward.at(Phase.INTERVIEW)
    ward.store.add_calls(encounter, RESIDENT, [{**CALL, "purpose": "evaluator"}], ward.clock())
    assert ask_as(ward, RESIDENT, "t1").away == ""
    assert ward.store.tokens_since(EVER, purpose="evaluator") == 1050
    assert ward.store.tokens_since(EVER) == 51


def test_an_allowance_of_nought_is_no_limit(voiced_ward: OpenWard, server: ModelServer) -> None:
    ward = voiced_ward(llm_user_tokens_a_day=0, llm_tokens_a_day=0)
    server.default = speak(OWN, usage=(10**9, 0))
    assert [ask_as(ward, RESIDENT, f"t{n}").away for n in range(2)] == ["", ""]


def test_a_spent_turn_keeps_its_author_s_words_and_costs_nothing(
    voiced_ward: OpenWard, server: ModelServer
) -> None:
    ward = voiced_ward(llm_tokens_a_day=1)
    server.default = speak(OWN, usage=(4, 1))
    ask_as(ward, RESIDENT, "t1")
    encounter = ward.at(Phase.INTERVIEW)
    before = ward.see(encounter).deadline
    turn = ward.encounters.ask(encounter, RESIDENT, ONSET, "t1")
    assert (turn.reply, turn.trace.voice) == (AUTHORS, "scripted")
    assert ward.see(encounter).deadline == before
    assert ward.store.tokens_since(ward.clock()) == 5


def test_a_model_that_falls_silent_gives_back_no_more_than_was_lost(
    voiced_ward: OpenWard, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.encounter.encounter.PATIENCE_S", 0.1)
    ward = voiced_ward(llm_idle_s=0.5)
    server.default = stall(head(), 1.5, delta(AUTHORS), delta(" And"))
    encounter = ward.at(Phase.INTERVIEW)
    before = ward.see(encounter).deadline
    turn = ward.encounters.ask(encounter, RESIDENT, BOTH, "t1")
    after = ward.see(encounter).deadline
    assert before and after and turn.trace.away == "stalled"
    assert (after - before) / timedelta(seconds=1) <= turn.trace.ms / 1000


def test_the_wait_for_words_that_were_rejected_is_given_back_too(
    voiced_ward: OpenWard, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.encounter.encounter.PATIENCE_S", 0.1)
    ward = voiced_ward()
    server.default = speak("I have diabetes, doctor.", before=0.8)
    encounter = ward.at(Phase.INTERVIEW)
    before = ward.see(encounter).deadline
    turn = ward.encounters.ask(encounter, RESIDENT, ONSET, "t1")
    after = ward.see(encounter).deadline
    assert before and after and (turn.reply, len(server.requests)) == (AUTHORS, 2)
    assert (after - before) / timedelta(seconds=1) >= 1


@pytest.mark.parametrize("half", ["It began three", f"{AUTHORS} And I have not had"])
@pytest.mark.parametrize("finish", ["length", "content_filter"])
def test_an_answer_that_ends_at_a_limit_is_heard_to_its_last_whole_sentence(
    voiced_ward: OpenWard, server: ModelServer, half: str, finish: str
) -> None:
    ward = voiced_ward()
    server.default = speak(half, finish=finish)
    turn = ward.encounters.ask(ward.at(Phase.INTERVIEW), RESIDENT, BOTH, "t1")
    assert (turn.trace.told, turn.trace.denied) == (("onset",), ("ros.fever",))
    assert turn.reply.startswith(f"{AUTHORS} I haven't felt feverish")


def test_time_given_back_does_not_make_the_patient_put_a_question_early(
    voiced_ward: OpenWard, server: ModelServer
) -> None:
    worry = {"id": "worry", "says": "Will I walk again?", "when": {"after_minutes": 4}}
    ward = voiced_ward()
    encounter = ward.at(Phase.INTERVIEW, make_script(challenges=[worry]))
    ward.encounters.ask(encounter, RESIDENT, ONSET, "t1")
    kept = ward.see(encounter)
    ward.clock.forward(minutes=5)
    ward.encounters._give_back(kept, 300)
    assert "walk again" not in ward.encounters.ask(encounter, RESIDENT, "Any fever?", "t2").reply
