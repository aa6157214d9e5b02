"""Accounts: who gets in, for how long, and who may see to whom."""

from __future__ import annotations

import pytest

from simulator.accounts import accounts
from simulator.accounts.accounts import INVITED_FOR, MOST_FAILED
from simulator.accounts.people import GRANTS, Permission, Role, alone
from simulator.errors import NotAllowed
from tests.accounts.conftest import GOOD, Office
from tests.encounter.conftest import Clock

WRONG = "do not belong together"


def told(office: Office) -> list[str]:
    """What the audit log says was done, in order."""
    return [line.deed.what for line in office.people.log()]


def test_an_invitation_makes_a_person_who_gets_in_by_the_password(office: Office) -> None:
    ana, token = office.invite(None, " Ana@Example.edu ", "Ana  Ruiz", "resident", "im-2026")
    assert (ana.email, ana.name, ana.joined) == ("ana@example.edu", "Ana Ruiz", False)
    inside = office.session(office.accept(token, GOOD))
    assert inside is not None and inside.id == ana.id and inside.joined
    again = office.session(office.sign_in("ANA@example.edu ", GOOD, "here"))
    assert again is not None and again.id == ana.id
    assert told(office) == ["invited", "made a link", "chose a password", "signed in", "signed in"]


def test_a_link_works_once(office: Office) -> None:
    _, token = office.invite(None, "ana@x.edu", "Ana", "resident", "im")
    office.accept(token, GOOD)
    with pytest.raises(NotAllowed, match="This link was used"):
        office.accept(token, "another good phrase")
    with pytest.raises(NotAllowed, match="This link was used"):
        office.invited("made up")


def test_a_link_ends_after_seven_days_and_when_a_newer_one_is_made(
    office: Office, clock: Clock
) -> None:
    ana, first = office.invite(None, "ana@x.edu", "Ana", "resident", "im")
    _, second = office.new_link(None, ana.id)
    with pytest.raises(NotAllowed):
        office.invited(first)
    clock.forward(seconds=INVITED_FOR.total_seconds() + 1)
    with pytest.raises(NotAllowed):
        office.invited(second)


def test_a_password_that_will_not_do_leaves_the_link_as_it_is(office: Office) -> None:
    ana, token = office.invite(None, "ana@x.edu", "Ana Ruiz", "resident", "im")
    with pytest.raises(NotAllowed, match="at least 12"):
        office.accept(token, "short")
    assert office.invited(token).id == ana.id


def test_a_new_password_ends_all_sessions(office: Office) -> None:
    ana = office.hire("ana@x.edu", "resident", "im")
    old = office.sign_in(ana.email, GOOD, "here")
    new = office.change_password(ana, GOOD, "eight loud blue herons", "here")
    assert office.session(old) is None
    assert office.session(new) is not None
    with pytest.raises(NotAllowed, match=WRONG):
        office.sign_in(ana.email, GOOD, "here")


def test_a_wrong_password_and_an_unknown_address_read_alike(office: Office) -> None:
    office.hire("ana@x.edu", "resident", "im")
    said = []
    for email in ("ana@x.edu", "nobody@x.edu", "not an address"):
        with pytest.raises(NotAllowed) as caught:
            office.sign_in(email, "the wrong words", "here")
        said.append(str(caught.value))
    assert len(set(said)) == 1 and WRONG in said[0]


@pytest.mark.parametrize("email", ["ana@x.edu", "nobody@x.edu"])
def test_ten_failures_lock_an_address_for_a_quarter_of_an_hour(
    office: Office, clock: Clock, email: str
) -> None:
    office.hire("ana@x.edu", "resident", "im")
    for number in range(MOST_FAILED):
        with pytest.raises(NotAllowed, match=WRONG):
            office.sign_in(email, "the wrong words", f"machine {number}")
    with pytest.raises(NotAllowed, match="Too many"):
        office.sign_in(email, GOOD, "yet another")
    assert told(office)[-1] == "was locked out"
    clock.forward(minutes=15, seconds=1)
    if email == "ana@x.edu":
        assert office.session(office.sign_in(email, GOOD, "here")) is not None


