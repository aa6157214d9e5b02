"""The HTML of the pages: what is shown, what is escaped, what never depends on colour."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter, Order
from simulator.evaluator.totals import Score
from simulator.scripts.schema import PatientScript
from simulator.web import sheet, views
from tests.conftest import SMALL_SCRIPT

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
Make = Callable[..., PatientScript]


def encounter(script: PatientScript, phase: Phase = Phase.INTERVIEW) -> Encounter:
    return Encounter("e-1", "ana", script, "practice", phase, NOW)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0.0, "less than a minute"),
        (0.9, "less than a minute"),
        (1.2, "1 minute"),
        (14.4, "14 minutes"),
    ],
)
def test_a_time_in_the_room_reads_as_one_says_it(minutes: float, said: str) -> None:
    assert sheet.minutes_spent(minutes) == said


def test_the_doorway_tells_what_is_on_the_door_and_nothing_of_the_case(make_script: Make) -> None:
    for chart in (True, False):
        html = views.doorway(make_script(), chart=chart)
        assert "Knee pain" in html and ("Alva Berg" in html) is not chart
        assert "three days" not in html and "Sprained" not in html


def test_words_of_a_script_are_escaped(make_script: Make) -> None:
    door = {**SMALL_SCRIPT["doorway"], "name": "<img src=x onerror=alert(1)>"}
    html = views.doorway(make_script(doorway=door))
    assert "<img" not in html and "&lt;img" in html


@pytest.mark.parametrize(("wanted", "there"), [("", True), ("KNEE", True), ("heart", False)])
def test_the_search_finds_a_case_by_its_words(make_script: Make, wanted: str, there: bool) -> None:
    script = make_script()
    attempts = {script.id: views.attempts_at(script, [], {})}
    html = views.library([script], attempts, "All", "All", wanted)
    assert ("A sore knee" in html) is there
    assert ("No case fits" in html) is not there


def test_a_card_counts_attempts_and_leads_back_to_the_open_one(make_script: Make) -> None:
    script = make_script()
    past = [encounter(script, Phase.FEEDBACK), encounter(script, Phase.INTERVIEW)]
    attempts = {script.id: views.attempts_at(script, past, {script.id: Score(got=17.5, of=30)})}
    html = views.library([script], attempts, "All", "All", "")
    assert "In progress" in html and "encounter?id=e-1" in html
    done = {script.id: views.attempts_at(script, past[:1], {script.id: Score(got=17.5, of=30)})}
    html = views.library([script], done, "All", "All", "")
    assert "Tried once" in html and "best 17.5 of 30 points" in html


def test_a_closed_door_is_no_attempt(make_script: Make) -> None:
    script = make_script()
    seen = views.attempts_at(script, [encounter(script, Phase.BRIEFING)], {})
    assert (seen.count, seen.running, seen.finished) == (0, "", "")


def test_the_steps_say_in_words_where_one_stands(make_script: Make) -> None:
    html = views.bar(encounter(make_script(), Phase.NOTE))
    assert html.count('aria-current="step"') == 1
    assert html.count("– done") == 2


def test_the_clock_counts_to_the_servers_deadline_and_never_below_zero(make_script: Make) -> None:
    now = replace(encounter(make_script()), deadline=NOW)
    assert 'data-left="90"' in views.clock(now, NOW - timedelta(seconds=90))
    assert 'data-left="0"' in views.clock(now, NOW + timedelta(seconds=90))
    assert views.clock(replace(now, phase=Phase.SELF_ASSESSMENT), NOW) == ""


def test_the_door_says_the_minutes_with_what_is_added_to_them(make_script: Make) -> None:
    assert "10 minutes for the interview, then 5 minutes" in views.start(make_script(), 0)
    longer = views.start(make_script(), 25)
    assert "12.5 minutes for the interview, then 6.25 minutes" in longer
    assert "25 % added time" in longer


def test_the_specialty_is_told_after_an_encounter_and_not_before(make_script: Make) -> None:
    script = make_script(specialty="orthopaedics")
    fresh = {script.id: views.attempts_at(script, [], {})}
    done = {script.id: views.attempts_at(script, [encounter(script, Phase.FEEDBACK)], {})}
    assert "orthopaedics" not in views.library([script], fresh, "All", "All", "")
    assert "orthopaedics" in views.library([script], done, "All", "All", "")


def test_what_was_tried_again_from_a_turn_is_open_but_no_attempt(make_script: Make) -> None:
    script = make_script()
    branch = replace(encounter(script), id="e-2", branch_of="e-1", branch_turn=1)
    seen = views.attempts_at(script, [branch, encounter(script, Phase.FEEDBACK)], {})
    assert (seen.count, seen.running, seen.finished) == (1, "e-2", "e-1")


def test_what_the_page_must_know_is_data_and_no_markup(make_script: Make) -> None:
    said = [{"id": "t1", "said": "<b>'\"&", "reply": "</div>"}]
    html = views.standing(encounter(make_script()), said)
    assert "<b>" not in html and html.count("</div>") == 1
    (found,) = re.findall(r'data-now="([^"]*)"', html)
    assert json.loads(unescape(found))["turns"] == said


def test_the_words_of_the_clock_are_there_for_every_mark() -> None:
    line = views.words()["line"]
    for kind in (Phase.INTERVIEW, Phase.NOTE):
        assert set(line[kind]) == {"300", "120", "60", "0"}


def test_findings_stand_newest_first(make_script: Make) -> None:
    orders = tuple(Order("test", n, "normal", 0, NOW) for n in ("first", "second"))
    script = make_script()
    html = views.findings(
        Encounter("e", "ana", script, "practice", Phase.INTERVIEW, NOW, orders=orders)
    )
    assert html.index("Second") < html.index("First")


@pytest.mark.parametrize(("kind", "role"), [("info", "status"), ("error", "alert")])
def test_a_notice_is_announced_by_its_weight(kind: str, role: str) -> None:
    assert f'role="{role}"' in views.notice("Mind the gap.", kind)
    assert views.notice("", kind) == ""


def test_every_word_of_the_interface_is_filled_without_leftovers() -> None:
    assert views.fill("$n of $all", n=1, all=2) == "1 of 2"
    with pytest.raises(KeyError):
        views.fill("$n of $all", n=1)
