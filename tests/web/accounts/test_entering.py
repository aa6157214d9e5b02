"""Coming in and going out: sign-in, invitation, consent, and what a form must carry."""

from __future__ import annotations

import itertools

import pytest

from simulator.accounts.people import Person
from simulator.web.cookies import SESSION
from tests.accounts.conftest import GOOD
from tests.web.accounts.conftest import Campus, Visitor

NUMBERS = itertools.count()


def resident(campus: Campus, role: str = "resident") -> Person:
    return campus.office.hire(f"p{next(NUMBERS)}@x.edu", role, "im")


def newcomer(campus: Campus) -> tuple[Person, str]:
    return campus.office.invite(None, f"n{next(NUMBERS)}@x.edu", "Ana Ruiz", "resident", "im")


def test_whoever_has_not_signed_in_is_led_to_the_sign_in_and_back(campus: Campus) -> None:
    ana, visitor = resident(campus), campus.visitor()
    led = visitor.see("/practice/encounter?case=sore-knee")
    assert (led.status_code, led.headers["location"]) == (
        303,
        "/account/sign-in?next=/practice/encounter%3Fcase%3Dsore-knee",
    )
    into = {"email": ana.email, "password": GOOD, "next": "/practice/encounter?case=sore-knee"}
    let_in = visitor.send(led.headers["location"], "/account/sign-in", **into)
    assert (let_in.status_code, let_in.headers["location"]) == (303, into["next"])
    assert visitor.see(into["next"]).status_code == 200


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "evil", "javascript:x"],
)
def test_nobody_is_led_away_after_the_sign_in(campus: Campus, elsewhere: str) -> None:
    visitor = campus.visitor()
    into = {"email": resident(campus).email, "password": GOOD, "next": elsewhere}
    let_in = visitor.send("/account/sign-in", **into)
    assert let_in.headers["location"] == "/practice/"


def test_a_wrong_password_is_said_on_the_page_and_gives_no_session(campus: Campus) -> None:
    visitor = campus.visitor()
    answer = visitor.send("/account/sign-in", email=resident(campus).email, password="wrong words")
    assert (answer.status_code, "do not belong together" in answer.text) == (401, True)
    assert visitor.secret == ""


def test_a_sign_in_makes_a_new_secret_and_the_old_one_is_dead(campus: Campus) -> None:
    ana = resident(campus)
    visitor = campus.signed_in(ana)
    old = visitor.secret
    stranger = campus.visitor()
    stranger.secret = "A" * 43  # a secret that somebody else chose
    stranger.send("/account/sign-in", email=ana.email, password=GOOD)
    assert stranger.secret not in (old, "A" * 43)
    visitor.send("/account/", "/account/sign-out")
    again = Visitor(campus.client, old)
    assert again.see("/practice/").status_code == 303
    assert stranger.see("/practice/").status_code == 200


def test_the_session_cookie_is_out_of_reach_for_scripts_and_other_sites(campus: Campus) -> None:
    visitor = campus.visitor()
    let_in = visitor.send("/account/sign-in", email=resident(campus).email, password=GOOD)
    (cookie,) = [c for c in let_in.headers.get_list("set-cookie") if c.startswith(SESSION)]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Max-Age" not in cookie


def test_an_invitation_leads_by_the_password_and_the_terms_into_the_room(campus: Campus) -> None:
    ana, token = newcomer(campus)
    visitor = campus.visitor()
    page = visitor.see(f"/account/invitation/{token}")
    assert (page.status_code, ana.email in page.text) == (200, True)
    assert page.headers["referrer-policy"] == "same-origin"
    chosen = visitor.send(f"/account/invitation/{token}", password=GOOD)
    assert chosen.headers["location"] == "/practice/"
    to_terms = visitor.see("/practice/")
    assert to_terms.headers["location"].startswith("/account/consent?next=")
    terms = visitor.see("/account/consent")
    assert "This is a simulation" in terms.text
    assert visitor.send("/account/consent").status_code == 422  # without the tick
    assert visitor.see("/practice/").status_code == 303
    agreed = visitor.send("/account/consent", agree="yes", next="/practice/")
    assert agreed.headers["location"] == "/practice/"
    assert visitor.see("/practice/").status_code == 200
    assert visitor.see(f"/account/invitation/{token}").status_code == 403


