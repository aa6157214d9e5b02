"""The trace: what is stored of a turn is read back, older ones too; strange ones are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from simulator.errors import SimulatorError, TraceUnreadable
from simulator.patient.trace import Trace, read_trace
from simulator.patient.turn import (
    Candidate,
    Decision,
    Part,
    ReadBy,
    Reading,
    Reply,
    Spoken,
    Understanding,
)
from tests.traces import CALL, PLAIN, make_trace

READING = Reading(
    "do you smoke",
    "facts",
    ("smoking",),
    "soc.smoking",
    score=0.8,
    confidence=0.7,
    question=True,
    candidates=(Candidate("soc.smoking", "smoking", 0.8), Candidate("soc.alcohol", None, 0.1)),
)
REPLY = Reply(
    "I'd rather not say.",
    Understanding("question_closed", (READING,), acts={"question_closed": 0.9}),
    Decision((Part("withheld", ("smoking",), "soc.smoking", why="told only in trust"),), 0.25),
    cues=("sigh",),
    leaks=("number: '20'",),
    ms=12.3456,
)
SPOKEN = Spoken(
    "I'd rather not say.",
    "llm",
    "small-model",
    "patient 2",
    "0123456789abcdef",
    faults=("invention: brings in 'x'",),
    rejected=("Twenty a day.",),
    completed=("withheld",),
    calls=(CALL,),
    away="stalled",
    away_s=1.23456,
    first_s=0.98765,
)
VOICED = Reply(REPLY.text, REPLY.understanding, REPLY.decision, leaks=REPLY.leaks, spoken=SPOKEN)

FIRST: dict[str, Any] = {  # as version 1 wrote it, before readings had a confidence
    "act": "question_closed",
    "open_question": False,
    "readings": [
        {
            "clause": "thank you",
            "kind": "talk",
            "facts": [],
            "topic": None,
            "talk": "thanks",
            "score": 0.6,
            "question": False,
            "candidates": [{"topic": "soc.smoking", "fact": None, "score": 0.2}],
        }
    ],
    "parts": [{"kind": "talk", "facts": [], "topic": None, "talk": "thanks", "why": ""}],
    "told": ["knee"],
    "denied": [],
    "withheld": [],
    "unknown": False,
    "rapport": 0.5,
    "cues": [],
    "challenges": [],
    "voice": "scripted",
    "model": "",
    "prompt_hash": "",
    "guarded": [],
    "ms": 3.2,
}


def stored(trace: Trace) -> Any:
    """The trace as a database gives it back."""
    return json.loads(json.dumps(trace.stored()))


@pytest.mark.parametrize("reply", [REPLY, VOICED], ids=["author's words", "a model's words"])
def test_a_stored_trace_is_read_back_whole(reply: Reply) -> None:
    trace = Trace.of(reply)
    assert read_trace(stored(trace)) == trace


def test_a_trace_keeps_all_that_explains_the_reply() -> None:
    trace = Trace.of(VOICED)
    assert (trace.readings, trace.parts) == ((READING,), REPLY.decision.parts)
    assert (trace.withheld, trace.told, trace.rapport) == (("smoking",), (), 0.25)
    assert trace.acts == {"question_closed": 0.9}
    assert trace.guarded == ("number: '20'", "invention: brings in 'x'")
    assert (trace.voice, trace.model, trace.completed) == ("llm", "small-model", ("withheld",))
    assert [c.record() for c in trace.calls] == [CALL]
    assert (trace.away_s, trace.first_s) == (1.23, 0.988)


def test_a_turn_that_no_model_was_asked_for_leaves_the_model_s_fields_empty() -> None:
    trace = Trace.of(REPLY)
    assert (trace.voice, trace.model, trace.prompt, trace.calls) == ("scripted", "", "", ())
    assert (trace.away, trace.away_s, trace.first_s, trace.ms) == ("", 0.0, 0.0, 12.35)


def test_what_is_stored_has_these_names_and_another_name_is_another_version() -> None:
    data = stored(Trace.of(VOICED))
    assert list(data) == [
        *PLAIN, "prompt", "rejected", "completed", "calls", "away", "away_s", "first_s",
        "read_by", "read_away",
    ]  # fmt: skip
    assert data["schema"] == 4
    assert list(data["readings"][0]) == [
        "clause", "kind", "facts", "topic", "talk", "score", "confidence", "question", "candidates",
        "beside",
    ]  # fmt: skip
    assert list(data["readings"][0]["candidates"][0]) == ["topic", "fact", "score"]
    assert list(data["parts"][0]) == ["kind", "facts", "topic", "talk", "why"]
    assert list(data["calls"][0]) == list(CALL)


def test_a_trace_of_version_1_is_read_with_its_score_for_a_confidence() -> None:
    trace = read_trace(FIRST)
    assert (trace.schema_version, trace.acts, trace.told) == (4, {}, ("knee",))
    (reading,) = trace.readings
    assert (reading.talk, reading.score, reading.confidence) == ("thanks", 0.6, 0.6)
    assert (trace.calls, trace.away, trace.prompt) == ((), "", "")


def test_a_trace_of_version_1_keeps_the_confidence_and_the_model_that_it_has() -> None:
    sure = {**FIRST["readings"][0], "confidence": 0.9}
    spoken = {"calls": [CALL], "completed": ["tell"], "away": "cut", "away_s": 0.5}
    trace = read_trace({**FIRST, "readings": [sure], **spoken})
    assert (trace.readings[0].confidence, trace.away, trace.away_s) == (0.9, "cut", 0.5)
    assert ([c.record() for c in trace.calls], trace.completed) == ([CALL], ("tell",))


def test_a_trace_of_version_2_is_read_as_one_where_every_reading_stands_alone() -> None:
    asked = {"clause": "Any fever?", "kind": "deny", "question": True}
    trace = read_trace({**PLAIN, "schema": 2, "readings": [asked]})
    assert (trace.schema_version, trace.readings[0].beside) == (4, False)


def test_a_trace_of_version_3_was_read_by_the_learned_reader() -> None:
    trace = read_trace({**PLAIN, "schema": 3})
    assert (trace.schema_version, trace.read_by, trace.read_away) == (4, "learned", "")


def test_a_trace_says_which_reader_read_and_why_the_model_did_not() -> None:
    read = ReadBy("small-model", "0123", (CALL,))
    for by, said in (
        (read, ("small-model", "")),
        (replace(read, away="too_slow", away_s=3.0), ("learned", "too_slow")),
    ):
        reply = replace(VOICED, understanding=replace(VOICED.understanding, by=by))
        trace = Trace.of(reply)
        assert (trace.read_by, trace.read_away) == said
        assert [c.record() for c in trace.calls] == [CALL, CALL], "to read, and to speak"
        assert read_trace(stored(trace)) == trace


def test_reading_leaves_the_data_as_it_was() -> None:
    before = json.dumps(FIRST)
    read_trace(FIRST)
    assert json.dumps(FIRST) == before


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"colour": "red"}, "colour"),
        ({"act": "song"}, "act"),
        ({"told": None}, "told"),
        ({"readings": None}, "readings"),
        ({"readings": ["thank you"]}, "readings.0"),
        ({"readings": [{**FIRST["readings"][0], "mood": 1}]}, "readings.0.mood"),
        ({"readings": [{"kind": "facts"}]}, "readings.0.clause"),
        ({"parts": [{"kind": "sing"}]}, "parts.0.kind"),
        ({"calls": [{**CALL, "tokens_in": "many"}]}, "calls.0.tokens_in"),
        ({"schema": 5}, "version 5"),
        ({"schema": None}, "version None"),
    ],
)
@pytest.mark.parametrize("whole", [FIRST, PLAIN], ids=["version 1", "version 2"])
def test_a_trace_that_does_not_fit_is_refused_with_the_name_of_what_is_wrong(
    whole: dict[str, Any], changes: dict[str, Any], named: str
) -> None:
    with pytest.raises(TraceUnreadable, match="use the program version that wrote it") as caught:
        read_trace({**whole, **changes})
    assert named in str(caught.value)


@pytest.mark.parametrize("field", [name for name in PLAIN if name != "schema"])
def test_a_trace_without_a_field_that_every_turn_has_is_refused(field: str) -> None:
    with pytest.raises(SimulatorError, match=field) as caught:
        read_trace({name: value for name, value in PLAIN.items() if name != field})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("data", [None, [], "told"])
def test_what_is_no_set_of_fields_is_refused(data: Any) -> None:
    with pytest.raises(TraceUnreadable, match=f"not a set of fields but a {type(data).__name__}"):
        read_trace(data)


def test_a_trace_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        make_trace().away = "spent"  # type: ignore[misc]
