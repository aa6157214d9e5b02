"""The account pages as an application of its own, mounted at /account."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, FastAPI, Form, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles

from simulator.accounts.accounts import Accounts
from simulator.accounts.people import Permission
from simulator.errors import NotAllowed
from simulator.platforms.outbox import Courier
from simulator.web import faults
from simulator.web.access import known, person
from simulator.web.accounts import institution as outside
from simulator.web.accounts import managing, tokens
from simulator.web.accounts.institution import OUT, VIA, Institution
from simulator.web.accounts.letting import (
    end_former,
    first_page,
    let_in,
    let_out,
    machine_of,
    within,
)
from simulator.web.accounts.pages import from_our_form, page, root, words
from simulator.web.cookies import secret_of
from simulator.web.theme import STATIC

Text = Annotated[str, Form(max_length=1000)]


def create(
    accounts: Accounts, institution: Institution | None = None, courier: Courier | None = None
) -> FastAPI:
    """The account pages around the accounts.

    Args:
        accounts: whose they are. institution: whose sign-in lets people in as well.
        courier: sends what others are told; how that stands is shown beside the audit log.
    """
    app = FastAPI(
        dependencies=[Depends(from_our_form)], docs_url=None, redoc_url=None, openapi_url=None
    )
    app.mount("/static", StaticFiles(directory=STATIC))
    app.add_exception_handler(Exception, _told)
    app.add_exception_handler(NotAllowed, _told)
    app.add_exception_handler(RequestValidationError, _too_much)
    _entering(app, accounts, institution)
    outside.add(app, institution)
    _invited(app, accounts)
    _agreeing(app, accounts)
    _own(app, accounts)
    managing.add(app, accounts, courier)
    tokens.add(app, accounts)
    return app


def _told(request: Request, error: Exception) -> Response:
    status = 403 if isinstance(error, NotAllowed) else 500
    return page(request, "trouble.html", status, problem=faults.sentence(error))


def _too_much(request: Request, error: Exception) -> Response:
    return page(request, "trouble.html", 422, problem=words()["stale"])


def _entering(app: FastAPI, accounts: Accounts, institution: Institution | None) -> None:
    also = institution.words if institution else ""

    @app.get("/sign-in")
    def ask(request: Request, next: str = "", out: str = "") -> Response:
        whose = known(request)
        if whose is not None:
            return RedirectResponse(root(request) + (within(next) or first_page(whose)), 303)
        done = words()["signed_out"] if out else ""
        told = {"next": within(next), "email": "", "done": done}
        return page(request, "sign_in.html", 200, institution=also, **told)

    @app.post("/sign-in")
    def sign_in(
        request: Request, email: Text = "", password: Text = "", next: Text = ""
    ) -> Response:
        try:
            secret = accounts.sign_in(email, password, machine_of(request))
        except NotAllowed as error:
            told = {"problem": str(error), "next": within(next), "email": email[:320]}
            return page(request, "sign_in.html", 401, institution=also, **told)
        end_former(request, accounts)
        return let_in(request, accounts, secret, next)

    @app.post("/sign-out")
    def sign_out(request: Request) -> Response:
        there = institution is not None and accounts.via(secret_of(request)) == VIA
        accounts.sign_out(person(request), secret_of(request))
        return let_out(request, OUT) if there else let_out(request)

    @app.post("/everywhere")
    def everywhere(request: Request) -> Response:
        accounts.sign_out(person(request))
        return let_out(request)


def _invited(app: FastAPI, accounts: Accounts) -> None:
    @app.get("/invitation/{token}")
    def invitation(request: Request, token: str) -> Response:
        return page(request, "invitation.html", who=accounts.invited(token))

    @app.post("/invitation/{token}")
    def accept(request: Request, token: str, password: Text = "") -> Response:
        who = accounts.invited(token)
        try:
            return let_in(request, accounts, accounts.accept(token, password))
        except NotAllowed as error:
            return page(request, "invitation.html", 422, who=who, problem=str(error))


def _agreeing(app: FastAPI, accounts: Accounts) -> None:
    version = words()["consent_version"]

    @app.get("/consent")
    def terms(request: Request, next: str = "") -> Response:
        return page(request, "consent.html", next=within(next))

    @app.post("/consent")
    def agree(request: Request, agree: Text = "", next: Text = "") -> Response:
        where = within(next)
        if not agree:
            problem = words()["consent"]["must"]
            return page(request, "consent.html", 422, next=where, problem=problem)
        accounts.consent(person(request), version)
        return RedirectResponse(root(request) + (where or first_page(person(request))), 303)


def _own(app: FastAPI, accounts: Accounts) -> None:
    @app.get("/")
    def home(request: Request, did: str = "") -> Response:
        done = words()["home"][did] if did in ("changed", "asked") else ""
        return _home(request, accounts, done=done)

    @app.post("/record")
    def record(request: Request, what: Text = "") -> Response:
        accounts.ask_for(person(request), what)
        return RedirectResponse(f"{root(request)}/account/?did=asked", 303)

    @app.post("/password")
    def password(request: Request, old: Text = "", new: Text = "") -> Response:
        try:
            secret = accounts.change_password(person(request), old, new, machine_of(request))
        except NotAllowed as error:
            return _home(request, accounts, 422, problem=str(error))
        return let_in(request, accounts, secret, "/account/?did=changed")


def _home(request: Request, accounts: Accounts, status: int = 200, **told: str) -> Response:
    me = person(request)
    doors = [d for d in words()["doors"] if me.may(Permission[d["may"]])]
    chosen = accounts.people.password(me.id) is not None
    waits = {line.deed.what: line.at[:10] for line in accounts.people.requests(me.id)}
    return page(request, "home.html", status, doors=doors, has_password=chosen, waits=waits, **told)
