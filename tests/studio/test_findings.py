from __future__ import annotations

import yaml

from simulator.scripts.lint import Known
from simulator.settings import Settings
from simulator.studio.findings import check
from tests.conftest import SMALL_SCRIPT

KNOWN = Known(
    frozenset({"ros.knee-pain", "hpi.onset", "hpi.trigger", "soc.alcohol", "ros.fever"}),
    frozenset(),
    frozenset({"vsp-comm-9"}),
)


def text(**changes: object) -> str:
    return yaml.safe_dump({**SMALL_SCRIPT, "status": "draft", **changes}, sort_keys=False)


def test_a_draft_without_faults_has_no_finding_and_says_how_complete_it_is() -> None:
    found = check(text(), KNOWN)
    assert found.script is not None
    assert found.notes == ()
    assert 0 < found.complete < 100


def test_a_finding_of_lint_stands_at_its_field_and_in_its_part() -> None:
    found = check(text(denies=["ros.fewer"]), KNOWN)
    assert [(n.path, n.part) for n in found.notes] == [(("denies", 0), "denies")]
    assert "did you mean 'ros.fever'" in found.notes[0].message
    assert found.counts == {"denies": 1}


def test_a_fault_of_form_stands_at_its_field_and_leaves_the_data_to_be_mended() -> None:
    found = check(text(facts=[{"id": "a", "says": "Yes.", "tell": "openly"}]), KNOWN)
    assert found.script is None
    assert found.data["facts"][0]["tell"] == "openly"
    assert [n.path for n in found.notes] == [("facts", 0, "tell")]
    assert found.notes[0].message.startswith("'openly' is not one of")


def test_text_that_is_no_yaml_is_told_with_its_line() -> None:
    found = check("schema: 1\ntitle: a: b\n", KNOWN)
    assert (found.readable, found.script, found.notes[0].line) == (False, None, 2)
    assert found.notes[0].message.startswith("mapping values are not allowed")


def test_a_released_case_is_complete() -> None:
    case = sorted(Settings().scripts_dir.glob("*.yaml"))[0].read_text(encoding="utf-8")
    assert check(case, KNOWN).complete == 100


def test_every_finding_is_shown_once_at_the_nearest_place_that_its_part_has() -> None:
    facts = [{"id": "a", "says": "Yes.", "tell": "openly", "odd": 1}, {"id": "a"}]
    found = check(text(facts=facts, denies=["ros.fewer"], strange=2), KNOWN)
    places = [("facts", 0, "tell"), ("facts", 0), ("facts", 1), ("facts", 1, "says")]
    shown = found.placed("facts", places)
    assert [n.path for n in shown["facts", 0, "tell"]] == [("facts", 0, "tell")]
    assert [n.path for n in shown["facts", 0]] == [("facts", 0, "odd")]
    assert [n.path for n in found.placed("about", places)[()]] == [("strange",)]
    assert sum(map(len, shown.values())) == found.counts["facts"]
