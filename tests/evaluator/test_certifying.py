"""Marked talks are put to a judge, and it is certified for a kind of items or it is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from simulator.cli import main
from simulator.errors import MarksError, ModelUnavailable
from simulator.evaluator.certificate import (
    Basis,
    Certificate,
    Tally,
    certified_kinds,
    tally,
)
from simulator.evaluator.certifying import certificate_rows, certify, read_gold
from simulator.evaluator.judging import LLMJudge
from simulator.llm import ScriptedModel
from simulator.llm.certificates import keep_certificate, read_certificate
from simulator.marking import GOLD
from simulator.services import Services
from tests.cough import COUGH, cough_script
from tests.judges import says
from tests.model_server import ModelServer, Request, answer, status

NOW = datetime(2026, 11, 30, tzinfo=UTC)
BASIS = Basis(model="scripted-model", prompt="p", rubric="vsp-comm-9 1.1.0", samples=1)
TURNS = [["D", "When did it start?"], ["P", "Three weeks ago."], ["D", "Any fever?"], ["P", "No."]]
MARKS = {"onset": ["met", 0, "When"], "fever": ["met", 2, "Any"], "phlegm": ["not met", None, ""]}
NONE = {"uncle": ["not applicable", None, ""], "blood": ["unscored", None, ""]}
ONSET = {"turn": 1, "quote": "When did it start?", "done": True}
FEVER = {"turn": 2, "quote": "Any fever?", "done": True}


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """Two talks that were marked, and one by which a prompt was written."""
    folder = tmp_path / "gold"
    folder.mkdir()
    rows = []
    for number, part in enumerate(("validate", "validate", "tune")):
        name = f"talk-{number}.json"
        text = json.dumps({"script": "stubborn-cough", "turns": TURNS})
        (folder / name).write_text(text, encoding="utf-8")
        rows.append({"file": name, "part": part, "items": {**MARKS, **NONE}, "first": {}})
    lines = "\n".join(map(json.dumps, rows))
    (folder / "marks.jsonl").write_text(lines, encoding="utf-8")
    return folder


Certify = Callable[..., Certificate]


@pytest.fixture
def certified(services: Services, gold: Path) -> Certify:
    def run(model: ScriptedModel, **more: Any) -> Certificate:
        judge = LLMJudge(model, BASIS, frozenset())
        marked = read_gold(gold, ["validate"])
        return certify(marked, services, judge, lambda _: cough_script(), NOW, **more)

    return run


def test_what_is_right_is_counted_by_kind_and_what_has_no_mark_is_left_out(
    certified: Certify,
) -> None:
    told: list[str] = []
    model = ScriptedModel([says(ONSET, {}, FEVER), says(ONSET, FEVER, {})])
    found = certified(model, tell=told.append)
    asked = found.kinds["asked"]
    assert list(found.kinds) == ["asked"]
    assert (asked.right_positive, asked.positive) == (3, 4), "its words for phlegm are void"
    assert (asked.right_negative, asked.negative) == (1, 2)
    assert (found.transcripts, len(told), found.parts) == (2, 2, ("validate",))
    assert found.certified == (), "of so few nothing is certain"
    assert 0 < found.tokens < found.tokens_one_by_one
    rows = "\n".join(certificate_rows(found))
    assert "not certified, left to the rules" in rows and "3/4" in rows


def test_what_it_does_not_settle_counts_as_wrong(certified: Certify) -> None:
    found = certified(ScriptedModel(["What?", "What?"]))
    assert found.kinds["asked"] == Tally(positive=4, negative=2)


def test_no_more_items_are_put_than_was_said(certified: Certify) -> None:
    found = certified(ScriptedModel([says(ONSET, {}, FEVER), says({})]), most=4)
    assert found.kinds["asked"].positive + found.kinds["asked"].negative == 4


def test_a_judge_that_goes_away_certifies_nothing(certified: Certify) -> None:
    with pytest.raises(ModelUnavailable, match="nothing was certified"):
        certified(ScriptedModel([says(ONSET, {}, FEVER)]))


def test_a_case_by_another_rubric_is_passed_over(services: Services, gold: Path) -> None:
    judge = LLMJudge(ScriptedModel([]), BASIS.model_copy(update={"rubric": "own 1"}), frozenset())
    found = certify(read_gold(gold, ["validate"]), services, judge, lambda _: cough_script(), NOW)
    assert (found.transcripts, found.kinds) == (0, {})


@pytest.mark.parametrize(
    ("right", "of", "holds"), [(16, 16, True), (15, 15, False), (36, 40, False), (37, 40, True)]
)
def test_a_kind_is_certified_by_the_lower_bounds_of_both_rates(
    right: int, of: int, holds: bool
) -> None:
    sure = {"right_positive": 100, "positive": 100}
    assert Tally(**sure, right_negative=right, negative=of).holds is holds
    assert not Tally(**sure).holds, "nobody knows what it does where nothing was done"


def test_tallies_are_by_kind() -> None:
    found = tally([("asked", True, True), ("done", False, False), ("asked", True, False)])
    assert found["asked"] == Tally(right_positive=1, positive=2)
    assert found["done"] == Tally(negative=1)


def made(basis: Basis) -> Certificate:
    good = Tally(right_positive=40, positive=40, right_negative=40, negative=40)
    return Certificate(
        basis=basis, gold="g", parts=("validate",), transcripts=9, made_at="now",
        code_version="0", kinds={"asked": good, "done": Tally(positive=3)},
    )  # fmt: skip


def test_a_certificate_is_found_for_exactly_what_it_speaks_of(tmp_path: Path) -> None:
    assert certified_kinds(tmp_path, BASIS) == frozenset()
    keep_certificate(tmp_path, made(BASIS))
    assert certified_kinds(tmp_path, BASIS) == {"asked"}
    for name in ("model", "prompt", "rubric"):
        assert certified_kinds(tmp_path, BASIS.model_copy(update={name: "other"})) == frozenset()
    assert certified_kinds(tmp_path, BASIS.model_copy(update={"samples": 2})) == frozenset()


def test_a_damaged_or_borrowed_certificate_is_none(tmp_path: Path) -> None:
    file = keep_certificate(tmp_path, made(BASIS.model_copy(update={"model": "other"})))
    mine = keep_certificate(tmp_path, made(BASIS))
    mine.write_bytes(file.read_bytes())
    assert read_certificate(tmp_path, BASIS, Certificate) is None
    mine.write_text("{", encoding="utf-8")
    assert read_certificate(tmp_path, BASIS, Certificate) is None


def test_the_talks_that_the_prompt_was_written_by_certify_nothing(gold: Path) -> None:
    assert {r.part for r in read_gold(gold, ["validate"]).rows} == {"validate"}
    with pytest.raises(MarksError, match="the judge's prompt was written by"):
        read_gold(gold, ["validate", "tune"])


@pytest.mark.parametrize("text", ["", "{", '{"file": "x"}', '{"file": "gone.json", "items": {}}'])
def test_marks_that_cannot_be_read_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "marks.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(MarksError, match="marks.jsonl"):
        read_gold(tmp_path, ["validate"])


def test_a_talk_that_names_no_case_is_refused(services: Services, gold: Path) -> None:
    (gold / "talk-1.json").write_text(json.dumps({"turns": TURNS}), encoding="utf-8")
    judge = LLMJudge(ScriptedModel([says(ONSET, {}, FEVER)] * 2), BASIS, frozenset())
    with pytest.raises(MarksError, match="talk-1.json does not say whose"):
        certify(read_gold(gold, ["validate"]), services, judge, lambda _: cough_script(), NOW)


def test_the_project_s_own_gold_is_whole() -> None:
    gold = read_gold(GOLD, ["validate", "report"])
    assert len(gold.rows) == 24
    assert all((GOLD / row.file).is_file() for row in gold.rows)


def test_the_command_measures_keeps_and_says_what_came_of_it(
    services: Services,
    gold: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def perfect(request: Request) -> Any:
        body = request.body["messages"][-1]["content"]
        items = [x for x in body[body.index("Mark these") :].splitlines() if x[:1].isdigit()]
        known = {"Asks when it began": ONSET, "Asks about fever": FEVER}
        return answer(says(*(known.get(i.partition(". ")[2], {}) for i in items)))

    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "stubborn-cough.yaml").write_text(json.dumps(COUGH), encoding="utf-8")
    with ModelServer(perfect) as server:
        monkeypatch.setenv("VSP_SCRIPTS_DIR", str(scripts))
        monkeypatch.setenv("VSP_DATA_DIR", str(services.settings.data_dir))
        monkeypatch.setenv("VSP_JUDGE_MODEL", "perfect-on-six")
        monkeypatch.setenv("VSP_JUDGE_BASE_URL", server.base_url)
        assert main(["certify", "--gold", str(gold)]) == 1, "six items are too few"
        server.default = status(401)
        assert main(["certify", "--gold", str(gold)]) == 2
    said = capsys.readouterr()
    found = json.loads(said.out.splitlines()[-1])
    assert found["kinds"]["asked"] == {
        "right_positive": 4, "positive": 4, "right_negative": 2, "negative": 2
    }  # fmt: skip
    assert (found["certified"], found["basis"]["samples"]) == ([], 3)
    assert "a call for each item would have used" in said.out
    assert "nothing was certified" in said.err
    assert main(["certify", "--part", "tune"]) == 2
