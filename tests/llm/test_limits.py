from __future__ import annotations

import asyncio
import threading
from typing import get_args

import pytest

from simulator.errors import Reason
from simulator.llm.limits import (
    FAILURES_IN_A_ROW,
    MAX_BODY,
    REST_S,
    SENTENCES,
    Body,
    Breaker,
    Fault,
    read_fault,
    read_retry_after,
)
from tests.llm.serving import Time


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def fail(breaker: Breaker, reason: Reason = "refused", times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(Fault), breaker.guard():
            raise Fault(reason)


def error(name: str, *bases: type[BaseException], **attributes: object) -> BaseException:
    return type(name, bases or (Exception,), dict(attributes))()


def test_every_reason_but_those_told_elsewhere_has_a_sentence() -> None:
    assert set(get_args(Reason)) - set(SENTENCES) == {"not_configured", "spent"}


def test_a_breaker_rests_after_three_failures_in_a_row() -> None:
    breaker = Breaker(Clock())
    fail(breaker, times=FAILURES_IN_A_ROW - 1)
    assert not breaker.resting
    fail(breaker)
    assert breaker.resting
    with pytest.raises(Fault, match="resting"), breaker.guard():
        pass


def test_a_success_in_between_starts_the_count_anew() -> None:
    breaker = Breaker(Clock())
    fail(breaker, times=2)
    with breaker.guard():
        pass
    fail(breaker, times=2)
    assert not breaker.resting


@pytest.mark.parametrize("reason", ["bad_request", "empty", "too_long"])
def test_what_says_nothing_about_the_server_is_no_failure(reason: Reason) -> None:
    breaker = Breaker(Clock())
    fail(breaker, reason, times=9)
    assert not breaker.resting


@pytest.mark.parametrize(
    "reason",
    ["refused", "slow_to_start", "stalled", "too_slow", "server_error", "cut", "malformed"]
    + ["rate_limited", "unauthorized", "not_found"],
)
def test_what_says_that_the_server_fails_is_a_failure(reason: Reason) -> None:
    breaker = Breaker(Clock())
    fail(breaker, reason, times=FAILURES_IN_A_ROW)
    assert breaker.resting


def test_after_its_rest_one_call_finds_out_whether_the_model_is_back() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    fail(breaker, times=3)
    clock.now += REST_S
    assert not breaker.resting
    with breaker.guard():
        assert breaker.resting
        with pytest.raises(Fault, match="resting"), breaker.guard():
            pass
    assert not breaker.resting
    fail(breaker)
    assert not breaker.resting


def test_a_failed_probe_makes_it_rest_again() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    fail(breaker, times=3)
    clock.now += REST_S
    fail(breaker)
    assert breaker.resting
    clock.now += REST_S - 1
    assert breaker.resting
    clock.now += 1
    assert not breaker.resting


def test_a_stopped_probe_leaves_the_question_open_for_the_next_call() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    fail(breaker, times=3)
    clock.now += REST_S
    with pytest.raises(KeyboardInterrupt), breaker.guard():
        raise KeyboardInterrupt
    assert not breaker.resting
    fail(breaker)
    assert breaker.resting


def test_of_many_threads_one_probes() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    fail(breaker, times=3)
    clock.now += REST_S
    together, hold = threading.Barrier(16), threading.Event()
    let_through: list[bool] = []

    def call() -> None:
        together.wait()
        try:
            with breaker.guard():
                let_through.append(True)
                hold.wait(5)
        except Fault:
            let_through.append(False)
        if len(let_through) == 16:
            hold.set()

    threads = [threading.Thread(target=call) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(let_through) == [False] * 15 + [True]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3.0),
        ("0.5", 0.5),
        ("-4", 0.0),
        ("Thu, 01 Jan 1970 00:01:10 GMT", 10.0),
        ("Thu, 01 Jan 1970 00:01:10 -0000", 10.0),
        ("Thu, 01 Jan 1970 00:00:10 GMT", 0.0),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_in_seconds_or_as_a_date(
    value: str | None, seconds: float | None
) -> None:
    assert read_retry_after(value, now=lambda: 60.0) == seconds


@pytest.mark.parametrize(
    ("fault", "left", "pauses"),
    [
        (Fault("refused", retry=True), 60, [0.25, 0.5]),
        (Fault("refused", retry=True), 0.4, [0.25]),
        (Fault("unauthorized"), 60, []),
        (Fault("rate_limited", retry=True, wait=7), 60, [7, 7]),
        (Fault("rate_limited", retry=True, wait=7), 6, []),
        (Fault("rate_limited", retry=True, wait=21), 60, []),
        (Fault("rate_limited", retry=True, wait=0), 60, [0, 0]),
    ],
)
def test_a_try_is_followed_by_another_only_where_it_helps_and_fits(
    fault: Fault, left: float, pauses: list[float]
) -> None:
    time_ = Time()

    async def fail() -> None:
        raise fault

    with pytest.raises(Fault) as caught:
        asyncio.run(time_.pace.tries(lambda: False, lambda: left)(fail))
    assert (caught.value, time_.slept) == (fault, pauses)


@pytest.mark.parametrize(
    ("status", "reason", "retry"),
    [
        (307, "not_found", False),
        (400, "bad_request", False),
        (401, "unauthorized", False),
        (403, "unauthorized", False),
        (404, "not_found", False),
        (409, "bad_request", False),
        (422, "bad_request", False),
        (429, "rate_limited", True),
        (500, "server_error", True),
        (503, "server_error", True),
        (529, "server_error", True),
    ],
)
def test_a_status_has_a_reason(status: int, reason: str, retry: bool) -> None:
    fault = read_fault(error("APIStatusError", status_code=status))
    assert (fault.reason, fault.retry) == (reason, retry)


@pytest.mark.parametrize(
    ("name", "reason", "retry"),
    [
        ("ConnectError", "refused", True),
        ("ConnectTimeout", "refused", False),
        ("UnsupportedProtocol", "refused", True),
        ("TransportError", "cut", True),
        ("APIConnectionError", "cut", True),
        ("DecodingError", "malformed", False),
        ("APIError", "server_error", True),
        ("Whatever", "malformed", False),
    ],
)
def test_an_error_is_known_by_its_name_whatever_library_it_is_from(
    name: str, reason: str, retry: bool
) -> None:
    outer = error("Wrapped")
    outer.__cause__ = error(name)
    fault = read_fault(outer)
    assert (fault.reason, fault.retry) == (reason, retry)


def test_an_error_within_the_stream_is_read_by_its_code() -> None:
    assert read_fault(error("APIError", code="429")).reason == "rate_limited"
    assert read_fault(error("APIError", code="overloaded")).reason == "server_error"


def test_of_what_a_server_says_only_short_identifiers_are_passed_on() -> None:
    fault = read_fault(
        error("X", status_code=400, code="unsupported_value", param="my key sk-1", type=None)
    )
    assert fault.detail == "HTTP 400 unsupported_value"


def test_a_body_is_bounded_and_its_end_is_known() -> None:
    body = Body()
    body.take(b"data: {}\n\ndata: [DO")
    assert not body.done
    body.take(b"NE]\n\n")
    assert body.done
    with pytest.raises(Fault, match="too_long"):
        body.take(b"x" * MAX_BODY)
