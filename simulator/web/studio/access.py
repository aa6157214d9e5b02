"""Where the studio is there, and without accounts who may use it: whoever sits at this computer."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

from fastapi import Request, Response

from simulator.accounts.people import Permission, Person, Role
from simulator.errors import NotAllowed
from simulator.settings import Settings
from simulator.web.access import known
from simulator.web.edge import LOOPBACK, SAFE_METHODS


def is_open(settings: Settings) -> bool:
    """Whether the studio is there: behind accounts, or where this computer alone is served.

    A proxy may pass other people's requests on under this computer's own name. The studio's pages
    know no path prefix.
    """
    if settings.accounts:
        return not settings.root_path
    proxied = settings.hosts or settings.proxies or settings.root_path
    return settings.host in LOOPBACK and not proxied


NAME = "vsp_author"  # the cookie that remembers what an author calls themselves


def signed_in(request: Request) -> Person | None:
    """Who has signed in; None without accounts."""
    asks = known(request)
    return None if asks is None or asks.role == Role.ALONE else asks


def may(request: Request, *permissions: Permission) -> bool:
    """Whether whoever asks holds one of these; without accounts there is nobody else to ask."""
    asks = signed_in(request)
    return asks is None or any(asks.may(p) for p in permissions)


def who(request: Request, given: str) -> str:
    """Who does this: whoever signed in, without accounts the name that was given.

    Raises:
        NotAllowed: none was given.
    """
    if (asks := signed_in(request)) is not None:
        return asks.name or asks.email
    name = " ".join(given.split())[:120]
    if not name:
        raise NotAllowed("Give your name first: it stands beside what you do to the case.")
    return name


def remembered(request: Request) -> str:
    """The name that was given last on this computer."""
    return unquote(request.cookies.get(NAME, ""))


def remember(answer: Response, name: str) -> Response:
    """Let the browser give this name again."""
    answer.set_cookie(NAME, quote(name), path="/studio", httponly=True, samesite="strict")
    return answer


def admit(request: Request) -> None:
    """Let a request in that was made on this computer and, where it writes, by our own page.

    Another site's page can neither name this one as its origin nor, under a name of its own that
    leads here, be taken for it.

    Raises:
        NotAllowed: it was made elsewhere.
    """
    host = request.headers.get("host", "")
    if urlsplit(f"//{host}").hostname not in LOOPBACK:
        raise NotAllowed("The studio opens on the computer that serves it only.")
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("origin", "")
    if origin != f"{request.url.scheme}://{host}":
        raise NotAllowed("This was not sent from a page of the studio. Reload the page.")
