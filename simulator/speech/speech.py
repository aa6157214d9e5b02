"""Listening and speaking as the room asks for them: sound in, words out; a reply in, sound out."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.errors import SpeechUnavailable
from simulator.language.tokens import sentences
from simulator.scripts.schema import PatientScript
from simulator.settings import Settings
from simulator.speech.parts import HIBARI, INSTALL, PIPER, WHISPER, Engine, missing
from simulator.speech.process import EngineProcess
from simulator.speech.sound import as_wave, from_mu_law
from simulator.speech.voices import manner_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Said:
    """A part of a reply as a WAV file, and how many parts the reply has."""

    sound: bytes
    parts: int


class Speech:
    """What is installed of the extra, at work; every engine starts when it is first needed.

    `lacks` says in a sentence what is not installed.
    """

    def __init__(self, wanted: Sequence[Engine] = (WHISPER, HIBARI, PIPER)) -> None:
        """Look what is installed of the engines that are wanted; nothing starts yet."""
        engines = {e.name: EngineProcess(e) for e in wanted if not missing(e)}
        self._ears = engines.pop(WHISPER.name, None)
        self._mouths = engines
        self.lacks = self._lacking()

    def _lacking(self) -> str:
        """What is not installed and what to do, in a sentence; nothing where nothing is lacking.

        Piper alone is no lack: men are spoken by the other voice then.
        """
        packages = [*missing(WHISPER), *(() if self.speaks else missing(HIBARI))]
        return f"{', '.join(packages)} not installed; {INSTALL}" if packages else ""

    @property
    def hears(self) -> bool:
        """Whether words can be spoken to it."""
        return self._ears is not None

    @property
    def speaks(self) -> bool:
        """Whether it can speak."""
        return bool(self._mouths)

    def hear(self, sound: bytes) -> str:
        """The words in a sound of one byte a sample; nothing where nobody spoke.

        Raises:
            SpeechUnavailable: nothing that listens is installed, it failed, or it is busy.
        """
        if self._ears is None:
            raise SpeechUnavailable(self.lacks)
        head, _ = self._ears.ask({}, from_mu_law(sound))
        return str(head["text"])

    def say(self, script: PatientScript, reply: str, part: int) -> Said | None:
        """A sentence of a reply in the voice of whoever speaks; None where it has no such part.

        Raises:
            SpeechUnavailable: nothing that speaks is installed, it failed, or it is busy.
        """
        manner = manner_of(script, self._mouths)
        if manner is None:
            raise SpeechUnavailable(self.lacks or f"no voice fits {script.id}")
        parts = [reply[start:end] for start, end in sentences(reply)]
        if not 0 <= part < len(parts):
            return None
        # A tape that runs slower sounds deeper and lasts longer; so it is spoken faster before.
        asked = {
            "text": parts[part],
            "speed": manner.pace / manner.tune,
            "pitch": manner.pitch,
        }
        head, samples = self._mouths[manner.engine].ask(asked)
        return Said(as_wave(samples, round(head["rate"] * manner.tune)), len(parts))

    def warm(self) -> None:
        """Start every engine; one that does not start is logged, and tried again when needed."""
        for engine in self._engines():
            try:
                engine.start()
            except SpeechUnavailable as error:
                logger.error("%s", error)

    def running(self) -> dict[str, int]:
        """The engines that run, with the numbers of their processes."""
        return {e.engine.name: e.pid for e in self._engines() if e.pid}

    def close(self) -> None:
        """End every engine."""
        ends = [threading.Thread(target=engine.close) for engine in self._engines()]
        for end in ends:
            end.start()
        for end in ends:
            end.join()

    def _engines(self) -> list[EngineProcess]:
        return [*([self._ears] if self._ears else []), *self._mouths.values()]


def open_speech(settings: Settings) -> Speech | None:
    """Speaking and listening, where the settings ask for them."""
    return Speech() if settings.speech else None
