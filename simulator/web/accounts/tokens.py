"""One's own tokens: made, shown once, listed, taken back."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import RedirectResponse

from simulator.accounts.accounts import Accounts
from simulator.accounts.tokens import MOST_DAYS, Scope
from simulator.errors import NotAllowed
from simulator.web.access import person
from simulator.web.accounts.pages import page, root, words

Text = Annotated[str, Form(max_length=1000)]
Chosen = Annotated[list[str], Form(max_length=len(Scope))]


def add(app: FastAPI, accounts: Accounts) -> None:
    """The page of one's own tokens."""
    tokens = accounts.tokens

    def shown(request: Request, status: int = 200, **told: object) -> Response:
        values = {
            "tokens": tokens.of(person(request)),
            "now": accounts.now(),
            "scopes": list(Scope),
            "most_days": MOST_DAYS,
            "made": None,
            "secret": "",
            "wanted": {"name": "", "scopes": [], "days": "90"},
        }
        return page(request, "tokens.html", status, **(values | told))

    @app.get("/tokens")
    def mine(request: Request, said: str = "") -> Response:
        return shown(request, done=words()["tokens"]["ended"] if said else "")

    @app.post("/tokens")
    def make(
        request: Request, name: Text = "", days: Text = "", scope: Chosen | None = None
    ) -> Response:
        me, chosen = person(request), scope or []
        number = int(days) if days.isdecimal() and len(days) < 6 else 0
        try:
            made, secret = tokens.make(me, me, name, chosen, number)
        except NotAllowed as error:
            wanted = {"name": name, "scopes": chosen, "days": days}
            return shown(request, 422, problem=str(error), wanted=wanted)
        return shown(request, made=made, secret=secret)

    @app.post("/tokens/{token_id}/end")
    def end(request: Request, token_id: str) -> Response:
        me = person(request)
        tokens.end(me, me, token_id)
        return RedirectResponse(f"{root(request)}/account/tokens?said=ended", 303)
