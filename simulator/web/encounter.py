"""The encounter page: doorway, interview, note and self-assessment on one address.

When it is over, the page gives way to the review.

Nothing is kept in the page's state: every step finds its encounter by the address, and asks again
whose it is. What is said and typed goes by simulator.web.talk.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter
from simulator.speech import Speech
from simulator.web import portrait, views
from simulator.web.access import person
from simulator.web.assigning.view import conditions, over
from simulator.web.room import Room, Shown, as_note, as_self_assessment
from simulator.web.talk import drawn

MAX_DIAGNOSES = 3
SCALES = ("history", "communication", "reasoning")
Updates = dict[Any, Any]
QUIET: dict[str, Any] = {"show_progress": "hidden"}
ONCE: dict[str, Any] = {**QUIET, "trigger_mode": "once"}


@dataclass(slots=True)
class Page:
    """The components of the encounter page."""

    groups: dict[Phase, gr.Column] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)
    diagnoses: list[gr.Textbox] = field(default_factory=list)

    def __getitem__(self, name: str) -> Any:
        return self.parts[name]

    def all(self) -> list[Any]:
        """Every component that a step may change."""
        return [*self.groups.values(), *self.parts.values(), *self.diagnoses]


def build(room: Room, speech: Speech | None = None) -> None:
    """Lay out the encounter page within the Blocks that are open, and wire its events."""
    page = Page()
    page.parts["standing"] = gr.HTML(elem_id="standing")
    with gr.Row(elem_id="top"):
        page.parts["portrait"] = gr.HTML(elem_id="face")
        page.parts["bar"] = gr.HTML(views.bar(), elem_id="bar")
        page.parts["clock"] = gr.HTML(elem_id="clock")
        page.parts["end"] = gr.Button(
            views.words()["interview"]["end"], elem_id="end", visible=False
        )
    with gr.Column(elem_id="main"):
        page.parts["notice"] = gr.HTML(elem_id="notice")
        gr.HTML(views.render("tip.html"), elem_id="tip")
        gr.HTML(views.line(speech is not None), elem_id="line")
        _briefing(page)
        with gr.Row(elem_id="room", visible=False) as inside:
            with gr.Column(elem_id="stage", min_width=0):
                _interview(page, speech)
                _note(page)
                _self_assessment(page)
            with gr.Column(elem_id="rail", min_width=0):
                _rail(page)
        page.parts["room"] = inside
        with gr.Column(visible=False, elem_id="feedback") as column:
            page.parts["feedback"] = gr.HTML()
        page.groups[Phase.FEEDBACK] = column
    for name in ("time_up", "refresh", "paint"):
        page.parts[name] = gr.Button(name, elem_id=name.replace("_", "-"))
    _wire(page, room)


def _briefing(page: Page) -> None:
    w = views.words()["doorway"]
    choices = [(w["practice"], "practice"), (w["exam"], "exam")]
    with gr.Column(visible=False, elem_id="briefing") as column, gr.Row(elem_id="entrance"):
        with gr.Column(scale=7, min_width=300):
            page.parts["doorway"] = gr.HTML()
        with gr.Column(scale=4, min_width=300, elem_id="start"):
            page.parts["mode"] = gr.Radio(
                choices, value="practice", label=w["mode"], elem_id="mode"
            )
            page.parts["start"] = gr.HTML()
            page.parts["enter"] = gr.Button(w["enter"], variant="primary", elem_id="enter")
    page.groups[Phase.BRIEFING] = column


def _interview(page: Page, speech: Speech | None) -> None:
    w = views.words()["interview"]
    with gr.Column(visible=False, elem_id="interview") as column:
        page.parts["chat"] = gr.Chatbot(
            label=w["chat"],
            show_label=False,
            elem_id="chat",
            height="100%",
            min_height=0,
            buttons=[],
            render_markdown=False,
            allow_tags=False,
            layout="bubble",
            feedback_options=None,
            group_consecutive_messages=False,
        )
        page.parts["ask"] = gr.Textbox(
            label=w["message"],
            show_label=False,
            placeholder=w["placeholder"],
            lines=1,
            max_lines=6,
            elem_id="ask",
            submit_btn=w["send"],
            autofocus=True,
            interactive=True,
        )
        with gr.Row(elem_id="foot"):
            page.parts["hint"] = gr.Button(w["hint"], elem_id="hint")
            if speech is not None:
                gr.HTML(views.speech(speech), elem_id="speech")
            gr.HTML(f"<p>{w['message_info']}</p>", elem_id="how")
        with gr.Group(visible=False, elem_id="end-question") as question:
            gr.HTML(views.notice(w["end_question"], "warn"))
            with gr.Row():
                page.parts["end_yes"] = gr.Button(
                    w["end_yes"], variant="primary", elem_id="end-yes"
                )
                page.parts["end_no"] = gr.Button(w["end_no"], elem_id="end-no")
        page.parts["question"] = question
    page.groups[Phase.INTERVIEW] = column


def _rail(page: Page) -> None:
    w = views.words()["interview"]
    gr.HTML(views.render("sheets.html"), elem_id="sheets")
    with gr.Column(elem_id="chart", min_width=0):
        page.parts["card"] = gr.HTML()
    with gr.Column(elem_id="findings", min_width=0):
        gr.HTML(f"<h2>{views.words()['sheets']['findings']}</h2>")
        page.parts["order"] = gr.Textbox(
            label=w["order"],
            show_label=False,
            placeholder=w["order_example"],
            elem_id="order",
            submit_btn=w["order_send"],
            lines=1,
        )
        page.parts["findings"] = gr.HTML(elem_id="findings-list")
    with gr.Column(elem_id="notes", min_width=0):
        page.parts["leftover"] = gr.HTML(elem_id="leftover")
        page.parts["pad"] = gr.Textbox(
            label=w["pad"],
            info=w["pad_info"],
            lines=4,
            max_lines=40,
            elem_id="pad",
            interactive=True,
        )


def _note(page: Page) -> None:
    w = views.words()["note"]
    with gr.Column(visible=False, elem_id="note") as column:
        gr.HTML(f'<h1 tabindex="-1">{w["title"]}</h1><p class="small">{w["lead"]}</p>')
        page.parts["history"] = gr.Textbox(
            label=w["history"], info=w["history_info"], lines=9, elem_id="note-history"
        )
        gr.HTML(f'<h2 class="label">{w["diagnoses"]}</h2><p class="small">{w["order_note"]}</p>')
        for n in range(1, MAX_DIAGNOSES + 1):
            with gr.Row(elem_classes="dx"):
                label = views.fill(w["diagnosis"], n=n)
                page.diagnoses.append(gr.Textbox(label=label, elem_id=f"dx-{n}", scale=2))
                page.diagnoses.append(
                    gr.Textbox(label=w["support"], lines=1, elem_id=f"dx-support-{n}", scale=3)
                )
        page.parts["workup"] = gr.Textbox(
            label=w["workup"], info=w["workup_info"], lines=4, elem_id="note-workup"
        )
        gr.HTML('<p class="small" role="status"></p>', elem_id="draft")
        page.parts["hand_in"] = gr.Button(w["submit"], variant="primary", elem_id="hand-in")
    page.groups[Phase.NOTE] = column


def _self_assessment(page: Page) -> None:
    w = views.words()["self"]
    with gr.Column(visible=False, elem_id="self") as column:
        gr.HTML(f'<h1 tabindex="-1">{w["title"]}</h1><p class="lead">{w["lead"]}</p>')
        for name in SCALES:
            page.parts[f"self_{name}"] = gr.Slider(
                1, 5, value=3, step=1, label=w[name], info=w["scale"], elem_id=f"self-{name}"
            )
        page.parts["well"] = gr.Textbox(label=w["well"], lines=3, elem_id="self-well")
        page.parts["change"] = gr.Textbox(label=w["change"], lines=3, elem_id="self-change")
        page.parts["show"] = gr.Button(w["submit"], variant="primary", elem_id="show-feedback")
    page.groups[Phase.SELF_ASSESSMENT] = column


def show(page: Page, shown: Shown, room: Room, forms: bool = False) -> Updates:
    """What changes on the page after a step; `forms` fills the boxes from the store as well."""
    encounter = shown.encounter
    if encounter is None and shown.kind == "nowhere":
        return {page["notice"]: views.nowhere(shown.notice)}
    updates: Updates = {page["notice"]: views.notice(shown.notice, shown.kind)}
    if encounter is None:
        return updates
    phase, talking = encounter.phase, encounter.phase == Phase.INTERVIEW
    updates |= {c: gr.update(visible=p == phase) for p, c in page.groups.items()}
    updates |= {
        page["standing"]: views.standing(encounter, drawn(encounter)),
        page["bar"]: views.bar(encounter),
        page["clock"]: views.clock(encounter, room.encounters.now()),
        page["room"]: gr.update(visible=phase in views.INSIDE),
        page["end"]: gr.update(visible=talking),
        page["order"]: gr.update(visible=talking),
    }
    if phase == Phase.BRIEFING:
        face = portrait.at_first(encounter.script, "at-door")
        updates[page["doorway"]] = views.doorway(encounter.script, face)
        added = max(room.encounters.services.settings.extra_time, encounter.added_percent)
        updates[page["start"]] = views.start(encounter.script, added, conditions(room, encounter))
        updates[page["mode"]] = gr.update(visible=not encounter.assignment)
    elif phase in views.INSIDE:
        updates |= _in_the_room(page, encounter)
    elif phase == Phase.FEEDBACK:
        updates[page["feedback"]] = over(room, encounter)
    if phase not in views.INSIDE:
        updates[page["portrait"]] = ""
    return updates | _forms(page, encounter) if forms else updates


def _in_the_room(page: Page, encounter: Encounter) -> Updates:
    w = views.words()["interview"]
    used = len(encounter.hints)
    label = views.fill(w["hint_again"], n=used) if used else w["hint"]
    empty = views.fill(w["empty"], name=encounter.script.speaker.name)
    return {
        page["chat"]: gr.update(placeholder=empty),
        page["findings"]: views.findings(encounter),
        page["leftover"]: "" if encounter.phase == Phase.INTERVIEW else views.leftover(encounter),
        page["hint"]: gr.update(visible=encounter.mode != "exam", value=label),
    }


def _forms(page: Page, encounter: Encounter) -> Updates:
    note, own = encounter.note, encounter.self_assessment
    inside = encounter.phase in views.INSIDE
    rows = [text for d in note.diagnoses for text in (d.name, d.support)]
    rows += [""] * (2 * MAX_DIAGNOSES - len(rows))
    return {
        page["card"]: views.chart(encounter.script),
        **({page["portrait"]: portrait.in_the_room(encounter)} if inside else {}),
        page["pad"]: encounter.pad,
        page["history"]: note.history,
        page["workup"]: note.workup,
        **({} if encounter.assignment else {page["mode"]: encounter.mode}),
        **dict(zip(page.diagnoses, rows, strict=False)),
        **{page[f"self_{name}"]: getattr(own, name) for name in SCALES},
        page["well"]: own.went_well,
        page["change"]: own.to_change,
    }


def _wire(page: Page, room: Room) -> None:
    host = gr.context.Context.root_block
    everything = page.all()

    def arrive(request: gr.Request) -> Updates:
        case, set_for = (request.query_params.get(name, "") for name in ("case", "for"))
        mine = person(request).programme
        shown = room.arrive(_who(request), _here(request), case, mine, set_for)
        return show(page, shown, room, forms=True)

    def refresh(request: gr.Request) -> Updates:
        return show(page, room.arrive(_who(request), _here(request), ""), room, forms=True)

    host.load(arrive, None, everything, api_name="arrive", show_progress="hidden")
    page["refresh"].click(refresh, None, everything, api_name="refresh", **ONCE)
    drawn = [page["chat"], page["notice"]]
    page["paint"].click(None, None, drawn, js="() => window.room.painted()", **QUIET)
    _wire_interview(page, room, everything)
    _wire_leaving(page, room, everything)
    _wire_after(page, room, everything)


def _who(request: gr.Request) -> str:
    return request.username or ""


def _here(request: gr.Request) -> str:
    """The encounter of the address; every event brings the page's query with it."""
    return str(request.query_params.get("id", ""))


