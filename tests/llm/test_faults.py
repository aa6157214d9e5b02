"""A server that misbehaves ends in a reason and a sentence; what may help is tried again."""

from __future__ import annotations

import socket
import time
from email.utils import formatdate

import pytest

from simulator.errors import ModelUnavailable
from simulator.llm.calls import MAX_CHARS
from simulator.llm.limits import Pace
from tests.llm.serving import KEY, SHORT, Time, listen, served
from tests.model_server import (
    DONE,
    END,
    RESET,
    Behaviour,
    ModelServer,
    Request,
    Step,
    answer,
    chunk,
    closed_url,
    delta,
    event,
    giant_line,
    head,
    raw,
    speak,
    stall,
    status,
    torrent,
    whole,
)

FAULTS: dict[str, tuple[Behaviour, str, str]] = {
    "a refused key": (status(401, message=f"Incorrect API key: {KEY}"), "unauthorized", ""),
    "a forbidden model": (status(403), "unauthorized", ""),
    "an unknown model": (status(404), "not_found", ""),
    "a redirect": ([head(307, length=0, Location="http://x.invalid/")], "not_found", ""),
    "a bad request": (status(400, code="unsupported_value"), "bad_request", ""),
    "a bad request that LangChain warns of": (
        status(400, message="Invalid schema for response_format"),
        "bad_request",
        "",
    ),
    "a long wait asked for": (status(429, "21"), "rate_limited", ""),
    "a long wait asked for by date": (
        status(429, formatdate(time.time() + 3600, usegmt=True)),
        "rate_limited",
        "",
    ),
    "a stall before the headers": (stall(), "slow_to_start", ""),
    "a stall before the first piece": (stall(head()), "slow_to_start", ""),
    "nothing but signs of life": ([head(), *[chunk(b": hi\n\n"), 0.1] * 30], "slow_to_start", ""),
    "nothing but white space": ([head(), *[delta(" "), 0.1] * 30], "slow_to_start", ""),
    "a stall within the answer": (stall(head(), delta("My")), "stalled", "My"),
    "signs of life within": (
        [head(), delta("My"), *[chunk(b": hi\n\n"), 0.1] * 30],
        "stalled",
        "My",
    ),
    "a reset within the answer": ([head(), delta("My"), 0.05, RESET], "cut", "My"),
    "a close within the answer": ([head(), delta("My"), END], "cut", "My"),
    "an end without a finish": (raw(delta("My")), "cut", "My"),
    "half an event": (raw(delta("My"), chunk(b'data: {"choices": [{"de')), "cut", "My"),
    "half JSON": (raw(delta("My"), event('{"choices": [{"de')), "malformed", "My"),
    "no JSON": (raw(event("hello")), "malformed", ""),
    "JSON of another kind": (raw(event("[1, 2]")), "malformed", ""),
    "bytes that are no text": (raw(chunk(b"data: \xff\xfe\n\n")), "malformed", ""),
    "a web page": (whole("<html>Welcome</html>", "text/html"), "malformed", ""),
    "an answer that is no stream": (answer("My knee."), "malformed", ""),
    "a compressed answer": ([head(Content_Encoding="gzip"), chunk(b"\x1f\x8b")], "malformed", ""),
    "an error within the stream": (
        raw(delta("My"), event({"error": {"message": "out of memory", "code": 500}})),
        "server_error",
        "My",
    ),
    "no choices": (raw(event({"choices": []}), DONE), "empty", ""),
    "choices that are null": (raw(event({"choices": None}), DONE), "empty", ""),
    "a choice without a delta": (raw(event({"choices": [{"index": 0}]}), DONE), "empty", ""),
    "null content": (raw(delta(None), delta(None, "stop"), DONE), "empty", ""),
    "an empty answer": (speak(""), "empty", ""),
    "blanks": (speak("   "), "empty", ""),
    "no answer at all": (raw(DONE), "empty", ""),
    "a torrent": (torrent(), "too_long", "x" * MAX_CHARS),
    "one piece of 100,000 characters": (speak("x" * 100_000), "too_long", "x" * MAX_CHARS),
    "a line without end": (giant_line(), "too_long", ""),
    "an endless error": (
        [head(500, "text/plain"), *[chunk(b"x" * 100_000)] * 100],
        "too_long",
        "",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_ends_in_a_reason_and_a_sentence(server: ModelServer, fault: str) -> None:
    behaviour, reason, said = FAULTS[fault]
    server.default = behaviour
    heard, error, stream = listen(served(server, **SHORT.get(reason, {})))
    assert error is not None
    assert (error.reason, heard) == (reason, said)
    assert stream.call.outcome == reason
    assert error.call == stream.call
    sentence = str(error)
    assert "qwen2.5" in sentence
    assert KEY not in sentence
    assert "\n" not in sentence
    assert "VSP_LLM_" in sentence
    assert error.__cause__ is None
    with pytest.raises(ModelUnavailable):
        list(stream)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (status(429), "rate_limited"),
        (status(500), "server_error"),
        (status(503), "server_error"),
        ([END], "cut"),
        ([RESET], "cut"),
        ([head(), END], "cut"),
        (raw(), "cut"),
    ],
)
def test_before_the_first_piece_two_more_tries_are_made(
    server: ModelServer, time_: Time, behaviour: Behaviour, reason: str
) -> None:
    server.default = behaviour
    _, error, stream = listen(served(server, time_.pace))
    assert error is not None
    assert error.reason == reason
    assert stream.call.tries == len(server.requests) == 3
    assert time_.slept == [0.25, 0.5]


