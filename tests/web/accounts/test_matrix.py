"""Every address, handler, stream and file, driven by eight people and one who is demoted midway.

What there is, is asked of the application itself: whatever has no rule is shut, and a test says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from simulator.accounts.people import Person
from simulator.accounts.tokens import Scope
from simulator.encounter.phases import Phase
from simulator.errors import NotAllowed, StoreError
from simulator.web import access
from simulator.web.access import HANDLERS, RULES, Row, addresses, allows, name
from simulator.web.accounts.pages import words
from simulator.web.problems import MEDIA, is_api
from simulator.web.server import PATH
from simulator.web.studio.programmes import ProgrammesStore
from tests.web.accounts.conftest import Campus, Visitor

API = f"{PATH}/gradio_api"
LIFE = "/studio/sore-knee/life"
ASKED = f"{PATH}/opinion/authoring"  # what authors are asked once a case was handed in
NOT_OVER = "There is no feedback yet"
SHUT = (401, 403, 404)
ENDLESS = (f"GET {API}/heartbeat/{{session_hash}}",)  # tried of those to whom it is shut
WHO = ("resident", "author", "reviewer", "course lead", "admin", "auditor", "of another", "nobody")


@dataclass(frozen=True)
class Cast:
    """The eight, and whose rows they try to reach."""

    campus: Campus
    people: dict[str, Person]
    owner: Person
    encounter: str

    def visitor(self, who: str) -> Visitor:
        person = self.people.get(who)
        return self.campus.signed_in(person) if person else self.campus.visitor()

    def token(self, who: str, *scopes: Scope) -> dict[str, str]:
        """The header by which a program of somebody's comes in."""
        person = self.people.get(who)
        if person is None:
            return {}
        made = self.campus.office.tokens.make(None, person, who, scopes or list(Scope), 1)
        return {"authorization": f"Bearer {made[1]}"}


@pytest.fixture(scope="module")
def cast(campus: Campus) -> Iterator[Cast]:
    people = {}
    for role in WHO[:6]:
        programme = "" if role in ("admin", "auditor") else "im"
        email = f"{role.replace(' ', '-')}@x.edu"
        people[role] = campus.office.hire(email, role, programme)
    people["of another"] = campus.office.hire("another@x.edu", "resident", "surgery")
    owner = campus.office.hire("owner@x.edu", "resident", "im")
    encounter = campus.encounters.open(owner.id, "sore-knee", "practice", "im")
    yield Cast(campus, people, owner, encounter.id)


def given(path: str, cast: Cast) -> str:
    """An address with its places filled in: the owner's encounter, a person, no case."""
    values = {
        "encounter_id": cast.encounter,
        "file": f"{cast.encounter}.json",
        "case_id": "no-such-case",
        "person_id": cast.owner.id,
        "token": "made-up",
        "token_id": "made-up",
        "session_hash": "abc",
        "api_name": "library",
        "event_id": "0" * 32,
        "path": "account.css",
    }
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: values.get(found[1], "x"), path)


def every(cast: Cast) -> list[tuple[str, str]]:
    return list(addresses(cast.campus.client.app))  # type: ignore[arg-type]


def ours(path: str) -> bool:
    """Whether an address is this program's own and not one that Gradio brings."""
    return not path.startswith(f"{PATH}/") or path.startswith((f"{PATH}/room", f"{PATH}/reports"))


def test_every_address_of_ours_has_a_rule_and_every_rule_an_address(cast: Cast) -> None:
    there = {name(method, path) for method, path in every(cast)}
    assert {n for n in there if ours(n.partition(" ")[2])} - set(RULES) == set()
    assert set(RULES) - there == set()


def test_every_handler_has_a_rule_and_every_rule_a_handler(cast: Cast) -> None:
    pages = next(
        r.app.blocks
        for r in cast.campus.client.app.routes
        if getattr(r, "path", "") == PATH  # type: ignore[attr-defined]
    )
    there = {str(f.api_name) for f in pages.fns.values() if f.fn is not None}
    assert there == set(HANDLERS)


def test_every_rule_that_touches_a_row_says_whose() -> None:
    unsaid = [n for n, r in RULES.items() if "_id}" in n and r.row in (Row.NONE, Row.ALL)]
    assert unsaid == []


@pytest.mark.parametrize("who", WHO)
def test_an_address_opens_to_those_alone_whom_its_rule_names(cast: Cast, who: str) -> None:
    person, wrong = cast.people.get(who), []
    visitor, token = cast.visitor(who), cast.token(who)
    for method, path in every(cast):
        rule = RULES.get(name(method, path))
        let_in = rule is not None and allows(rule, person)
        if let_in and name(method, path) in ENDLESS:
            continue
        more = {"headers": token} if is_api(path) else {}
        answer = visitor.ask(method, given(path, cast), **body_for(method, path), **more)
        refused = answer.status_code in SHUT and (method == "HEAD" or said(answer))
        if let_in == refused:
            wrong.append((method, path, answer.status_code, answer.text[:80]))
    assert wrong == []


