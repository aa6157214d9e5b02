"""What is learned from: labels that agree with their cases, and nothing that is measured on."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.knowledge.topics import Topics, load_topics
from simulator.scripts.schema import TIERS
from simulator.settings import ROOT
from training import material as module
from training.material import (
    BENCH_SPLIT,
    DATA,
    LABELS,
    NOES,
    SHORT,
    UNKNOWNS,
    Labelled,
    Material,
    answer_of,
    before,
    labels_of,
    load_material,
    rows_known,
)

POINTED = ("asked", "denied", "unknown", "broad")
NAMELESS = (None, "?")  # a subject that no topic of the knowledge is about
INTERVIEWS = {
    "learn:1": [
        ["D", "Hello, what can I do for you?"],
        ["P", "My knee has been sore since Monday."],
        ["D", "I see. Any fever or chills?"],
        ["P", "I was hot all of Tuesday, but it has gone."],
        ["D", "Okay."],
    ],
    "fit:1": [["D", "Do you smoke?"], ["P", "Ten a day since school."]],
    "kept:1": [["D", "Do you drink?"], ["P", "A glass of wine now and then."]],
    "kept:2": [["D", "Do you drive?"], ["P", "Only at weekends."]],
}
FACTS = [
    ["knee", "ros.knee-pain", "opening", "It's my knee."],
    ["hot", "ros.fever", "asked", "I had a temperature."],
]
CASES: list[dict[str, Any]] = [
    {
        "interview": "learn:1",
        "opening": "My knee hurts, doctor.",
        "facts": FACTS,
        "turns": [
            {"turn": 0, "acts": ["greeting", "open"]},
            {
                "turn": 2,
                "acts": ["acknowledge", "ask"],
                "asked": [["hot", 7, 16]],
                "denied": [["ros.chills", 20, 26]],
                "optional": ["knee"],
            },
            {"turn": 4, "acts": ["acknowledge"]},
        ],
    },
    {
        "interview": "fit:1",
        "opening": "It's the cough.",
        "facts": [["smoke", "soc.smoking", "asked", "I smoke."]],
        "turns": [{"turn": 0, "acts": ["ask"], "asked": [["smoke"]]}],
    },
    {"interview": "kept:1", "opening": "Well.", "facts": [], "turns": []},
    {"interview": "kept:2", "opening": "Well.", "facts": [], "turns": []},
    {"interview": "lost:1", "opening": "Well.", "facts": [], "turns": []},
]
OWN = [
    {
        "interview": "learn:1",
        "turns": [
            {"turn": 0, "acts": ["ask"], "text": "Does it hurt?", "asked": [["knee", 0, 13]]},
            {"turn": 1, "acts": ["ask"], "text": "Any cough?", "unknown": [[None, 0, 10]]},
        ],
    },
    {"interview": "headless:1", "turns": []},
]
INVENTED = [
    {
        "interview": "own:1",
        "opening": "I'm so tired.",
        "facts": [["tired", "ros.fatigue", "opening", "I'm worn out."]],
        "turns": [{"turn": 0, "acts": ["ask"], "text": "Tired?", "asked": [["tired", 0, 5]]}],
    }
]
TALK = [
    [["greeting"], "", "Hello there."],
    [["greeting", "ask"], "I slept badly.", "Hi. And why is that?"],
]
ASKED = [
    {"interview": "learn:1", "turn": 2, "topics": ["ros.fever", "ros.no-such-topic"]},
    {"interview": "learn:1", "turn": 4, "topics": []},
    {"interview": "kept:1", "turn": 0, "topics": ["soc.alcohol"]},
    {"interview": "lost:1", "turn": 0, "topics": ["soc.alcohol"]},
]


def write_rows(path: Path, rows: list[Any]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Material:
    """Made-up labels: one case to train on, one to fit on, two that are kept out, one not there."""
    write_rows(tmp_path / "data.jsonl", [{"id": i, "turns": t} for i, t in INTERVIEWS.items()])
    write_rows(tmp_path / "interviews.jsonl", CASES)
    write_rows(tmp_path / "own.jsonl", OWN)
    write_rows(tmp_path / "invented.jsonl", INVENTED)
    write_rows(tmp_path / "acts.jsonl", TALK)
    write_rows(tmp_path / "topics-0.jsonl", ASKED)
    (tmp_path / "lines").mkdir()
    lines = 'hpi.onset: ["Since Monday."]\n'
    (tmp_path / "lines" / "one.yaml").write_text(lines, encoding="utf-8")
    write_rows(tmp_path / "split.json", [{"decision": ["fit:1"], "report": ["kept:1"]}])
    write_rows(tmp_path / "bench.json", [{"tune": [], "validate": ["kept:2"], "report": []}])
    monkeypatch.setattr(module, "LABELS", tmp_path)
    monkeypatch.setattr(module, "DATA", tmp_path / "data.jsonl")
    monkeypatch.setattr(module, "BENCH_SPLIT", tmp_path / "bench.json")
    return load_material(1)


def test_no_interview_that_is_measured_on_is_learned_from(small: Material) -> None:
    assert small.kept_out == {"kept:1", "kept:2"}
    assert [c.interview for c in small.cases] == ["learn:1", "fit:1"]
    assert [text for _, text, _ in small.asked_topics] == ["I see. Any fever or chills?"]


def test_the_decision_is_fitted_on_cases_that_the_reader_never_saw(small: Material) -> None:
    assert [c.interview for c in small.held(small.cases, True)] == ["fit:1"]
    assert [c.interview for c in small.held(small.cases, False)] == ["learn:1"]


def test_the_words_of_a_turn_are_the_interview_s_and_the_labels_point_into_them(
    small: Material,
) -> None:
    turn = small.cases[0].turns[1]
    assert turn.text == "I see. Any fever or chills?"
    assert [turn.text[slice(*words)] for _, words in turn.asked if words] == ["Any fever"]
    assert [turn.text[slice(*words)] for _, words in turn.denied if words] == ["chills"]
    assert (turn.acts, turn.optional) == (("acknowledge", "ask"), ("knee",))


def test_a_turn_hangs_on_what_was_really_said_and_on_what_the_case_would_say(
    small: Material,
) -> None:
    first, second, third = small.cases[0].turns
    assert first.context == first.played == ""
    asked = "Hello, what can I do for you? / "
    assert second.context == asked + "My knee has been sore since Monday."
    assert second.played.removeprefix(asked) in SHORT
    assert third.context.endswith("/ I was hot all of Tuesday, but it has gone.")
    assert "/ I had a temperature." in third.played


def test_authors_own_turns_follow_the_opening_of_their_case(small: Material) -> None:
    labels, invented = small.own
    assert (invented.interview, invented.turns[0].text) == ("own:1", "Tired?")
    assert (labels.interview, labels.facts) == ("learn:1", small.cases[0].facts)
    assert labels.turns[0].context == "What brings you in today? / My knee hurts, doctor."
    assert labels.turns[1].context == "Does it hurt? / It's my knee."
    assert labels.turns[1].unknown == (("", (0, 10)),)


def test_what_came_since_the_last_training_is_fresh(small: Material) -> None:
    assert [c.fresh for c in small.own] == [True, True]  # nothing is known of a first training
    known = load_material(1, learned=rows_known())
    assert [c.fresh for c in known.own] == [False, False]
    later = load_material(1, learned={**rows_known(), "own.jsonl": 0})
    assert [(c.interview, c.fresh) for c in later.own] == [("learn:1", True), ("own:1", False)]


def test_talk_that_also_asks_is_learned_for_its_acts_alone(small: Material) -> None:
    hello, why = small.talk
    assert (hello.context, hello.loose) == ("", False)
    assert (why.context, why.loose) == ("/ I slept badly.", True)
    assert not why.asks


def test_a_real_question_keeps_the_topics_that_exist_and_its_talk(small: Material) -> None:
    ((context, _, topics),) = small.asked_topics
    assert topics == ("ros.fever",)
    assert context.endswith("/ My knee has been sore since Monday.")


def test_every_topic_has_lines_its_default_first(small: Material) -> None:
    assert small.lines["hpi.onset"] == (small.topics["hpi.onset"].default, "Since Monday.")
    assert all(small.lines[t.id] for t in small.topics)


def test_without_the_interviews_what_the_authors_wrote_is_still_learned_from(
    small: Material, tmp_path: Path
) -> None:
    (tmp_path / "data.jsonl").unlink()
    alone = load_material(1)
    assert alone.cases == ()
    assert alone.asked_topics == ()
    assert alone.own == small.own
    assert alone.talk == small.talk


@pytest.mark.parametrize(
    ("number", "context"),
    [
        (0, ""),
        (1, "Hello. /"),
        (3, "And now? / It hurts."),
        (5, "/ And another thing."),
    ],
)
def test_the_talk_before_a_real_turn_is_the_last_of_both(number: int, context: str) -> None:
    turns = [
        ["D", "Hello."],
        ["D", "And now?"],
        ["P", "It hurts."],
        ["D", "I see."],
        ["P", "And another thing."],
        ["D", "Yes?"],
    ]
    turns[3] = ["P", "Here."] if number == 5 else turns[3]
    assert before(turns, number) == context


def turn_of(**labels: Any) -> Labelled:
    return Labelled("Any?", "", "", ("ask",), **labels)


@pytest.mark.parametrize(
    ("labels", "answers"),
    [
        ({}, SHORT),
        ({"denied": (("ros.fever", None),)}, NOES),
        ({"unknown": (("ros.fever", None),)}, UNKNOWNS),
        ({"asked": (("a", None), ("b", None))}, ("Aye. Be.",)),
        ({"asked": (("a", None),), "unknown": (("ros.fever", None),)}, ("Aye.",)),
        ({"asked": (("gone", None),)}, SHORT),
        (
            {"asked": (("a", None),), "denied": (("ros.fever", None),)},
            ("Aye.", *(f"Aye. {no}" for no in NOES)),
        ),
    ],
)
def test_the_patient_of_a_case_answers_what_was_labelled(
    labels: dict[str, Any], answers: tuple[str, ...]
) -> None:
    rng = random.Random(5)  # noqa: S311
    says = {"a": "Aye.", "b": "Be."}
    assert {answer_of(turn_of(**labels), says, rng) for _ in range(99)} == set(answers)


def test_the_same_seed_makes_the_same_case() -> None:
    made = [
        labels_of(CASES[0], INTERVIEWS["learn:1"], random.Random(3))  # noqa: S311
        for _ in range(2)
    ]
    assert made[0] == made[1]


def rows(name: str) -> Iterator[Any]:
    with (LABELS / name).open(encoding="utf-8") as file:
        yield from map(json.loads, file)


@pytest.fixture(scope="module")
def topics() -> Topics:
    return load_topics(ROOT / "knowledge")


@pytest.fixture(scope="module")
def heads() -> dict[str, Any]:
    return {r["interview"]: r for name in ("interviews", "invented") for r in rows(f"{name}.jsonl")}


@pytest.fixture(scope="module")
def labelled(heads: dict[str, Any]) -> list[dict[str, Any]]:
    """Every labelled turn of the repository, with the case that it belongs to."""
    cases = [*heads.values(), *({**heads[r["interview"]], **r} for r in rows("own.jsonl"))]
    return [{**turn, "case": case} for case in cases for turn in case["turns"]]


@pytest.fixture(scope="module")
def interviews() -> dict[str, Any]:
    if not DATA.is_file():
        pytest.skip("the interviews are not there")
    with DATA.open(encoding="utf-8") as file:
        return {x["id"]: x["turns"] for x in map(json.loads, file)}


def test_a_labelled_case_stands_once_and_its_facts_have_ids_topics_and_tells(
    heads: dict[str, Any], topics: Topics
) -> None:
    assert len(heads) == sum(len(list(rows(f"{n}.jsonl"))) for n in ("interviews", "invented"))
    for case in heads.values():
        ids = [fact for fact, *_ in case["facts"]]
        assert len(set(ids)) == len(ids), case["interview"]
        assert [f for f in case["facts"] if f[1] not in topics] == []
        assert {tell for _, _, tell, _ in case["facts"]} <= set(TIERS)


def test_what_a_turn_asks_for_is_a_fact_of_its_case_or_a_topic(
    labelled: list[dict[str, Any]], topics: Topics
) -> None:
    wrong = []
    for turn in labelled:
        facts = {fact for fact, *_ in turn["case"]["facts"]}
        named = {point[0] for point in turn.get("asked", ())} | {*turn.get("optional", ())}
        silent = {point[0] for part in POINTED[1:] for point in turn.get(part, ())}
        lost = {t for t in silent if t not in NAMELESS and t not in topics}
        wrong += [(turn["case"]["interview"], turn["turn"], i) for i in (named - facts) | lost]
    assert wrong == []


def outside(turn: dict[str, Any], text: str) -> list[Any]:
    """The labels of a turn that point at no words of it."""
    points = [p for part in POINTED for p in turn.get(part, ()) if len(p) != 1]
    return [p for p in points if not 0 <= p[1] < p[2] <= len(text) or not text[p[1] : p[2]].strip()]


def test_labels_point_at_words_of_the_authors_own_turns(labelled: list[dict[str, Any]]) -> None:
    own = [turn for turn in labelled if "text" in turn]
    assert own
    assert [(t["text"], w) for t in own if (w := outside(t, t["text"]))] == []


def test_labels_point_at_words_of_the_doctor_s_turns_of_interviews(
    labelled: list[dict[str, Any]], interviews: dict[str, Any]
) -> None:
    wrong = []
    for turn in (t for t in labelled if "text" not in t):
        speaker, text = interviews[turn["case"]["interview"]][turn["turn"]]
        if speaker != "D" or outside(turn, text):
            wrong.append((turn["case"]["interview"], turn["turn"]))
    assert wrong == []


def test_every_act_that_is_labelled_is_described_and_every_one_described_is_labelled(
    labelled: list[dict[str, Any]],
) -> None:
    described = yaml.safe_load((LABELS / "acts.yaml").read_text(encoding="utf-8"))
    used = {act for turn in labelled for act in turn["acts"]}
    used |= {act for acts, *_ in rows("acts.jsonl") for act in acts}
    assert used == set(described)


def test_no_labelled_case_is_of_an_interview_that_is_measured_on(heads: dict[str, Any]) -> None:
    measured = json.loads(BENCH_SPLIT.read_text(encoding="utf-8"))
    split = json.loads((LABELS / "split.json").read_text(encoding="utf-8"))
    parts = [measured["tune"], measured["validate"], measured["report"], split["report"]]
    kept = {i for part in parts for i in part}
    assert not kept & set(heads)
    assert not kept & set(split["decision"])
    assert set(split["decision"]) <= set(heads)
    for path in sorted(LABELS.glob("topics-*.jsonl")):
        used = {row["interview"] for row in rows(path.name)}
        assert not used & {i for part in parts[:3] for i in part}, path.name


def test_labels_hold_no_words_of_interviews(
    heads: dict[str, Any], labelled: list[dict[str, Any]]
) -> None:
    known = {"interview", "concern", "patient", "opening", "facts", "turns"}
    assert all(set(case) == known for case in heads.values())
    allowed = {"case", "turn", "acts", "optional", "on", *POINTED}
    assert {k for t in labelled if "text" not in t for k in t} <= allowed
    for path in sorted(LABELS.glob("topics-*.jsonl")):
        assert {k for row in rows(path.name) for k in row} <= {
            "interview",
            "turn",
            "topics",
            "act",
            "missing",
        }


def test_topics_of_real_turns_and_of_lines_exist(topics: Topics) -> None:
    files = sorted(LABELS.glob("topics-*.jsonl"))
    assert files
    asked = {t for path in files for row in rows(path.name) for t in row["topics"]}
    written = [yaml.safe_load(p.read_text(encoding="utf-8")) for p in (LABELS / "lines").iterdir()]
    assert [t for t in {*asked, *(t for lines in written for t in lines)} if t not in topics] == []


def test_the_repository_s_own_material_is_whole() -> None:
    material = load_material(11)
    assert len(material.own) > 100
    assert len(material.talk) > 1000
    assert {c.interview for c in material.cases} <= set(material.interviews) - material.kept_out
