"""Pages, downloads, who is asking, safe headers: over HTTP, against the real application."""

from __future__ import annotations

import re
from typing import Any

import pytest

from simulator.encounter.phases import Phase
from simulator.web.cookies import COOKIE
from simulator.web.server import PATH
from tests.web.conftest import Site

HANDLERS: list[tuple[str, Phase, tuple[Any, ...]]] = [
    ("enter", Phase.BRIEFING, ("exam",)),
    ("refresh", Phase.INTERVIEW, ()),
    ("order", Phase.INTERVIEW, ("CRP",)),
    ("hint", Phase.INTERVIEW, ()),
    ("leave", Phase.INTERVIEW, ()),
    ("time_up", Phase.INTERVIEW, ()),
    ("hand_in", Phase.NOTE, ("history", "", "", "", "", "", "", "work-up")),
    ("finish", Phase.SELF_ASSESSMENT, (5, 5, 5, "all", "nothing")),
]


def test_the_front_door_leads_to_the_library(site: Site) -> None:
    answer = site.client.get("/", follow_redirects=False)
    assert answer.status_code == 307
    assert answer.headers["location"] == f"{PATH}/"


@pytest.mark.parametrize("path", ["/nowhere", f"{PATH}/nowhere"])
def test_a_dead_address_leads_people_to_the_patients_and_programs_to_json(
    site: Site, path: str
) -> None:
    page = site.client.get(path, headers={"accept": "text/html,*/*"})
    assert (page.status_code, f'href="{PATH}/"' in page.text) == (404, True)
    assert site.client.get(path).json() == {"detail": "Not Found"}


def test_a_first_visit_gets_a_secret_that_scripts_and_other_sites_cannot_use(site: Site) -> None:
    site.client.cookies.clear()
    cookie = site.client.get("/healthz").headers["set-cookie"]
    site.client.cookies.clear()
    assert re.match(rf"{COOKIE}=[0-9a-f]{{32}};", cookie)
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


def test_a_known_browser_keeps_its_secret(site: Site) -> None:
    assert "set-cookie" not in site.browser().get("/healthz").headers


def test_a_malformed_secret_is_replaced(site: Site) -> None:
    answer = site.client.get("/healthz", headers={"cookie": f"{COOKIE}=admin"})
    site.client.cookies.clear()
    assert "admin" not in answer.headers["set-cookie"]


@pytest.mark.parametrize("path", [f"{PATH}/", f"{PATH}/encounter", "/healthz"])
def test_every_answer_carries_the_safe_headers(site: Site, path: str) -> None:
    headers = site.browser().get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert "default-src 'self'" in headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/favicon.ico", "/manifest.json"])
def test_what_a_browser_asks_for_unasked_is_there(site: Site, path: str) -> None:
    assert site.browser().get(path).status_code == 200


@pytest.mark.parametrize("path", [f"{PATH}/", f"{PATH}/encounter", f"{PATH}/config"])
def test_no_page_tells_the_secret(site: Site, path: str) -> None:
    browser = site.browser()
    page = browser.get(path)
    assert page.status_code == 200
    assert browser.secret not in page.text


def test_a_case_opens_at_its_doorway_and_is_found_again_by_its_id(site: Site) -> None:
    browser = site.browser()
    opened = browser.arrive("again-1", "?case=sore-knee")
    assert site.see(opened, browser).phase == Phase.BRIEFING
    assert browser.arrive("again-2", f"?id={opened}") == opened


def test_another_browsers_encounter_is_not_here(site: Site) -> None:
    mine = site.at(Phase.INTERVIEW, site.browser())
    answer = site.browser().call("arrive", session="thief", query=f"?id={mine}")
    assert "This encounter is not here" in answer
    assert "Alva Berg" not in answer


def test_every_handler_that_takes_an_encounter_is_tried_below(site: Site) -> None:
    answer = site.browser().get(f"{PATH}/config").json()
    pages = answer.get("dependencies", [])
    names = {d["api_name"] for d in pages if d["api_name"] and d["backend_fn"]}
    harmless = {"library", "greet", "filter", "arrive", "end", "stay"}
    assert names - harmless <= {name for name, *_ in HANDLERS}


@pytest.mark.parametrize(("handler", "phase", "data"), HANDLERS, ids=[h[0] for h in HANDLERS])
def test_no_handler_serves_another_browser_whatever_the_address_and_session(
    site: Site, handler: str, phase: Phase, data: tuple[Any, ...]
) -> None:
    owner, stranger, session = site.browser(), site.browser(), f"shared-{handler}"
    mine = site.at(phase, owner)
    assert owner.arrive(session, f"?id={mine}") == mine
    before = site.see(mine, owner)
    answer = stranger.call(handler, *data, session=session, query=f"?id={mine}")
    assert "event: complete" in answer
    assert site.see(mine, owner) == before
    assert "Alva Berg" not in answer


def test_a_step_needs_nothing_but_the_address(site: Site) -> None:
    browser = site.browser()
    mine = site.at(Phase.BRIEFING, browser)
    browser.call("enter", "exam", session="new-after-a-restart", query=f"?id={mine}")
    assert site.see(mine, browser).phase == Phase.INTERVIEW


@pytest.mark.parametrize("kind", ["pdf", "json"])
def test_a_report_is_given_to_its_owner_alone_and_only_after_the_end(site: Site, kind: str) -> None:
    owner = site.browser()
    early, done = site.at(Phase.NOTE, owner), site.at(Phase.FEEDBACK, owner)
    assert owner.get(f"{PATH}/reports/{early}.{kind}").status_code == 404
    assert site.browser().get(f"{PATH}/reports/{done}.{kind}").status_code == 404
    answer = owner.get(f"{PATH}/reports/{done}.{kind}")
    assert answer.status_code == 200
    assert f'filename="feedback-sore-knee.{kind}"' in answer.headers["content-disposition"]


def test_a_report_in_another_form_says_which_forms_there_are(site: Site) -> None:
    owner = site.browser()
    answer = owner.get(f"{PATH}/reports/{site.at(Phase.FEEDBACK, owner)}.docx")
    assert (answer.status_code, ".pdf or .json" in answer.text) == (404, True)
