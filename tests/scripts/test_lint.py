"""Lint: what a valid script still lacks or gets wrong, each finding at its line."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.knowledge.guides import load_guides
from simulator.knowledge.topics import load_topics
from simulator.scripts.library import load_library
from simulator.scripts.lint import MIN_FACTS, MIN_ITEMS, Known, lint
from simulator.scripts.parsing import parse_script
from simulator.scripts.schema import PatientScript
from simulator.settings import ROOT
from tests.conftest import make_script

KNOWN = Known(
    topics=frozenset(
        {"ros.knee-pain", "ros.fever", "hpi.onset", "hpi.trigger", "soc.alcohol", "ros.rash"}
    ),
    guides=frozenset({"knowledge/guides/knee.md#red-flags"}),
    rubrics=frozenset({"vsp-comm-9"}),
)
SHIPPED = load_library(ROOT / "patient_scripts").scripts


def findings(**changes: Any) -> list[tuple[Any, str]]:
    script = make_script(**{"status": "draft", **changes})
    return [(f.path, f.message) for f in lint(script, KNOWN)]


def test_a_draft_without_faults_has_no_findings() -> None:
    assert findings() == []


@pytest.mark.parametrize("script", SHIPPED.values(), ids=SHIPPED)
def test_a_shipped_script_has_no_findings(script: PatientScript) -> None:
    folder = ROOT / "knowledge"
    rubrics = frozenset(p.stem for p in (folder / "rubrics").glob("*.yaml"))
    known = Known(frozenset(load_topics(folder).by_id), frozenset(load_guides(folder)), rubrics)
    assert lint(script, known) == []


FACT = {"id": "knee", "says": "It hurts."}
ITEM = {"id": "item", "text": "Asks", "facts": ["knee"]}


@pytest.mark.parametrize(
    ("field", "value", "path", "message"),
    [
        ("facts", [FACT, FACT], ("facts", 1, "id"), "'knee' stands twice; choose another id"),
        ("checklist", [ITEM, ITEM], ("checklist", 1, "id"), "'item' stands twice"),
        ("cues", [{"id": "a", "says": "x"}] * 2, ("cues", 1, "id"), "'a' stands twice"),
        ("challenges", [{"id": "a", "says": "x"}] * 2, ("challenges", 1, "id"), "'a' stands twice"),
    ],
)
def test_an_id_that_stands_twice_is_named(field: str, value: Any, path: Any, message: str) -> None:
    found = [f for f in findings(**{field: value}) if f[0] == path]
    assert len(found) == 1
    assert message in found[0][1]


@pytest.mark.parametrize(
    ("field", "value", "path", "message"),
    [
        ("patient", {"ideas": ["onse"]}, ("patient", "ideas", 0),
         "no fact 'onse'; did you mean 'onset'?"),
        ("patient", {"hidden_agenda": "xyz"}, ("patient", "hidden_agenda"),
         "no fact 'xyz'; add it or remove this line"),
        ("denies", ["ros.fevr"], ("denies", 0), "no topic 'ros.fevr'; did you mean 'ros.fever'?"),
        ("cues", [{"id": "a", "says": "x", "with": "knees"}], ("cues", 0, "with"), "mean 'knee'"),
        ("checklist", [{**ITEM, "facts": ["kne"]}], ("checklist", 0, "facts", 0), "no fact 'kne'"),
        ("checklist", [{**ITEM, "topics": ["ros.ras"]}], ("checklist", 0, "topics", 0),
         "no topic 'ros.ras'; did you mean 'ros.rash'?"),
        ("checklist", [{**ITEM, "cue": "sigh"}], ("checklist", 0, "cue"), "no cue 'sigh'"),
        ("communication", {"rubric": "vsp-com"}, ("communication", "rubric"), "'vsp-comm-9'"),
        ("note_key", {"history": ["falls"]}, ("note_key", "history", 0), "mean 'fall'"),
        ("note_key", {"differential": [{"name": "Gout", "against": ["crpp"]}]},
         ("note_key", "differential", 0, "against", 0), "no fact or topic 'crpp'"),
        ("debrief", {"teaching_points": [{"text": "x", "guide": "knowledge/guides/knee.md#flags"}]},
         ("debrief", "teaching_points", 0, "guide"), "mean 'knowledge/guides/knee.md#red-flags'"),
        ("debrief", {"model_questions": {"fevers": "Hot?"}},
         ("debrief", "model_questions", "fevers"),
         "no checklist item 'fevers'; did you mean 'fever'?"),
        ("tests_of_the_script", [{"ask": "x", "expect": {"withheld": ["drinks"]}}],
         ("tests_of_the_script", 0, "expect"), "mean 'drink'"),
        ("tests_of_the_script", [{"ask": "x", "expect": {"denied": ["ros.fevers"]}}],
         ("tests_of_the_script", 0, "expect"), "no topic 'ros.fevers'; did you mean 'ros.fever'?"),
        ("challenges", [{"id": "a", "says": "x", "when": {"after_fact": "onsets"}}],
         ("challenges", 0, "when", "after_fact"), "no fact 'onsets'; did you mean 'onset'?"),
    ],
)  # fmt: skip
def test_a_reference_to_nothing_is_named_with_the_nearest_there_is(
    field: str, value: Any, path: Any, message: str
) -> None:
    found = findings(**{field: value})
    assert [f[0] for f in found] == [path]
    assert message in found[0][1]


def test_a_differential_may_rest_on_facts_topics_examinations_and_tests() -> None:
    support = ["fall", "ros.rash", "Palpate the knee", "CRP"]
    assert findings(note_key={"differential": [{"name": "Sprain", "support": support}]}) == []


def test_a_topic_both_denied_and_spoken_of_is_a_contradiction() -> None:
    found = findings(denies=["ros.fever", "hpi.onset"])
    message = "'hpi.onset' is denied, but fact 'onset' speaks of it; drop one"
    assert found == [(("denies", 1), message)]


def test_a_checklist_item_that_rests_on_nothing_is_named() -> None:
    found = findings(checklist=[{"id": "vague", "text": "Is thorough"}])
    assert found == [
        (("checklist", 0), "'vague' rests on nothing; give it facts, topics, acts or a cue")
    ]


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("title", "A sprained ligament", ("title",)),
        ("opening", "Is it a Sprained Ligament, doctor?", ("opening",)),
        ("doorway", {"concern": "Sprained ligament"}, ("doorway", "concern")),
        ("doorway", {"tasks": ["Listen", "Treat the sprained ligament"]}, ("doorway", "tasks", 1)),
    ],
)
def test_what_the_resident_sees_first_must_not_give_away_the_diagnosis(
    field: str, value: Any, path: Any
) -> None:
    if field == "doorway":
        value = {**make_script().doorway.model_dump(mode="json"), **value}
    message = "gives away the diagnosis 'sprained ligament'; reword it"
    assert findings(**{field: value}) == [(path, message)]


def test_a_released_case_is_told_all_that_it_lacks_and_a_draft_is_not() -> None:
    lacking = {"facts": [FACT], "denies": [], "checklist": [], "examination": [], "tests": []}
    assert findings(**lacking, note_key={}) == []
    messages = [m for _, m in findings(**lacking, note_key={}, status="released")]
    assert f"a released case has {MIN_FACTS} facts or more" in messages
    assert f"{MIN_ITEMS} items or more are needed" in messages
    for word in ("trust", "volunteered", "negatives", "critical", "ideas", "cue", "challenge",
                 "leave", "examination", "test results", "note key", "teaching", "objectives",
                 "second time", "tests of its own"):  # fmt: skip
        assert any(word in m for m in messages), word


def test_long_answers_and_items_without_a_model_question_are_named_in_a_released_case() -> None:
    wordy = [{"id": f"f{i}", "says": "word " * 20} for i in range(3)]
    found = findings(status="released", facts=wordy, checklist=[{**ITEM, "facts": ["f0"]}])
    assert (("facts",), "half of the answers have 20 words or more; shorten them") in found
    assert (("checklist", 0), "'item' has no model question in debrief") in found


def test_a_finding_is_shown_with_file_line_and_field() -> None:
    text = (
        "schema: 1\nid: knee\nversion: 1.0.0\ntitle: Knee\n"
        "doorway: {setting: Clinic, name: A, age: 40, sex: male, concern: Knee}\n"
        "opening: It hurts.\ndenies:\n  - ros.fever\n  - ros.fevre\n"
    )
    script, located = parse_script(text, "knee.yaml")
    shown = [f.show("knee.yaml", located) for f in lint(script, KNOWN)]
    assert shown == [
        "knee.yaml:9 denies[1]: there is no topic 'ros.fevre'; did you mean 'ros.fever'?"
    ]