def test_a_try_that_succeeds_is_all_that_is_heard(server: ModelServer) -> None:
    server.plan(status(503), [RESET], speak("Here."))
    said, error, stream = listen(served(server))
    assert (said, error, stream.call.tries, stream.call.outcome) == ("Here.", None, 3, "ok")


@pytest.mark.parametrize("fault", ["a close within the answer", "a stall before the headers"])
def test_nothing_is_tried_again_after_a_piece_or_a_timeout(server: ModelServer, fault: str) -> None:
    server.default, reason, _ = FAULTS[fault]
    stream = listen(served(server, **SHORT.get(reason, {})))[2]
    assert stream.call.tries == len(server.requests) == 1


def test_retry_after_is_waited_for(server: ModelServer, time_: Time) -> None:
    def by_date(_: Request) -> list[Step]:
        return status(503, formatdate(time.time() + 10, usegmt=True))

    server.plan(status(429, "2"), by_date, speak("Here."))
    assert listen(served(server, time_.pace))[0] == "Here."
    assert time_.slept[0] == 2
    assert 1 < time_.slept[1] <= 10


def test_retry_after_beyond_the_total_is_not_waited_for(server: ModelServer, time_: Time) -> None:
    server.default = status(429, "6")
    assert listen(served(server, time_.pace, llm_total_s=5))[2].call.tries == 1
    assert time_.slept == []


def test_all_tries_share_one_total(server: ModelServer) -> None:
    server.default = [0.4, *status(500)]
    model = served(server, Pace(chance=lambda: 0.0), llm_total_s=0.6)
    began = time.monotonic()
    error = listen(model)[1]
    assert error is not None
    assert error.reason == "too_slow"
    assert time.monotonic() - began < 3


def test_a_slow_drip_ends_with_the_total(server: ModelServer) -> None:
    server.default = speak("word " * 100, between=0.1)
    said, error, _ = listen(served(server, llm_total_s=2))
    assert error is not None
    assert (error.reason, said.startswith("word word")) == ("too_slow", True)


def test_a_server_that_is_not_there_is_refused() -> None:
    _, error, stream = listen(served(closed_url()))
    assert error is not None
    assert (error.reason, stream.call.tries, stream.call.tokens_in) == ("refused", 3, 0)


def test_a_name_that_nobody_knows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = listen(served("http://model.invalid/v1"))[1]
    assert error is not None
    assert error.reason == "refused"


def test_a_server_that_speaks_no_tls_is_refused(server: ModelServer) -> None:
    error = listen(served(server.base_url.replace("http:", "https:")))[1]
    assert error is not None
    assert error.reason == "refused"
