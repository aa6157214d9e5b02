"""A language model that speaks the patient, for tests: how it is reached, and how it fails."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from simulator.services import Services
from simulator.settings import Settings
from tests.model_server import (
    END,
    RESET,
    Behaviour,
    ModelServer,
    Request,
    Step,
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

ONSET = "When did the pain start?"
BOTH = "When did it start, and have you had a fever?"
OWN = "It began three days ago, doctor."
AUTHORS = "It began three days ago."


def some(*pieces: str) -> list[Any]:
    """The beginning of an answer in these pieces."""
    return [head(), *map(delta, pieces)]


# Each fault before anything can be heard: its name, what the server does, the reason in the trace.
FAULTS: list[tuple[str, Behaviour, str]] = [
    ("key refused", status(401), "unauthorized"),
    ("forbidden", status(403), "unauthorized"),
    ("no such model", status(404), "not_found"),
    ("too many requests", status(429), "rate_limited"),
    ("too many requests, come back soon", status(429, retry_after="0"), "rate_limited"),
    ("too many requests, come back in an hour", status(429, retry_after="3600"), "rate_limited"),
    ("fault of the server", status(500), "server_error"),
    ("bad request", status(400), "bad_request"),
    ("stall before the head", stall(), "slow_to_start"),
    ("stall before the first word", stall(head()), "slow_to_start"),
    ("stall inside the first sentence", stall(*some("It began three")), "stalled"),
    ("cut before the first word", [head(), END], "cut"),
    ("cut inside the first sentence", [*some("It began three"), END], "cut"),
    ("torn inside the first sentence", [*some("It began three"), RESET], "cut"),
    ("not JSON", raw(event("{oops")), "malformed"),
    ("a web page", whole("<html>Welcome</html>", "text/html"), "malformed"),
    ("nothing", raw(), "cut"),
    ("an empty answer", speak(""), "empty"),
    ("ten megabytes", torrent(), "too_long"),
    ("ten megabytes in one line", giant_line(), "too_long"),
]


def impatience(reason: str) -> dict[str, float]:
    """Settings under which this fault shows soon, and no other by chance on a busy machine."""
    return {"slow_to_start": {"llm_first_s": 0.4}, "stalled": {"llm_idle_s": 0.4}}.get(reason, {})


# Each fault after the first sentence was heard.
LATE: list[tuple[str, Behaviour, str]] = [
    ("stall", stall(*some(AUTHORS, " And no")), "stalled"),
    ("cut", [*some(AUTHORS, " And no"), END], "cut"),
    ("torn", [*some(AUTHORS, " And no"), RESET], "cut"),
]


def voiced(services: Services, url: str, **changes: Any) -> Services:
    """The same cases, with a served model of its own to speak them."""
    assert services.support
    own = copy.copy(services)
    own.__dict__.pop("model", None)
    values = {
        "voice": "llm",
        "llm_model": "small-model",
        "llm_base_url": url,
        "llm_first_s": 10,
        "llm_idle_s": 10,
        "llm_total_s": 30,
    }
    own.settings = Settings(**{**services.settings.model_dump(), **values, **changes})
    return own


def held(go_on: threading.Event, text: str = OWN) -> Callable[[Request], Iterator[Step]]:
    """Say nothing until the test allows it."""

    def behave(_: Request) -> Iterator[Step]:
        yield head()
        while not go_on.is_set():
            yield 0.02
        yield from speak(text)[1:]

    return behave


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until something has happened, or fail after ten seconds."""
    last = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < last, "it never happened"
        time.sleep(0.01)


def asked(server: ModelServer, times: int = 1) -> Callable[[], bool]:
    """Whether the server was asked so often by now."""
    return lambda: len(server.requests) >= times
