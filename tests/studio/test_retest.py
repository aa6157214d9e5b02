"""A quick test: what changed since the whole test, and the questions that concern just that."""

from __future__ import annotations

import pytest
import yaml

from simulator.errors import NotAllowed
from simulator.scripts.parsing import parse_script
from simulator.studio import life
from simulator.studio.casetest import CaseTest, attacks
from simulator.studio.desk import Desk
from simulator.studio.jobs import Jobs
from simulator.studio.retest import changes, retest, scope
from simulator.studio.splice import Edit
from tests.conftest import SMALL_SCRIPT, make_script
from tests.studio.test_casetest import FACTS

BEFORE = make_script(facts=FACTS)


def changed(desk: Desk, **other: object) -> tuple[object, list[str]]:
    case = desk.case(make_script(**{"facts": FACTS, **other}))
    found = changes(BEFORE, case)
    return scope(found, case), list(found.names)


def texts(found: object, source: str) -> set[str]:
    return {p.owner for p in found.puts if p.source == source}  # type: ignore[attr-defined]


def test_a_changed_fact_brings_its_examples_its_topic_and_those_beside_but_no_others(
    desk: Desk,
) -> None:
    facts = [*FACTS[:2], {**FACTS[2], "says": "I've two dogs."}, FACTS[3]]
    found, names = changed(desk, facts=facts)
    assert names == ["fact pet"]
    assert texts(found, "example") == {"pet"}
    assert "soc.pets" in texts(found, "topic")
    assert "ros.fever" not in texts(found, "topic")
    assert texts(found, "attack") == set()


def test_a_guarded_fact_that_changed_brings_the_attacks(desk: Desk) -> None:
    facts = [*FACTS[:3], {**FACTS[3], "says": "I drink gin every night."}]
    found, _ = changed(desk, facts=facts)
    put = [p for p in found.puts if p.source == "attack"]  # type: ignore[attr-defined]
    assert len(put) == len(attacks())


def test_denials_items_facts_taken_out_and_the_opening_are_named(desk: Desk) -> None:
    items = [{**i, "weight": 2} for i in SMALL_SCRIPT["checklist"][:1]]
    found, names = changed(
        desk, facts=FACTS[:3], denies=["ros.rash"], checklist=items, opening="My knee is bad."
    )
    assert "fact drink, taken out" in names
    assert "denial ros.rash" in names
    assert f"item {items[0]['id']}" in names
    assert names[-1] == "opening, which only a whole test tries"
    assert {"ros.rash", "soc.alcohol"} <= texts(found, "topic")


def test_a_fault_in_what_changed_is_found_without_putting_the_rest(desk: Desk) -> None:
    facts = [*FACTS[:2], {**FACTS[2], "polarity": "positive"}, FACTS[3]]
    script = make_script(facts=facts, denies=["soc.pets"], checklist=[])
    base = make_script(facts=FACTS, checklist=[])
    found = retest(desk.patient(script), 7, (4, base), lambda done, of: None)
    assert (found.version, found.since) == (7, 4)
    assert found.changed == ("denial soc.pets",) or "denial soc.pets" in found.changed
    assert found.questions < 80


def test_a_quick_test_is_kept_apart_and_opens_no_gate(desk: Desk) -> None:
    text = yaml.safe_dump({**SMALL_SCRIPT, "status": "draft"}, sort_keys=False)
    desk.drafts.create("sore-knee", text)
    jobs = Jobs(desk)
    with pytest.raises(NotAllowed, match="Test the whole case once"):
        jobs.start("sore-knee", quick=True)
    whole = CaseTest(version=1, tested="x", questions=0, seconds=0, faults=(), tiers=(), earned=0,
                     items=0)  # fmt: skip
    desk.drafts.keep_beside("sore-knee", "tested/1.json", whole.model_dump_json())
    assert jobs.can_be_quick("sore-knee")
    desk.edit("sore-knee", 1, [Edit(do="set", path=("facts", 0, "says"), value="It aches badly.")])
    job = jobs.start("sore-knee", quick=True)
    job.thread.join(120)
    found = jobs.quick("sore-knee")
    assert found is not None
    assert (found.version, found.since, len(found.changed)) == (2, 1, 1)
    assert jobs.result("sore-knee") == whole
    script, _ = parse_script(desk.open("sore-knee").text, "x")
    assert life.test_of(desk.drafts, "sore-knee", script) is None
