"""Import and export on the command line: a file becomes a patient who plays, and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.cli import main
from simulator.exchange import import_cases
from simulator.patient.turn import State
from simulator.scripts.library import find_script
from simulator.services import Services
from tests.scripts.formats.test_plain import CASE

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def installation(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    assert services.field
    monkeypatch.setenv("VSP_DATA_DIR", str(services.settings.data_dir))


@pytest.fixture
def cough(tmp_path: Path) -> Path:
    path = tmp_path / "cough.txt"
    path.write_text(CASE, encoding="utf-8")
    return path


def test_a_plain_text_plays_at_once(cough: Path, services: Services, tmp_path: Path) -> None:
    patient = services.patient(find_script(str(cough), tmp_path))
    reply, _ = patient.reply("When did it start?", State())
    assert reply.text == "It started three weeks ago, with a cold."


def test_an_import_finds_topics_and_lists_what_needs_a_human(services: Services) -> None:
    (found,) = import_cases(CASE.encode(), "cough.txt", services)
    assert found.script.fact("story-1").topic == "hpi.onset"
    assert found.script.fact("story-5").topic == "ros.fever"
    assert any(said.startswith("topics of 6 facts were guessed") for said in found.needs_human)


def test_import_writes_a_draft_beside_the_file_and_never_over_another(
    cough: Path, capsys: Capture
) -> None:
    assert main(["import", "text", str(cough)]) == 0
    said = capsys.readouterr().out
    draft = cough.with_name("cough-1.yaml")
    assert said.startswith(f"{draft}: a draft with 6 facts")
    assert "'You live over a pub.'" in said
    assert find_script(str(draft), cough.parent).status == "draft"
    assert main(["import", "text", str(cough)]) == 2
    assert "is there already; name another file with --out" in capsys.readouterr().err


def test_import_tells_a_file_that_is_not_there(tmp_path: Path, capsys: Capture) -> None:
    assert main(["import", "auto", str(tmp_path / "none.txt")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_export_writes_the_file_and_lists_what_it_does_not_hold(
    tmp_path: Path, capsys: Capture
) -> None:
    target = tmp_path / "maria.txt"
    assert main(["export", "text", "chest-pain-maria-lopez", "--out", str(target)]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{target}\nNot in this file:\n- ")
    assert "- challenges: " in said
    assert target.read_text(encoding="utf-8").startswith("[CASE]\nid: chest-pain-maria-lopez\n")
