"""Makes the page of all parts from the templates and the makers of pictures that the pages use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, get_args

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from simulator.course.cohort import Week
from simulator.course.items import Figure, ItemFigures
from simulator.encounter.phases import Phase
from simulator.encounter.records import Order
from simulator.evaluator.agreement import Estimate
from simulator.evaluator.report import ItemReport, Line
from simulator.evaluator.totals import Score
from simulator.scripts.schema import Affection, PatientScript
from simulator.services import Services
from simulator.studio.findings import Note
from simulator.studio.form import Field
from simulator.web import portrait, views
from simulator.web.course.pictures import columns, item_map
from simulator.web.design import tokens
from simulator.web.review import pages
from simulator.web.review.charts import Felt, line_of
from simulator.web.studio.view import FieldView

HERE = Path(__file__).parent
FOLDERS = (HERE / "templates", HERE.parent / "studio" / "templates", views.HERE / "templates")
DAY = date(2026, 3, 2)


def router(services: Services) -> APIRouter:
    """The one address; who may open it, its rule says."""
    routes = APIRouter()

    @routes.get("/design")
    def design(request: Request) -> Response:
        return page(services.library.offered(False), str(request.scope.get("root_path", "")))

    return routes


def words() -> dict[str, Any]:
    """The words of the page, and what its examples are made of."""
    return views.words(HERE)


@cache
def _environment() -> Environment:
    return pages.environment(*FOLDERS)


def page(scripts: Sequence[PatientScript], root: str) -> HTMLResponse:
    """All parts; the patients on it are the first of those that are offered."""
    d, (light, _) = words(), tokens.tokens()
    named = {s: tokens.scale(s, light) for s in ("f", "s", "r")}
    html = (
        _environment()
        .get_template("design.html")
        .render(
            title=d["title"],
            root=root,
            d=d,
            c=views.words()["course"],
            p=views.words()["progress_page"],
            own=True,
            colours=[(pair, tokens.contrasts(*pair)) for pair in d["pairs"]],
            scales=named,
            cards=_cards(scripts[: len(d["cards"])]),
            faces=_faces(scripts[0]) if scripts else [],
            **_pictures(d),
            **_talk(d),
            **_room(d),
            fields=[_field(number, **f) for number, f in enumerate(d["fields"])],
        )
    )
    return HTMLResponse(html, headers=pages.HEADERS)


def _cards(scripts: Sequence[PatientScript]) -> str:
    """A card of the library in each of its states."""
    at = {s.id: _attempts(**state) for s, state in zip(scripts, words()["cards"], strict=False)}
    drawn = {s.id: portrait.at_first(s, "card") for s in scripts}
    return views.library(scripts, at, drawn)


def _attempts(best: Sequence[float] = (), **state: Any) -> views.Attempts:
    score = Score(got=best[0], of=best[1]) if best else None
    empty: dict[str, Any] = {"running": "", "where": "", "finished": "", "when": ""}
    return views.Attempts(**(empty | state), best=score, new_edition=False)


def _faces(script: PatientScript) -> list[tuple[str, Any]]:
    affects: tuple[Affection, ...] = get_args(Affection)
    return [(affect, portrait.looking(script, affect, "card")) for affect in affects]


def _pictures(d: dict[str, Any]) -> dict[str, Any]:
    """The pictures, each from the numbers that the page's words give."""
    weeks = [
        Week(DAY + timedelta(weeks=n), {"first": first, "repeat": repeat, "branch": 0})
        for n, (first, repeat) in enumerate(d["weeks"])
    ]
    items = [_figures(number, *row) for number, row in enumerate(d["items"], 1)]
    felt = [Felt(n, "", trust, ("x",) * kept) for n, (trust, kept) in enumerate(d["trust"], 1)]
    return {"columns": columns(weeks), "map": item_map(items), "t": line_of(felt, d["enough"])}


def _figures(number: int, share: float, apart: float) -> ItemFigures:
    met, flag = Estimate(value=share, low=share, high=share, n=20), "negative" if apart < 0 else ""
    of: dict[str, Any] = {"id": str(number), "text": "", "domain": "", "critical": False}
    counts: dict[str, Any] = {"weight": 1.0, "n": 20, "met": 20 * share, "partly": 0}
    return ItemFigures(**of, **counts, difficulty=met, discrimination=Figure(apart), flag=flag)  # type: ignore[arg-type]


def _talk(d: dict[str, Any]) -> dict[str, Any]:
    """Some lines of a talk, and the marks that stand on them."""
    lines = [Line.model_validate(line) for line in d["lines"]]
    items = [ItemReport.model_validate(d["mark"] | mark) for mark in d["marks"]]
    shown = {"disputes": {}, "answered": (), "encounter": {"id": "", "turns": lines}}
    texts = {i.id: i.text for i in items}
    patient = {"lines": lines, "patient": d["patient"]}
    return {"r": patient, "s": shown, "marks": items, "texts": texts, "moments": {}}


def _room(d: dict[str, Any]) -> dict[str, Any]:
    """What stands in the room: clocks, findings, and what is said to the resident."""
    orders = [
        Order(after_turn=0, at=datetime(2026, 3, 2, 12, tzinfo=UTC), **o) for o in d["orders"]
    ]
    clocks = [views.render("clock.html", kind=Phase.INTERVIEW, left=left) for left in d["clocks"]]
    notices = [views.notice(text, kind) for kind, text in d["notices"].items()]
    return {"orders": orders, "clocks": clocks, "notices": notices, "talking": True}


def _field(number: int, faults: Sequence[str] = (), **of: Any) -> FieldView:
    """A field of the studio's form, with what is to be mended in it."""
    text, options = of.pop("text", ""), tuple((o, o) for o in of.get("options", ()))
    notes = tuple(Note((), fault, 1) for fault in faults)
    field, path = Field.model_validate({"path": "x"} | of), f'["x", {number}]'
    return FieldView(field, path, f"f-{number}", text, bool(text), (), options, notes)
