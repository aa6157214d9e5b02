"""A model behind an address, through LangChain, and the one that the settings name."""

from __future__ import annotations

import asyncio
import os
import re
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel

from simulator.errors import ModelOutputInvalid, ModelUnavailable
from simulator.llm.calls import Ended, Job, Meter, close_with, read_target
from simulator.llm.limits import (
    Body,
    Breaker,
    Fault,
    Pace,
    Watch,
    bounded_client,
    proxy_fault,
    read_fault,
    request_timeout,
)
from simulator.llm.listening import Listener
from simulator.llm.prompts import fill, read_prompt
from simulator.llm.protocol import (
    Call,
    Closing,
    Message,
    Model,
    Purpose,
    describe,
    read_answer,
)
from simulator.llm.wrapping import unwrapped
from simulator.settings import Settings, is_loopback

T = TypeVar("T", bound=BaseModel)

OPENAI_URL = "https://api.openai.com/v1"
EXTRAS = {"anthropic": "langchain-anthropic", "google_genai": "langchain-google-genai"}
TYPED_AGAIN = Path(__file__).parent / "prompts" / "typed_again.md"
# What not every server takes, and how one says so; it is then done without.
REFUSALS = {
    "usage": re.compile("stream_options"),
    "thinking": re.compile(
        "chat_template|extra inputs|extra_forbidden|unrecognized|unknown (?:field|name|param)", re.I
    ),
    "system": re.compile(
        r"system['\"` ]+(?:role|message|prompt)|role['\"`: ]+system|roles must alternate", re.I
    ),
}
MAX_QUOTED = 4_000


class ServedStream(Closing):
    """What a served model says; dropping it stops listening too."""

    def __init__(self, job: Job[None]) -> None:
        self._job = job
        # The job knows nothing of the stream, so a stream that is dropped is collected at once.
        self._dropped = weakref.finalize(self, job.stop)

    def __iter__(self) -> Iterator[str]:
        """The pieces as they come.

        Raises:
            ModelUnavailable: the model did not answer, or not to the end.
        """
        try:
            yield from self._job.listen()
        finally:
            self.close()

    def close(self) -> None:
        """Stop listening: the request is cancelled and its connection closed."""
        self._dropped.detach()
        self._job.close()

    @property
    def call(self) -> Call:
        """What it cost, once it has ended or was closed."""
        return self._job.call


