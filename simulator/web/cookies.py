"""The cookies by which a browser is known again: what they are called, and how they are set."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.types import Scope

COOKIE = "vsp_resident"  # without accounts: the browser's own secret
COOKIE_S = 30 * 24 * 3600  # renewed whenever a page is opened
SESSION = "vsp_session"  # with accounts: that of a session
SECRET = re.compile(r"^[A-Za-z0-9_-]{43}$")


def secret_of(request: Request) -> str:
    """The secret of the session that a browser says it has; empty where it says none."""
    secret = request.cookies.get(session_cookie(request.scope), "")
    return secret if SECRET.match(secret) else ""


def session_cookie(scope: Scope) -> str:
    """The session's cookie; over TLS a name that no other site can set."""
    return f"__Host-{SESSION}" if scope.get("scheme") == "https" else SESSION


def set_cookie(scope: Scope, name: str, secret: str, seconds: int | None) -> str:
    """The header that gives a browser a secret: for so long, or None for as long as it is open."""
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    base = scope.get("app_root_path", scope.get("root_path", ""))
    path = "/" if name.startswith("__Host-") else f"{base}/"
    age = "" if seconds is None else f"; Max-Age={seconds}"
    return f"{name}={secret}; Path={path}{age}; HttpOnly; SameSite=Lax{secure}"
