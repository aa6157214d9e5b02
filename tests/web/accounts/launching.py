"""A little learning platform, and the site to which it sends its people."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import KeySet

from simulator.accounts.people import Person
from simulator.assignments.records import Assignment, Cohort
from simulator.encounter.encounter import Encounters
from simulator.platforms.lti import CLAIM, Tool
from simulator.platforms.opening import open_courier
from simulator.platforms.outbox import Courier
from simulator.settings import Settings
from simulator.store.assignments import AssignmentStore
from simulator.store.outbox import OutboxStore
from tests.accounts.conftest import Office
from tests.encounter.conftest import Clock
from tests.provider import key, query_of, signed
from tests.web.accounts.conftest import BASE, Visitor

NUMBERS = itertools.count()
HERE = f"{BASE}/lti/launch"
MEMBER = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
SHORT = ("message_type", "version", "deployment_id", "target_link_uri", "resource_link", "roles")
SHORT += ("custom",)


class Platform:
    """The learning platform: publishes keys, gives tokens to the tool it knows, keeps scores."""

    def __init__(self) -> None:
        self.tool: dict[str, Any] = {}  # the tool's published keys
        self.scores: list[tuple[str, dict[str, Any]]] = []
        self.scopes: list[str] = []
        self.broken = False
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say(200, {"keys": [key("first").as_dict(private=False)]})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                if platform.broken:
                    self._say(500, {})
                elif self.path == "/token":
                    form = {k: v[0] for k, v in parse_qs(body).items()}
                    proof = jwt.decode(
                        form["client_assertion"],
                        KeySet.import_key_set(platform.tool),  # type: ignore[arg-type]
                    )
                    assert proof.claims["iss"] == proof.claims["sub"] == "bedside"
                    assert proof.claims["aud"] == f"{platform.url}/token"
                    platform.scopes.append(form["scope"])
                    self._say(200, {"access_token": "for-scores", "token_type": "Bearer"})
                else:
                    assert self.headers["authorization"] == "Bearer for-scores"
                    platform.scores.append((self.path, json.loads(body)))
                    self._say(200, {})

            def _say(self, status: int, data: dict[str, Any]) -> None:
                body = json.dumps(data).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


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
