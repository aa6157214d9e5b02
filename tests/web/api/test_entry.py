"""Who comes in to the API, and who does not; what a browser sends for a page elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from simulator.accounts.people import Permission
from simulator.accounts.tokens import Scope
from simulator.encounter.phases import Phase
from simulator.web.access import RULES, Rule
from simulator.web.gate import Gate
from simulator.web.problems import API
from tests.accounts.conftest import GOOD, Office, clock
from tests.web.accounts.conftest import Visitor
from tests.web.api.conftest import House, Program
from tests.web.conftest import Site, site, small

__all__ = ["clock", "site", "small"]
ELSEWHERE = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"host": "evil.example"},
]


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({}, "Send a token"),
        ({"authorization": "Bearer vsp_" + "a" * 43}, "opens nothing"),
        ({"authorization": "Bearer nonsense"}, "opens nothing"),
        ({"authorization": "Basic YTpi"}, "opens nothing"),
    ],
)
def test_without_a_token_that_stands_nobody_comes_in(
    house: House, sent: dict[str, str], why: str
) -> None:
    refused = Program(house.client).get("/cases", headers=sent)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert refused.headers["content-type"] == "application/problem+json"
    assert why in refused.json()["detail"]


def test_a_session_of_a_browser_opens_nothing_here_and_a_token_nothing_elsewhere(
    house: House,
) -> None:
    ana = house.office.hire("ana-entry@x.edu", "resident", "im")
    browser = Visitor(house.client, house.office.sign_in(ana.email, GOOD, "here"))
    assert browser.ask("GET", "/practice/config").status_code == 200
    assert browser.ask("GET", f"{API}/cases").status_code == 401
    secret = house.program(ana).secret
    headers = {"authorization": f"Bearer {secret}"}
    assert Visitor(house.client).ask("GET", "/practice/config", headers=headers).status_code == 401


def test_a_token_opens_what_its_scopes_name_and_no_more(house: House) -> None:
    ana = house.office.hire("ben-entry@x.edu", "resident", "im")
    reads = house.program(ana, Scope.CASES_READ)
    assert reads.get("/cases").status_code == 200
    refused = reads.post("/encounters", {"case": "sore-knee"})
    assert refused.status_code == 403
    assert "lacks the scope encounters:write" in refused.json()["detail"]


def test_a_token_never_does_more_than_its_person_may_now(house: House) -> None:
    lead = house.office.hire("lead-entry@x.edu", "course lead", "im")
    program = house.program(lead)
    assert program.get("/programme/encounters").status_code == 200
    house.office.change_role(None, lead.id, "resident", "im")
    refused = program.get("/programme/encounters")
    assert (refused.status_code, "role resident" in refused.json()["detail"]) == (403, True)
    house.office.close(None, lead.id)
    assert program.get("/cases").status_code == 401


def test_a_token_that_is_taken_back_stops_at_once(house: House) -> None:
    ana = house.office.hire("cy-entry@x.edu", "resident", "im")
    program, new = house.program(ana), house.held(ana, Phase.INTERVIEW)
    assert program.get("/cases").status_code == 200
    house.office.tokens.end(ana, ana, house.office.tokens.of(ana)[0].id)
    assert program.get("/cases").status_code == 401
    assert program.post(f"/encounters/{new.id}/turns", {"text": "Hello"}).status_code == 401
    assert house.store.read(new.id).turns == ()


def test_a_token_that_is_taken_back_in_mid_stream_ends_the_stream_and_the_answer_is_kept(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    eve = house.office.hire("eve-entry@x.edu", "resident", "im")
    program, new = house.program(eve), house.held(eve, Phase.INTERVIEW)
    (token,), ask = house.office.tokens.of(eve), house.encounters.ask

    def speaking(encounter: str, resident: str, said: str, key: str, hear: Any) -> Any:
        hear("It began")
        house.office.tokens.end(eve, eve, token.id)
        hear("It began three days ago")
        return ask(encounter, resident, said, key)

    monkeypatch.setattr(house.encounters, "ask", speaking)
    kind, said = program.say(new.id, "When did it begin?", "k")[-1]
    assert (kind, said["status"], "taken back" in said["detail"]) == ("problem", 401, True)
    assert program.post(f"/encounters/{new.id}/turns", {"text": "And?"}).status_code == 401
    monkeypatch.undo()
    answer = house.program(eve).say(new.id, "When did it begin?", "k")[-1]
    assert (answer[0], len(house.store.read(new.id).turns)) == ("turn", 1)


def test_whoever_has_not_agreed_to_the_terms_is_sent_to_a_browser(house: House) -> None:
    dee, link = house.office.invite(None, "dee-entry@x.edu", "Dee", "resident", "im")
    house.office.accept(link, GOOD)
    refused = house.program(dee).get("/cases")
    assert (refused.status_code, "accept the terms" in refused.json()["detail"]) == (403, True)


@pytest.mark.parametrize("sent", ELSEWHERE)
def test_without_accounts_nothing_is_done_for_a_page_elsewhere(
    site: Site, sent: dict[str, str]
) -> None:
    before = len(site.store.of_resident(site.browser().resident))
    site.client.cookies.clear()
    refused = site.client.post(f"{API}/encounters", json={"case": "sore-knee"}, headers=sent)
    assert refused.status_code in (400, 403)
    assert refused.headers["content-type"] == "application/problem+json"
    assert len(site.store.of_resident(site.browser().resident)) == before
    read = site.client.get(f"{API}/encounters", headers=sent)
    assert "access-control-allow-origin" not in read.headers
    if "origin" not in sent:
        assert read.status_code in (400, 403)


def test_without_accounts_a_form_of_a_page_elsewhere_does_nothing(site: Site) -> None:
    site.client.cookies.clear()
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ):
        sent = {"content-type": kind}
        body = b'{"case": "sore-knee"}'
        refused = site.client.post(f"{API}/encounters", content=body, headers=sent)
        assert refused.status_code == 422, kind
    asked = {"access-control-request-method": "POST", "origin": "https://evil.example"}
    preflight = site.client.options(f"{API}/encounters", headers=asked)
    assert "access-control-allow-origin" not in preflight.headers


def test_without_accounts_a_program_of_this_machine_is_one_person_without_a_token(
    site: Site,
) -> None:
    site.client.cookies.clear()
    new = site.client.post(f"{API}/encounters", json={"case": "sore-knee"})
    assert (new.status_code, "set-cookie" in new.headers) == (201, False)
    again = site.client.get(f"{API}/encounters/{new.json()['id']}")
    assert (again.status_code, again.json()["id"]) == (200, new.json()["id"])
    browser = site.browser()
    assert browser.get(f"{API}/encounters/{new.json()['id']}").status_code == 404
    listed = browser.get(f"{API}/programme/encounters").json()["items"]
    assert listed == [], "a browser sees the own encounters, and a program's are not among them"


@pytest.mark.parametrize("ended", ["taken back", "closed", "demoted"])
def test_a_stream_ends_with_its_token_and_says_so(
    office: Office, monkeypatch: pytest.MonkeyPatch, ended: str
) -> None:
    path = f"{API}/stream"
    rule = Rule(Permission.READ_CASES, scope=Scope.ENCOUNTERS_WRITE)
    monkeypatch.setitem(RULES, f"GET {path}", rule)
    app, ana = FastAPI(), office.hire("ana@x.edu", "author", "im")
    token, secret = office.tokens.make(ana, ana, "x", [Scope.ENCOUNTERS_WRITE], 1)
    end = {
        "taken back": lambda: office.tokens.end(ana, ana, token.id),
        "closed": lambda: office.close(None, ana.id),
        "demoted": lambda: office.change_role(None, ana.id, "resident", "im"),
    }

    @app.get(path)
    def stream() -> StreamingResponse:
        async def pieces() -> AsyncIterator[str]:
            for number in range(5):
                yield f"data: {number}\n\n"
                if number == 1:
                    end[ended]()

        return StreamingResponse(pieces(), media_type="text/event-stream")

    sent = asyncio.run(answered(Gate(app, app, office, "1"), path, secret))
    assert sent.startswith(b"data: 0\n\ndata: 1\n\nevent: problem\ndata: ")
    assert b"opens nothing" in sent and b"data: 2" not in sent


async def answered(gate: Gate, path: str, secret: str) -> bytes:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        await asyncio.sleep(60)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "server": ("127.0.0.1", 7860),
        "headers": [(b"authorization", f"Bearer {secret}".encode())],
    }
    await gate(scope, receive, send)  # type: ignore[arg-type]
    return b"".join(m.get("body", b"") for m in sent)


@pytest.fixture
def office(tmp_path: Any, clock: Any) -> Any:
    from simulator.store.database import connect
    from simulator.store.people import PeopleStore

    people = PeopleStore(connect(tmp_path / "people.sqlite3"))
    yield Office(people, now=clock)
    people.engine.dispose()
