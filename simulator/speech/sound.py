"""Sound as numbers: what a browser sends, and what it is sent."""

from __future__ import annotations

import io
import wave

import numpy as np

RATE = 16_000  # samples a second that are listened to
MOST_S = 30  # a window of the listener's; nobody asks a question for longer
MOST_BYTES = RATE * MOST_S  # one byte a sample
_BIAS, _CLIP = 132, 32_635


def from_mu_law(sound: bytes) -> bytes:
    """Samples of one byte (G.711 µ-law, as the page sends them) as samples of two."""
    code = ~np.frombuffer(sound, np.uint8)
    size = ((((code & 15).astype(np.int32) << 3) + _BIAS) << ((code >> 4) & 7)) - _BIAS
    return bytes(np.where(code & 128, -size, size).astype("<i2").tobytes())


def to_mu_law(samples: bytes) -> bytes:
    """Samples of two bytes as samples of one, as the page makes them."""
    value = np.frombuffer(samples, "<i2").astype(np.int32)
    size = np.minimum(np.abs(value), _CLIP) + _BIAS
    high = np.floor(np.log2(size)).astype(np.int32) - 7
    low = (size >> (high + 3)) & 15
    code = (high << 4) | low | np.where(value < 0, 128, 0)
    return bytes((~code.astype(np.uint8)).tobytes())


def as_wave(samples: bytes, rate: int) -> bytes:
    """Samples of two bytes as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples)
    return file.getvalue()


def from_wave(file: bytes) -> bytes:
    """The samples of such a file at the rate that is listened to."""
    with wave.open(io.BytesIO(file)) as opened:
        rate = opened.getframerate()
        samples = np.frombuffer(opened.readframes(opened.getnframes()), "<i2")
    places = np.arange(int(len(samples) * RATE / rate)) * rate / RATE
    heard = np.interp(places, np.arange(len(samples)), samples)
    return bytes(heard.astype("<i2").tobytes())
