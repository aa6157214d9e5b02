"""The adapter on LangChain, through the real client, against a server that misbehaves."""

from __future__ import annotations

import gc
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr

from simulator.errors import ModelOutputInvalid, ModelUnavailable
from simulator.llm import Message, ScriptedModel, ServedModel, ServedStream, configured_model
from simulator.llm_calls import MAX_CHARS
from simulator.llm_limits import Pace
from simulator.settings import ROOT, Settings
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

KEY = "sk-secret-key-1234567890"
TALK: list[Message] = [("system", "You are Maria."), ("user", "Where does it hurt?")]


class Rating(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    verdict: str
    points: int
    weight: float = 1.0


RATED = '{"verdict": "met", "points": 2, "weight": 1}'


class Time:
    """Chance that always says one half, sleep that takes no time, a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    @property
    def pace(self) -> Pace:
        return Pace(clock=lambda: self.now, chance=lambda: 0.5, sleep=self.sleep)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def time_() -> Time:
    return Time()


def settings(url: str, **more: Any) -> Settings:
    return Settings(
        **{
            "llm_model": "qwen2.5",
            "llm_base_url": url,
            "llm_api_key": SecretStr(KEY),
            # Long, so that a busy machine fails no test; where time runs out, a test says so.
            "llm_first_s": 20,
            "llm_idle_s": 20,
            "llm_total_s": 60,
            **more,
        }
    )


def served(server: ModelServer | str, pace: Pace | None = None, **more: Any) -> ServedModel:
    url = server if isinstance(server, str) else server.base_url
    return ServedModel(settings(url, **more), pace=pace or Time().pace)


def listen(model: ServedModel) -> tuple[str, ModelUnavailable | None, ServedStream]:
    said, stream = "", model.stream(TALK)
    try:
        for piece in stream:
            said += piece
    except ModelUnavailable as error:
        return said, error, stream
    return said, None, stream


# What is said


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


# What goes wrong

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


SHORT: dict[str, dict[str, float]] = {
    "slow_to_start": {"llm_first_s": 0.4},
    "stalled": {"llm_idle_s": 0.4},
    "too_slow": {"llm_total_s": 1},
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


# Stopping


def wait_until_asked(server: ModelServer) -> None:
    while not server.requests:
        time.sleep(0.005)


def wait_until_left(server: ModelServer) -> float:
    began = time.monotonic()
    assert server.requests[0].left.wait(5), "the server did not notice"
    return time.monotonic() - began


def test_to_close_a_stream_closes_its_connection(server: ModelServer) -> None:
    server.default = stall(head(), delta("My"))
    stream = served(server).stream(TALK)
    assert next(iter(stream)) == "My"
    stream.close()
    stream.close()
    assert wait_until_left(server) < 2
    assert (stream.call.outcome, stream.call.estimated) == ("stopped", True)
    assert (stream.call.tokens_in, stream.call.tokens_out) == (9, 1)
    assert list(stream) == []


def test_a_stream_can_be_closed_by_another_thread_while_it_is_waited_for(
    server: ModelServer,
) -> None:
    server.default = stall()
    stream = served(server).stream(TALK)
    closer = threading.Thread(target=lambda: (wait_until_asked(server), stream.close()))
    closer.start()
    assert list(stream) == []
    closer.join()
    assert wait_until_left(server) < 2
    assert stream.call.outcome == "stopped"


def leave_block(stream: ServedStream) -> None:
    with stream:
        for _ in stream:
            break


def close_iterator(stream: ServedStream) -> None:
    pieces = iter(stream)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]


def close_generator(stream: ServedStream) -> None:
    def pass_on() -> Iterator[str]:
        yield from stream

    pieces = pass_on()
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]


def raise_within(stream: ServedStream) -> None:
    with pytest.raises(KeyError), stream:
        for piece in stream:
            raise KeyError(piece)


@pytest.mark.parametrize("leave", [leave_block, close_iterator, close_generator, raise_within])
def test_whoever_leaves_a_stream_stops_it(server: ModelServer, leave: Any) -> None:
    server.default = stall(head(), delta("My"))
    stream = served(server).stream(TALK)
    leave(stream)
    assert wait_until_left(server) < 2
    assert stream.call.outcome == "stopped"


def test_a_stream_that_is_dropped_is_stopped(server: ModelServer) -> None:
    server.default = stall(head(), delta("My"))
    model = served(server)
    stream = model.stream(TALK)
    wait_until_asked(server)
    del stream
    assert wait_until_left(server) < 2


def test_a_torrent_is_cancelled_and_not_taken_in(server: ModelServer) -> None:
    server.default = [*giant_line(), *stall()]
    listen(served(server))
    assert server.requests[0].left.wait(5)


def test_nothing_is_left_behind_when_models_come_and_go(server: ModelServer) -> None:
    for _ in range(5):
        listen(served(server))
        served(server).stream(TALK).close()
    gc.collect()
    time.sleep(0.2)
    gc.collect()


# Slots and rest


def test_no_more_calls_are_under_way_than_there_are_slots(server: ModelServer) -> None:
    server.default = speak("one two three", between=0.05)
    model = served(server, llm_concurrency=2)
    with ThreadPoolExecutor(8) as threads:
        heard = list(threads.map(lambda _: listen(model)[0], range(8)))
    assert heard == ["one two three"] * 8
    assert server.at_once == 2


def test_a_call_without_a_slot_in_time_finds_the_model_busy(server: ModelServer) -> None:
    server.default = stall(head(), delta("My"))
    model = served(server, llm_concurrency=1, llm_first_s=2)
    first = model.stream(TALK)
    next(iter(pieces := iter(first)))
    _, error, stream = listen(model)
    assert error is not None
    assert (error.reason, stream.call.tries, stream.call.tokens_in) == ("busy", 0, 0)
    pieces.close()  # type: ignore[attr-defined]
    server.default = speak("Here.")
    assert listen(model)[0] == "Here."


def test_one_who_waits_for_a_slot_can_be_stopped(server: ModelServer) -> None:
    server.default = stall(head(), delta("My"))
    model = served(server, llm_concurrency=1)
    with model.stream(TALK) as first:
        assert next(iter(pieces := iter(first))) == "My"
        waiting = model.stream(TALK)
        waiting.close()
        assert waiting.call.outcome == "stopped"
        del pieces
    server.default = speak("Here.")
    assert listen(model)[0] == "Here."


def test_a_model_that_keeps_failing_is_left_alone_for_a_while(
    server: ModelServer, time_: Time
) -> None:
    server.default = status(500)
    model = served(server, time_.pace)
    for _ in range(3):
        listen(model)
    assert model.resting
    asked = len(server.requests)
    _, error, stream = listen(model)
    assert error is not None
    assert (error.reason, stream.call.tries) == ("resting", 0)
    with pytest.raises(ModelUnavailable, match="left alone"):
        model.extract(TALK, Rating)
    assert len(server.requests) == asked
    time_.now += 30
    server.default = speak("Here.")
    assert listen(model)[0] == "Here."
    assert not model.resting


# Typed answers


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


# Which model


def test_without_a_name_no_model_is_configured() -> None:
    with pytest.raises(ModelUnavailable, match="VSP_LLM_MODEL") as caught:
        configured_model(Settings(llm_model=""))
    assert caught.value.reason == "not_configured"


@pytest.mark.parametrize("url", ["localhost:8000/v1", "ftp://x/v1", "http://"])
def test_an_address_that_is_none_is_named(url: str) -> None:
    with pytest.raises(ModelUnavailable, match="VSP_LLM_BASE_URL") as caught:
        configured_model(settings(url))
    assert caught.value.reason == "not_configured"


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("anthropic:claude-x", "langchain-anthropic"),
        ("google:gemini-x", "langchain-google-genai"),
        ("google_genai:gemini-x", "langchain-google-genai"),
    ],
)
def test_a_provider_whose_package_is_missing_is_told_with_the_remedy(
    name: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package.replace("-", "_"), None)
    with pytest.raises(ModelUnavailable, match=f"pip install {package}$") as caught:
        configured_model(settings("", llm_model=name))
    assert caught.value.reason == "not_configured"


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("openai:gpt-x-2026-01-01", "openai:gpt-x-2026-01-01"),
        ("llama3:8b", "openai:llama3:8b"),
        ("qwen2.5", "openai:qwen2.5"),
        ("claude-local", "openai:claude-local"),
        ("ollama:x", "openai:ollama:x"),
        ("anthropic:claude-x", "anthropic:claude-x"),
        ("google:gemini-x", "google_genai:gemini-x"),
    ],
)
def test_the_provider_is_always_named(
    name: str, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import langchain.chat_models

    loaded: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(
        langchain.chat_models, "init_chat_model", lambda model, **o: loaded.append((model, o))
    )
    model = configured_model(settings("", llm_model=name))
    assert model.name == name
    assert loaded[0][0] == asked
    assert loaded[0][1]["max_retries"] == 0
    own = loaded[0][1].get("base_url")
    assert own == ("https://api.openai.com/v1" if asked.startswith("openai:") else None)


def test_a_judge_has_its_own_model_and_falls_back_to_the_patients(server: ModelServer) -> None:
    judge = {"judge_model": "judge-7b", "judge_api_key": SecretStr("sk-judge")}
    prices = {"llm_price_in": 1.0, "llm_price_out": 1.0}
    server.default = answer(RATED)
    for more, name, cost in ((judge, "judge-7b", None), ({}, "qwen2.5", 16e-6)):
        model = ServedModel(settings(server.base_url, **more, **prices), "evaluator")
        call = model.extract(TALK, Rating)[1]
        assert (call.model, call.purpose, call.cost) == (name, "evaluator", cost)
    first, second = server.requests
    assert first.headers["authorization"] == "Bearer sk-judge"
    assert second.headers["authorization"] == f"Bearer {KEY}"
    assert first.body["temperature"] == 0


def test_a_judges_fault_names_the_judges_variables(server: ModelServer) -> None:
    server.default = status(401)
    more = {"judge_model": "judge-7b", "judge_api_key": SecretStr("sk-judge")}
    with pytest.raises(ModelUnavailable, match="VSP_JUDGE_API_KEY"):
        ServedModel(settings(server.base_url, **more), "evaluator").extract(TALK, Rating)


def test_the_environment_sends_neither_words_nor_key_elsewhere(server: ModelServer) -> None:
    code = (
        "import sys; from simulator.llm import configured_model; from simulator.settings import *;"
        "from langsmith.utils import tracing_is_enabled;"
        "m = configured_model(read_settings()); print(''.join(m.stream([('user', 'x')])));"
        "assert not tracing_is_enabled()"
    )
    environment = {
        "VSP_LLM_MODEL": "m",
        "VSP_LLM_BASE_URL": server.base_url,
        "OPENAI_API_KEY": "sk-other",
        "OPENAI_BASE_URL": closed_url(),
        "OPENAI_API_BASE": closed_url(),
        "LANGCHAIN_TRACING_V2": "true",
        "LANGSMITH_TRACING_V2": "true",
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("It hurts here.\n", "", 0)
    assert server.requests[0].headers["authorization"] == "Bearer none"


def test_to_import_the_module_imports_no_langchain() -> None:
    code = (
        "import sys, simulator.llm; "
        "print([m for m in sys.modules if m.split('.')[0] in "
        "('langchain', 'langchain_core', 'langchain_openai', 'openai', 'httpx2', 'langsmith')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


# The scripted model


def test_a_scripted_model_says_its_replies_word_by_word() -> None:
    model = ScriptedModel(["It hurts here.", "Yes."])
    stream = model.stream(TALK)
    assert list(stream) == ["It ", "hurts ", "here."]
    assert (stream.call.outcome, stream.call.model) == ("ok", "scripted-model")
    assert list(model.stream(TALK[1:])) == ["Yes."]
    assert model.calls == [TALK, TALK[1:]]


def test_a_scripted_model_raises_what_it_was_given_and_when_it_runs_out() -> None:
    model = ScriptedModel([ModelUnavailable("It is tired", reason="stalled")])
    with pytest.raises(ModelUnavailable, match="tired") as caught, model.stream(TALK) as stream:
        list(stream)
    assert caught.value.call.outcome == "stalled"
    with pytest.raises(ModelUnavailable, match="give it one a call"):
        list(model.stream(TALK))


def test_a_scripted_models_reply_is_read_as_typed_data() -> None:
    model = ScriptedModel([RATED, "no", ModelUnavailable("It is tired")])
    assert model.extract(TALK, Rating)[0].points == 2
    with pytest.raises(ModelOutputInvalid, match="not JSON") as caught:
        model.extract(TALK, Rating)
    assert caught.value.call.outcome == "malformed"
    with pytest.raises(ModelUnavailable, match="tired"):
        model.extract(TALK, Rating)
