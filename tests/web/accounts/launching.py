"""A little learning platform, and the site to which it sends its people."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs

from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import KeySet

from simulator.accounts.institution import Vouched
from simulator.accounts.people import Person
from simulator.assignments.records import Assignment, Cohort
from simulator.cli import main
from simulator.encounter.encounter import Encounters
from simulator.platforms.claims import CLAIM
from simulator.platforms.lti import SCORE, Tool
from simulator.platforms.names import MEDIA, READ, SERVICE
from simulator.platforms.opening import open_courier
from simulator.platforms.outbox import Courier
from simulator.settings import Settings
from simulator.store.assignments import AssignmentStore
from simulator.store.database import connect
from simulator.store.identities import IdentityStore
from simulator.store.outbox import OutboxStore
from simulator.store.people import PeopleStore
from simulator.store.repository import Repository
from simulator.store.rosters import RosterStore
from simulator.web.accounts.launching import open_launches
from simulator.web.server import create
from tests.accounts.conftest import Office
from tests.encounter.conftest import Clock
from tests.provider import key, query_of, signed
from tests.web.accounts.conftest import BASE, Unread, Visitor, settings_with_accounts

NUMBERS = itertools.count()
HERE = f"{BASE}/lti/launch"
MEMBER = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
SHORT = ("message_type", "version", "deployment_id", "target_link_uri", "resource_link", "roles")
SHORT += ("custom",)


class Platform:
    """The learning platform: publishes keys, gives tokens to the tool it knows, keeps scores.

    It tells who is in its course, page by page, and takes links that were chosen for it.
    """

    def __init__(self) -> None:
        self.tool: dict[str, Any] = {}  # the tool's published keys
        self.scores: list[tuple[str, dict[str, Any]]] = []
        self.scopes: list[str] = []
        self.pages: list[dict[str, Any]] = []  # of the course's members
        self.after = ""  # where it says that the page after the last one is
        self.asked: list[str] = []  # the pages of members that were asked for
        self.links: list[dict[str, Any]] = []  # the answers that browsers brought
        self.broken = False
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> Self:
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def checked(self, token: str) -> dict[str, Any]:
        """What the tool signed."""
        keys = KeySet.import_key_set(self.tool)  # type: ignore[arg-type]
        return dict(jwt.decode(token, keys, algorithms=["RS256"]).claims)

    def lists(self, *pages: list[dict[str, Any]]) -> None:
        """Let the course have these members."""
        self.pages = [{"id": "x", "context": {"id": "c1"}, "members": page} for page in pages]
        self.after, self.asked = "", []

    def page(self, number: int) -> tuple[dict[str, Any], str]:
        """A page of members, and the header that says where the next one is."""
        last = number + 1 >= len(self.pages)
        after = self.after if last else f"{self.url}/members?page={number + 1}"
        other = f'<{self.url}/members?since=1>; rel="differences"'
        return self.pages[number], f'{other}, <{after}>; rel="next"' if after else other

    def grants(self, form: dict[str, str]) -> dict[str, Any]:
        proof = self.checked(form["client_assertion"])
        assert form["grant_type"] == "client_credentials"
        assert proof["iss"] == proof["sub"] == "bedside" and proof["jti"]
        assert proof["aud"] == f"{self.url}/token"
        self.scopes.append(form["scope"])
        return {"access_token": f"for {form['scope']}", "token_type": "Bearer"}

    def takes(self, token: str) -> None:
        """Keep what a browser brought, which the tool signed for this very platform."""
        told = self.checked(token)
        assert (told["iss"], told["aud"]) == ("bedside", self.url)
        assert told["iat"] < told["exp"] and len(told["nonce"]) > 20
        self.links.append(told)


def _handler(platform: Platform) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/keys":
                self._say(200, {"keys": [key("first").as_dict(private=False)]})
                return
            platform.asked.append(self.path)
            assert self.headers["authorization"] == f"Bearer for {READ}"
            assert self.headers["accept"] == MEDIA
            number = int(query_of(self.path).get("page", "0"))
            body, link = platform.page(number)
            self._say(500 if platform.broken and number else 200, body, link)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            if platform.broken:
                self._say(500, {})
            elif self.path == "/token":
                self._say(200, platform.grants({k: v[0] for k, v in parse_qs(body).items()}))
            elif self.path.startswith("/return"):
                platform.takes(parse_qs(body)["JWT"][0])
                self._say(200, {})
            else:
                assert self.headers["authorization"] == f"Bearer for {SCORE}"
                platform.scores.append((self.path, json.loads(body)))
                self._say(200, {})

        def _say(self, status: int, data: dict[str, Any], link: str = "") -> None:
            body = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if link:
                self.send_header("Link", link)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@dataclass
class School:
    """The site with the platform that sends people to it."""

    client: TestClient
    office: Office
    encounters: Encounters
    ledger: AssignmentStore
    box: OutboxStore
    clock: Clock
    platform: Platform
    settings: Settings
    tool: Tool
    vouched: Vouched
    rows: RosterStore

    def login(self, visitor: Visitor, **said: str) -> Any:
        about = {
            "iss": self.platform.url,
            "client_id": "bedside",
            "login_hint": "u",
            "target_link_uri": HERE,
            **said,
        }
        return visitor.ask("POST", "/lti/login", origin=self.platform.url, data=about)

    def launch(self, visitor: Visitor, sign: Any = signed, **bent: Any) -> Any:
        """Click on a link of the platform's; what the program answers to its proof."""
        sent = self.login(visitor)
        assert sent.status_code == 303, sent.text
        asked, now = query_of(sent.headers["location"]), int(self.clock().timestamp())
        claims = {
            "iss": self.platform.url,
            "aud": "bedside",
            "sub": "u1",
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
            "name": "Ana Ruiz",
            f"{CLAIM}/message_type": "LtiResourceLinkRequest",
            f"{CLAIM}/version": "1.3.0",
            f"{CLAIM}/deployment_id": "d1",
            f"{CLAIM}/target_link_uri": HERE,
            f"{CLAIM}/resource_link": {"id": "link-1"},
            f"{CLAIM}/roles": [f"{MEMBER}Learner"],
        } | {f"{CLAIM}/{k}" if k in SHORT else k: v for k, v in bent.items()}
        proof = sign({k: v for k, v in claims.items() if v is not None})
        return self.bring(visitor, proof, asked["state"])

    def led(self, **more: Any) -> tuple[Visitor, Person]:
        """A course lead who has come from the course and agreed to the terms."""
        visitor, bent = Visitor(self.client), {"sub": f"lead{next(NUMBERS)}", **more}
        sent = self.launch(visitor, roles=[f"{MEMBER}Instructor"], **{**self.course(), **bent})
        assert sent.status_code == 303, sent.text
        lead = self.who(visitor)
        self.office.consent(lead, "1")
        return visitor, lead

    def course(self, **more: Any) -> dict[str, Any]:
        """The claims of a launch that say from which course it comes."""
        where = {"context_memberships_url": f"{self.platform.url}/members"}
        service = {**where, "service_versions": ["1.0", "2.0"], **more}
        return {f"{CLAIM}/context": {"id": "c1", "title": "Rheumatology"}, SERVICE: service}

    def bring(self, visitor: Visitor, proof: str, state: str) -> Any:
        data = {"id_token": proof, "state": state}
        return visitor.ask("POST", "/lti/launch", origin=self.platform.url, data=data)

    def who(self, visitor: Visitor) -> Person:
        found = self.office.session(visitor.secret)
        assert found is not None
        return found

    def set(self, release: str = "by hand", **more: Any) -> str:
        number = next(NUMBERS)
        self.ledger.put_cohort(Cohort(f"c{number}", "im", "lead", "All", {}))
        now = self.clock()
        made = Assignment(
            f"a{number}", "im", "lead", "Knees", f"c{number}", ("sore-knee",), "practice", "any",
            now, now + timedelta(days=9), 0, release, now,  # type: ignore[arg-type]
        )  # fmt: skip
        self.ledger.add_assignment(replace(made, **more))
        return made.id

    def courier(self) -> Courier | None:
        return open_courier(self.settings, self.box, self.encounters, self.ledger, self.tool)

    def last(self) -> str:
        return next(self.office.people.log(newest=1)).deed.detail


