"""Tokens: whom they let in, for what and how long, and how they end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from simulator.accounts.tokens import MOST_DAYS, MOST_TOKENS, Scope
from simulator.errors import NotAllowed
from simulator.store.tables import Base
from tests.accounts.conftest import GOOD, Office, clock, office
from tests.encounter.conftest import Clock

__all__ = ["clock", "office"]
READ = (Scope.CASES_READ,)


def told(office: Office) -> list[tuple[str, str]]:
    """The newest two lines of the audit log: what was done, and more of it."""
    return [(x.deed.what, x.deed.detail) for x in office.people.log(newest=2)]


def test_a_token_lets_its_person_in_as_they_are_now(office: Office) -> None:
    ana = office.hire("ana@x.edu", "reviewer", "im")
    made, secret = office.tokens.make(ana, ana, " My  script ", ["cases:read", "scores:read"], 30)
    found = office.tokens.opens(secret)
    assert found is not None and found[0].id == ana.id
    assert (made.name, found[1].scopes) == ("My script", {Scope.CASES_READ, Scope.SCORES_READ})
    office.change_role(None, ana.id, "resident", "surgery")
    found = office.tokens.opens(secret)
    assert found is not None
    assert (found[0].role, found[0].programme) == ("resident", "surgery")


def test_of_a_secret_the_digest_alone_is_kept(office: Office) -> None:
    ana = office.hire("ana@x.edu", "resident", "im")
    _, secret = office.tokens.make(ana, ana, "x", READ, 1)
    engine = office.people.engine  # type: ignore[attr-defined]
    with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            assert secret not in str(connection.execute(table.select()).all())


@pytest.mark.parametrize(
    ("name", "scopes", "days", "why"),
    [
        (" ", READ, 1, "Give the token a name"),
        ("x", (), 1, "at least one scope of cases:read"),
        ("x", ("cases:write",), 1, "'cases:write' is not one of cases:read"),
        ("x", READ, 0, f"1 to {MOST_DAYS} days"),
        ("x", READ, MOST_DAYS + 1, f"1 to {MOST_DAYS} days"),
    ],
)
def test_a_token_that_does_not_fit_is_not_made(
    office: Office, name: str, scopes: tuple[str, ...], days: int, why: str
) -> None:
    ana = office.hire("ana@x.edu", "resident", "im")
    with pytest.raises(NotAllowed, match=why):
        office.tokens.make(ana, ana, name, scopes, days)
    assert office.tokens.of(ana) == []


def test_so_many_tokens_stand_at_once_and_one_that_ended_makes_room(office: Office) -> None:
    ana = office.hire("ana@x.edu", "resident", "im")
    made = [office.tokens.make(ana, ana, "x", READ, 1)[0] for _ in range(MOST_TOKENS)]
    with pytest.raises(NotAllowed, match="take one back first"):
        office.tokens.make(ana, ana, "x", READ, 1)
    office.tokens.end(ana, ana, made[0].id)
    office.tokens.make(ana, ana, "x", READ, 1)


@pytest.mark.parametrize("how", ["taken back", "run out", "closed", "a new password", "made up"])
def test_a_token_that_ended_opens_nothing(office: Office, clock: Clock, how: str) -> None:
    ana = office.hire("ana@x.edu", "resident", "im")
    made, secret = office.tokens.make(ana, ana, "x", READ, 2)
    end = {
        "taken back": lambda: office.tokens.end(ana, ana, made.id),
        "run out": lambda: clock.forward(seconds=timedelta(days=2).total_seconds()),
        "closed": lambda: (office.close(None, ana.id), office.reopen(None, ana.id)),
        "a new password": lambda: office.change_password(ana, GOOD, "eight loud blue herons", "x"),
        "made up": lambda: None,
    }
    assert office.tokens.opens(secret) is not None
    end[how]()
    given = secret[:-1] + ("A" if secret[-1] != "A" else "B") if how == "made up" else secret
    assert office.tokens.opens(given) is None


def test_nobody_takes_another_s_token_back_and_nobody_one_twice(office: Office) -> None:
    ana = office.hire("ana@x.edu", "resident", "im")
    ben = office.hire("ben@x.edu", "resident", "im")
    made, secret = office.tokens.make(ana, ana, "x", READ, 2)
    with pytest.raises(NotAllowed, match="no such token"):
        office.tokens.end(ben, ben, made.id)
    assert office.tokens.opens(secret) is not None
    office.tokens.end(ana, ana, made.id)
    with pytest.raises(NotAllowed, match="no such token"):
        office.tokens.end(ana, ana, made.id)


def test_when_a_token_was_used_last_is_kept_to_half_a_minute(office: Office, clock: Clock) -> None:
    ana = office.hire("ana@x.edu", "resident", "im")
    _, secret = office.tokens.make(ana, ana, "x", READ, 2)
    assert office.tokens.of(ana)[0].used_at is None
    began = clock()
    for seconds in (0, 10, 31):
        clock.forward(seconds=seconds)
        office.tokens.opens(secret)
        kept = office.tokens.of(ana)[0].used_at
        assert kept == (began if seconds < 31 else clock())


def test_making_and_taking_back_stand_in_the_log_without_the_secret(office: Office) -> None:
    ana = office.hire("ana@x.edu", "resident", "im")
    made, secret = office.tokens.make(ana, ana, "x", READ, 2)
    office.tokens.end(None, ana, made.id)
    assert told(office) == [
        ("took a token back", f"token {made.id}"),
        ("made a token", f"token {made.id}: cases:read, 2 days"),
    ]
    assert secret not in str(list(office.people.log()))
