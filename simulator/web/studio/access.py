"""Who may use the studio: whoever sits at this computer, on pages that this program served."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

from fastapi import Request, Response

from simulator.errors import NotAllowed
from simulator.settings import Settings
from simulator.web.edge import LOOPBACK, SAFE_METHODS


def is_open(settings: Settings) -> bool:
    """Whether the studio is there: only where the program serves this computer alone.

    A proxy may pass other people's requests on under this computer's own name.
    """
    proxied = settings.hosts or settings.proxies or settings.root_path
    return settings.host in LOOPBACK and not proxied


NAME = "vsp_author"  # the cookie that remembers what an author calls themselves


def who(request: Request, given: str) -> str:
    """Who does this: the name that was given, as long as there are no accounts.

    Raises:
        NotAllowed: none was given.
    """
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
