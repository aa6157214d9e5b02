"""Topics: every shipped file loads and agrees with the others; a broken one is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulator.errors import KnowledgeError
from simulator.knowledge.topics import DENIABLE, Topics, load_topics
from simulator.scripts.parsing import read_yaml
from simulator.settings import ROOT

FOLDER = ROOT / "knowledge"
FILES = sorted(FOLDER.rglob("*.yaml"))
TOPIC = "section: ros\ntitle: Review\ntopics:\n  - {id: ros.fever, label: fever, kind: symptom, "


@pytest.fixture(scope="module")
def topics() -> Topics:
    return load_topics(FOLDER)


@pytest.mark.parametrize("path", FILES, ids=[p.stem for p in FILES])
def test_a_shipped_file_keeps_the_rules_of_scripts_and_says_nothing_twice(path: Path) -> None:
    assert read_yaml(path.read_text(encoding="utf-8"), str(path)).data


def test_the_topics_cover_a_history_from_opening_to_social_life(topics: Topics) -> None:
    sections = {t.section for t in topics}
    assert {"opening", "hpi", "ros", "pmh", "meds", "allergy", "fam", "soc", "mind"} <= sections
    assert len(list(topics)) > 300


def test_a_topic_is_found_by_id_and_an_unknown_one_is_not(topics: Topics) -> None:
    assert "hpi.onset" in topics
    assert topics["hpi.onset"].section == "hpi"
    assert "hpi.nothing" not in topics


def test_every_topic_id_can_be_named_in_a_script(topics: Topics) -> None:
    assert [t.id for t in topics if not re.fullmatch(r"[a-z]+(\.[a-z0-9-]+)+", t.id)] == []


def test_every_neighbour_is_another_topic_that_exists(topics: Topics) -> None:
    wrong = [(t.id, n) for t in topics for n in t.near if n not in topics or n == t.id]
    assert wrong == []


def test_every_review_question_takes_in_topics_that_exist_and_not_itself(topics: Topics) -> None:
    assert topics.covered
    for review, covered in topics.covered.items():
        assert review not in covered
        assert covered or not topics[review].covers, review


def test_a_left_out_pattern_wins_over_one_that_takes_in(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", TOPIC + "default: 'No.', questions: [Hot?]}\n"
          "  - {id: ros.rash, label: r, kind: symptom, default: 'No.', questions: [Rash?]}\n"
          "  - {id: ros.all, label: a, kind: broad, default: 'No.', questions: [All?], "
          "covers: ['ros.*', '!ros.rash']}\n")  # fmt: skip
    assert load_topics(tmp_path).covered == {"ros.all": frozenset({"ros.fever"})}


def test_only_symptoms_conditions_and_habits_may_be_denied_by_default(topics: Topics) -> None:
    assert topics["ros.fever"].kind in DENIABLE
    assert topics["hpi.onset"].kind not in DENIABLE
    assert not any(t.kind in DENIABLE for t in topics if t.section in ("opening", "views"))


def test_no_two_topics_share_a_question(topics: Topics) -> None:
    seen: dict[str, str] = {}
    twice = []
    for topic in topics:
        for question in topic.questions:
            owner = seen.setdefault(question.strip().lower(), topic.id)
            if owner != topic.id:
                twice.append((question, owner, topic.id))
    assert twice == []


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / "topics" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ("default: 'No.', questions: []}", "topics.0.questions"),
        ("default: 'No.', questions: [Hot?], colour: red}", "topics.0.colour"),
        ("questions: [Hot?]}", "topics.0.default"),
        ("default: 'No.', questions: [Hot?]", "expected"),
    ],
)
def test_a_malformed_topic_file_is_named_with_the_field(
    tmp_path: Path, rest: str, words: str
) -> None:
    path = write(tmp_path, "a.yaml", TOPIC + rest)
    with pytest.raises(KnowledgeError) as caught:
        load_topics(tmp_path)
    assert str(path) in str(caught.value)
    assert words in str(caught.value)


def test_a_topic_that_stands_in_two_files_is_named(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        write(tmp_path, name, TOPIC + "default: 'No.', questions: [Hot?]}")
    with pytest.raises(KnowledgeError, match="'ros.fever' stands twice; keep one"):
        load_topics(tmp_path)


def test_a_folder_without_topics_says_what_to_restore(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="holds no topics; restore the folder knowledge/"):
        load_topics(tmp_path)
