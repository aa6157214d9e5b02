"""Language models behind one small protocol; the only place that imports LangChain's models."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from simulator.errors import ModelUnavailable
from simulator.settings import Settings

Role = Literal["system", "user", "assistant"]
Message = tuple[Role, str]


@dataclass(frozen=True, slots=True)
class Said:
    """What a model said, and what it cost."""

    text: str
    tokens_in: int = 0
    tokens_out: int = 0


class Model(Protocol):
    """Anything that answers messages with text."""

    @property
    def name(self) -> str:
        """How the trace names it."""

    def say(self, messages: Sequence[Message]) -> Said:
        """Answer the messages.

        Raises:
            ModelUnavailable: it did not answer.
        """


class ServedModel:
    """A model behind an OpenAI-style address, local or remote, through LangChain."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._chat: Any = None

    @property
    def name(self) -> str:
        """The model's name as configured."""
        return self._settings.llm_model

    def say(self, messages: Sequence[Message]) -> Said:
        """Answer the messages; transport failures are tried again by the client, not here.

        Raises:
            ModelUnavailable: it did not answer in time, or refused.
        """
        try:
            answer = self._model().invoke(list(messages))
        except Exception as error:  # the client's errors come from several libraries
            raise ModelUnavailable(
                f"The language model {self.name!r} did not answer ({type(error).__name__}); "
                "check VSP_LLM_BASE_URL and that it is running"
            ) from error
        usage: dict[str, int] = answer.usage_metadata or {}
        return Said(
            str(answer.text).strip(), usage.get("input_tokens", 0), usage.get("output_tokens", 0)
        )

    def _model(self) -> Any:
        if self._chat is None:
            os.environ["LANGSMITH_TRACING"] = "false"
            from langchain.chat_models import init_chat_model

            settings = self._settings
            self._chat = init_chat_model(
                f"openai:{settings.llm_model}",
                base_url=settings.llm_base_url or None,
                api_key=settings.llm_api_key or "none",
                temperature=0.2,
                timeout=settings.llm_timeout_s,
                max_retries=1,
            )
        return self._chat


@dataclass(slots=True)
class ScriptedModel:
    """A model that says what it was given, in order; for tests and for trying things out."""

    replies: list[str]
    name: str = "scripted-model"
    calls: list[list[Message]] = field(default_factory=list)

    def say(self, messages: Sequence[Message]) -> Said:
        """The next reply.

        Raises:
            ModelUnavailable: there is none left.
        """
        self.calls.append(list(messages))
        if not self.replies:
            raise ModelUnavailable("The scripted model has no reply left; give it one a call")
        return Said(self.replies.pop(0))


def configured_model(settings: Settings) -> Model:
    """The model that the settings name.

    Raises:
        ModelUnavailable: they name none.
    """
    if not settings.llm_model:
        raise ModelUnavailable(
            "No language model is configured. Set VSP_LLM_MODEL (and VSP_LLM_BASE_URL for a local "
            "server), or use --voice scripted, which needs none"
        )
    return ServedModel(settings)
