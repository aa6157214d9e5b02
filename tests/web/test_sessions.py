"""Sessions and events are their browser's own, and what does not fit is refused, never a fault."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.encounter.phases import Phase
from simulator.web.server import MAX_SESSIONS, PATH
from tests.web.conftest import Browser, Site

API = f"{PATH}/gradio_api"


def post(browser: Browser, step: str, body: object) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {**browser.headers, "content-type": "application/json"}
    return browser.client.post(f"{API}/{step}", content=content, headers=headers)


def ask_for_cases(browser: Browser, session: str) -> str:
    """An event that is done and waits to be heard."""
    body = {"data": ["All", "All", ""], "session_hash": session}
    return str(post(browser, "call/library", body).json()["event_id"])


def test_another_browser_that_knows_session_and_event_hears_nothing(site: Site) -> None:
    owner, thief = site.browser(), site.browser()
    event = ask_for_cases(owner, "known-hash")
    stream = thief.get(f"{API}/queue/data?session_hash=known-hash")
    assert '"session_not_found": true' in stream.text
    assert "A sore knee" not in stream.text
    for step in (f"call/library/{event}", f"call/arrive/{event}"):
        assert thief.get(f"{API}/{step}").status_code == 404
    assert "A sore knee" in owner.get(f"{API}/call/library/{event}").text


@pytest.mark.parametrize("step", ["cancel", "reset"])
def test_another_browser_cannot_cancel_or_reset(site: Site, step: str) -> None:
    owner, thief = site.browser(), site.browser()
    event = ask_for_cases(owner, f"hash-{step}")
    body = {"session_hash": f"hash-{step}", "fn_index": 0, "event_id": event}
    assert post(thief, step, body).status_code == 404
    assert "A sore knee" in owner.get(f"{API}/call/library/{event}").text


def test_the_owner_may_cancel(site: Site) -> None:
    owner = site.browser()
    event = ask_for_cases(owner, "own-hash")
    body = {"session_hash": "own-hash", "fn_index": 0, "event_id": event}
    assert post(owner, "cancel", body).status_code == 200


def test_another_browser_in_the_same_session_does_not_move_the_owners_page(site: Site) -> None:
    owner, thief = site.browser(), site.browser()
    mine = site.at(Phase.INTERVIEW, owner)
    theirs = site.at(Phase.INTERVIEW, thief)
    assert owner.arrive("one-hash", f"?id={mine}") == mine
    assert thief.arrive("one-hash", f"?id={theirs}") == theirs
    owner.call("order", "CRP", session="one-hash", query=f"?id={mine}")
    assert [o.name for o in site.see(mine, owner).orders] == ["CRP"]
    assert site.see(theirs, thief).orders == ()


@pytest.mark.parametrize(
    ("method", "step"),
    [
        ("POST", "upload"),
        ("POST", "upload?upload_id=x"),
        ("GET", "upload_progress?upload_id=x"),
        ("GET", "file=/etc/passwd"),
        ("GET", "file/etc/passwd"),
        ("GET", "proxy=http://127.0.0.1"),
        ("GET", "deep_link?session_hash=x"),
        ("POST", "component_server"),
        ("POST", "process_recording"),
        ("POST", "run/library"),
        ("POST", "api/library"),
        ("POST", "call/v2/library"),
        ("POST", "stream/x"),
        ("GET", "stream/x/1/2/playlist.m3u8"),
        ("POST", "vibe-code"),
        ("GET", "runs"),
    ],
)
def test_what_no_page_asks_for_is_not_there(site: Site, method: str, step: str) -> None:
    browser = site.browser()
    files = {"files": ("a.txt", b"mine")} if "upload" in step and method == "POST" else None
    answer = site.client.request(method, f"{API}/{step}", headers=browser.headers, files=files)
    assert answer.status_code == 404


WRONG: list[object] = [
    b"",
    b"{",
    b"[" * 100_000,
    b'"\\ud800"',
    b"\xff\xfe",
    [],
    "text",
    None,
    {},
    {"data": "x"},
    {"data": None},
    {"data": [None] * 1000},
    {"data": ["All", "All", ""], "session_hash": 5},
    {"data": ["All", "All", ""], "session_hash": "../../x"},
    {"data": ["All", "All", ""], "session_hash": "x" * 1000},
    {"data": ["All", "All"], "session_hash": "x"},
    {"data": [{"a": 1}, "All", ""], "session_hash": "x"},
    {"data": ["All", ["All"], ""], "session_hash": "x"},
    {"data": ["All", "All", 5], "session_hash": "x"},
    {"data": ["All", "All", True], "session_hash": "x"},
    b'{"data": ["All", "All", "\\ud800"], "session_hash": "x"}',
    b'{"data": ["All", "All", ""], "session_hash": "x", "fn_index": 1e99}',
    b'{"data": ["All", "All", ""], "session_hash": "x", "trigger_id": "one"}',
    b'{"data": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    b'{"data": [' + b"9" * 5000 + b"]}",
]


@pytest.mark.parametrize("body", WRONG, ids=range(len(WRONG)))
@pytest.mark.parametrize("step", ["call/library", "queue/join", "cancel", "reset"])
def test_what_does_not_fit_is_refused_with_the_place(site: Site, step: str, body: object) -> None:
    answer = post(site.browser(), step, body)
    assert answer.status_code in (404, 422), answer.text
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("hand_in", ["", "", "", "", "", "", "", ["work-up"]]),
        ("finish", ["five", 1, 1, "", ""]),
        ("finish", [True, 1, 1, "", ""]),
        ("finish", [1, [1], 1, "", ""]),
        ("finish", [1, 1, 1, 7, ""]),
        ("order", [9]),
    ],
)
def test_wrong_types_in_a_step_are_refused(site: Site, name: str, data: list[Any]) -> None:
    answer = post(site.browser(), f"call/{name}", {"data": data, "session_hash": "types"})
    assert (answer.status_code, "is needed" in answer.text) == (422, True)


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_no_number_is_no_mark(site: Site, number: bytes) -> None:
    body = b'{"data": [%s, 1, 1, "", ""], "session_hash": "nan"}' % number
    assert post(site.browser(), "call/finish", body).status_code == 422


@pytest.mark.parametrize(
    "step",
    [
        "call/no-such",
        "call/nosuch",
        "queue/join",
        "nowhere",
    ],
)
def test_a_handler_that_is_not_there_is_not_found(site: Site, step: str) -> None:
    body = {"data": [], "session_hash": "x", "fn_index": 9999}
    assert post(site.browser(), step, body).status_code == 404


@pytest.mark.parametrize("query", ["", "?session_hash=", "?session_hash=a&session_hash=b", "?x=1"])
def test_a_stream_needs_one_session(site: Site, query: str) -> None:
    assert site.browser().get(f"{API}/queue/data{query}").status_code == 422


def test_made_up_sessions_push_out_one_another_and_no_more(site: Site) -> None:
    mounted = next(r.app for r in site.client.app.routes if getattr(r, "path", "") == PATH)  # type: ignore[attr-defined]
    assert mounted.state_holder.capacity == MAX_SESSIONS
