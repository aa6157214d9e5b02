"""`python -m simulator accounts …`: the first admin, and what an operator does with people."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from simulator.accounts import ledger
from simulator.accounts.people import Person, Role, as_email
from simulator.accounts.tokens import MOST_DAYS, Scope
from simulator.errors import NotAllowed
from simulator.settings import Settings

if TYPE_CHECKING:
    from simulator.accounts.accounts import Accounts

Command = Callable[[argparse.Namespace, Settings], int]
Adding = Callable[[str, Command, str], argparse.ArgumentParser]
ROLES = [r.value for r in Role if r != Role.ALONE]


def add_accounts(add: Adding) -> None:
    """The command and its deeds."""
    command = add("accounts", _run, "invite people, give roles, close accounts, read the audit log")
    deeds = command.add_subparsers(required=True, dest="deed", metavar="DEED")
    deeds.add_parser("list", help="all people")
    invite = deeds.add_parser("invite", help="make an account, and the link to its password")
    invite.add_argument("email")
    invite.add_argument("--name", required=True)
    invite.add_argument("--role", choices=ROLES, default=Role.RESIDENT.value)
    _add_programme(invite)
    link = deeds.add_parser("link", help="make a new link to a password")
    link.add_argument("email")
    for parser in (invite, link):
        parser.add_argument("--address", help="where the program is reached, for the link")
    role = deeds.add_parser("role", help="give a person another role")
    role.add_argument("email")
    role.add_argument("role", choices=ROLES)
    _add_programme(role)
    deeds.add_parser("close", help="shut somebody out, at once").add_argument("email")
    deeds.add_parser("reopen", help="let somebody in again").add_argument("email")
    _add_token(deeds.add_parser("token", help="what lets a person's own programs in"))
    log = deeds.add_parser("log", help="print the audit log")
    log.add_argument("--check", action="store_true", help="only look whether it is whole")
    log.add_argument("--seal", default="", help="a seal that was written down earlier")


def _add_token(command: argparse.ArgumentParser) -> None:
    steps = command.add_subparsers(required=True, dest="step", metavar="STEP")
    make = steps.add_parser("make", help="make a token; it is printed this once")
    make.add_argument("email", help="as whom it comes in")
    make.add_argument("--name", required=True, help="what it is for")
    make.add_argument(
        "--scope", action="append", required=True, choices=list(Scope), help="may be repeated"
    )
    make.add_argument("--days", type=int, default=90, help=f"how long it stands, up to {MOST_DAYS}")
    steps.add_parser("list", help="a person's tokens").add_argument("email")
    end = steps.add_parser("end", help="take a token back, at once")
    end.add_argument("email")
    end.add_argument("id", help="as the list has it")


def _add_programme(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--programme", default="", help="its short name, such as im-2026")


def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    from simulator.accounts.accounts import Accounts
    from simulator.store.database import connect
    from simulator.store.people import PeopleStore

    people = PeopleStore(connect(settings.store))
    try:
        accounts = Accounts(people, now=lambda: datetime.now(UTC))
        return DEEDS[arguments.deed](arguments, settings, accounts)
    finally:
        people.engine.dispose()


def _found(accounts: Accounts, email: str) -> Person:
    person = accounts.people.by_email(as_email(email))
    if person is None:
        raise NotAllowed(f"There is no account for {email!r}; invite the person first.")
    return person


def _list(arguments: argparse.Namespace, settings: Settings, accounts: Accounts) -> int:
    for person in accounts.people.everybody():
        state = "closed" if not person.active else "active" if person.joined else "invited"
        where = person.programme or "all programmes"
        print("\t".join((person.email, person.name, person.role.value, where, state)))
    return 0


def _invite(arguments: argparse.Namespace, settings: Settings, accounts: Accounts) -> int:
    a = arguments
    person, token = accounts.invite(None, a.email, a.name, a.role, a.programme)
    return _say(person, token, a.address, settings)


def _link(arguments: argparse.Namespace, settings: Settings, accounts: Accounts) -> int:
    person, token = accounts.new_link(None, _found(accounts, arguments.email).id)
    return _say(person, token, arguments.address, settings)


def _say(person: Person, token: str, address: str | None, settings: Settings) -> int:
    host = f"https://{settings.hosts[0]}" if settings.hosts else f"http://127.0.0.1:{settings.port}"
    base = (address or host + settings.root_path).rstrip("/")
    print(f"{base}/account/invitation/{token}")
    about = f"{person.name} ({person.email}), {person.role.value}"
    print(f"{about}: the link works once, for seven days. Send it yourself.", file=sys.stderr)
    if not settings.accounts:
        print("Accounts are off: serve with VSP_ACCOUNTS=1.", file=sys.stderr)
    return 0


def _role(arguments: argparse.Namespace, settings: Settings, accounts: Accounts) -> int:
    person = _found(accounts, arguments.email)
    changed = accounts.change_role(
        None, person.id, arguments.role, arguments.programme or person.programme
    )
    print(f"{changed.email}: {changed.role.value}, {changed.programme or 'all programmes'}")
    return 0


def _close(arguments: argparse.Namespace, settings: Settings, accounts: Accounts) -> int:
    person = accounts.close(None, _found(accounts, arguments.email).id)
    print(f"{person.email}: closed; all sessions have ended")
    return 0


def _reopen(arguments: argparse.Namespace, settings: Settings, accounts: Accounts) -> int:
    person = accounts.reopen(None, _found(accounts, arguments.email).id)
    print(f"{person.email}: open again")
    return 0


def _token(arguments: argparse.Namespace, settings: Settings, accounts: Accounts) -> int:
    whose, tokens = _found(accounts, arguments.email), accounts.tokens
    if arguments.step == "make":
        made, secret = tokens.make(None, whose, arguments.name, arguments.scope, arguments.days)
        print(secret)
        print(f"{made.name}: until {made.expires_at:%Y-%m-%d}, for {whose.email}", file=sys.stderr)
        print("It is not shown again. Keep it where passwords are kept.", file=sys.stderr)
    elif arguments.step == "end":
        tokens.end(None, whose, arguments.id)
        print(f"{whose.email}: the token is taken back")
    else:
        for token in tokens.of(whose):
            state = "open" if token.stands(accounts.now()) else "ended"
            used = f"{token.used_at:%Y-%m-%d %H:%M}" if token.used_at else "never used"
            until, scopes = f"{token.expires_at:%Y-%m-%d}", " ".join(sorted(token.scopes))
            print("\t".join((token.id, token.name, scopes, until, used, state)))
    return 0


def _log(arguments: argparse.Namespace, settings: Settings, accounts: Accounts) -> int:
    if not arguments.check:
        for line in accounts.people.log():
            deed = line.deed
            print("\t".join((line.at, deed.who, deed.what, deed.row, deed.detail)))
        return 0
    found = ledger.faults(accounts.people.log(), arguments.seal)
    for fault in found:
        print(fault)
    newest = next(accounts.people.log(newest=1), None)
    if newest is not None and not found:
        print(f"{newest.number} lines, whole. Write down the last seal: {newest.seal}")
    return 1 if found else 0


DEEDS: dict[str, Callable[[argparse.Namespace, Settings, Accounts], int]] = {
    "list": _list,
    "invite": _invite,
    "link": _link,
    "role": _role,
    "close": _close,
    "reopen": _reopen,
    "token": _token,
    "log": _log,
}