def test_one_machine_cannot_try_everybody(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MOST_FAILED_FROM", 12)
    ana = office.hire("ana@x.edu", "resident", "im")
    for number in range(12):
        with pytest.raises(NotAllowed, match=WRONG):
            office.sign_in(f"p{number}@x.edu", "the wrong words", "here")
    with pytest.raises(NotAllowed, match="Too many"):
        office.sign_in(ana.email, GOOD, "here")
    assert office.session(office.sign_in(ana.email, GOOD, "elsewhere")) is not None


def test_a_sign_in_that_succeeds_wipes_out_what_failed(office: Office) -> None:
    ana = office.hire("ana@x.edu", "resident", "im")
    for _ in range(2):
        for _ in range(MOST_FAILED - 1):
            with pytest.raises(NotAllowed, match=WRONG):
                office.sign_in(ana.email, "the wrong words", "here")
        office.sign_in(ana.email, GOOD, "here")


def test_a_session_ends_unused_after_an_hour(office: Office, clock: Clock) -> None:
    ana = office.hire("ana@x.edu", "resident", "im")
    secret = office.sign_in(ana.email, GOOD, "here")
    for _ in range(3):
        clock.forward(minutes=59)
        assert office.session(secret) is not None
    clock.forward(minutes=61)
    assert office.session(secret) is None


def test_a_page_that_stands_open_by_itself_keeps_no_session(office: Office, clock: Clock) -> None:
    ana = office.hire("ana@x.edu", "resident", "im")
    secret = office.sign_in(ana.email, GOOD, "here")
    for _ in range(4):
        clock.forward(minutes=20)
        last = office.session(secret, in_use=False)
    assert last is None


def test_a_session_in_use_ends_after_twelve_hours(office: Office, clock: Clock) -> None:
    ana = office.hire("ana@x.edu", "resident", "im")
    secret = office.sign_in(ana.email, GOOD, "here")
    for _ in range(24):
        clock.forward(minutes=30)
        assert office.session(secret) is not None
    clock.forward(minutes=1)
    assert office.session(secret) is None


def test_signing_out_ends_one_session_and_everywhere_all(office: Office) -> None:
    ana = office.hire("ana@x.edu", "resident", "im")
    one, two = (office.sign_in(ana.email, GOOD, "here") for _ in range(2))
    office.sign_out(ana, one)
    assert (office.session(one), office.session(two) is None) == (None, False)
    office.sign_out(ana)
    assert office.session(two) is None


def test_a_closed_account_is_out_at_once_with_its_links(office: Office) -> None:
    ana = office.hire("ana@x.edu", "resident", "im")
    secret = office.sign_in(ana.email, GOOD, "here")
    _, token = office.new_link(None, ana.id)
    office.close(None, ana.id)
    assert office.session(secret) is None
    with pytest.raises(NotAllowed, match=WRONG):
        office.sign_in(ana.email, GOOD, "here")
    with pytest.raises(NotAllowed, match="This link was used"):
        office.accept(token, "another good phrase")
    office.reopen(None, ana.id)
    assert office.session(secret) is None
    assert office.session(office.sign_in(ana.email, GOOD, "here")) is not None


def test_a_changed_role_holds_in_the_session_that_is_open(office: Office) -> None:
    rea = office.hire("rea@x.edu", "reviewer", "im")
    secret = office.sign_in(rea.email, GOOD, "here")
    office.change_role(None, rea.id, "resident", "im")
    now = office.session(secret)
    assert now is not None and now.role == Role.RESIDENT
    assert not now.may(Permission.READ_ENCOUNTERS)


def test_consent_given_late_brings_no_old_role_back(office: Office) -> None:
    rea = office.hire("rea@x.edu", "reviewer", "im")
    office.change_role(None, rea.id, "resident", "im")
    office.consent(rea, "2")
    now = office.people.person(rea.id)
    assert now is not None and (now.role, now.consented) == (Role.RESIDENT, "2")


@pytest.mark.parametrize(
    ("by", "role", "programme", "may"),
    [
        ("admin", "admin", "", True),
        ("admin", "course lead", "other", True),
        ("course lead", "resident", "im", True),
        ("course lead", "reviewer", "im", True),
        ("course lead", "resident", "other", False),
        ("course lead", "course lead", "im", False),
        ("course lead", "admin", "", False),
        ("course lead", "auditor", "im", False),
        ("author", "resident", "im", False),
        ("reviewer", "resident", "im", False),
        ("auditor", "auditor", "", False),
        ("resident", "resident", "im", False),
    ],
)
def test_nobody_gives_more_than_is_theirs_to_give(
    office: Office, by: str, role: str, programme: str, may: bool
) -> None:
    over_all = by in ("admin", "auditor")
    boss = office.hire("boss@x.edu", by, "" if over_all else "im")
    new = office.hire("new@x.edu", "resident", "im")
    for step in (
        lambda: office.invite(boss, "a@x.edu", "A", role, programme),
        lambda: office.change_role(boss, new.id, role, programme),
    ):
        if may:
            step()
        else:
            with pytest.raises(NotAllowed):
                step()


def test_a_lead_cannot_touch_other_leads_other_programmes_or_themselves(office: Office) -> None:
    lead = office.hire("lead@x.edu", "course lead", "im")
    others = [
        office.hire("lead2@x.edu", "course lead", "im"),
        office.hire("far@x.edu", "resident", "surgery"),
        office.hire("admin@x.edu", "admin"),
        lead,
    ]
    near = office.hire("near@x.edu", "resident", "im")
    assert [p.id for p in office.people_of(lead)] == [near.id]
    for other in others:
        for step in (office.close, office.reopen, office.new_link):
            with pytest.raises(NotAllowed, match="no such person"):
                step(lead, other.id)


@pytest.mark.parametrize(
    ("email", "name", "role", "programme"),
    [
        ("ana", "Ana", "resident", "im"),
        ("ana@x.edu", " ", "resident", "im"),
        ("ana@x.edu", "Ana", "single user", "im"),
        ("ana@x.edu", "Ana", "king", "im"),
        ("ana@x.edu", "Ana", "resident", ""),
        ("ana@x.edu", "Ana", "resident", "../im"),
        ("ana@x.edu", "Ana", "course lead", ""),
    ],
)
def test_what_makes_no_person_is_refused(
    office: Office, email: str, name: str, role: str, programme: str
) -> None:
    with pytest.raises(NotAllowed):
        office.invite(None, email, name, role, programme)
    assert office.people.everybody() == []


def test_one_address_has_one_account(office: Office) -> None:
    office.hire("ana@x.edu", "resident", "im")
    with pytest.raises(NotAllowed, match="has an account already"):
        office.invite(None, "ANA@x.edu", "Ana", "resident", "im")


def test_an_auditor_knows_people_by_pseudonym_and_a_reviewer_by_name(office: Office) -> None:
    ana = office.hire("ana@x.edu", "resident", "im")
    auditor, rea = office.hire("au@x.edu", "auditor"), office.hire("rea@x.edu", "reviewer", "im")
    assert auditor.calls(ana) == ana.pseudonym and "ana" not in ana.pseudonym.lower()
    assert rea.calls(ana) == "Ana"
    assert auditor.calls(auditor) == "Au"


def test_rows_of_another_programme_are_out_of_reach(office: Office) -> None:
    rea, all_of_them = office.hire("rea@x.edu", "reviewer", "im"), office.hire("a@x.edu", "auditor")
    assert [rea.reaches(p) for p in ("im", "surgery", "")] == [True, False, False]
    assert all_of_them.reaches("surgery")


def test_every_role_has_its_permissions_and_nobody_is_given_the_single_user_s() -> None:
    assert set(GRANTS) == set(Role)
    assert not alone("x").may(Permission.MANAGE_PEOPLE)
