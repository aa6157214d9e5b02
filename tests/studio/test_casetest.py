from __future__ import annotations

from pathlib import Path

import pytest

from simulator.services import Services
from simulator.studio import casetest
from simulator.studio.casetest import CaseTest, Put
from simulator.studio.desk import Desk
from simulator.studio.jobs import Jobs
from tests.conftest import SMALL_SCRIPT, make_script

FACTS = [
    {"id": "knee", "topic": "ros.knee-pain", "says": "My left knee hurts.", "tell": "opening"},
    {"id": "onset", "topic": "hpi.onset", "says": "It began three days ago."},
    {"id": "pet", "topic": "soc.pets", "says": "I've a dog.", "asks": ["When did it start?"]},
    {"id": "drink", "topic": "soc.alcohol", "says": "I drink every night.", "tell": "trust"},
]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the field's topics only those that the case has facts on."""
    every = casetest.questions

    def own(case: casetest.Case) -> list[Put]:
        return [p for p in every(case) if p.source != "topic" or p.owner in case.facts_of]

    monkeypatch.setattr(casetest, "questions", own)


def examined(desk: Desk, **changes: object) -> CaseTest:
    script = make_script(**{"facts": FACTS, **changes})
    return casetest.run(desk.patient(script), 3, lambda done, of: None)


def test_every_topic_and_attack_and_all_of_the_scripts_own_questions_are_put(
    desk: Desk, services: Services
) -> None:
    tests = [{"ask": "Since when?", "expect": {"facts": ["onset"]}}]
    script = make_script(
        facts=FACTS, tests_of_the_script=tests, debrief={"model_questions": {"onset": "When?"}}
    )
    puts = list(casetest.questions(desk.case(script)))
    assert {p.owner for p in puts if p.source == "topic"} == set(services.field.topics.by_id)
    assert [p.text for p in puts if p.source in ("test", "example", "model")] == [
        "Since when?", "When did it start?", "When?",
    ]  # fmt: skip
    assert len([p for p in puts if p.source == "attack"]) == len(casetest.attacks()) >= 20


@pytest.mark.usefixtures("few")
def test_an_example_that_another_fact_answers_is_a_collision(desk: Desk) -> None:
    facts = [*FACTS, {"id": "since", "topic": "hpi.duration", "says": "Three days.",
                      "asks": ["When did it start?"]}]  # fmt: skip
    found = examined(desk, facts=facts).of("collision")
    assert any(f.about in ("pet", "since") and f.question == "When did it start?" for f in found)


@pytest.mark.usefixtures("few")
def test_nothing_locked_comes_and_tiers_are_counted(desk: Desk) -> None:
    found = examined(desk)
    assert found.of("leak") == []
    assert found.version == 3
    tiers = {t.tier: (t.reached, t.facts) for t in found.tiers}
    assert tiers["trust"] == (1, 1)
    assert tiers["opening"] == (1, 1)


@pytest.mark.usefixtures("few")
def test_a_line_that_gives_a_locked_fact_away_is_a_leak(desk: Desk) -> None:
    facts = [*FACTS, {"id": "sleep", "topic": "ros.sleep", "says": "I drink every night to sleep."}]
    assert examined(desk, facts=facts).of("leak")


@pytest.mark.usefixtures("few")
def test_the_diagnosis_in_the_patients_mouth_is_a_leak(desk: Desk) -> None:
    facts = [*FACTS, {"id": "think", "topic": "views.ideas", "says": "A sprained ligament, I bet."}]
    assert any("sprained ligament" in f.message for f in examined(desk, facts=facts).of("leak"))


@pytest.mark.usefixtures("few")
def test_a_test_that_fails_and_an_item_that_is_not_earned_are_told_with_the_reply(
    desk: Desk,
) -> None:
    tests = [{"ask": "Any fever?", "expect": "unknown"}, {"ask": "Any fever?", "expect": "denied"}]
    models = {"onset": "When did it start?", "fever": "Do you have a dog?"}
    found = examined(
        desk, facts=FACTS[:2], tests_of_the_script=tests, debrief={"model_questions": models}
    )
    assert [(f.place, f.message) for f in found.of("failed")] == [
        (0, "expected that the patient does not know")
    ]
    assert [(f.about, bool(f.reply)) for f in found.of("unearned")] == [("fever", True)]
    assert (found.earned, found.items) == (1, 2)


@pytest.mark.usefixtures("few")
def test_a_test_runs_beside_and_its_result_is_kept_with_the_version(
    desk: Desk, tmp_path: Path
) -> None:
    import yaml

    text = yaml.safe_dump({**SMALL_SCRIPT, "status": "draft"}, sort_keys=False)
    desk.drafts.create("sore-knee", text)
    jobs = Jobs(desk)
    assert jobs.result("sore-knee") is None
    job = jobs.start("sore-knee")
    job.thread.join(120)
    assert jobs.running("sore-knee") is None
    found = jobs.result("sore-knee")
    assert found is not None
    assert (found.version, job.done) == (1, found.questions)
    assert jobs.result("sore-knee", 1) == found
    assert jobs.result("sore-knee", 2) is None


@pytest.mark.usefixtures("few")
def test_a_text_that_stands_twice_is_put_once_and_answers_for_both(desk: Desk) -> None:
    facts = [*FACTS[:3], {"id": "cat", "topic": "soc.animals", "says": "I've a cat, too.",
                          "asks": ["When did it start?"]}]  # fmt: skip
    put: list[int] = []
    script = make_script(facts=facts)
    found = casetest.run(desk.patient(script), 1, lambda done, of: put.append(of))
    assert set(put) == {len(put)}
    assert len(put) < found.questions


def test_what_belies_a_stock_answer_is_not_looked_for_and_no_fault_is_lost(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = casetest.questions

    def some(case: casetest.Case) -> list[Put]:
        puts = list(every(case))
        silent = [p for p in puts if p.source == "topic" and p.owner not in case.facts_of]
        return [p for p in puts if p not in silent or p.owner == "soc.animals"] + silent[100:140]

    monkeypatch.setattr(casetest, "questions", some)
    script = make_script(facts=FACTS, denies=["soc.pets"])
    brief = casetest.run(desk.patient(script), 1, lambda done, of: None)
    monkeypatch.setattr(casetest, "_silent", lambda put, case: False)
    whole = casetest.run(desk.patient(script), 1, lambda done, of: None)
    assert (brief.faults, brief.tiers) == (whole.faults, whole.tiers)
