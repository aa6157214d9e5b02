"""Typed answers: asked for by a schema, asked for once more, given up."""

from __future__ import annotations

import pytest

from simulator.errors import ModelOutputInvalid, ModelUnavailable
from tests.llm.serving import RATED, SHORT, TALK, Rating, Time, served
from tests.model_server import (
    RESET,
    Behaviour,
    ModelServer,
    answer,
    stall,
    status,
    whole,
)


def test_typed_data_is_asked_for_by_a_strict_schema(server: ModelServer) -> None:
    server.plan(answer(RATED, usage=(100, 9, 64)))
    rating, call = served(server).extract(TALK, Rating)
    assert rating == Rating(verdict="met", points=2)
    assert (call.outcome, call.tokens_in, call.tokens_out, call.tokens_cached) == ("ok", 100, 9, 64)
    wanted = server.requests[0].body["response_format"]
    assert wanted["type"] == "json_schema"
    assert wanted["json_schema"]["strict"] is True
    assert wanted["json_schema"]["schema"]["additionalProperties"] is False
    assert wanted["json_schema"]["schema"]["required"] == ["verdict", "points", "weight"]


WRONG = {
    "no JSON": "I think it is met.",
    "half JSON": '{"verdict": "met"',
    "a wrong type": '{"verdict": "met", "points": "many"}',
    "something more": '{"verdict": "met", "points": 2, "why": "because"}',
    "something less": '{"verdict": "met"}',
    "a name twice": '{"verdict": "met", "points": 2, "points": 0}',
    "NaN": '{"verdict": "met", "points": 2, "weight": NaN}',
    "nothing": "",
    "too deep a nest": "[" * 100_000,
}


@pytest.mark.parametrize("wrong", WRONG)
def test_an_answer_that_does_not_fit_is_asked_for_once_more(
    server: ModelServer, wrong: str
) -> None:
    server.plan(answer(WRONG[wrong]), answer(RATED))
    rating, call = served(server).extract(TALK, Rating)
    assert (rating.points, call.tries, call.tokens_in, call.tokens_out) == (2, 2, 24, 8)
    last = server.requests[1].body["messages"][-1]
    assert last["role"] == "user"
    assert "cannot be used" in last["content"]
    assert len(last["content"]) < 700


@pytest.mark.parametrize("wrong", WRONG)
def test_an_answer_that_does_not_fit_twice_is_given_up(server: ModelServer, wrong: str) -> None:
    server.default = answer(WRONG[wrong])
    model = served(server)
    for _ in range(4):
        with pytest.raises(ModelOutputInvalid, match="asked twice") as caught:
            model.extract(TALK, Rating)
    assert caught.value.call.tries == 2
    assert caught.value.call.tokens_in == 24
    assert not model.resting


def test_an_answer_cut_off_by_a_limit_is_asked_for_again_and_its_cost_kept(
    server: ModelServer,
) -> None:
    server.plan(answer('{"verdict', finish="length"), answer(RATED))
    _, call = served(server).extract(TALK, Rating)
    assert (call.tries, call.tokens_in) == (2, 24)


def test_a_fence_around_the_answer_does_no_harm(server: ModelServer) -> None:
    server.plan(answer(f"```json\n{RATED}\n```"))
    assert served(server).extract(TALK, Rating)[1].tries == 1


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (stall(), "too_slow"),
        (status(401), "unauthorized"),
        (status(400, message="Invalid schema for response_format"), "bad_request"),
        (status(500), "server_error"),
        ([RESET], "cut"),
        (whole('{"choices": [{"mess'), "malformed"),
        (whole('{"choices": null}'), "malformed"),
        (whole('{"choices": []}'), "malformed"),
        (whole(b'{"choices": "\xff"}'), "malformed"),
        (whole(b"x" * 3_000_000), "too_long"),
    ],
)
def test_a_fault_in_place_of_typed_data_has_its_reason(
    server: ModelServer, behaviour: Behaviour, reason: str
) -> None:
    server.default = behaviour
    with pytest.raises(ModelUnavailable) as caught:
        served(server, **SHORT.get(reason, {})).extract(TALK, Rating)
    assert caught.value.reason == caught.value.call.outcome == reason


def test_typed_data_is_tried_for_again_as_speech_is(server: ModelServer, time_: Time) -> None:
    server.plan(status(429, "1"), [RESET], answer(RATED))
    assert served(server, time_.pace).extract(TALK, Rating)[1].tries == 3
    assert time_.slept == [1, 0.5]
