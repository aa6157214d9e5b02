"""The HTML of the pages: what is shown, what is escaped, what never depends on colour."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter, Order
from simulator.evaluator.totals import Score
from simulator.scripts.schema import PatientScript
from simulator.web import portrait, sheet, views
from tests.conftest import SMALL_SCRIPT

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
Make = Callable[..., PatientScript]


def encounter(script: PatientScript, phase: Phase = Phase.INTERVIEW) -> Encounter:
    return Encounter("e-1", "ana", script, "practice", phase, NOW)


def cards(
    script: PatientScript, past: Sequence[Encounter], best: dict[str, Score] | None = None
) -> str:
    """The library of one case, for a resident with these encounters."""
    attempts = {script.id: views.attempts_at(script, past, best or {}, NOW)}
    portraits = {script.id: portrait.at_first(script, "card")}
    return views.library([script], attempts, portraits)


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
    script = make_script()
    door = views.doorway(script, portrait.at_first(script, "at-door"))
    assert "Alva Berg" in door
    for html in (door, views.chart(script)):
        assert "Knee pain" in html
        assert "three days" not in html and "Sprained" not in html


def test_words_of_a_script_are_escaped(make_script: Make) -> None:
    door = {**SMALL_SCRIPT["doorway"], "name": "<img src=x onerror=alert(1)>"}
    script = make_script(doorway=door)
    html = views.doorway(script, portrait.at_first(script, "at-door"))
    assert "<img" not in html and "&lt;img" in html


@pytest.mark.parametrize(("wanted", "there"), [("", True), ("KNEE", True), ("heart", False)])
def test_the_search_finds_a_case_by_its_words(make_script: Make, wanted: str, there: bool) -> None:
    assert views.fits(make_script(), "All", "All", wanted) is there
    assert "No patient fits" in views.library([], {}, {})


def test_a_card_counts_attempts_and_leads_back_to_the_open_one(make_script: Make) -> None:
    script = make_script()
    past = [encounter(script, Phase.FEEDBACK), encounter(script, Phase.INTERVIEW)]
    past[1] = replace(past[1], deadline=NOW + timedelta(minutes=8, seconds=10))
    best = {script.id: Score(got=17.5, of=30)}
    html = cards(script, past, best)
    assert "In the room: 9 min left" in html and "encounter?id=e-1" in html
    html = cards(script, past[:1], best)
    assert "Tried once, last today" in html and "best 17.5 of 30 points" in html


def test_a_card_says_that_the_case_has_changed_since_it_was_tried(make_script: Make) -> None:
    past = [encounter(make_script(version="0.9.0"), Phase.FEEDBACK)]
    assert "New edition" in cards(make_script(), past)
    assert "New edition" not in cards(make_script(version="0.9.0"), past)


def test_a_guided_case_tells_what_to_do_now_and_others_do_not(make_script: Make) -> None:
    guided = encounter(make_script(guided=True))
    assert "ask what brings Alva in" in views.tip(guided)
    order = Order("test", "CRP", "4 mg/L", 0, NOW)
    assert "press End the interview" in views.tip(replace(guided, orders=(order,)))
    assert views.tip(encounter(make_script())) == ""


def test_a_case_that_is_no_longer_offered_stays_readable_to_whoever_tried_it(
    make_script: Make,
) -> None:
    script, other = make_script(), make_script(id="other", title="Another knee")
    mine = [Encounter("e1", "ana", script, "practice", Phase.FEEDBACK, NOW),
            Encounter("e2", "ana", other, "practice", Phase.BRIEFING, NOW)]  # fmt: skip
    past = views.no_longer_offered(mine, [])
    assert past == [script]
    assert views.no_longer_offered(mine, [script]) == []
    attempts = {script.id: views.attempts_at(script, mine, {}, NOW)}
    html = views.library([], attempts, {}, past)
    assert "encounter?id=e1" in html
    assert "encounter?case=" not in html


def test_a_closed_door_is_no_attempt(make_script: Make) -> None:
    script = make_script()
    seen = views.attempts_at(script, [encounter(script, Phase.BRIEFING)], {}, NOW)
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
    assert "orthopaedics" not in cards(script, [])
    assert "orthopaedics" in cards(script, [encounter(script, Phase.FEEDBACK)])


def test_what_was_tried_again_from_a_turn_is_open_but_no_attempt(make_script: Make) -> None:
    script = make_script()
    branch = replace(encounter(script), id="e-2", branch_of="e-1", branch_turn=1)
    seen = views.attempts_at(script, [branch, encounter(script, Phase.FEEDBACK)], {}, NOW)
    assert (seen.count, seen.running, seen.finished) == (1, "e-2", "e-1")


def test_what_the_page_must_know_is_data_and_no_markup(make_script: Make) -> None:
    said = [{"id": "t1", "said": "<b>'\"&", "reply": "</div>"}]
    html = views.standing(encounter(make_script()), {"turns": said})
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
