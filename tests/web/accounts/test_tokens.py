"""The page of one's own tokens."""

from __future__ import annotations

import re

from tests.web.accounts.conftest import FORM, Campus, Visitor

TOKENS = "/account/tokens"


def made(visitor: Visitor, **fields: object) -> str:
    """The page that comes when the form is sent so filled in."""
    form = FORM.search(visitor.see(TOKENS).text)
    assert form is not None
    sent = {"form": form[1], "name": "Night script", "days": "30", "scope": ["cases:read"]}
    return str(visitor.ask("POST", TOKENS, data={**sent, **fields}).text)


def test_a_token_is_shown_once_listed_and_taken_back(campus: Campus) -> None:
    ana = campus.office.hire("ana-token@x.edu", "resident", "im")
    visitor = campus.signed_in(ana)
    assert TOKENS in visitor.see("/account/").text
    secret = re.search(r"<code>(vsp_[\w-]{43})</code>", made(visitor))
    assert secret is not None and campus.office.tokens.opens(secret[1]) is not None
    listed = visitor.see(TOKENS).text
    assert "Night script" in listed and "cases:read" in listed and "vsp_" not in listed
    token = campus.office.tokens.of(ana)[0]
    visitor.send(TOKENS, f"{TOKENS}/{token.id}/end")
    assert campus.office.tokens.opens(secret[1]) is None
    assert "Take back" not in visitor.see(TOKENS).text


def test_a_form_that_does_not_fit_says_what_would_and_keeps_what_was_typed(campus: Campus) -> None:
    visitor = campus.signed_in(campus.office.hire("ben-token@x.edu", "resident", "im"))
    assert "at least one scope" in made(visitor, scope=[])
    again = made(visitor, days="9999999", scope=["scores:read"])
    assert "1 to 366 days" in again
    assert 'value="Night script"' in again and 'value="scores:read" checked' in again


def test_nobody_sees_or_ends_another_s_token(campus: Campus) -> None:
    ana = campus.office.hire("cy-token@x.edu", "resident", "im")
    token, secret = campus.office.tokens.make(ana, ana, "Hers", ["cases:read"], 9)
    thief = campus.signed_in(campus.office.hire("thief-token@x.edu", "admin"))
    assert "Hers" not in thief.see(TOKENS).text
    assert thief.send(TOKENS, f"{TOKENS}/{token.id}/end").status_code == 403
    assert campus.office.tokens.opens(secret) is not None


def test_a_form_from_elsewhere_makes_no_token(campus: Campus) -> None:
    ana = campus.office.hire("dee-token@x.edu", "resident", "im")
    sent = {"name": "x", "days": "9", "scope": ["cases:read"]}
    answer = campus.signed_in(ana).ask("POST", TOKENS, data=sent)
    assert (answer.status_code, campus.office.tokens.of(ana)) == (403, [])
