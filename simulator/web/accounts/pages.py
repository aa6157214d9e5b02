"""Renders the account pages; each form carries a token that only its own browser can know."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from simulator.errors import NotAllowed
from simulator.web import views
from simulator.web.access import known
from simulator.web.cookies import secret_of, set_cookie

HERE = Path(__file__).parent
FORM = "vsp_form"  # a browser's secret before anybody has signed in
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # with less a browser does not say whose page a form is
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
}


def words() -> dict[str, Any]:
    """The words of the account pages."""
    return views.words(HERE)


@cache
def _environment() -> Environment:
    return views.environment(
        HERE / "templates", w=words(), fill=views.fill, product=views.words()["product"]
    )


def root(request: Request) -> str:
    """The path under which the whole program is served; mostly none."""
    return str(request.scope.get("app_root_path", request.scope.get("root_path", "")))


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page of the account's, with the token for its forms."""
    secret = secret_of(request) if known(request) else request.cookies.get(FORM, "")
    fresh = "" if secret else secrets.token_urlsafe(32)
    values = {"problem": "", "done": "", "me": known(request), "root": root(request), **values}
    html = _environment().get_template(template).render(form=_token(secret or fresh), **values)
    answer = HTMLResponse(html, status, HEADERS)
    if fresh:
        strict = set_cookie(request.scope, FORM, fresh, None).replace("=Lax", "=Strict")
        answer.headers.append("Set-Cookie", strict)
    return answer


async def from_our_form(request: Request) -> None:
    """Let a form in that this browser was given.

    Raises:
        NotAllowed: it was made elsewhere, or before somebody signed in or out.
    """
    if request.method != "POST":
        return
    secret = secret_of(request) if known(request) else request.cookies.get(FORM, "")
    sent = str((await request.form()).get("form", ""))
    if not secret or not hmac.compare_digest(sent.encode(), _token(secret).encode()):
        raise NotAllowed(words()["stale"])


def _token(secret: str) -> str:
    return hmac.new(secret.encode(), b"a form of Bedside's", hashlib.sha256).hexdigest()
