"""Letting a browser in and out: its session, and where it goes then."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from simulator.accounts.accounts import Accounts
from simulator.accounts.people import GRANTS, Permission, Person
from simulator.web.access import known
from simulator.web.accounts.pages import root
from simulator.web.cookies import secret_of, session_cookie, set_cookie


def machine_of(request: Request) -> str:
    """The address from which a request came, as a configured proxy says it."""
    return request.client.host if request.client else ""


def first_page(whose: Person) -> str:
    """Where somebody goes who did not say where: residents to the patients, others to choose."""
    only = GRANTS[whose.role] == {Permission.PRACTISE}
    return "/practice/" if only else "/account/"


def within(path: str) -> str:
    """A path of our own to go to, or nothing where it would lead elsewhere."""
    parts = urlsplit(path)
    local = not parts.scheme and not parts.netloc and path.startswith("/")
    return "" if not local or path.startswith("//") or "\\" in path else path


def let_in(request: Request, accounts: Accounts, secret: str, after: str = "") -> Response:
    """Give the browser its new session, and go on."""
    whose = accounts.session(secret)
    where = within(after) or (first_page(whose) if whose else "/account/sign-in")
    answer = RedirectResponse(root(request) + where, 303)
    name = session_cookie(request.scope)
    answer.headers.append("Set-Cookie", set_cookie(request.scope, name, secret, None))
    return answer


def end_former(request: Request, accounts: Accounts) -> None:
    """End the session that a browser had before the one it gets."""
    if whose := known(request):
        accounts.sign_out(whose, secret_of(request))


def let_out(request: Request, where: str = "/account/sign-in?out=1") -> Response:
    """Take the session from a browser, with what the pages kept there."""
    answer = RedirectResponse(f"{root(request)}{where}", 303)
    name = session_cookie(request.scope)
    answer.headers.append("Set-Cookie", set_cookie(request.scope, name, "", 0))
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'  # drafts that the pages kept
    return answer