def _focus(selector: str, top: bool = False) -> str:
    up = "window.scrollTo(0, 0);" if top else ""
    focus = f"{{preventScroll: {str(top).lower()}}}"
    return (
        "() => { let frames = 120; const look = () => { "
        f"const found = document.querySelector({selector!r}); "
        f"if (found) {{ {up} found.focus({focus}); }} "
        "else if (frames--) requestAnimationFrame(look); }; requestAnimationFrame(look); }"
    )


def _wire_interview(page: Page, room: Room, everything: list[Any]) -> None:
    def enter(mode: str, request: gr.Request) -> Updates:
        return show(page, room.enter(_who(request), _here(request), mode), room, forms=True)

    def order(wanted: str, request: gr.Request) -> Updates:
        shown = room.order(_who(request), _here(request), wanted or "")
        updates = show(page, shown, room)
        return {**updates, page["order"]: ""} if shown.finding_done else updates

    def hint(request: gr.Request) -> Updates:
        return show(page, room.hint(_who(request), _here(request)), room)

    page["enter"].click(enter, [page["mode"]], everything, api_name="enter", **ONCE).then(
        None, None, None, js=_focus("#ask textarea")
    )
    page["order"].submit(order, [page["order"]], everything, api_name="order", **ONCE)
    page["hint"].click(hint, None, everything, api_name="hint", **ONCE)