class ServedModel:
    """A model behind an address, local or remote, through LangChain; keep one, it is thread-safe.

    Its breaker and its slots are its own, so that all who share it share them.
    """

    def __init__(
        self,
        settings: Settings,
        purpose: Purpose = "patient",
        pace: Pace | None = None,
        ended: Ended = lambda _: None,
    ) -> None:
        """Load the provider's client; nothing is sent yet.

        Args:
            settings, purpose, pace: which model, for what, and how tries follow one another.
            ended: told of each call once it is over.

        Raises:
            ModelUnavailable: the settings name no model, or one that cannot be used here.
        """
        self._settings, self._ended = settings, ended
        self.waiting = 0  # calls for which there is no slot yet
        self._target = read_target(settings, purpose)
        self._pace = pace or Pace()
        self._breaker = Breaker(self._pace.clock)
        self._slots = asyncio.Semaphore(settings.llm_concurrency)
        self._body: ContextVar[Body] = ContextVar("body")
        self._offers = set(REFUSALS)
        self._chat = self._load()

    @property
    def name(self) -> str:
        """The model's name as configured."""
        return self._target.name

    @property
    def resting(self) -> bool:
        """Whether it failed so often in a row that it is left alone for a moment."""
        return self._breaker.resting

    def stream(self, messages: Sequence[Message]) -> ServedStream:
        """Begin to answer the messages; what goes wrong is raised when it is listened to."""
        talk = list(messages)
        meter = self._meter(talk)
        job: Job[None] = Job(self._target, meter, self._ended)

        async def speak(ends: float) -> None:
            await self._try(meter, ends, lambda: self._listen(talk, job, ends))

        job.start(lambda: self._guarded(speak))
        return ServedStream(job)

    def extract(self, messages: Sequence[Message], schema: type[T]) -> tuple[T, Call]:
        """Answer the messages with typed data; an answer that does not fit is asked for once more.

        Raises:
            ModelUnavailable: it did not answer.
            ModelOutputInvalid: neither answer fitted.
        """
        talk = list(messages)
        meter = self._meter(talk)
        job: Job[T | str] = Job(self._target, meter, self._ended)
        job.start(lambda: self._guarded(lambda ends: self._answer(talk, schema, meter, ends)))
        answer = job.wait()
        if isinstance(answer, str):
            raise ModelOutputInvalid(
                f"The language model {self.name!r} was asked twice and its answer did not fit: "
                f"{answer}; choose one that keeps to a JSON schema with {self._target.model_var}",
                call=meter.call("malformed"),
            )
        return answer, job.call

    def _meter(self, talk: list[Message]) -> Meter:
        return Meter(self._target, sum(len(text) for _, text in talk), self._pace.clock)

    def _load(self) -> Any:
        # Nothing that a resident says may go to a tracing service; either name could turn it on.
        os.environ["LANGSMITH_TRACING"] = os.environ["LANGSMITH_TRACING_V2"] = "false"
        from langchain.chat_models import init_chat_model

        target = self._target
        options: dict[str, Any] = {
            "api_key": target.key.get_secret_value().strip() or "none",
            "temperature": target.temperature,
            "max_retries": 0,  # tries are counted in one place, here
        }
        if target.url:
            options["base_url"] = target.url
        if target.provider == "openai":
            options |= self._openai_options()
        try:
            return init_chat_model(f"{target.provider}:{target.model}", **options)
        except ImportError:
            raise ModelUnavailable(
                f"The language model {target.name!r} needs a package that is not installed: "
                f"pip install {EXTRAS.get(target.provider, 'langchain-openai')}"
            ) from None

    def _openai_options(self) -> dict[str, Any]:
        import httpx2

        direct = is_loopback(urlsplit(self._target.url).hostname or "")
        try:
            client = bounded_client(self._body, direct)
            unused = httpx2.Client(trust_env=not direct)  # lest the library make one of its own
        except (ImportError, ValueError) as error:
            raise ModelUnavailable(
                f"The language model {self.name!r} cannot be reached: {proxy_fault(error)}"
            ) from None
        close_with(self, client.aclose)
        weakref.finalize(self, unused.close)
        return {
            "base_url": self._target.url or OPENAI_URL,
            "http_async_client": client,
            "http_client": unused,
            "openai_proxy": None,
            "timeout": request_timeout(),
            "stream_chunk_timeout": None,
            "use_responses_api": False,
        }

    async def _guarded(self, work: Callable[[float], Awaitable[Any]]) -> Any:
        """Do the work within the total time, in a slot, unless the model rests."""
        from langsmith import tracing_context

        ends = asyncio.get_running_loop().time() + self._settings.llm_total_s
        if self.resting:  # not to wait for a slot only to be turned away
            raise Fault("resting")
        with tracing_context(enabled=False):
            async with self._slot(ends):
                with self._breaker.guard():
                    return await work(ends)

    @asynccontextmanager
    async def _slot(self, ends: float) -> AsyncIterator[None]:
        now = asyncio.get_running_loop().time()
        self.waiting += 1
        try:
            async with asyncio.timeout_at(min(ends, now + self._settings.llm_first_s)):
                await self._slots.acquire()
        except TimeoutError:
            raise Fault("busy") from None
        finally:
            self.waiting -= 1
        try:
            yield
        finally:
            self._slots.release()

    async def _try(self, meter: Meter, ends: float, work: Callable[[], Awaitable[Any]]) -> Any:
        """Try, and where nothing was said yet and it may help, try again a little later."""
        clock = asyncio.get_running_loop().time

        async def once() -> Any:
            meter.tries += 1
            return await work()

        return await self._pace.tries(lambda: meter.first is not None, lambda: ends - clock())(once)

    async def _listen(self, talk: list[Message], job: Job[None], ends: float) -> None:
        watch, usage = Watch(ends), None
        listener = Listener(job, watch, self._settings)
        self._body.set(listener.body)
        try:
            async with watch.timer:
                listener.wait()
                options = self._options(streams=True)
                async with aclosing(self._chat.astream(self._asked(talk), **options)) as answer:
                    async for chunk in answer:
                        usage = self._usage(usage, chunk.usage_metadata)
                        if not listener.take(str(chunk.text), chunk.response_metadata):
                            break
                listener.end()
        except Exception as error:
            if watch.timer.expired():
                raise Fault(watch.reason) from None
            # LangChain says no more than this where a stream ends without any chunk.
            if type(error) is not ValueError or listener.chunks:
                raise self._read(error) from None
        finally:
            job.meter.spend(usage)
        listener.check_end(marks_its_end=self._target.provider == "openai")

    def _asked(self, talk: list[Message]) -> list[Message]:
        """The messages as the server takes them."""
        if "system" in self._offers or not talk or talk[0][0] != "system":
            return talk
        rules, rest = talk[0][1], talk[1:]
        if not rest or rest[0][0] != "user":
            return [("user", rules), *rest]
        return [("user", f"{rules}\n\n{rest[0][1]}"), *rest[1:]]

    def _options(self, streams: bool) -> dict[str, Any]:
        """What is asked for beside the answer, of an OpenAI-style server."""
        if self._target.provider != "openai":
            return {}
        options: dict[str, Any] = {"stream_usage": "usage" in self._offers} if streams else {}
        # OpenAI's own service refuses what it does not know.
        if self._target.url and "thinking" in self._offers:
            options["extra_body"] = {"chat_template_kwargs": {"enable_thinking": False}}
        return options

    def _read(self, error: Exception) -> Fault:
        fault, said = read_fault(error), str(error)
        if fault.reason in ("bad_request", "server_error"):
            for offer, refusal in REFUSALS.items():
                if offer in self._offers and refusal.search(said):
                    self._offers.discard(offer)
                    return Fault(fault.reason, retry=True, wait=0)
        return fault

    def _usage(self, so_far: Any, new: Any) -> Any:
        """The tokens so far: an OpenAI-compatible server repeats the sum, others send parts."""
        if not new or not so_far or self._target.provider == "openai":
            return new or so_far
        from langchain_core.messages.ai import add_usage

        return add_usage(so_far, new)

    async def _answer(
        self, talk: list[Message], schema: type[T], meter: Meter, ends: float
    ) -> T | str:
        """The typed answer, or what is wrong with the second one."""
        complaint = ""
        for _ in range(2):
            text, found = await self._try(meter, ends, lambda: self._ask(talk, schema, meter, ends))
            try:
                return found if isinstance(found, schema) else read_answer(text, schema)
            except ValueError as error:
                complaint = describe(error) if text else "it is empty or was cut off"
            if text:
                talk.append(("assistant", text[:MAX_QUOTED]))
            note = fill(read_prompt(TYPED_AGAIN)[0], {"complaint": complaint}, TYPED_AGAIN.name)
            talk.append(("user", note))
        return complaint

    async def _ask(
        self, talk: list[Message], schema: type[BaseModel], meter: Meter, ends: float
    ) -> tuple[str, Any]:
        """One request for typed data: its text, and what a provider without text made of it."""
        self._body.set(Body())
        watch = Watch(ends)
        try:
            async with watch.timer:
                result = await self._typed(schema).ainvoke(self._asked(talk))
        except Exception as error:
            if watch.timer.expired():
                raise Fault(watch.reason) from None
            if completion := getattr(error, "completion", None):  # it broke off at a limit
                counts = completion.usage.to_dict() if completion.usage else {}
                meter.spend(
                    {"input_tokens": counts.get("prompt_tokens", 0)}
                    | {"output_tokens": counts.get("completion_tokens", 0)}
                )
                return "", None
            raise self._read(error) from None
        raw = result["raw"]
        meter.spend(raw.usage_metadata)
        text = str(raw.text)
        meter.chars_out += len(text)
        return unwrapped(text), None if self._target.provider == "openai" else result["parsed"]

    def _typed(self, schema: type[BaseModel]) -> Any:
        if self._target.provider != "openai":
            return self._chat.with_structured_output(schema, include_raw=True)
        from langchain_core.utils.function_calling import convert_to_openai_function

        # As a dictionary: given the class, the client parses the answer itself, and where that
        # fails the answer and what it cost are lost.
        return self._chat.with_structured_output(
            convert_to_openai_function(schema, strict=True),
            method="json_schema",
            strict=True,
            include_raw=True,
            **self._options(streams=False),
        )


def configured_model(
    settings: Settings, purpose: Purpose = "patient", ended: Ended = lambda _: None
) -> Model:
    """The model that the settings name for a purpose; keep it, it is made to be shared.

    Args:
        settings, purpose: which model, and for what. ended: told of each call once it is over.

    Raises:
        ModelUnavailable: they name none, or one that cannot be used here.
    """
    return ServedModel(settings, purpose, ended=ended)
