"""Whoever stops listening stops the request; slots and rest keep a bad model away."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from simulator.errors import ModelUnavailable
from simulator.llm import ServedStream
from tests.llm.serving import TALK, Rating, Time, listen, served
from tests.model_server import (
    ModelServer,
    delta,
    giant_line,
    head,
    speak,
    stall,
    status,
)


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
