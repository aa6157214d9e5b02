"""What a served model says, through the real client, and what it costs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.llm.limits import Pace
from tests.llm.serving import KEY, TALK, listen, served
from tests.model_server import (
    DONE,
    ModelServer,
    delta,
    raw,
    speak,
    status,
)


def test_a_stream_gives_the_answer_piece_by_piece(server: ModelServer) -> None:
    server.plan(speak("It hurts right here."))
    with served(server).stream(TALK) as stream:
        assert list(stream) == ["It", " hurts", " right", " here."]
    assert stream.call.outcome == "ok"
    assert list(stream) == []


def test_the_server_is_asked_with_the_messages_the_key_and_for_the_usage(
    server: ModelServer,
) -> None:
    listen(served(server, llm_temperature=0.3))
    request = server.requests[0]
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert [(m["role"], m["content"]) for m in request.body["messages"]] == TALK
    assert (request.body["model"], request.body["temperature"]) == ("qwen2.5", 0.3)
    assert request.body["stream_options"] == {"include_usage": True}


def test_usage_and_cost_are_what_the_server_counted(server: ModelServer) -> None:
    server.plan(speak(usage=(1_000, 50, 800)))
    prices = {"llm_price_in": 3.0, "llm_price_cached": 0.3, "llm_price_out": 15.0}
    call = listen(served(server, Pace(), **prices))[2].call
    assert (call.tokens_in, call.tokens_out, call.tokens_cached) == (1_000, 50, 800)
    assert not call.estimated
    assert call.cost == pytest.approx((200 * 3 + 800 * 0.3 + 50 * 15) / 1e6)
    assert call.first_ms is not None
    assert 0 < call.first_ms <= call.ms
    assert (call.model, call.purpose, call.outcome, call.tries) == ("qwen2.5", "patient", "ok", 1)
    assert json.loads(json.dumps(call.record()))["cost"] == round(call.cost or 0, 6)


def test_usage_that_the_server_does_not_count_is_estimated(server: ModelServer) -> None:
    server.plan(speak("x" * 40, usage=None))
    call = listen(served(server))[2].call
    assert (call.estimated, call.tokens_in, call.tokens_out) == (True, 9, 10)
    assert call.cost is None


def test_usage_repeated_with_every_piece_is_not_added_up(server: ModelServer) -> None:
    usage = [{"prompt_tokens": 10, "completion_tokens": n, "total_tokens": 10 + n} for n in (1, 2)]
    server.plan(raw(delta("a", usage=usage[0]), delta("b", "stop", usage=usage[1]), DONE))
    call = listen(served(server))[2].call
    assert (call.tokens_in, call.tokens_out) == (10, 2)


@pytest.mark.parametrize("ending", [{"done": False}, {"finish": None}])
def test_either_mark_of_an_end_will_do(server: ModelServer, ending: dict[str, Any]) -> None:
    server.plan(speak("Here.", **ending))
    assert listen(served(server))[:2] == ("Here.", None)


def test_an_old_server_that_cannot_count_is_asked_again_without(server: ModelServer) -> None:
    server.plan(status(400, message="unknown field stream_options"))
    model = served(server)
    for _ in range(2):
        assert listen(model)[1] is None
    assert ["stream_options" in r.body for r in server.requests] == [True, False, False]