def body_for(method: str, path: str) -> dict[str, Any]:
    """What does nothing where it is let in, so that all can be tried on one site."""
    if method == "GET" or path.startswith("/account"):
        return {}
    if path.startswith("/studio"):
        return {"data": {}} if not path.endswith(("changes", "text")) else {"json": {}}
    return {"json": {}}


def said(answer: Any) -> bool:
    """Whether it was the gate that refused, in its own words."""
    if answer.headers.get("content-type") == MEDIA:
        return any(w in answer.text for w in ("Send a token", "not open to the role", "lacks the"))
    return any(text in answer.text for text in words()["refused"].values())


def test_an_address_of_the_api_opens_to_the_scope_alone_that_its_rule_names(cast: Cast) -> None:
    tokens = {scope: cast.token("course lead", scope) for scope in Scope}
    wrong = []
    for method, path in every(cast):
        rule = RULES[name(method, path)] if is_api(path) else None
        if rule is None or rule.may is None:
            continue
        assert rule.scope is not None, path
        for scope, token in tokens.items():
            answer = cast.campus.visitor().ask(
                method, given(path, cast), headers=token, **body_for(method, path)
            )
            if (scope == rule.scope) == (f"lacks the scope {rule.scope}" in answer.text):
                wrong.append((method, path, scope, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("who", WHO)
def test_a_handler_runs_for_those_alone_whom_its_rule_names(cast: Cast, who: str) -> None:
    person, visitor, wrong = cast.people.get(who), cast.visitor(who), []
    for handler, rule in [*HANDLERS.items(), ("js_fn", None)]:
        body = {"data": [], "session_hash": "matrix"}
        answer = visitor.ask("POST", f"{API}/call/{handler}", json=body)
        let_in = rule is not None and allows(rule, person)
        if let_in == (answer.status_code in SHUT):
            wrong.append((handler, answer.status_code))
    assert wrong == []


OWN = [
    ("GET", f"{PATH}/room/{{encounter_id}}", {}),
    ("PUT", f"{PATH}/room/{{encounter_id}}/typed", {"json": {"pad": "mine now"}}),
    ("POST", f"{PATH}/room/{{encounter_id}}/heard", {"content": b"\xff"}),
    ("GET", f"{PATH}/room/{{encounter_id}}/turns/x/sound/0", {}),
    ("GET", f"{PATH}/reports/{{file}}", {}),
    ("POST", f"{PATH}/review/{{encounter_id}}/again", {"data": {"turn": "1"}}),
    ("POST", f"{PATH}/review/{{encounter_id}}/disputes", {"data": {"mark": "x", "said": "y"}}),
]


@pytest.mark.parametrize("who", WHO)
def test_an_encounter_is_its_owner_s_alone_by_every_address(cast: Cast, who: str) -> None:
    visitor, owner = cast.visitor(who), cast.campus.signed_in(cast.owner)
    for method, path, body in OWN:
        assert visitor.ask(method, given(path, cast), **body).status_code in SHUT
    turn = {"id": "0" * 32, "text": "Hello"}
    stream = visitor.ask("POST", f"{PATH}/room/{cast.encounter}/turns", json=turn)
    assert "Alva Berg" not in stream.text and '"turns"' not in stream.text
    kept = cast.campus.store.get(cast.encounter, cast.owner.id)
    assert (kept.pad, kept.turns, kept.phase) == ("", (), Phase.BRIEFING)
    assert owner.ask("GET", given(OWN[0][1], cast)).status_code == 200


@pytest.mark.parametrize("who", WHO)
def test_a_review_is_read_by_its_owner_and_who_may_see_the_programme_s(
    cast: Cast, who: str
) -> None:
    address = f"{PATH}/review/{cast.encounter}"
    teaches = who in ("reviewer", "course lead", "auditor")
    found = cast.visitor(who).ask("GET", address)
    assert found.status_code in SHUT  # it is not over yet, and that is told to readers alone
    assert (NOT_OVER in found.text) == teaches
    assert NOT_OVER in cast.campus.signed_in(cast.owner).ask("GET", address).text


def test_a_reviewer_of_another_programme_reads_no_review(cast: Cast) -> None:
    far = cast.campus.office.hire("far-reviewer@x.edu", "reviewer", "surgery")
    found = cast.campus.signed_in(far).ask("GET", f"{PATH}/review/{cast.encounter}")
    assert found.status_code == 404
    assert NOT_OVER not in found.text


def test_the_studio_reads_the_interviews_of_its_own_programme_alone(cast: Cast) -> None:
    near, far = (ProgrammesStore(cast.campus.store, p) for p in ("im", "surgery"))
    assert cast.encounter in {e.id for e in near.of_case("sore-knee")}
    assert near.read(cast.encounter).id == cast.encounter
    assert far.of_case("sore-knee") == []
    with pytest.raises(NotAllowed):
        far.read(cast.encounter)


def test_authors_hand_in_under_their_own_name_and_reviewers_alone_publish(cast: Cast) -> None:
    author, reviewer = cast.visitor("author"), cast.visitor("reviewer")
    author.ask("POST", "/studio/sore-knee/edition")

    def move(visitor: Visitor, to: str) -> Any:
        base = re.search(r'name="base" value="(\d+)"', author.ask("GET", LIFE).text)
        sent = {"to": to, "of": "draft", "base": base[1] if base else "", "name": "Somebody"}
        return visitor.ask("POST", "/studio/sore-knee/move", data=sent)

    assert ASKED not in author.ask("GET", LIFE).text
    assert move(reviewer, "review").status_code == 403
    assert move(author, "review").status_code == 303
    page = author.ask("GET", LIFE).text
    assert f"{cast.people['author'].name}</strong> handed it in" in page
    assert "Somebody" not in page
    assert "Your name" not in page
    assert ASKED in page and ASKED not in reviewer.ask("GET", LIFE).text
    refused = move(author, "released")
    assert (refused.status_code, "Your role" in refused.text) == (403, True)
    assert "Your role" not in move(reviewer, "released").text
    assert move(reviewer, "draft").status_code == 303
    author.ask("POST", "/studio/sore-knee/discard")


@pytest.mark.parametrize("who", WHO)
def test_another_s_session_name_and_event_bring_nothing_and_move_nothing(
    cast: Cast, who: str
) -> None:
    owner, thief = cast.campus.signed_in(cast.owner), cast.visitor(who)
    body = {"data": ["All", "All", ""], "session_hash": f"of-the-owner-{WHO.index(who)}"}
    event = owner.ask("POST", f"{API}/call/library", json=body).json()["event_id"]
    assert "A sore knee" not in thief.ask("GET", f"{API}/call/library/{event}").text
    stream = thief.ask("GET", f"{API}/queue/data?session_hash={body['session_hash']}")
    assert "A sore knee" not in stream.text
    for step in ("cancel", "reset"):
        stolen = {**body, "event_id": event, "fn_index": 0}
        assert thief.ask("POST", f"{API}/{step}", json=stolen).status_code in SHUT
    assert "A sore knee" in owner.ask("GET", f"{API}/call/library/{event}").text


def test_whoever_is_demoted_is_out_at_the_next_request_of_the_same_session(cast: Cast) -> None:
    campus = cast.campus
    lead = campus.office.hire("falling@x.edu", "course lead", "im")
    visitor = campus.signed_in(lead)
    tried = [("GET", "/studio/"), ("GET", "/account/people"), ("POST", "/studio/new")]
    assert [visitor.ask(*t).status_code in SHUT for t in tried] == [False] * 3
    campus.office.change_role(None, lead.id, "resident", "im")
    assert [visitor.ask(*t).status_code for t in tried] == [403] * 3
    assert visitor.ask("GET", f"{PATH}/config").status_code == 200
    campus.office.change_role(None, lead.id, "auditor", "")
    call = visitor.ask("POST", f"{API}/call/library", json={"data": ["", "", ""]})
    assert (call.status_code, visitor.ask("GET", f"{PATH}/config").status_code) == (403, 403)
    campus.office.close(None, lead.id)
    assert visitor.ask("GET", "/account/").status_code == 401


def test_an_address_without_a_rule_is_shut_to_all(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for rule in ("GET /studio/", f"GET {PATH}/reports/{{file}}"):
        monkeypatch.delitem(RULES, rule)
    book = access.Rulebook(cast.campus.client.app)  # type: ignore[arg-type]
    assert book.find("GET", "/studio/") is None
    assert book.find("GET", f"{PATH}/reports/x.pdf") is None
    assert book.find("GET", "/studio/new") is not None
    assert book.find("GET", "/nowhere") is None


def test_a_draft_is_its_programme_s_alone(cast: Cast) -> None:
    campus = cast.campus
    far = campus.signed_in(campus.office.hire("far@x.edu", "author", "surgery"))
    near = cast.visitor("author")
    near.ask("POST", "/studio/sore-knee/edition")
    assert "edition 1.1.0" in near.ask("GET", "/studio/").text
    assert "edition 1.1.0" not in far.ask("GET", "/studio/").text
    assert "edition 1.1.0" in cast.visitor("reviewer").ask("GET", "/studio/").text


def test_what_is_exported_and_put_away_stands_in_the_log_with_who_and_which(cast: Cast) -> None:
    campus, author = cast.campus, cast.visitor("author")
    author.ask("POST", "/studio/sore-knee/edition")
    assert author.ask("GET", "/studio/sore-knee/file").status_code == 200
    assert author.ask("POST", "/studio/sore-knee/discard").status_code == 303
    newest = list(campus.office.people.log(newest=2))
    assert [(x.deed.what, x.deed.row) for x in newest] == [
        ("put a draft away", "sore-knee"),
        ("exported a case", "sore-knee"),
    ]
    assert {x.deed.who for x in newest} == {cast.people["author"].id}


def test_what_cannot_be_written_into_the_log_is_not_handed_out(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(cast.campus.office, "record", full)
    answer = cast.visitor("author").ask("GET", "/studio/sore-knee/file")
    assert (answer.status_code, "sore-knee" in answer.text) == (503, False)
