"""An engine of the voice, run as a file in a process of its own: it listens, or it speaks.

On standard input come questions, on standard output go answers: each the length of a line of JSON
(four bytes), that line, and as many bytes as its "bytes" says. It ends when standard input does:
with its owner, however that one ends. It imports nothing of the program, keeps nothing, and writes
no file. Piper is under the GNU GPL and is imported here alone, in a process that speaks with it.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Protocol

Answer = tuple[dict[str, Any], bytes]
Work = Callable[[dict[str, Any], bytes], Answer]

# Threads that spin while they wait take the core from the one that they wait for.
os.environ["OMP_WAIT_POLICY"] = "passive"


def whisper(weights: str) -> Work:
    """Listens: samples at 16 kHz, two bytes each, become words."""
    # PyAV opens audio files; ours comes as samples, so that FFmpeg need not be there at all.
    sys.modules["av"] = types.ModuleType("av")
    import numpy as np
    from faster_whisper import WhisperModel

    model = WhisperModel(
        str(Path(weights).parent),
        device="cpu",
        compute_type="int8",
        cpu_threads=1,
        local_files_only=True,
    )

    def hear(_: dict[str, Any], sound: bytes) -> Answer:
        samples = np.frombuffer(sound, "<i2").astype(np.float32) / 32768
        segments, _ = model.transcribe(
            samples,
            language="en",
            vad_filter=True,
            without_timestamps=True,
            condition_on_previous_text=False,
        )
        return {"text": " ".join(s.text.strip() for s in segments)}, b""

    nothing = np.zeros(16_000, np.float32)  # what is loaded at first use is loaded now
    list(model.transcribe(nothing, language="en", without_timestamps=True)[0])
    hear({}, nothing.astype("<i2").tobytes())
    return hear


def hibari(weights: str) -> Work:
    """Speaks with one woman's voice, whose pitch can be moved by itself."""
    import numpy as np
    from hibari import Hibari, dsp

    voice = Hibari(model=weights)
    voice("Good morning, doctor.")  # what is loaded at first use is loaded now

    def say(asked: dict[str, Any], _: bytes) -> Answer:
        spoken = []
        for phonemes in voice.phonemize(asked["text"]):
            feed = {
                "ids": np.asarray([voice.ids(phonemes)], np.int64),
                "speed": np.asarray([asked["speed"]], np.float32),
            }
            *shape, pitch = (part[0] for part in voice.sess.run(None, feed))
            moved = (pitch * asked["pitch"]).astype(np.float32)
            spoken.append(dsp.synth(*shape, moved, np.random.default_rng(7)))
        sound = np.concatenate(spoken) if spoken else np.zeros(0, np.float32)
        return {"rate": voice.sample_rate}, _samples(sound)

    return say


def piper(weights: str) -> Work:
    """Speaks with one man's voice."""
    import numpy as np
    import onnxruntime
    from piper import PiperConfig, PiperVoice, SynthesisConfig

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0))
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    voice = PiperVoice(
        config=PiperConfig.from_dict(json.loads(Path(f"{weights}.json").read_text("utf-8"))),
        session=onnxruntime.InferenceSession(weights, options, ["CPUExecutionProvider"]),
    )

    list(voice.synthesize("Good morning, doctor."))  # what is loaded at first use is loaded now

    def say(asked: dict[str, Any], _: bytes) -> Answer:
        manner = SynthesisConfig(length_scale=1 / asked["speed"])
        spoken = [c.audio_float_array for c in voice.synthesize(asked["text"], manner)]
        sound = np.concatenate(spoken) if spoken else np.zeros(0, np.float32)
        return {"rate": voice.config.sample_rate}, _samples(sound)

    return say


def _samples(sound: Any) -> bytes:
    return bytes((sound.clip(-1, 1) * 32767).astype("<i2").tobytes())


ENGINES: dict[str, Callable[[str], Work]] = {"whisper": whisper, "hibari": hibari, "piper": piper}


class Source(Protocol):
    """What can be read from."""

    def read(self, size: int, /) -> bytes:
        """So many bytes, fewer at its end."""


def read(pipe: Source) -> Answer | None:
    """What comes next on a pipe; None at its end."""
    size = pipe.read(4)
    if len(size) < 4:
        return None
    head: dict[str, Any] = json.loads(pipe.read(struct.unpack(">I", size)[0]))
    return head, pipe.read(head["bytes"])


def write(pipe: IO[bytes], head: dict[str, Any], body: bytes = b"") -> None:
    """Put something on a pipe."""
    line = json.dumps({**head, "bytes": len(body)}).encode()
    pipe.write(struct.pack(">I", len(line)) + line + body)
    pipe.flush()


def serve(engine: str, weights: str) -> None:
    """Be the engine; what its libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    work = ENGINES[engine](weights)
    write(answers, {"ready": True})
    while (asked := read(sys.stdin.buffer)) is not None:
        try:
            answer = work(*asked)
        except Exception as error:  # told to the owner, who says it and goes on
            answer = {"fault": f"{type(error).__name__}: {error}"}, b""
        write(answers, *answer)


if __name__ == "__main__":
    serve(*sys.argv[1:])
