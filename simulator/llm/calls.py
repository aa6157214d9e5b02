"""One call to a language model: where it goes, what it costs, and its way between threads."""

from __future__ import annotations

import asyncio
import re
import sys
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from queue import SimpleQueue
from threading import Event, current_thread
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from anyio.from_thread import BlockingPortal, start_blocking_portal
from pydantic import SecretStr

from simulator.errors import ModelUnavailable
from simulator.llm.limits import SENTENCES, UNSPENT, Fault, read_fault
from simulator.llm.protocol import CHARS_A_TOKEN, Call, Purpose
from simulator.settings import Settings

R = TypeVar("R")
Ended = Callable[[Call], None]  # told of each call once it is over

MAX_CHARS = 8_000
CLOSE_S = 2.0
THREAD = "language-models"
PROVIDERS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google": "google_genai",
    "google_genai": "google_genai",
}


@dataclass(frozen=True, slots=True)
class Target:
    """Where the calls of a purpose go, and the variables that say so."""

    name: str
    purpose: Purpose
    provider: str
    model: str
    url: str
    key: SecretStr
    temperature: float
    prices: tuple[float, float, float] | None  # in, cached and out, of a million tokens
    model_var: str
    url_var: str
    key_var: str

    def unavailable(self, fault: Fault, call: Call | None = None) -> ModelUnavailable:
        """The failure in a sentence for the person at the screen."""
        remedy = SENTENCES[fault.reason].format(
            model=self.model_var, url=self.url_var, key=self.key_var
        )
        what, _, do = remedy.partition("; ")
        detail = f" ({fault.detail})" if fault.detail else ""
        return ModelUnavailable(
            f"The language model {self.name!r} {what}{detail}; {do}",
            reason=fault.reason,
            call=call,
        )


def read_target(settings: Settings, purpose: Purpose) -> Target:
    """What the settings say of a purpose; what they don't say of a judge is as for the patient.

    Raises:
        ModelUnavailable: they name no model, or an address that is none.
    """
    judges = purpose == "evaluator"
    name = (settings.judge_model if judges else "") or settings.llm_model
    if not name:
        which = "JUDGE" if judges else "LLM"
        without = "--judge none" if judges else "--voice scripted"
        raise ModelUnavailable(
            f"No language model is configured. Set VSP_{which}_MODEL (and VSP_{which}_BASE_URL for "
            f"a local server), or use {without}, which needs none"
        )
    provider, model = _provider_of(name)
    # Another service never gets the patient's address or key.
    apart = judges and provider != _provider_of(settings.llm_model)[0]
    own_url = settings.judge_base_url if judges else ""
    own_key = judges and (apart or bool(own_url) or bool(settings.judge_api_key.get_secret_value()))
    url_var = "VSP_JUDGE_BASE_URL" if own_url else "VSP_LLM_BASE_URL"
    url = own_url or ("" if apart else settings.llm_base_url)
    if url and not re.match(r"https?://[^/]", url):
        raise ModelUnavailable(
            f"{url_var} is not an address of the form http://HOST:PORT/v1; correct it for the "
            f"language model {name!r}"
        )
    # The prices are those of the patient's model; another judge's calls have none.
    prices = _prices(settings) if name == settings.llm_model else None
    return Target(
        name=name,
        purpose=purpose,
        provider=provider,
        model=model,
        url=full_address(url),
        key=settings.judge_api_key if own_key else settings.llm_api_key,
        temperature=0.0 if judges else settings.llm_temperature,
        prices=prices,
        model_var="VSP_JUDGE_MODEL" if judges and settings.judge_model else "VSP_LLM_MODEL",
        url_var=url_var,
        key_var="VSP_JUDGE_API_KEY" if own_key else "VSP_LLM_API_KEY",
    )


def full_address(url: str) -> str:
    """An address as the client needs it: with its /v1, and without the name of the call."""
    url = url.rstrip("/").removesuffix("/chat/completions")
    return f"{url}/v1" if url and not urlsplit(url).path else url


def _provider_of(name: str) -> tuple[str, str]:
    """The provider and the model of 'provider:model'; a bare name is an OpenAI-style server's."""
    prefix, colon, rest = name.partition(":")
    named = bool(colon and rest) and prefix in PROVIDERS
    return (PROVIDERS[prefix], rest) if named else ("openai", name)


def _prices(settings: Settings) -> tuple[float, float, float] | None:
    fresh, cached, out = (
        settings.llm_price_in,
        settings.llm_price_cached,
        settings.llm_price_out,
    )
    if fresh is None or out is None:
        return None
    return fresh, fresh if cached is None else cached, out


