"""The line to the encounter: turns once, what is typed kept, and for the owner alone."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from simulator.encounter.encounter import Encounters
from simulator.encounter.phases import Phase
from simulator.errors import StoreError
from simulator.web.server import PATH
from tests.web.conftest import Browser, Site

ONSET = "When did the pain start?"
NOTE = {"history": "Fell.", "rows": ["Sprain", "warm", "", "", "", ""], "workup": "X-ray"}


@pytest.fixture
def browser(site: Site) -> Browser:
    return site.browser()


def turn_id() -> str:
    return uuid.uuid4().hex


def test_a_turn_is_answered_with_the_conversation_as_it_stands(
    site: Site, browser: Browser
) -> None:
    mine, turn = site.at(Phase.INTERVIEW, browser), turn_id()
    (last,) = browser.say(mine, ONSET, turn)
    (stored,) = site.see(mine, browser).turns
    assert last["turns"] == [{"id": turn, "said": ONSET, "reply": stored.reply}]
    assert (last["sent"], last["phase"], last["left"]) == (True, "interview", 600)


def test_a_turn_brings_how_the_patient_looks_now(site: Site, browser: Browser) -> None:
    mine = site.at(Phase.INTERVIEW, browser)
    (last,) = browser.say(mine, "You should be ashamed of yourself.", turn_id())
    assert last["look"] == {"affect": "closed", "words": "Alva Berg, looks closed off"}


def test_a_turn_sent_again_after_a_drop_is_answered_once(site: Site, browser: Browser) -> None:
    mine, turn = site.at(Phase.INTERVIEW, browser), turn_id()
    first, again = browser.say(mine, ONSET, turn), browser.say(mine, ONSET, turn)
    assert first[-1]["turns"] == again[-1]["turns"]
    assert len(site.see(mine, browser).turns) == 1


def test_a_turn_after_the_end_says_that_it_was_not_put(site: Site, browser: Browser) -> None:
    mine = site.at(Phase.NOTE, browser)
    (last,) = browser.say(mine, ONSET, turn_id())
    assert (last["sent"], last["phase"]) == (False, "note")
    assert "was not put to the patient" in last["notice"]


def test_how_things_stand_brings_what_another_tab_said(site: Site, browser: Browser) -> None:
    mine = site.at(Phase.INTERVIEW, browser)
    browser.say(mine, ONSET, turn_id())
    behind = browser.get(f"{PATH}/room/{mine}?seen=0").json()
    assert [t["said"] for t in behind["turns"]] == [ONSET]
    abreast = browser.get(f"{PATH}/room/{mine}?seen=1").json()
    assert "turns" not in abreast
    assert (abreast["phase"], abreast["boot"]) == ("interview", behind["boot"])


def test_what_is_typed_is_kept_as_it_is_typed(site: Site, browser: Browser) -> None:
    mine = site.at(Phase.INTERVIEW, browser)
    path = f"{PATH}/room/{mine}/typed"
    kept = browser.put(path, {"pad": "knee <left>", "unsent": "And the"}).json()["kept"]
    assert sorted(kept) == ["pad", "unsent"]
    site.encounters.end_interview(mine, browser.resident)
    assert browser.put(path, {"note": NOTE}).json()["kept"] == ["note"]
    seen = site.see(mine, browser)
    assert (seen.pad, seen.unsent) == ("knee <left>", "And the")
    assert (seen.note.history, seen.note.diagnoses[0].name) == ("Fell.", "Sprain")
    site.encounters.submit_note(mine, browser.resident, seen.note)
    own = {"values": [9, 2, 3], "well": "all", "change": ""}
    assert browser.put(path, {"self_assessment": own}).json()["kept"] == ["self_assessment"]
    assert site.see(mine, browser).self_assessment.history == 5


def test_too_long_a_text_is_cut_and_not_refused(site: Site, browser: Browser) -> None:
    mine = site.at(Phase.NOTE, browser)
    answer = browser.put(
        f"{PATH}/room/{mine}/typed",
        {"note": {**NOTE, "history": "h" * 30_000}, "pad": "p" * 30_000},
    )
    assert answer.status_code == 200
    assert len(site.see(mine, browser).note.history) == len(site.see(mine, browser).pad) == 20_000


def test_nobody_else_hears_types_or_looks(site: Site, browser: Browser) -> None:
    mine, stranger = site.at(Phase.INTERVIEW, browser), site.browser()
    before = site.see(mine, browser)
    (last,) = stranger.say(mine, ONSET, turn_id())
    assert (last["sent"], last["phase"], last.get("turns")) == (False, "", None)
    assert stranger.get(f"{PATH}/room/{mine}").status_code == 404
    assert stranger.put(f"{PATH}/room/{mine}/typed", {"pad": "mine now"}).status_code == 404
    assert site.see(mine, browser) == before


@pytest.mark.parametrize(
    "body",
    [{"id": "../x", "text": ONSET}, {"id": "", "text": ONSET}, {"text": ONSET}, {"id": 7}],
)
def test_a_turn_without_a_proper_name_is_refused(
    site: Site, browser: Browser, body: dict[str, Any]
) -> None:
    mine = site.at(Phase.INTERVIEW, browser)
    path = f"{PATH}/room/{mine}/turns"
    assert browser.client.post(path, json=body, headers=browser.headers).status_code == 422
    assert site.see(mine, browser).turns == ()


def test_a_form_of_another_site_is_no_turn(site: Site, browser: Browser) -> None:
    mine = site.at(Phase.INTERVIEW, browser)
    body = f'{{"id": "{turn_id()}", "text": "{ONSET}"}}'
    headers = {**browser.headers, "content-type": "text/plain"}
    path = f"{PATH}/room/{mine}/turns"
    assert browser.client.post(path, content=body, headers=headers).status_code == 422


def test_a_store_that_fails_is_a_sentence_and_worth_another_try(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("The disk is full; free some space.")

    mine = site.at(Phase.INTERVIEW, browser)
    monkeypatch.setattr(Encounters, "keep", full)
    answer = browser.put(f"{PATH}/room/{mine}/typed", {"pad": "p"})
    assert answer.status_code == 503
    assert "could not be stored (reference " in answer.json()["detail"]
