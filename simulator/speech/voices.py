"""Whose voice a patient speaks with, and how fast: by sex, age and manner, always the same."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from zlib import crc32

from pydantic import BaseModel, ConfigDict, Field

from simulator.knowledge.topics import read_model
from simulator.scripts.schema import PatientScript, Personality

FILE = Path(__file__).with_name("voices.yaml")
Share = Annotated[float, Field(gt=0.4, lt=2)]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Voice(_Row):
    """A speaker bent to a sex and an age."""

    engine: Literal["hibari", "piper"]
    sex: Literal["female", "male", ""]
    ages: tuple[int, int]
    tune: tuple[Share, Share]
    pitch: tuple[Share, Share] = (1.0, 1.0)

    def fits(self, sex: str, age: int) -> bool:
        """Whether somebody of that sex and age may have it."""
        return self.sex in (sex, "") and self.ages[0] <= age <= self.ages[1]


class Old(_Row):
    """From which age on one speaks more slowly."""

    from_: int = Field(alias="from")
    pace: float


class Pace(_Row):
    """How fast, as a share of the speaker's own pace."""

    personality: dict[Personality, float]
    speech: dict[Literal["A", "B", "C"], float]
    old: Old


class Voices(_Row):
    """The whole list."""

    voices: tuple[Voice, ...]
    pace: Pace


@dataclass(frozen=True, slots=True)
class Manner:
    """How somebody speaks: with which engine, how deep, at which pitch, how fast."""

    engine: str
    tune: float
    pitch: float
    pace: float


@cache
def voices() -> Voices:
    """The voices that there are."""
    return read_model(FILE, Voices)


def manner_of(script: PatientScript, engines: Collection[str]) -> Manner | None:
    """How whoever speaks in a case speaks; None where no engine that can is at hand."""
    speaker, known = script.speaker, voices()
    for voice in known.voices:
        if voice.engine in engines and voice.fits(speaker.sex.lower(), speaker.age):
            tune = _drawn(voice.tune, script.id)
            pitch = _drawn(voice.pitch, f"{script.id} pitch")
            return Manner(voice.engine, tune, pitch, _pace(script, known.pace))
    return None


def _drawn(between: tuple[float, float], name: str) -> float:
    """A place in a range, drawn by a name: the same for the same name."""
    low, high = between
    return low + (high - low) * (crc32(name.encode()) % 1000) / 999


def _pace(script: PatientScript, pace: Pace) -> float:
    """The speed of the persona; somebody who speaks for the patient has a plain manner."""
    age = pace.old.pace if script.speaker.age >= pace.old.from_ else 1.0
    if script.informant:
        return age
    patient = script.patient
    return age * pace.personality[patient.personality] * pace.speech[patient.speech]