@contextmanager
def opened(folder: Path, data_dir: Path, **more: Any) -> Iterator[School]:
    """The site and its platform, which the operator described so."""
    with Platform() as platform:
        clock = Clock()
        file, key_file = folder / "platforms.yaml", folder / "key.pem"
        file.write_text(json.dumps([described(platform, **more)]), encoding="utf-8")
        assert main(["lti-key", str(key_file)]) == 0
        settings = settings_with_accounts(folder / "scripts", data_dir).model_copy(
            update={"lti_platforms": file, "lti_key": key_file}
        )
        database = connect(folder / "encounters.sqlite3")
        office, box = Office(PeopleStore(database), now=clock), OutboxStore(database)
        encounters = Encounters(Unread(settings), Repository(database), clock)
        ledger, rows = AssignmentStore(database), RosterStore(database)
        launches = open_launches(settings, office, IdentityStore(database), box, rows)
        assert launches is not None
        site = create(encounters, ledger, office, launches=launches)
        with TestClient(site, base_url=BASE) as client:
            platform.tool = Visitor(client).see("/lti/keys").json()
            yield School(
                client, office, encounters, ledger, box, clock, platform, settings,
                launches.tool, launches.vouched, rows,
            )  # fmt: skip
        database.dispose()


def described(platform: Platform, **more: Any) -> dict[str, Any]:
    return {
        "issuer": platform.url,
        "client_id": "bedside",
        "login_url": f"{platform.url}/authorize",
        "token_url": f"{platform.url}/token",
        "keys_url": f"{platform.url}/keys",
        "deployments": {"d1": "im"},
        "roles": {"Instructor": "course lead"},
        "grades": True,
        **more,
    }
