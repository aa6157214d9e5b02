"""Sound as the page sends it and as it is sent: half the bytes, and hardly another sound."""

from __future__ import annotations

import io
import wave

import numpy as np

from simulator.speech.sound import MOST_BYTES, RATE, as_wave, from_mu_law, from_wave, to_mu_law
from simulator.web.edge import MAX_BODY


def test_what_was_made_smaller_sounds_the_same_at_every_loudness() -> None:
    loud = np.array([0, 1, 5, -5, 90, -700, 4_000, -20_000, 32_600, -32_768], "<i2")
    again = np.frombuffer(from_mu_law(to_mu_law(loud.tobytes())), "<i2").astype(float)
    assert len(to_mu_law(loud.tobytes())) == len(loud)
    assert np.all(np.abs(again - loud) <= 4 + np.abs(loud.astype(float)) / 16)


def test_the_codes_are_those_of_the_standard() -> None:
    assert to_mu_law(np.array([0, 32_635, -32_635], "<i2").tobytes()) == b"\xff\x80\x00"
    every = bytes(range(256))
    assert to_mu_law(from_mu_law(every)) == every.replace(b"\x7f", b"\xff")  # there are two zeros


def test_the_longest_question_fits_into_a_request() -> None:
    assert MOST_BYTES < MAX_BODY


def test_a_file_says_its_rate_and_is_read_at_the_one_that_is_listened_to() -> None:
    tone = (np.sin(np.arange(22_050) / 22_050 * 2 * np.pi * 440) * 9_000).astype("<i2").tobytes()
    with wave.open(io.BytesIO(as_wave(tone, 22_050))) as opened:
        assert (opened.getnchannels(), opened.getsampwidth()) == (1, 2)
        assert (opened.getframerate(), opened.getnframes()) == (22_050, 22_050)
    samples = np.frombuffer(from_wave(as_wave(tone, 22_050)), "<i2").astype(float)
    assert len(samples) == RATE
    assert np.argmax(np.abs(np.fft.rfft(samples))) == 440
