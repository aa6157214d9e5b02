"""A small institution for tests: an OpenID provider on this machine, with keys of its own.

    with Provider(now) as provider:
        ...  # the settings name provider.issuer
        back = provider.sign_in(url, sub="u1", email="ana@x.edu", email_verified=True)

`sign_in` does what a person would at the address to which a browser was sent, and gives the address
to which the browser is sent back. What it says and how it signs may be bent by a test.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "bedside", "hush-hush"
Sign = Callable[[dict[str, Any]], str]


@cache
def key(name: str) -> RSAKey:
    """A key pair, made once for all tests."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})


def signed(claims: dict[str, Any], name: str = "first") -> str:
    """A token that a key of that name signed."""
    return jwt.encode({"alg": "RS256", "kid": name}, claims, key(name))


def query_of(url: str) -> dict[str, str]:
    return {k: v[0] for k, v in parse_qs(urlsplit(url).query).items()}


class Provider:
    """The institution."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now, self.published = now, ["first"]
        self.sign: Sign = signed
        self.said: dict[str, Any] = {}  # of itself, beside what is so
        self.codes: dict[str, tuple[dict[str, str], dict[str, Any]]] = {}
        self.asked: list[str] = []  # the paths that were asked for
        self.broken = 0  # the status of every answer, where it is not 200
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def sign_in(self, url: str, **claims: Any) -> str:
        """Sign somebody in where a browser was sent; where it is sent back to."""
        asked, code = query_of(url), secrets.token_urlsafe(16)
        assert asked["client_id"] == CLIENT and asked["response_type"] == "code"
        now = int(self.now())
        told = {
            "iss": self.issuer,
            "aud": CLIENT,
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
            "sub": "u1",
        } | claims
        self.codes[code] = (asked, {k: v for k, v in told.items() if v is not None})
        back = {"code": code, "state": asked["state"], "iss": self.issuer}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def signs_out(self, **claims: Any) -> str:
        """The token by which it says that somebody has signed out here."""
        now = int(self.now())
        told = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_urlsafe(8),
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        } | claims
        return self.sign({k: v for k, v in told.items() if v is not None})

    def describe(self) -> dict[str, Any]:
        about = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/bye",
            "response_types_supported": ["code"],
        }
        return about | self.said

    def redeem(self, form: dict[str, str], client: str) -> tuple[int, dict[str, Any]]:
        """A token for a code, once, for whoever asked for it."""
        asked, claims = self.codes.pop(form.get("code", ""), ({}, {}))
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        fits = (
            asked.get("code_challenge") == challenge
            and asked.get("redirect_uri") == form.get("redirect_uri")
            and client == f"Basic {basic}"
        )
        if not fits:
            return 400, {"error": "invalid_grant"}
        access = {"access_token": "opaque", "token_type": "Bearer", "expires_in": 60}
        return 200, {**access, "id_token": self.sign(claims)}


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked.append(self.path)
            if self.path == "/keys":
                keys = [key(name).as_dict(private=False) for name in provider.published]
                self._say(200, {"keys": keys})
            elif self.path == "/.well-known/openid-configuration":
                self._say(200, provider.describe())
            else:
                self._say(404, {})

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            form = {k: v[0] for k, v in parse_qs(body).items()}
            self._say(*provider.redeem(form, self.headers.get("authorization", "")))

        def _say(self, status: int, data: dict[str, Any]) -> None:
            body = json.dumps(data).encode()
            self.send_response(provider.broken or status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
