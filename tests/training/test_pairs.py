"""The training material: nothing of the benchmark in it, and clauses with the right topics."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from simulator.settings import ROOT
from simulator.training.pairs import Material, load_material, reply_pools

INTERVIEWS = {
    "learn:1": [
        ["D", "When did it start?"],
        ["P", "It began on Monday night."],
        ["D", "OK. Any fever or chills?"],
        ["P", "I was hot all of Tuesday."],
        ["D", "I see, thank you."],
        ["P", "No problem at all, doctor."],
        ["D", "And how long did that last?"],
        ["P", "Until Wednesday or so, I think."],
    ],
    "kept:1": [["D", "Do you smoke?"], ["P", "Ten a day since school."]],
}
ROWS = [
    {"interview": "learn:1", "turn": 0, "topics": ["hpi.onset"], "act": "question_closed"},
    {"interview": "learn:1", "turn": 2, "topics": ["ros.fever", "ros.chills"], "act": "questions"},
    {"interview": "learn:1", "turn": 4, "topics": [], "act": "statement"},
    {"interview": "learn:1", "turn": 6, "topics": ["hpi.duration"], "act": "question_closed"},
    {"interview": "kept:1", "turn": 0, "topics": ["soc.smoking"], "act": "question_closed"},
]


@pytest.fixture
def material(tmp_path: Path) -> Material:
    for name in ("topics", "talk"):
        (tmp_path / name).symlink_to(ROOT / "knowledge" / name)
    lines = tmp_path / "training" / "lines"
    lines.mkdir(parents=True)
    (lines / "one.yaml").write_text('hpi.onset: ["Since Monday."]\n', encoding="utf-8")
    turns = "\n".join(json.dumps(r) for r in ROWS)
    (tmp_path / "training" / "turns-0.jsonl").write_text(turns, encoding="utf-8")
    interviews = "\n".join(json.dumps({"id": i, "turns": t}) for i, t in INTERVIEWS.items())
    (tmp_path / "interviews.jsonl").write_text(interviews, encoding="utf-8")
    split = {"tune": [], "validate": [], "report": ["kept:1"]}
    (tmp_path / "split.json").write_text(json.dumps(split), encoding="utf-8")
    return load_material(tmp_path, tmp_path / "interviews.jsonl", tmp_path / "split.json")


def test_no_interview_of_the_benchmark_is_learned_from(material: Material) -> None:
    assert list(material.interviews) == ["learn:1"]
    assert all(a.topic != "soc.smoking" for a in material.asked)
    chance = random.Random(1)  # noqa: S311
    pairs = [p for pool in reply_pools(material, chance) for p in pool]
    assert pairs
    assert all("smoke" not in question for question, _ in pairs)


def test_each_clause_gets_the_topic_it_asks_for_and_the_one_before(material: Material) -> None:
    assert [(a.text, a.topic, a.before) for a in material.asked] == [
        ("When did it start?", "hpi.onset", None),
        ("Any fever?", "ros.fever", "hpi.onset"),
        ("Any chills?", "ros.chills", "ros.fever"),
        ("how long did that last?", "hpi.duration", "ros.chills"),
    ]


def test_what_asks_nothing_is_kept_as_talk(material: Material) -> None:
    assert material.talk == ("I see, thank you.",)


def test_every_topic_has_lines_its_default_among_them(material: Material) -> None:
    onset = material.topics["hpi.onset"]
    assert material.lines["hpi.onset"] == (onset.default, "Since Monday.")
    assert all(material.lines[t.id] for t in material.topics)


def test_the_files_in_the_repository_name_topics_that_exist_and_no_words_of_interviews() -> None:
    from simulator.knowledge.topics import load_topics

    topics = load_topics(ROOT / "knowledge")
    split = json.loads((ROOT / "bench" / "labels" / "split.json").read_text(encoding="utf-8"))
    held_out = {i for part in ("tune", "validate", "report") for i in split[part]}
    files = sorted((ROOT / "knowledge" / "training").glob("turns-*.jsonl"))
    assert files
    for path in files:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            assert set(row) <= {"interview", "turn", "topics", "act", "missing"}
            assert row["interview"] not in held_out
            assert all(t in topics for t in row["topics"]), row
