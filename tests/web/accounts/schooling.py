"""The site with an institution whose people come to it, and tokens that it did not sign."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from pydantic import SecretStr

from simulator.accounts.institution import REFUSED
from simulator.accounts.people import Person
from simulator.encounter.encounter import Encounters
from simulator.settings import Settings
from simulator.store.assignments import AssignmentStore
from simulator.store.database import connect
from simulator.store.identities import IdentityStore
from simulator.store.people import PeopleStore
from simulator.store.repository import Repository
from simulator.web.accounts.institution import open_institution
from simulator.web.server import create
from tests.accounts.conftest import Office
from tests.encounter.conftest import Clock
from tests.provider import CLIENT, SECRET, Provider, key
from tests.web.accounts.conftest import BASE, Unread, Visitor, settings_with_accounts

NUMBERS = itertools.count()
START = "/account/institution"


@dataclass(frozen=True)
class School:
    """The site, and the institution whose people come to it."""

    client: TestClient
    office: Office
    provider: Provider
    clock: Clock
    settings: Settings

    def visitor(self) -> Visitor:
        return Visitor(self.client)

    def invited(self, role: str = "resident") -> Person:
        email = f"s{next(NUMBERS)}@school.edu"
        programme = "" if role == "admin" else "im"
        return self.office.invite(None, email, "Ana Ruiz", role, programme)[0]

    def sent(self, visitor: Visitor, after: str = "") -> str:
        """Where a browser is sent to sign in."""
        answer = visitor.see(START + (f"?next={after}" if after else ""))
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def enter(self, visitor: Visitor, **claims: Any) -> Any:
        """Go to the institution, sign in there as somebody, and come back."""
        back = self.provider.sign_in(self.sent(visitor), **claims)
        return visitor.see(back.removeprefix(BASE))

    def as_(self, person: Person, **claims: Any) -> dict[str, Any]:
        verified = {"email": person.email, "email_verified": True}
        return {"sub": f"sub-{person.id}", "name": "Ana", **verified, **claims}

    def last(self) -> tuple[str, str, str]:
        deed = next(self.office.people.log(newest=1)).deed
        return deed.what, deed.row, deed.detail


@contextmanager
def opened(
    folder: Path, data_dir: Path, provider: Provider, clock: Clock, **more: Any
) -> Iterator[School]:
    plain = settings_with_accounts(folder / "scripts", data_dir)
    named = {"oidc_client_id": CLIENT, "oidc_client_secret": SecretStr(SECRET)}
    settings = plain.model_copy(update={"oidc_issuer": provider.issuer, **named, **more})
    database = connect(folder / "encounters.sqlite3")
    office = Office(PeopleStore(database), now=clock)
    institution = open_institution(settings, office, IdentityStore(database))
    encounters = Encounters(Unread(settings), Repository(database), clock)
    site = create(encounters, AssignmentStore(database), office, institution)
    with TestClient(site, base_url=BASE) as client:
        yield School(client, office, provider, clock, settings)
    database.dispose()


def refused(school: School, answer: Any, why: str) -> None:
    """One sentence, no session, and a line of the log that says more."""
    assert answer.status_code == 403
    assert REFUSED in answer.text and why not in answer.text
    assert "vsp_session" not in str(answer.headers.get_list("set-cookie"))
    what, _, detail = school.last()
    assert (what, why in detail) == ("failed to sign in", True), detail


def hs256(claims: dict[str, Any]) -> str:
    """A token signed with the published key as if it were a secret that both sides know."""
    return forged({"alg": "HS256", "kid": "first"}, claims, key("first").as_pem(private=False))


def forged(header: dict[str, Any], claims: dict[str, Any], secret: bytes = b"") -> str:
    parts = (json.dumps(part).encode() for part in (header, claims))
    said = b".".join(base64.urlsafe_b64encode(p).rstrip(b"=") for p in parts)
    seal = hmac.new(secret, said, hashlib.sha256).digest() if secret else b""
    return (said + b"." + base64.urlsafe_b64encode(seal).rstrip(b"=")).decode()


def unsigned(claims: dict[str, Any]) -> str:
    return forged({"alg": "none"}, claims)


def by_another(claims: dict[str, Any]) -> str:
    """A token signed by a stranger who says to be the known key."""
    from joserfc import jwt

    return jwt.encode({"alg": "RS256", "kid": "first"}, claims, key("stranger"))


def own_key(claims: dict[str, Any]) -> str:
    """A token that brings the key along that is to be believed."""
    from joserfc import jwt

    stranger = key("stranger")
    header = {"alg": "RS256", "kid": "first", "jwk": stranger.as_dict(private=False)}
    return jwt.encode(header, claims, stranger)
