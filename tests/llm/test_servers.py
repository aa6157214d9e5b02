"""Servers as they are in the field: the patient is heard all the same."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from simulator.errors import ModelUnavailable
from simulator.llm import configured_model
from simulator.llm.calls import Job, Meter, read_target
from simulator.llm.listening import Listener
from tests.llm.serving import RATED, TALK, Rating, listen, served, settings
from tests.model_server import (
    DONE,
    ModelServer,
    Request,
    Step,
    answer,
    chunk,
    closed_url,
    delta,
    event,
    head,
    raw,
    speak,
    stall,
    status,
)

LAST = b"0\r\n\r\n"


def thought(text: str, name: str = "reasoning_content") -> bytes:
    """A thought that the server sends beside the answer."""
    return event({"choices": [{"index": 0, "delta": {name: text}, "finish_reason": None}]})


STREAMS: dict[str, list[Step]] = {
    "empty thoughts before it": speak("<think>\n\n</think>\n\nIt hurts here."),
    "thoughts before it": speak("<think>Where does it hurt? Here.</think> It hurts here."),
    "thoughts by another name": speak("<thought>Here.</thought> It hurts here."),
    "a mark of the end": speak("It hurts here.<|im_end|>"),
    "the mark of the end of old": speak("It hurts here.</s>"),
    "a mark of the end, and then the doctor": speak("It hurts here.<|im_end|> Since when?"),
    "typographic spaces": speak("It\u202fhurts\u00a0here."),
    "ids and signs of life": raw(
        chunk(b"id: 1\n\n"),
        delta("It hurts"),
        chunk(b"id: 2\n: keep-alive\n\n"),
        chunk(b": keep-alive\n\n"),
        delta(" here.", "stop"),
        chunk(b"id"),
        chunk(b": 3\r\n: ping\r\n\r\n"),
        DONE,
    ),
    "thoughts beside it": [
        head(),
        thought("Here."),
        thought("I say so.", "reasoning"),
        delta("It hurts here.", "stop"),
        DONE,
        LAST,
    ],
}


@pytest.mark.parametrize("stream", STREAMS)
def test_a_good_answer_is_heard_whatever_is_around_it(server: ModelServer, stream: str) -> None:
    server.default = STREAMS[stream]
    said, error, heard = listen(served(server))
    assert (said, error) == ("It hurts here.", None)
    assert (heard.call.outcome, heard.call.tries) == ("ok", 1)


class Watching:
    """Notes which times are given, in place of a watch."""

    def __init__(self) -> None:
        self.armed: list[str] = []

    def arm(self, reason: str, seconds: float) -> None:
        self.armed.append(reason)


def test_whoever_thinks_aloud_is_waited_for_until_the_first_word(server: ModelServer) -> None:
    there, watch = settings(server.base_url), Watching()
    target = read_target(there, "patient")
    listener = Listener(Job(target, Meter(target, 9, lambda: 0.0)), watch, there)  # type: ignore[arg-type]
    listener.body.take(thought("Where?"))
    for piece in ("<think>", "He asks where.", "</think>", "Here."):
        listener.take(piece, {})
    assert watch.armed == [*["slow_to_start"] * 3, "stalled"]
    listener.body.take(thought("Was that right?"))
    assert watch.armed[-1] == "stalled"


def test_whoever_falls_silent_while_thinking_is_not_waited_for(server: ModelServer) -> None:
    server.default = stall(head(), thought("hm"))
    assert getattr(listen(served(server, llm_first_s=1))[1], "reason", "") == "slow_to_start"


def test_thoughts_are_paid_for_where_the_server_does_not_count(server: ModelServer) -> None:
    server.plan([head(), thought("x" * 400), delta("It hurts here.", "stop"), DONE, LAST])
    call = listen(served(server))[2].call
    assert call.estimated
    assert call.tokens_out >= 100


@pytest.mark.parametrize("usage", [None, (0, 0), (0, 4), (12, 0)])
def test_tokens_that_are_not_counted_or_counted_as_none_are_estimated_so_that_caps_hold(
    server: ModelServer, usage: tuple[int, int] | None
) -> None:
    server.plan(speak("It hurts right here, doctor.", usage=usage))
    call = listen(served(server))[2].call
    assert call.estimated
    assert min(call.tokens_in, call.tokens_out) > 0


def test_thinking_is_switched_off_where_an_address_is_given(server: ModelServer) -> None:
    listen(served(server))
    server.plan(answer(RATED))
    served(server).extract(TALK, Rating)
    for request in server.requests:
        assert request.body["chat_template_kwargs"] == {"enable_thinking": False}


class Choosy:
    """A server that refuses a request by what it holds, in its own words."""

    def __init__(self, holds: Callable[[dict[str, Any]], bool], refusal: list[Step]) -> None:
        self.holds, self.refusal = holds, refusal

    def __call__(self, request: Request) -> Iterable[Step]:
        if self.holds(request.body):
            return self.refusal
        return speak("It hurts here.") if request.body.get("stream") else answer(RATED)


def has_system(body: dict[str, Any]) -> bool:
    return any(m["role"] == "system" for m in body["messages"])


CHOOSY = {
    "a system role": Choosy(has_system, status(400, message="System role not supported")),
    "a system role, as an error of its own": Choosy(
        has_system, status(500, message="Conversation roles must alternate user/assistant")
    ),
    "the switch for thinking": Choosy(
        lambda body: "chat_template_kwargs" in body,
        status(400, message="chat_template is not supported for Mistral tokenizers"),
    ),
    "whatever it does not know": Choosy(
        lambda body: "chat_template_kwargs" in body,
        status(422, message="Extra inputs are not permitted"),
    ),
}


@pytest.mark.parametrize("refuses", CHOOSY)
def test_what_a_server_refuses_is_done_without_and_not_asked_again(
    server: ModelServer, refuses: str
) -> None:
    server.default = CHOOSY[refuses]
    model = served(server)
    assert listen(model)[:2] == ("It hurts here.", None)
    assert model.extract(TALK, Rating)[1].tries == 1
    assert len(server.requests) == 3
    said = "\n".join(m["content"] for m in server.requests[-1].body["messages"])
    assert all(text in said for _, text in TALK)


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
def test_the_address_may_be_given_with_its_v1_or_without(server: ModelServer, ending: str) -> None:
    url = server.base_url.removesuffix("/v1") + ending
    assert listen(served(url))[0] == "It hurts here."
    assert server.requests[0].path == "/v1/chat/completions"


def test_typed_data_is_found_behind_thoughts(server: ModelServer) -> None:
    server.plan(answer(f"<think>He asked it.</think>\n```json\n{RATED}\n```<|im_end|>"))
    assert served(server).extract(TALK, Rating)[1].tries == 1


PROXIES = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY")


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9"])
def test_a_server_on_this_machine_is_reached_past_every_proxy(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    for name in PROXIES:
        monkeypatch.setenv(name, proxy)
    assert listen(served(server))[0] == "It hurts here."


def test_a_socks_proxy_without_its_package_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", "socks5://someone:secret@10.0.0.1:9")
    with pytest.raises(ModelUnavailable, match="ALL_PROXY names a SOCKS proxy.*socksio") as caught:
        configured_model(settings("http://model.example/v1"))
    assert caught.value.reason == "not_configured"
    assert "secret" not in str(caught.value)


def test_a_proxy_that_is_used_and_away_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", closed_url().removesuffix("/v1"))
    error = listen(served("http://model.example/v1"))[1]
    assert error is not None
    assert error.reason == "refused"