def _wire_leaving(page: Page, room: Room, everything: list[Any]) -> None:
    def leave(request: gr.Request) -> Updates:
        shown = room.leave(_who(request), _here(request))
        return {**show(page, shown, room, forms=True), page["question"]: gr.update(visible=False)}

    def time_up(request: gr.Request) -> Updates:
        return show(page, room.time_up(_who(request), _here(request)), room, forms=True)

    question = page["question"]
    page["end"].click(
        lambda: gr.update(visible=True), None, question, api_name="end", **QUIET
    ).then(None, None, None, js=_focus("#end-no"))
    page["end_no"].click(
        lambda: gr.update(visible=False), None, question, api_name="stay", **QUIET
    ).then(None, None, None, js=_focus("#ask textarea"))
    top = _focus("#note h1", top=True)
    page["end_yes"].click(leave, None, everything, api_name="leave", **ONCE).then(
        None, None, None, js=top
    )
    page["time_up"].click(time_up, None, everything, api_name="time_up", **ONCE).then(
        None, None, None, js=top
    )


def _wire_after(page: Page, room: Room, everything: list[Any]) -> None:
    boxes = [page["history"], *page.diagnoses, page["workup"]]

    def hand_in(request: gr.Request, history: str, *rest: str) -> Updates:
        *rows, workup = rest
        note = as_note(history, list(rows), workup)
        return show(page, room.submit_note(_who(request), _here(request), note), room)

    def finish(request: gr.Request, *values: Any) -> Updates:
        own = as_self_assessment(list(values[:3]), values[3], values[4])
        return show(page, room.submit_self(_who(request), _here(request), own), room)

    page["hand_in"].click(hand_in, boxes, everything, api_name="hand_in", trigger_mode="once").then(
        None, None, None, js=_focus("#self h1", top=True)
    )
    page["show"].click(
        finish,
        [*(page[f"self_{name}"] for name in SCALES), page["well"], page["change"]],
        everything,
        api_name="finish",
        trigger_mode="once",
    )
