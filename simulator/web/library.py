"""The case library: the first step of a newcomer, one's own attempts, a patient to choose."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr

from simulator.accounts.people import Permission, Person
from simulator.encounter.encounter import Encounters
from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter
from simulator.scripts.schema import PatientScript
from simulator.web import faults, portrait, views
from simulator.web.access import person
from simulator.web.assigning.view import block
from simulator.web.assigning.words import words as assigning
from simulator.web.room import Room
from simulator.web.studio.access import is_open


def build(room: Room) -> None:
    """Lay out the library page within the Blocks that are open."""
    w = views.words()["library"]
    encounters, services = room.encounters, room.encounters.services
    testing = services.settings.show_unreleased
    scripts = services.library.offered(testing)
    specialties = sorted({s.specialty for s in scripts if s.specialty})
    levels = [n for n in ("easy", "moderate", "hard") if any(s.difficulty == n for s in scripts)]
    accounts = services.settings.accounts
    gr.HTML(views.bar())
    menu = gr.HTML(elem_id="menu", visible=accounts)
    gr.HTML(f'<h1 id="main" tabindex="-1">{w["title"]}</h1><p class="lead">{w["lead"]}</p>')
    assigned = gr.HTML(elem_id="assigned")
    first = gr.HTML(elem_id="first")
    with gr.Row(elem_id="filters"):
        specialty = gr.Dropdown([w["all"], *specialties], value=w["all"], label=w["filter"])
        level = gr.Dropdown([w["all"], *levels], value=w["all"], label=w["level"])
        search = gr.Textbox(label=w["search"], elem_id="search")
    cards = gr.HTML(elem_id="cases")
    host = gr.context.Context.root_block

    def show(specialty: str, level: str, search: str, request: gr.Request) -> str:
        try:
            offered = services.library.offered(testing)
            chosen = [s for s in offered if views.fits(s, specialty, level, search)]
            return _cards(chosen, offered, room, person(request))
        except Exception as error:
            return views.notice(faults.sentence(error), "error")

    def greet(request: gr.Request) -> tuple[str, str]:
        try:
            due = block(room.assignments.given_to(person(request)))
            every = services.library.offered(testing)
            return due, _first_step(every, encounters, request.username or "")
        except Exception as error:
            faults.sentence(error)  # logged; the cards say it
            return "", ""

    filters = [specialty, level, search]
    host.load(greet, None, [assigned, first], api_name="greet", show_progress="hidden")
    host.load(show, filters, cards, api_name="library", show_progress="hidden")
    changes = [control.change for control in filters]
    gr.on(changes, show, filters, cards, api_name="filter", show_progress="hidden")
    gr.HTML(views.notice(views.words()["notice"]))
    if accounts:
        host.load(_menu, None, menu, api_name="menu", show_progress="hidden")
        return
    _ways_out(is_open(services.settings))


def _ways_out(studio: bool) -> None:
    """What stands below the cases where there are no accounts: leaving, and the faculty's pages."""
    gr.HTML(views.render("leave.html"))
    if studio:
        gr.HTML(views.render("faculty.html", sets=assigning()["lead"]["short"]))


def _cards(
    chosen: Sequence[PatientScript],
    offered: Sequence[PatientScript],
    room: Room,
    me: Person,
) -> str:
    mine = room.encounters.store.of_resident(me.id)
    if _is_new(mine):
        chosen = [s for s in chosen if not s.guided]  # it stands above, as the first step
    shown = [e for e in mine if not room.assignments.holds_back(e)]
    best, now = room.feedback.best(shown), room.encounters.now()
    past = views.no_longer_offered(mine, offered)
    attempts = {s.id: views.attempts_at(s, mine, best, now) for s in (*chosen, *past)}
    portraits = {s.id: portrait.at_first(s, "card") for s in chosen}
    examined = room.assignments.examined(me.id, me.programme)
    return views.library(chosen, attempts, portraits, past, examined)


def _first_step(scripts: Sequence[PatientScript], encounters: Encounters, resident: str) -> str:
    """The way to the guided case, for whoever has finished no case yet."""
    mine = encounters.store.of_resident(resident)
    guided = next((s for s in scripts if s.guided), None)
    if guided is None or not _is_new(mine):
        return ""
    running = views.attempts_at(guided, mine, {}, encounters.now()).running
    return views.first_step(guided, running, portrait.at_first(guided, "first-step"))


def _is_new(mine: Sequence[Encounter]) -> bool:
    return all(e.phase != Phase.FEEDBACK for e in mine)


def _menu(request: gr.Request) -> str:
    """Who is signed in, and the way to all else that is open to them."""
    me = person(request)
    return views.render(
        "menu.html",
        me=me,
        teaches=me.may(Permission.CORRECT_SCORES),
        sets=assigning()["lead"]["short"] if me.may(Permission.READ_ENCOUNTERS) else "",
    )
