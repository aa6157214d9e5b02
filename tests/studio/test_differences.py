from __future__ import annotations

from copy import deepcopy
from typing import Any

from simulator.studio.differences import differences
from tests.conftest import SMALL_SCRIPT


def changed(**changes: Any) -> list[tuple[str, str, str, str, bool]]:
    after = {**deepcopy(SMALL_SCRIPT), **changes}
    found = differences(SMALL_SCRIPT, after)
    return [(d.about, d.field, d.before, d.after, d.scored) for d in found]


def test_two_equal_editions_do_not_differ_whatever_their_number_and_state() -> None:
    assert changed(version="2.0.0", status="retired", reviewers=["Ben"]) == []


def test_a_facts_line_and_tier_are_told_in_the_words_of_the_form() -> None:
    facts = deepcopy(SMALL_SCRIPT["facts"])
    facts[1] = {**facts[1], "says": "Since Monday.", "tell": "direct"}
    assert changed(facts=facts) == [
        ("fact onset", "The patient says", "It began three days ago.", "Since Monday.", False),
        ("fact onset", "Told", "asked", "direct", False),
    ]


def test_what_is_new_and_gone_is_told_with_its_words_and_an_item_moves_scores() -> None:
    items = [SMALL_SCRIPT["checklist"][1], {"id": "fall", "text": "Asks what made it"}]
    assert changed(checklist=items) == [
        ("item onset", "gone", "Asks when the pain began", "", True),
        ("item fall", "new", "", "Asks what made it", True),
    ]


def test_another_order_is_one_difference_and_not_one_for_each_fact() -> None:
    facts = [*SMALL_SCRIPT["facts"][1:], SMALL_SCRIPT["facts"][0]]
    assert changed(facts=facts) == [("", "order of the facts", "", "changed", False)]


def test_flags_and_lists_and_model_questions_are_compared_by_what_they_mean() -> None:
    items = [{**SMALL_SCRIPT["checklist"][0], "critical": True}, SMALL_SCRIPT["checklist"][1]]
    found = changed(
        denies=["ros.fever", "ros.rash"],
        checklist=items,
        debrief={"model_questions": {"fever": "Any fever?"}},
    )
    assert ("", "Denied topics", "ros.fever", "ros.fever; ros.rash", False) in found
    assert ("item onset", "Nobody may leave it out", "no", "yes", True) in found
    assert ("item fever", "Model question", "", "Any fever?", True) in found
    assert len(found) == 3
