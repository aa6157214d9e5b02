"""What does not fit is answered by a sentence, whatever it is; the page and the data of the API."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from simulator.encounter.encounter import Encounters
from simulator.encounter.phases import Phase
from simulator.errors import StoreError
from simulator.store.assignments import AssignmentStore
from simulator.web.access import RULES
from simulator.web.problems import API, MEDIA
from simulator.web.server import create
from tests.web.accounts.conftest import BASE, Unread, Visitor
from tests.web.api.conftest import House, Program


@pytest.fixture(scope="module")
def ana(house: House) -> Program:
    return house.program(house.office.hire("ana-limits@x.edu", "resident", "im"))


def problem(answer: Any, status: int) -> str:
    """The sentence of a problem of that status."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA), answer.text
    body = answer.json()
    assert body["status"] == status and body["title"]
    assert body["detail"][-1] in ".)", body["detail"]
    return str(body["detail"])


BODIES = [
    b"", b"[", b"null", b"[]", b"7", b'"text"', b"{", b"\xff\xfe", b'{"case": 7}',
    b'{"case": null}',
    b'{"case": "sore-knee", "more": 1}', b'{"case": "sore-knee", "mode": "guided"}',
    b'{"case": "\\ud800"}', b'{"\\ud800": 1}', b'{"case": "\\u0000"}',
    b'{"case": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"case": ' + b"9" * 5000 + b"}", b'{"case": 1e999}', b'{"case": NaN}',
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_body_that_does_not_fit_is_answered_by_a_sentence(ana: Program, body: bytes) -> None:
    sent = {"content-type": "application/json"}
    answer = ana.ask("POST", "/encounters", content=body, headers=sent)
    problem(answer, 400 if answer.status_code == 400 else 422)


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("turns", {"text": "\ud800"}),
        ("turns", {"text": ["Hello"]}),
        ("orders", {"wanted": ""}),
        ("note", {"history": "x" * 20_001}),
        ("note", {"history": "\udfff"}),
        ("note", {"diagnoses": [{}] * 6}),
        ("note", {"diagnoses": {"name": "x"}}),
        ("self-assessment", {"history": 6}),
        ("self-assessment", {"history": 10**4000}),
        ("self-assessment", {"history": "much"}),
    ],
)
def test_wrong_types_and_sizes_are_422_and_say_where(
    house: House, ana: Program, step: str, body: Any
) -> None:
    text = json.dumps(body).encode()
    sent = {"content-type": "application/json"}
    answer = ana.ask("POST", f"/encounters/{'0' * 36}/{step}", content=text, headers=sent)
    assert problem(answer, 422).startswith("body.")
    assert answer.json()["errors"][0]["where"].startswith("body.")


@pytest.mark.parametrize(
    "path",
    ["/encounters?limit=0", "/encounters?limit=1e9", "/encounters?since=yesterday",
     "/encounters?since=99999-01-01", "/encounters?phase=lunch", "/encounters?after=%00",
     "/encounters?case=%ED%A0%80", "/encounters/%00", f"/encounters/{'x' * 300}",
     "/cases/%F0%9F%A6%B4"],
)  # fmt: skip
def test_a_place_in_an_address_that_does_not_fit_is_422(ana: Program, path: str) -> None:
    problem(ana.get(path), 422)


@pytest.mark.parametrize("key", ["", "a b", "x" * 65, "é".encode()])
def test_a_key_is_short_and_plain(house: House, ana: Program, key: Any) -> None:
    path = f"/encounters/{'0' * 36}/turns"
    answer = ana.post(path, {"text": "Hello"}, headers={b"idempotency-key": key})
    assert "idempotency-key" in problem(answer, 422)


def test_what_is_too_long_for_the_edge_is_a_problem_too(ana: Program) -> None:
    answer = ana.post("/encounters", {"case": "x" * 600_000})
    assert "longer than" in problem(answer, 413)


