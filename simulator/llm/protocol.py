"""What a language model is to the rest of the program, and one that says what it was given."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Protocol, Self, TypeVar

from pydantic import BaseModel, ValidationError

from simulator.errors import ModelOutputInvalid, ModelUnavailable

Role = Literal["system", "user", "assistant"]
Message = tuple[Role, str]
Purpose = Literal["patient", "evaluator", "doctor"]
T = TypeVar("T", bound=BaseModel)

CHARS_A_TOKEN = 4
MAX_COMPLAINT = 400


@dataclass(frozen=True, slots=True)
class Call:
    """One call to a model as it is recorded.

    The outcome is "ok", "stopped" (the reader stopped listening) or the reason of a failure.
    Where the server counted no tokens they are estimated from the characters.
    """

    model: str
    purpose: str
    outcome: str
    tokens_in: int
    tokens_out: int
    tokens_cached: int
    estimated: bool
    cost: float | None
    first_ms: float | None
    ms: float
    tries: int

    def record(self) -> dict[str, Any]:
        """The call as JSON data, rounded."""
        data = asdict(self)
        for name, digits in (("cost", 6), ("first_ms", 1), ("ms", 1)):
            data[name] = None if data[name] is None else round(data[name], digits)
        return data


class Stream(Protocol):
    """What a model says, piece by piece; leaving its `with` block stops listening."""

    def __iter__(self) -> Iterator[str]:
        """The pieces as they come.

        Raises:
            ModelUnavailable: it did not answer, or not to the end.
        """

    def close(self) -> None:
        """Stop listening: the request is cancelled and its connection closed."""

    def __enter__(self) -> Self:
        """The stream itself."""

    def __exit__(self, *error: object) -> None:
        """Stop listening."""

    @property
    def call(self) -> Call:
        """What it cost, once it has ended or was closed."""


class Model(Protocol):
    """Anything that answers messages with text or with typed data."""

    @property
    def name(self) -> str:
        """How the trace names it."""

    def stream(self, messages: Sequence[Message]) -> Stream:
        """Begin to answer the messages; what goes wrong is raised when it is listened to."""

    def extract(self, messages: Sequence[Message], schema: type[T]) -> tuple[T, Call]:
        """Answer the messages with typed data.

        Raises:
            ModelUnavailable: it did not answer.
            ModelOutputInvalid: its answer did not fit, though it was asked once more.
        """


class Closing:
    """What is closed by leaving its `with` block."""

    def close(self) -> None:
        """Nothing to close."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class ScriptedStream(Closing):
    """What a scripted model says, word by word."""

    def __init__(self, reply: str | Exception, call: Call) -> None:
        self._reply = reply
        self._call = call

    def __iter__(self) -> Iterator[str]:
        """The words.

        Raises:
            Exception: the one that the script has in this place.
        """
        if isinstance(self._reply, Exception):
            raise self._reply
        yield from re.findall(r"\s*\S+\s*", self._reply)

    @property
    def call(self) -> Call:
        """What it would have cost."""
        return self._call


@dataclass(slots=True)
class ScriptedModel:
    """A model that says what it was given, in order; for tests and for trying things out."""

    replies: list[str | Exception]
    name: str = "scripted-model"
    calls: list[list[Message]] = field(default_factory=list)

    def stream(self, messages: Sequence[Message]) -> ScriptedStream:
        """The next reply; an exception in its place is raised when it is listened to."""
        return ScriptedStream(*self._next(messages))

    def extract(self, messages: Sequence[Message], schema: type[T]) -> tuple[T, Call]:
        """The next reply, read as JSON.

        Raises:
            ModelUnavailable: there is none left.
            ModelOutputInvalid: it does not fit the schema.
        """
        reply, call = self._next(messages)
        if isinstance(reply, Exception):
            raise reply
        try:
            return read_answer(reply, schema), call
        except ValueError as error:
            raise ModelOutputInvalid(
                f"The scripted model's reply does not fit: {describe(error)}; give it another",
                call=replace(call, outcome="malformed"),
            ) from None

    def _next(self, messages: Sequence[Message]) -> tuple[str | Exception, Call]:
        self.calls.append(list(messages))
        reply: str | Exception = (
            self.replies.pop(0)
            if self.replies
            else ModelUnavailable("The scripted model has no reply left; give it one a call")
        )
        said = "" if isinstance(reply, Exception) else reply
        outcome = getattr(reply, "reason", "malformed") if isinstance(reply, Exception) else "ok"
        tokens_in = sum(len(text) for _, text in messages) // CHARS_A_TOKEN
        tokens_out = len(said) // CHARS_A_TOKEN
        call = Call(
            self.name, "patient", outcome, tokens_in, tokens_out, 0, True, None, None, 0.0, 1
        )
        if isinstance(reply, ModelUnavailable) and reply.call is None:
            reply.call = call
        return reply, call


def read_answer(text: str, schema: type[T]) -> T:
    """Read a model's typed answer: JSON, perhaps in one code fence, and nothing else.

    Raises:
        ValueError: it is not JSON, gives a name twice, holds NaN, or does not fit the schema.
    """
    fenced = re.fullmatch(r"```(?:json)?\s*\n(.*)\n\s*```", text.strip(), re.DOTALL)
    plain = fenced[1] if fenced else text
    try:
        json.loads(plain, object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return schema.model_validate_json(plain)


def describe(error: ValueError) -> str:
    """What is wrong with a typed answer, briefly and without quoting it."""
    if isinstance(error, ValidationError):
        found = (
            f"{'.'.join(map(str, item['loc'])) or 'the answer'}: {item['msg']}"
            for item in error.errors(include_url=False, include_input=False)
        )
        return "; ".join(found)[:MAX_COMPLAINT]
    if isinstance(error, json.JSONDecodeError):
        return f"it is not JSON ({error.msg} at character {error.pos})"
    return str(error)[:MAX_COMPLAINT]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise ValueError("it gives a name twice")
    return dict(pairs)


def _no_constant(name: str) -> None:
    raise ValueError(f"it holds {name}, which is not JSON")
