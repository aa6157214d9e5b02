"""A served model for tests: how it is reached, listened to and timed."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, SecretStr

from simulator.errors import ModelUnavailable
from simulator.llm import Message, ServedModel, ServedStream
from simulator.llm.limits import Pace
from simulator.settings import Settings
from tests.model_server import (
    ModelServer,
)

KEY = "sk-secret-key-1234567890"
TALK: list[Message] = [("system", "You are Maria."), ("user", "Where does it hurt?")]

SHORT: dict[str, dict[str, float]] = {
    "slow_to_start": {"llm_first_s": 0.4},
    "stalled": {"llm_idle_s": 0.4},
    "too_slow": {"llm_total_s": 1},
}


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
