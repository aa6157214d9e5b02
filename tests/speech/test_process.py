"""An engine in its process: it answers, ends with its owner, and where it fails comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.errors import SpeechUnavailable
from simulator.settings import ROOT
from simulator.speech import HIBARI, missing, process
from simulator.speech.parts import Engine
from simulator.speech.process import Busy, EngineProcess

HELLO = {"text": "Hello.", "speed": 1.0, "pitch": 1.0}
# An engine for tests, run as the real ones are: it does what it is told.
OBEDIENT = """
import os, sys, time
sys.path.insert(0, {folder!r})
import worker

def obedient(weights):
    if weights == "broken":
        sys.exit("the weights are broken")
    def work(asked, sound):
        if asked["do"] == "die":
            os._exit(1)
        if asked["do"] == "sleep":
            time.sleep(60)
        if asked["do"] == "fail":
            raise ValueError("cannot do that")
        print("libraries print what they like")
        return {{"did": asked["do"]}}, sound[::-1]
    return work

worker.ENGINES["obedient"] = obedient
worker.serve(*sys.argv[1:])
"""


@pytest.fixture
def obedient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EngineProcess]:
    program = tmp_path / "obedient.py"
    folder = str(ROOT / "simulator" / "speech")
    program.write_text(OBEDIENT.format(folder=folder), encoding="utf-8")
    monkeypatch.setattr(process, "PROGRAM", program)
    monkeypatch.setattr(process, "weights", lambda engine: Path(engine.weights))
    made = EngineProcess(Engine("obedient", (), "", "sound", ""))
    yield made
    made.close()


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return False


def test_it_starts_when_it_is_first_asked_and_stays(obedient: EngineProcess) -> None:
    assert obedient.pid == 0
    sound = bytes(range(256)) * 4000
    assert obedient.ask({"do": "turn"}, sound) == (
        {"did": "turn", "bytes": len(sound)},
        sound[::-1],
    )
    pid = obedient.pid
    assert obedient.ask({"do": "again"})[0]["did"] == "again"
    assert obedient.pid == pid
    obedient.close()
    assert not alive(pid)


def test_a_fault_is_told_and_the_next_question_is_answered(obedient: EngineProcess) -> None:
    with pytest.raises(SpeechUnavailable, match="obedient failed: ValueError: cannot do that"):
        obedient.ask({"do": "fail"})
    assert obedient.ask({"do": "go on"})[0]["did"] == "go on"


def test_one_that_died_is_started_anew(obedient: EngineProcess) -> None:
    with pytest.raises(SpeechUnavailable, match="obedient gave no answer"):
        obedient.ask({"do": "die"})
    assert obedient.ask({"do": "rise"})[0]["did"] == "rise"
    os.kill(obedient.pid, signal.SIGKILL)
    while alive(obedient.pid):
        time.sleep(0.01)
    assert obedient.ask({"do": "rise again"})[0]["did"] == "rise again"


def test_one_that_hangs_is_given_up_and_ended(
    obedient: EngineProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    obedient.start()
    pid = obedient.pid
    monkeypatch.setattr(process, "ANSWER_S", 0.1)
    monkeypatch.setattr(process, "END_S", 0.1)
    with pytest.raises(SpeechUnavailable, match="it took too long"):
        obedient.ask({"do": "sleep"})
    assert not alive(pid)


def test_one_that_does_not_start_says_why(
    obedient: EngineProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = EngineProcess(Engine("obedient", (), "", "broken", ""))
    with pytest.raises(SpeechUnavailable, match=r"did not start \(the weights are broken\)"):
        broken.ask({"do": "anything"})


def test_who_comes_when_too_many_wait_is_told_so(
    obedient: EngineProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    obedient.start()
    monkeypatch.setattr(process, "WAIT_S", 0.05)
    first = threading.Thread(target=_quietly, args=(obedient,))
    first.start()
    while not obedient._turn.locked():
        time.sleep(0.01)
    with pytest.raises(Busy, match="try again in a moment"):
        obedient.ask({"do": "me too"})
    obedient.close()  # whoever is being answered gives up, and nobody waits for ever
    first.join(5)
    assert not first.is_alive()


def _quietly(engine: EngineProcess) -> None:
    with pytest.raises(SpeechUnavailable):
        engine.ask({"do": "sleep"})


def test_it_ends_with_its_owner_however_that_one_ends() -> None:
    if absent := missing(HIBARI):
        pytest.skip(f"{', '.join(absent)} not installed: optional, run 'make voice'")
    code = (
        "import time; from simulator.speech.process import EngineProcess; "
        "from simulator.speech import HIBARI; e = EngineProcess(HIBARI); e.start(); "
        "print(e.pid, flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    with owner:
        pid = int(owner.stdout.readline())
        assert alive(pid)
        owner.kill()
    last = time.monotonic() + 10
    while alive(pid) and time.monotonic() < last:
        time.sleep(0.02)
    assert not alive(pid)
