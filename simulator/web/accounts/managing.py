"""Seeing to people, and reading the audit log."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import RedirectResponse

from simulator.accounts.accounts import Accounts
from simulator.accounts.people import Person, Role, may_manage
from simulator.errors import NotAllowed
from simulator.platforms.outbox import Courier
from simulator.web.access import person
from simulator.web.accounts.pages import page, root, words

Text = Annotated[str, Form(max_length=1000)]
NEWEST = 200


def add(app: FastAPI, accounts: Accounts, courier: Courier | None = None) -> None:
    """The pages of people and of the log, which says how the outbox stands where there is one."""
    _inviting(app, accounts)
    _changing(app, accounts)

    @app.get("/log")
    def log(request: Request) -> Response:
        me, people = person(request), {p.id: p for p in accounts.people.everybody()}
        names = {key: me.calls(other) for key, other in people.items()}
        waiting = courier.box.waiting() if courier else None
        lines = list(accounts.people.log(NEWEST))
        return page(request, "log.html", lines=lines, names=names, waiting=waiting)


def _people(request: Request, accounts: Accounts, status: int = 200, **told: object) -> Response:
    me = person(request)
    values = {
        "people": accounts.people_of(me),
        "roles": given_by(me),
        "wanted": {"name": "", "email": "", "role": "resident", "programme": me.programme},
        "link": "",
        "whose": None,
    }
    return page(request, "people.html", status, **(values | told))


def given_by(me: Person) -> list[Role]:
    """The roles that somebody may give."""
    return [r for r in Role if r != Role.ALONE and may_manage(me, r, me.programme)]


def _shown(request: Request, accounts: Accounts, made: tuple[Person, str]) -> Response:
    """The page with a link, shown this once."""
    whose, token = made
    link = f"{request.url.scheme}://{request.url.netloc}{root(request)}/account/invitation/{token}"
    return _people(request, accounts, link=link, whose=whose)


def _inviting(app: FastAPI, accounts: Accounts) -> None:
    @app.get("/people")
    def people(request: Request, said: str = "") -> Response:
        return _people(request, accounts, done=words()["people"]["said"].get(said, ""))

    @app.post("/people")
    def invite(
        request: Request, name: Text = "", email: Text = "", role: Text = "", programme: Text = ""
    ) -> Response:
        wanted = {"name": name, "email": email, "role": role, "programme": programme}
        try:
            made = accounts.invite(person(request), email, name, role, programme)
        except NotAllowed as error:
            return _people(request, accounts, 422, wanted=wanted, problem=str(error))
        return _shown(request, accounts, made)

    @app.post("/people/{person_id}/link")
    def link(request: Request, person_id: str) -> Response:
        return _shown(request, accounts, accounts.new_link(person(request), person_id))


def _changing(app: FastAPI, accounts: Accounts) -> None:
    def back(request: Request, said: str) -> Response:
        return RedirectResponse(f"{root(request)}/account/people?said={said}", 303)

    @app.post("/people/{person_id}/role")
    def role(request: Request, person_id: str, role: Text = "", programme: Text = "") -> Response:
        accounts.change_role(person(request), person_id, role, programme)
        return back(request, "role")

    @app.post("/people/{person_id}/close")
    def close(request: Request, person_id: str) -> Response:
        accounts.close(person(request), person_id)
        return back(request, "close")

    @app.post("/people/{person_id}/reopen")
    def reopen(request: Request, person_id: str) -> Response:
        accounts.reopen(person(request), person_id)
        return back(request, "reopen")