def test_an_address_and_a_method_that_are_not_there_say_where_to_look(ana: Program) -> None:
    assert "openapi.json" in problem(ana.get("/nowhere"), 404)
    assert "openapi.json" in problem(ana.ask("DELETE", "/encounters"), 404)


@pytest.mark.parametrize("error", [StoreError("x (disk I/O error)"), ZeroDivisionError("disk")])
def test_what_fails_on_our_side_is_a_reference_and_no_traceback(
    house: House, ana: Program, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(house.store, "listed", broken)
    said = problem(ana.get("/encounters"), 503)
    assert "reference" in said and "disk" not in said


def test_a_turn_that_fails_in_its_stream_ends_with_a_problem(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = house.office.hire("ben-limits@x.edu", "resident", "im")
    new = house.held(ben, Phase.INTERVIEW)

    def broken(*_: object) -> None:
        raise StoreError("The database x cannot be used (disk I/O error)")

    monkeypatch.setattr(house.store, "add_turn", broken)
    kind, said = house.program(ben).say(new.id, "When did it begin?")[-1]
    assert (kind, said["status"]) == ("problem", 503)
    assert "could not be stored" in said["detail"]


def test_the_time_that_ran_out_is_told_by_the_stream_s_own_status(house: House) -> None:
    cy = house.office.hire("cy-limits@x.edu", "resident", "im")
    new = house.held(cy, Phase.INTERVIEW)
    house.clock.forward(minutes=11)
    answer = house.program(cy).post(f"/encounters/{new.id}/turns", {"text": "Hello"})
    assert "is at the note" in problem(answer, 409)


def test_every_address_is_described_with_its_scope_and_an_example(house: House) -> None:
    api = Program(house.client).get("/openapi.json").json()
    told = {f"{m.upper()} {API}{p}" for p, ms in api["paths"].items() for m in ms}
    ruled = {n for n in RULES if f" {API}/" in n}
    assert told == {n for n in ruled if not n.endswith(("/", "openapi.json"))}
    for methods in api["paths"].values():
        for operation in methods.values():
            assert operation["summary"] and operation["description"]
            assert operation["x-scope"] and operation["security"]
            assert MEDIA in operation["responses"]["422"]["content"]


def test_the_page_of_the_api_is_open_and_needs_no_other_host(house: House) -> None:
    page = Visitor(house.client).see(f"{API}/")
    assert page.status_code == 200
    assert "Say something to the patient" in page.text and "encounters:write" in page.text
    addresses = re.findall(r'(?:href|src|action)="([^"]*)"', page.text)
    assert [a for a in addresses if not a.startswith("/")] == []
    assert "<script" not in page.text
    for address in addresses:
        assert Visitor(house.client).see(address).status_code in (200, 303, 307), address


def test_behind_a_prefix_the_api_is_found_and_says_where_things_are(
    house: House, tmp_path: Path
) -> None:
    settings = house.encounters.services.settings.model_copy(update={"root_path": "/vsp"})
    encounters = Encounters(Unread(settings), house.store, house.clock)
    ledger = AssignmentStore(house.store.engine)
    app = create(encounters, ledger, house.office)
    ana = house.office.hire("ana-prefix@x.edu", "resident", "im")
    sent = {"authorization": f"Bearer {house.program(ana).secret}"}
    client = TestClient(app, base_url=BASE)
    new = client.post("/vsp/api/v1/encounters", json={"case": "sore-knee"}, headers=sent)
    assert new.headers["location"] == f"/vsp/api/v1/encounters/{new.json()['id']}"
    assert client.get(new.headers["location"], headers=sent).json()["id"] == new.json()["id"]
    assert client.get("/vsp/api/v1/openapi.json").json()["servers"] == [{"url": "/vsp/api/v1"}]
    assert 'href="/vsp/static/tokens.css"' in client.get("/vsp/api/v1/").text
