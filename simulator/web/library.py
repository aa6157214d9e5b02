"""The case library: filter the patients, see one's own attempts, choose one."""

from __future__ import annotations

import gradio as gr

from simulator.encounter.encounter import Encounters
from simulator.feedback import Feedback
from simulator.web import faults, views
from simulator.web.access import person
from simulator.web.studio.access import is_open


def build(encounters: Encounters, feedback: Feedback) -> None:
    """Lay out the library page within the Blocks that are open."""
    w = views.words()["library"]
    scripts = encounters.services.library.released()
    specialties = sorted({s.specialty for s in scripts if s.specialty})
    levels = [n for n in ("easy", "moderate", "hard") if any(s.difficulty == n for s in scripts)]
    accounts = encounters.services.settings.accounts
    gr.HTML(views.bar())
    menu = gr.HTML(elem_id="menu", visible=accounts)
    gr.HTML(f'<h1 id="main" tabindex="-1">{w["title"]}</h1><p class="lead">{w["lead"]}</p>')
    with gr.Row(elem_id="filters"):
        specialty = gr.Dropdown([w["all"], *specialties], value=w["all"], label=w["filter"])
        level = gr.Dropdown([w["all"], *levels], value=w["all"], label=w["level"])
        search = gr.Textbox(label=w["search"], elem_id="search")
    cards = gr.HTML(elem_id="cases")
    host = gr.context.Context.root_block

    def show(specialty: str, level: str, search: str, request: gr.Request) -> str:
        try:
            return found(specialty, level, search, request.username or "")
        except Exception as error:
            return views.notice(faults.sentence(error), "error")

    def found(specialty: str, level: str, search: str, resident: str) -> str:
        mine = encounters.store.of_resident(resident)
        best = feedback.best(mine)
        attempts = {s.id: views.attempts_at(s, mine, best) for s in scripts}
        return views.library(scripts, attempts, specialty, level, search)

    filters = [specialty, level, search]
    host.load(show, filters, cards, api_name="library", show_progress="hidden")
    changes = [control.change for control in filters]
    gr.on(changes, show, filters, cards, api_name="filter", show_progress="hidden")
    gr.HTML(views.notice(views.words()["notice"]))
    if accounts:
        host.load(_menu, None, menu, api_name="menu", show_progress="hidden")
        return
    gr.HTML(views.render("leave.html"))
    if is_open(encounters.services.settings):
        gr.HTML(f'<p class="small"><a href="/studio/">{w["faculty"]}</a></p>')


def _menu(request: gr.Request) -> str:
    """Who is signed in, and the way to all else that is open to them."""
    return views.render("menu.html", me=person(request))
