"""The page of people and the log: inviting, changing roles, shutting out, and under which names."""

from __future__ import annotations

import re

from simulator.accounts.people import Role
from tests.accounts.conftest import GOOD
from tests.web.accounts.conftest import Campus

PEOPLE = "/account/people"


def test_an_invitation_from_the_page_shows_its_link_once(campus: Campus) -> None:
    admin = campus.signed_in(campus.office.hire("ada@x.edu", "admin"))
    fields = {"name": "Ana Ruiz", "email": "ana@x.edu", "role": "resident", "programme": "im"}
    made = admin.send(PEOPLE, **fields)
    link = re.search(
        r"<code>http://127\.0\.0\.1:7860(/account/invitation/[\w-]+)</code>", made.text
    )
    assert made.status_code == 200 and link is not None
    assert "/account/invitation/" not in admin.see(PEOPLE).text
    guest = campus.visitor()
    assert guest.send(link[1], password=GOOD).headers["location"] == "/practice/"
    again = admin.send(PEOPLE, **fields)
    assert (again.status_code, "has an account already" in again.text) == (422, True)


def test_a_role_is_changed_and_an_account_closed_from_the_page(campus: Campus) -> None:
    admin = campus.signed_in(campus.office.hire("ada2@x.edu", "admin"))
    ben = campus.office.hire("ben@x.edu", "resident", "im")
    his = campus.signed_in(ben)
    admin.send(PEOPLE, f"{PEOPLE}/{ben.id}/role", role="author", programme="im")
    now = campus.office.people.person(ben.id)
    assert now is not None and now.role == Role.AUTHOR
    assert his.ask("GET", "/studio/new").status_code == 200
    admin.send(PEOPLE, f"{PEOPLE}/{ben.id}/close")
    assert his.ask("GET", "/studio/new").status_code == 401
    admin.send(PEOPLE, f"{PEOPLE}/{ben.id}/reopen")
    assert campus.signed_in(ben).ask("GET", "/studio/new").status_code == 200


def test_a_lead_sees_and_moves_the_own_programme_s_people_alone(campus: Campus) -> None:
    lead = campus.signed_in(campus.office.hire("lead@x.edu", "course lead", "im"))
    near = campus.office.hire("near@x.edu", "resident", "im")
    far = campus.office.hire("far@x.edu", "resident", "surgery")
    page = lead.see(PEOPLE).text
    assert near.email in page and far.email not in page
    refused = lead.send(PEOPLE, f"{PEOPLE}/{far.id}/close")
    assert (refused.status_code, "no such person" in refused.text) == (403, True)
    risen = lead.send(PEOPLE, f"{PEOPLE}/{near.id}/role", role="admin", programme="")
    assert risen.status_code == 403


def test_the_log_names_people_to_an_admin_and_hides_them_from_an_auditor(campus: Campus) -> None:
    cleo = campus.office.hire("cleo@x.edu", "resident", "im")
    campus.office.sign_in(cleo.email, GOOD, "here")
    admin = campus.signed_in(campus.office.hire("ada3@x.edu", "admin"))
    auditor = campus.signed_in(campus.office.hire("au@x.edu", "auditor"))
    assert cleo.name in admin.see("/account/log").text
    hidden = auditor.see("/account/log").text
    assert cleo.pseudonym in hidden and cleo.name not in hidden and cleo.email not in hidden
