"""A language model is certified as a reader only where it reads better, and reads only then."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from simulator import reading
from simulator.cli import main
from simulator.doctor import examine_reader
from simulator.errors import KnowledgeError, ModelUnavailable
from simulator.knowledge.topics import load_topics
from simulator.llm.certificates import certificates_dir, keep_certificate, read_certificate
from simulator.patient.trace import Trace
from simulator.patient.turn import State
from simulator.patient.understanding.certificate import (
    TURNS,
    Figure,
    ReaderCertificate,
    Reading,
)
from simulator.reading import LabelledTalk, certify, read_talks, rows
from simulator.services import Services
from simulator.settings import ROOT
from tests.cough import cough_script
from tests.model_server import ModelServer, Request, Step, answer, status
from tests.readers import hears, wanting

NOW = datetime(2026, 11, 30, tzinfo=UTC)
TALKS = ("own:f-05", "own:f-16")  # 20 turns that the learned reader finds hard


def only(folder: Path, *talks: str) -> None:
    """Leave no labelled talks in a knowledge folder but these."""
    lines = (ROOT / "knowledge" / TURNS).read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if json.loads(line)["case"] in talks]
    (folder / TURNS).write_text("".join(kept), encoding="utf-8")


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def place(services: Services, tmp_path: Path, server: ModelServer) -> Services:
    """An installation with two of the labelled talks, where a model is wanted as a reader."""
    assert services.understander and services.field
    only(tmp_path, *TALKS)
    return wanting(services, server.base_url, knowledge_dir=tmp_path, data_dir=tmp_path)


def knowing(services: Services) -> Callable[[Request], list[Step]]:
    """A model that reads each labelled turn as it was labelled."""
    labels: dict[str, tuple[list[str], list[str]]] = {}
    for talk in read_talks(services.settings.knowledge_dir):
        says = {f[0]: " ".join(f[3].split()) for f in talk.facts}
        topic = {f[0]: services.field.topics[f[1]].label for f in talk.facts}
        for turn in talk.turns:
            silent = [f"({services.field.topics[t].label})" for t in turn.silent]
            meant = [s for f in turn.asked for s in (says[f], f"({topic[f]})")]
            labels[" ".join(turn.text.split())] = meant, silent

    def read(request: Request) -> list[Step]:
        asked = request.body["messages"][-1]["content"]
        lines = {text: int(n) for n, text in re.findall(r"^(\d+)\. (.+)$", asked, re.M)}
        said = re.search(r"^Doctor, this turn: (.+)$", asked, re.M)
        meant, silent = labels[said[1] if said else ""]
        numbers = {lines[t] for t in (*meant, *silent) if t in lines}
        return answer(hears(*sorted(numbers)))

    return read


def test_a_model_that_reads_better_is_certified_and_then_reads(
    place: Services, server: ModelServer
) -> None:
    server.default = knowing(place)
    told: list[str] = []
    found = certify(place, NOW, told.append)
    assert found.certified and (found.turns, found.unread, len(told)) == (20, 0, 2)
    assert found.model.recall.low > found.learned.recall.share
    assert found.model.precision.low > found.learned.precision.share
    assert found.tokens == 20 * 16
    said = "\n".join(rows(found))
    assert "certified as a reader" in said and f"prompt {found.basis.prompt}" in said
    folder = certificates_dir(place.settings.data_dir)
    keep_certificate(folder, found)
    assert read_certificate(folder, found.basis, ReaderCertificate) == found
    server.default = answer(hears(1))
    reply, _ = place.live(cough_script(), "scripted").reply("When did it start?", State())
    trace = Trace.of(reply)
    assert (trace.read_by, trace.read_away, trace.told) == ("small-model", "", ("onset",))
    doctor = examine_reader("small-model", place.settings, place)
    assert "It is certified, and reads" in doctor.says and "2026-11-30" in doctor.says
    other = wanting(place, server.base_url, llm_model="another")
    assert other.model_reader is None, "what one model proved says nothing of another"


def test_a_model_that_reads_worse_is_refused_by_the_command_and_not_asked_in_a_talk(
    place: Services,
    server: ModelServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    only(place.settings.knowledge_dir, TALKS[0])
    monkeypatch.setattr(reading, "Services", lambda _: place)  # lest all be loaded once more
    monkeypatch.setenv("VSP_DATA_DIR", str(place.settings.data_dir))
    server.default = answer(hears(12))
    assert main(["certify", "reader"]) == 1
    *said, last = capsys.readouterr().out.splitlines()
    found = json.loads(last)
    assert (found["certified"], found["turns"], found["unread"]) == (False, 10, 0)
    assert found["model"]["recall"]["right"] < found["learned"]["recall"]["right"]
    assert "not certified: the learned reader reads, whatever is configured" in said
    basis = place.reader_basis("small-model")
    assert read_certificate(certificates_dir(place.settings.data_dir), basis, ReaderCertificate), (
        "what was measured is kept, to be shown"
    )
    asked = len(server.requests)
    reply, _ = place.live(cough_script(), "scripted").reply("When did it start?", State())
    assert (Trace.of(reply).read_by, len(server.requests)) == ("learned", asked)


def certificate(model: tuple[int, int], learned: tuple[int, int], of: int = 100) -> Any:
    def read(counts: tuple[int, int]) -> Reading:
        recall, precision = (Figure(right=n, of=of, low=n / of - 0.08) for n in counts)
        return Reading(recall=recall, precision=precision)

    return ReaderCertificate.model_construct(model=read(model), learned=read(learned))


@pytest.mark.parametrize(
    ("model", "certified"), [((90, 90), True), ((77, 99), False), ((99, 77), False)]
)
def test_both_lower_bounds_have_to_lie_above_what_the_learned_reader_reached(
    model: tuple[int, int], certified: bool
) -> None:
    assert certificate(model, (70, 70)).certified is certified


def test_a_model_that_answers_nothing_of_use_has_heard_nothing(
    place: Services, server: ModelServer
) -> None:
    folder = place.settings.knowledge_dir
    talk = read_talks(folder)[0]
    few = talk.model_copy(update={"turns": talk.turns[:2]})
    (folder / TURNS).write_text(few.model_dump_json(), encoding="utf-8")
    server.default = answer("The doctor asks for the first line.")
    found = certify(place, NOW)
    assert (found.unread, found.model.recall.right, found.model.precision.of) == (2, 0, 0)
    assert found.learned.recall.of == found.model.recall.of and not found.certified


def test_a_model_that_cannot_be_reached_certifies_nothing(
    place: Services, server: ModelServer
) -> None:
    server.default = status(401)
    with pytest.raises(ModelUnavailable, match="nothing was certified"):
        certify(place, NOW)


def test_without_a_certificate_or_without_the_wish_nothing_is_called(
    services: Services, server: ModelServer
) -> None:
    for wish in ("llm", "learned"):
        own = wanting(services, server.base_url, reads=wish)
        reply, _ = own.live(cough_script(), "scripted").reply("When did it start?", State())
        assert Trace.of(reply).read_by == "learned"
    assert server.requests == []
    assert wanting(services, "", llm_model="").model_reader is None, "none is configured"


def test_the_project_s_own_turns_are_whole_and_of_topics_that_exist() -> None:
    talks, topics = read_talks(ROOT / "knowledge"), load_topics(ROOT / "knowledge")
    assert sum(len(t.turns) for t in talks) == 120
    for talk in talks:
        facts = {f.id: f for f in talk.script.facts}
        assert all(f.topic in topics for f in facts.values())
        for turn in talk.turns:
            assert {*turn.asked, *turn.optional} <= facts.keys()
            assert all(t in topics for t in turn.silent)


def test_turns_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / TURNS).write_text('{"case": "own:x"}\n', encoding="utf-8")
    with pytest.raises(KnowledgeError, match=TURNS):
        read_talks(tmp_path)
    assert LabelledTalk.model_fields.keys() == {"case", "opening", "facts", "turns"}
