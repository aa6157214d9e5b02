"""The way to the institution's sign-in and back, and the way out there."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from simulator.accounts.accounts import Accounts
from simulator.accounts.institution import Identities, Vouched, refused
from simulator.errors import PlatformUnavailable, SettingsError, Untrusted
from simulator.settings import Settings
from simulator.web.accounts.away import Away
from simulator.web.accounts.letting import end_former, let_in, machine_of, within
from simulator.web.accounts.pages import page, root, words

if TYPE_CHECKING:
    from simulator.platforms.oidc import Provider

logger = logging.getLogger(__name__)
VIA = "institution"
OUT, BACK = "/account/institution/out", "/account/institution/back"
ENDED = "/oidc/ended"
SIGNED_OUT = "/account/sign-in?out=1"


@dataclass(frozen=True, slots=True)
class Institution:
    """The sign-in by the institution, with what it needs here."""

    provider: Provider
    vouched: Vouched

    @property
    def words(self) -> str:
        """What its button says."""
        return self.provider.words or str(words()["institution"]["do"])


def open_institution(
    settings: Settings, accounts: Accounts | None, identities: Identities
) -> Institution | None:
    """The sign-in by the institution, where the settings name one.

    Raises:
        SettingsError: a value cannot be used, or accounts are off.
    """
    if not settings.oidc_issuer:
        return None
    if accounts is None:
        raise SettingsError("VSP_OIDC_ISSUER needs accounts; set VSP_ACCOUNTS=1 as well")
    from simulator.platforms.oidc import Provider  # only whoever has one waits for it

    return Institution(Provider(settings, accounts.now), Vouched(accounts, identities))


def add(app: FastAPI, institution: Institution | None) -> None:
    """The addresses; where no institution is configured they say so."""
    if institution is None:
        for path in ("", "/back", "/out"):
            app.get(f"/institution{path}")(_none)
        return
    provider, vouched = institution.provider, institution.vouched
    away = Away(vouched.accounts, vouched.identities)

    @app.get("/institution")
    def go(request: Request, next: str = "") -> Response:
        try:
            url, state, asked = provider.begin(_here(request, BACK))
        except PlatformUnavailable as error:
            return _failed(request, institution, error)
        kept = {**asked, "next": within(next)}
        return away.send(request, RedirectResponse(url, 303), VIA, state, kept)

    @app.get("/institution/back")
    def back(
        request: Request, state: str = "", code: str = "", iss: str = "", error: str = ""
    ) -> Response:
        try:
            kept = away.back(request, VIA, state)
            if error or not code:
                raise refused("the institution said no")
            after = str(kept.pop("next"))
            known = provider.finish(code, iss, _here(request, BACK), kept)
            secret = vouched.admit(known, provider.terms, VIA)
        except (Untrusted, PlatformUnavailable) as failure:
            vouched.note_refusal(
                failure.why, getattr(failure, "person", ""), VIA, machine_of(request)
            )
            return _failed(request, institution, failure)
        end_former(request, vouched.accounts)
        return let_in(request, vouched.accounts, secret, after)

    @app.get("/institution/out")
    def out(request: Request) -> Response:
        where = provider.leaving(_here(request, SIGNED_OUT))
        return page(request, "leaving.html", where=where or f"{root(request)}{SIGNED_OUT}")


def router(institution: Institution | None) -> APIRouter:
    """Where the institution itself says that somebody has signed out there, with a signed token.

    No browser comes here and no page of ours sends it: it stands beside the account pages.
    """
    routes = APIRouter()

    @routes.post(ENDED)
    async def ended(request: Request) -> Response:
        if institution is None:
            return _none(request)
        token = str((await request.form()).get("logout_token", ""))
        return await run_in_threadpool(_ended, institution, token)

    return routes


def _ended(institution: Institution, token: str) -> Response:
    """End what the institution says has ended; answered as the specification wants it."""
    provider, vouched = institution.provider, institution.vouched
    headers = {"Cache-Control": "no-store"}
    try:
        number = vouched.end(provider.ended(token), VIA)
    except (Untrusted, PlatformUnavailable) as error:
        logger.warning("a sign-out by the institution was not taken: %s", error.why)
        return JSONResponse({"error": "invalid_request"}, 400, headers)
    logger.info("the institution ended %d sessions", number)
    return Response(status_code=200, headers=headers)


def _none(request: Request) -> Response:
    return page(request, "trouble.html", 404, problem=words()["institution"]["none"])


def _failed(
    request: Request, institution: Institution, error: Untrusted | PlatformUnavailable
) -> Response:
    """The sign-in again, with the sentence and nothing more."""
    status = 403 if isinstance(error, Untrusted) else 503
    if status == 503:
        logger.warning("sign-in by the institution: %s", error.why)
    told = {"problem": str(error), "next": "", "email": ""}
    return page(request, "sign_in.html", status, institution=institution.words, **told)


def _here(request: Request, path: str) -> str:
    """One of our own addresses, as the browser reaches it; the edge knows our names."""
    return f"{request.url.scheme}://{request.url.netloc}{root(request)}{path}"
