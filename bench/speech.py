"""How well the voice hears, and how soon: a set of our own, spoken by the synthetic voices.

A synthetic voice is no resident: it has no accent, no hesitation, no ward behind it. Its word error
is the least to be expected, and says that the way from sound to words is sound. So does the second
round, in which noise is laid over every question.
"""

from __future__ import annotations

import re
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from os import sysconf
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bench import percentile
from bench.turn import resident_mb
from simulator.errors import SimulatorError
from simulator.scripts.library import load_library
from simulator.scripts.schema import PatientScript
from simulator.settings import Settings
from simulator.speech import HIBARI, PIPER, WHISPER, Speech, missing
from simulator.speech.sound import from_wave, to_mu_law

QUESTIONS = Path(__file__).with_name("spoken.yaml")
SPEAKERS = (
    "abdominal-pain-priya-nair",
    "chest-pain-maria-lopez",
    "headache-daniel-okafor",
    "dizzy-spells-george-adeyemi",
)
MEN = SPEAKERS[2:]
GOAL_FIRST_SOUND_S = 1.2
IN_NOISE = ", in noise"
NOISE_DB = 10.0  # the voice is so much louder than the noise
REPLIES = 60


def measure(arguments: list[str], settings: Settings) -> dict[str, Any]:
    """Speak and hear every question, the voices in turn, then time the patients' own lines."""
    parser = ArgumentParser("bench speech")
    parser.add_argument("--questions", type=int, default=0, help="no more than so many")
    parser.add_argument("--every", action="store_true", help="each question by every voice")
    parser.add_argument("--show", action="store_true", help="print what was misheard")
    asked = parser.parse_args(arguments)
    if absent := [*missing(WHISPER), *missing(HIBARI)]:
        raise SimulatorError(f"{', '.join(absent)} not installed; run 'make voice'")
    questions = yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))["questions"]
    scripts = load_library(settings.scripts_dir).scripts
    speech, bent = Speech(), Speech((WHISPER, HIBARI))
    try:
        speech.warm()
        voices = _voices(speech, bent, scripts)
        rounds = _rounds(voices, questions[: asked.questions or None], asked.every)
        before = _worked_s(speech)
        heard = [_heard(speech, *each, show=asked.show) for each in rounds]
        listened = _worked_s(speech) - before
        figures = {
            **_hearing(heard),
            "text_cpu_s": round(listened / len(heard), 2),
            **_first_sounds(speech, list(scripts.values())),
            "rss_mb": _memory(speech),
        }
    finally:
        speech.close()
        bent.close()
    for name, value in figures.items():
        print(f"{name:16} {value}")
    return figures


def _rounds(
    voices: dict[str, tuple[Speech, PatientScript]], questions: list[str], every: bool
) -> Iterator[tuple[str, str, bytes]]:
    """Who speaks, what, and the sound: once clear and once in noise."""
    names = list(voices)
    for place, question in enumerate(questions):
        for name in names if every else [names[place % len(names)]]:
            sound = _spoken(*voices[name], question)
            yield name, question, sound
            yield f"{name}{IN_NOISE}", question, _noisy(sound)


def _voices(speech: Speech, bent: Speech, scripts: dict[str, PatientScript]) -> dict[str, Any]:
    """The speakers, and the men once more as they sound where Piper is not installed."""
    own = {name: (speech, scripts[name]) for name in SPEAKERS}
    if missing(PIPER):
        return own
    return own | {f"{name}, without Piper": (bent, scripts[name]) for name in MEN}


def _spoken(speech: Speech, script: PatientScript, text: str) -> bytes:
    sound, number = b"", 0
    while said := speech.say(script, text, number):
        sound, number = sound + from_wave(said.sound), number + 1
    return sound


def _noisy(sound: bytes) -> bytes:
    """The same with white noise over it."""
    clear = np.frombuffer(sound, "<i2").astype(np.float64)
    loud = np.sqrt(np.mean(clear**2)) * 10 ** (-NOISE_DB / 20)
    noise = np.random.default_rng(7).standard_normal(len(clear)) * loud
    return bytes((clear + noise).clip(-32767, 32767).astype("<i2").tobytes())


def _heard(
    speech: Speech, who: str, text: str, sound: bytes, *, show: bool
) -> tuple[str, int, int, float]:
    began = time.perf_counter()
    heard = speech.hear(to_mu_law(sound))
    seconds = time.perf_counter() - began
    wanted, got = _words(text), _words(heard)
    wrong = distance(wanted, got)
    if show and wrong:
        print(f"{who}: {text!r} was heard as {heard!r}")
    return who, wrong, len(wanted), seconds


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower().replace("’", "'"))


def distance(wanted: list[str], got: list[str]) -> int:
    """How many words are to be put in, left out or changed to get one text from the other."""
    row = list(range(len(got) + 1))
    for place, word in enumerate(wanted, 1):
        before, row[0] = row[0], place
        for at, other in enumerate(got, 1):
            change = before + (word != other)
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, change)
    return row[-1]


def _hearing(heard: list[tuple[str, int, int, float]]) -> dict[str, Any]:
    noisy = [h for h in heard if h[0].endswith(IN_NOISE)]
    clear = [h for h in heard if not h[0].endswith(IN_NOISE)]
    seconds = [s for *_, s in heard]
    return {
        "n": len(clear),
        "word_error": _error(clear),
        "as_said": round(sum(not wrong for _, wrong, *_ in clear) / len(clear), 3),
        "word_error_by": {v: _error([h for h in clear if h[0] == v]) for v, *_ in clear},
        "word_error_in_noise": _error(noisy),
        "text_s_p50": round(percentile(seconds, 0.5), 2),
        "text_s_p95": round(percentile(seconds, 0.95), 2),
    }


def _error(heard: list[tuple[str, int, int, float]]) -> float:
    return round(sum(w for _, w, *_ in heard) / max(1, sum(n for _, _, n, _ in heard)), 4)


def _first_sounds(speech: Speech, scripts: list[PatientScript]) -> dict[str, Any]:
    """How long the first sentence of a reply takes, over the authors' lines."""
    lines = [(s, fact.says) for s in scripts for fact in s.facts]
    seconds = []
    for script, line in lines[:: max(1, len(lines) // REPLIES)]:
        began = time.perf_counter()
        speech.say(script, line, 0)
        seconds.append(time.perf_counter() - began)
    return {
        "replies": len(seconds),
        "first_sound_s_p50": round(percentile(seconds, 0.5), 2),
        "first_sound_s_p95": round(percentile(seconds, 0.95), 2),
        "goal": {"first_sound_s_p95": GOAL_FIRST_SOUND_S},
    }


def _worked_s(speech: Speech) -> float:
    """What the listener has worked so far, in seconds of a core: free of what else runs here."""
    fields = Path(f"/proc/{speech.running()['whisper']}/stat").read_text(encoding="utf-8").split()
    return (int(fields[13]) + int(fields[14])) / sysconf("SC_CLK_TCK")


def _memory(speech: Speech) -> dict[str, float]:
    return {name: round(resident_mb(pid), 1) for name, pid in speech.running().items()}