class Meter:
    """Measures a call while it is under way."""

    def __init__(self, target: Target, chars_in: int, clock: Callable[[], float]) -> None:
        self._target = target
        self._clock = clock
        self._began = clock()
        self._counted: tuple[int, int, int] | None = None
        self.first: float | None = None
        self.tries = 0
        self.chars_in = chars_in
        self.chars_out = 0
        self.chars_thought = 0  # not heard, but paid for

    def hear(self, text: str) -> None:
        """Take note of a piece of the answer."""
        if self.first is None:
            self.first = self._clock()
        self.chars_out += len(text)

    def spend(self, usage: Mapping[str, Any] | None) -> None:
        """Add the tokens that the server counted, if it did."""
        if not usage:
            return
        details = usage.get("input_token_details") or {}
        new = (
            usage.get("input_tokens") or 0,
            usage.get("output_tokens") or 0,
            details.get("cache_read") or 0,
        )
        old = self._counted or (0, 0, 0)
        self._counted = (old[0] + new[0], old[1] + new[1], old[2] + new[2])

    def call(self, outcome: str) -> Call:
        """The call as it stands now."""
        counted_in, counted_out, cached = self._counted or (0, 0, 0)
        # Rounded up: a caller with a cap would rather count too much than too little.
        guess_in = -(-self.chars_in // CHARS_A_TOKEN)
        guess_out = -(-(self.chars_out + self.chars_thought) // CHARS_A_TOKEN)
        spent = self._counted is not None or outcome not in UNSPENT
        # Some servers count nothing, some only zeros, and every prompt has tokens.
        estimated = spent and (not counted_in or (not counted_out and guess_out > 0))
        tokens = (counted_in or guess_in, counted_out or guess_out, cached) if spent else (0, 0, 0)
        now = self._clock()
        return Call(
            model=self._target.name,
            purpose=self._target.purpose,
            outcome=outcome,
            tokens_in=tokens[0],
            tokens_out=tokens[1],
            tokens_cached=tokens[2],
            estimated=estimated,
            cost=self._cost(*tokens),
            first_ms=None if self.first is None else (self.first - self._began) * 1000,
            ms=(now - self._began) * 1000,
            tries=self.tries,
        )

    def _cost(self, tokens_in: int, tokens_out: int, cached: int) -> float | None:
        if self._target.prices is None:
            return None
        price_in, price_cached, price_out = self._target.prices
        fresh = max(0, tokens_in - cached)
        return (fresh * price_in + cached * price_cached + tokens_out * price_out) / 1_000_000


class Job(Generic[R]):
    """A call under way on the background loop, and its other end in the caller's thread."""

    def __init__(self, target: Target, meter: Meter, ended: Ended = lambda _: None) -> None:
        self._tell = ended
        self.meter = meter
        self.full = False
        self._target = target
        self._pieces: SimpleQueue[str | None] = SimpleQueue()
        self._future: Future[None] | None = None
        self._ended = Event()
        self._call: Call | None = None
        self._error: ModelUnavailable | None = None
        self._value: R | None = None

    def start(self, work: Callable[[], Awaitable[R]]) -> None:
        """Begin the work."""
        self._future = portal().start_task_soon(self._run, work)

    def hear(self, text: str) -> bool:
        """Pass a piece on to the caller, white space at the very beginning left out.

        Returns:
            Whether there was anything to pass on.
        """
        if self.meter.first is None:
            text = text.lstrip()
        if not text:
            return False
        room = MAX_CHARS - self.meter.chars_out
        self.full = len(text) > room
        if text := text[:room]:
            self.meter.hear(text)
            self._pieces.put(text)
        return True

    def listen(self) -> Iterator[str]:
        """The pieces as they come.

        Raises:
            ModelUnavailable: the work failed.
        """
        while (piece := self._pieces.get()) is not None:
            yield piece
        self._pieces.put(None)  # for whoever listens again
        if self._error:
            raise self._error

    def wait(self) -> R:
        """What came of the work.

        Raises:
            ModelUnavailable: it failed.
        """
        try:
            self._ended.wait()
        except BaseException:
            self.stop()
            raise
        if self._error:
            raise self._error
        return self._value  # type: ignore[return-value]

    def stop(self) -> None:
        """Cancel the work, from any thread, without waiting for its end."""
        if self._future:
            self._future.cancel()

    def close(self) -> None:
        """Cancel the work and wait until its connection is closed."""
        self.stop()
        if current_thread().name != THREAD:
            self._ended.wait(CLOSE_S)

    @property
    def call(self) -> Call:
        """What it cost; as far as it has come where it is still under way."""
        return self._call or self.meter.call("stopped")

    async def _run(self, work: Callable[[], Awaitable[R]]) -> None:
        try:
            self._value = await work()
            self._call = self.meter.call("ok")
        except Exception as error:
            fault = read_fault(error)
            self._call = self.meter.call(fault.reason)
            self._error = self._target.unavailable(fault, self._call)
        finally:
            self._call = self._call or self.meter.call("stopped")
            self._tell(self._call)
            self._ended.set()
            self._pieces.put(None)


@cache
def portal() -> BlockingPortal:
    """The process's one event loop for calls, in a thread of its own."""
    running = ExitStack()
    found = running.enter_context(start_blocking_portal(name=THREAD))
    found.call(_close_generators_later)

    def stop() -> None:
        with suppress(RuntimeError):
            found.call(found.stop, True)
        running.close()

    # At the program's end finalizers run newest first, so this one runs after the models' own.
    weakref.finalize(found, stop)
    return found


async def _close_generators_later() -> None:
    """Have generators that the client leaves half read closed only a while after they are dropped.

    The collector may drop a chain of them in another thread. Were the loop to close the first one
    before the collector is through with the rest, both would close the same one: an error.
    """
    loop = asyncio.get_running_loop()

    async def close(generator: AsyncGenerator[Any, Any]) -> None:
        with suppress(Exception):  # perhaps it is being closed already, by the one that reads it
            await generator.aclose()

    def begin(generator: AsyncGenerator[Any, Any]) -> None:
        loop.create_task(close(generator))

    def drop(generator: AsyncGenerator[Any, Any]) -> None:
        with suppress(RuntimeError):  # the loop is closed: the program ends
            loop.call_soon_threadsafe(loop.call_later, CLOSE_S, begin, generator)

    sys.set_asyncgen_hooks(finalizer=drop)


def close_with(owner: object, close: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Close something on the background loop once its owner is gone, or the program ends."""
    loop = portal().call(asyncio.get_running_loop)

    def begin() -> None:
        loop.create_task(close())

    weakref.finalize(owner, loop.call_soon_threadsafe, begin)