def test_before_the_terms_are_agreed_to_nothing_is_open(campus: Campus) -> None:
    _, token = newcomer(campus)
    secret = campus.office.accept(token, GOOD)
    visitor = Visitor(campus.client, secret)
    call = visitor.ask("POST", "/practice/gradio_api/call/library", json={"data": ["", "", ""]})
    assert (call.status_code, "accept the terms" in call.text) == (403, True)


@pytest.mark.parametrize("form", ["", "0" * 64])
@pytest.mark.parametrize("path", ["/account/sign-in", "/account/sign-out", "/account/password"])
def test_a_form_that_was_made_elsewhere_does_nothing(campus: Campus, path: str, form: str) -> None:
    ana = resident(campus)
    visitor = campus.signed_in(ana)
    answer = visitor.ask("POST", path, data={"form": form, "email": ana.email, "password": GOOD})
    assert (answer.status_code, "Reload it" in answer.text) == (403, True)
    assert visitor.see("/practice/").status_code == 200


@pytest.mark.parametrize("origin", ["", "null", "http://evil.example"])
@pytest.mark.parametrize("path", ["/account/sign-in", "/practice/gradio_api/call/library"])
def test_a_change_without_the_origin_of_our_own_page_is_refused(
    campus: Campus, path: str, origin: str
) -> None:
    visitor = campus.signed_in(resident(campus))
    assert visitor.ask("POST", path, origin=origin, json={}).status_code == 403


def test_a_form_of_one_person_is_none_of_another(campus: Campus) -> None:
    mine, theirs = (campus.signed_in(resident(campus)) for _ in range(2))
    page = theirs.see("/account/").text
    form = page.partition('name="form" value="')[2][:64]
    assert mine.ask("POST", "/account/sign-out", data={"form": form}).status_code == 403


def test_a_session_ends_by_itself_and_the_page_leads_to_the_sign_in(campus: Campus) -> None:
    visitor = campus.signed_in(resident(campus))
    campus.clock.forward(minutes=61)
    assert visitor.see("/practice/").headers["location"].startswith("/account/sign-in")
    assert visitor.ask("GET", "/practice/config").status_code == 401


def test_a_changed_password_signs_out_all_others(campus: Campus) -> None:
    ana = resident(campus)
    here, there = campus.signed_in(ana), campus.signed_in(ana)
    fields = {"old": GOOD, "new": "eight loud blue herons"}
    done = here.send("/account/", "/account/password", **fields)
    assert done.headers["location"] == "/account/?did=changed"
    assert "password is changed" in here.see(done.headers["location"]).text
    assert there.see("/practice/").status_code == 303
    wrong = here.send("/account/", "/account/password", **fields)
    assert (wrong.status_code, "do not belong together" in wrong.text) == (422, True)


def test_signed_out_everywhere_nothing_is_open_anywhere(campus: Campus) -> None:
    ana = resident(campus)
    here, there = campus.signed_in(ana), campus.signed_in(ana)
    here.send("/account/", "/account/everywhere")
    assert (here.secret, there.see("/practice/").status_code) == ("", 303)


def test_everybody_comes_first_to_what_is_theirs(campus: Campus) -> None:
    for role, first in (("resident", "/practice/"), ("author", "/account/")):
        visitor = campus.signed_in(resident(campus, role))
        assert visitor.see("/").headers["location"] == first
    page = visitor.see("/account/").text
    assert "/studio/" in page and "/account/people" not in page and "/account/log" not in page


def test_no_account_page_may_be_kept_or_framed_or_run_a_script(campus: Campus) -> None:
    headers = campus.visitor().see("/account/sign-in").headers
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "script-src" not in headers["content-security-policy"]


def test_one_asks_for_a_copy_of_the_own_record_once_and_sees_that_it_waits(campus: Campus) -> None:
    ana = campus.office.hire("ana-record@x.edu", "resident", "im")
    visitor = campus.signed_in(ana)
    what = "asked for a copy of the own record"
    done = visitor.send("/account/", "/account/record", what=what)
    assert done.headers["location"] == "/account/?did=asked"
    page = visitor.see("/account/?did=asked").text
    assert "It is noted" in page and "it waits to be seen to" in page
    assert f'value="{what}"' not in page and "Ask to have it erased" in page
    visitor.send("/account/", "/account/record", what=what)
    assert [r.deed.what for r in campus.office.people.requests(ana.id)] == [what]
    assert visitor.send("/account/", "/account/record", what="nonsense").status_code == 403
