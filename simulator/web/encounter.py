"""The encounter page: doorway, interview, note, self-assessment and feedback on one address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import gradio as gr

from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter
from simulator.web import feedback, views
from simulator.web.library import masthead
from simulator.web.room import Room, Shown, as_note, as_self_assessment, messages

MAX_DIAGNOSES = 3
Updates = dict[Any, Any]
QUIET: dict[str, Any] = {"show_progress": "hidden"}
ONCE: dict[str, Any] = {**QUIET, "trigger_mode": "once"}


@dataclass(slots=True)
class Page:
    """The components of the encounter page."""

    encounter_id: gr.State
    seen: gr.State
    pending: gr.State
    steps: gr.HTML
    notice: gr.HTML
    groups: dict[Phase, gr.Column] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)
    diagnoses: list[gr.Textbox] = field(default_factory=list)

    def __getitem__(self, name: str) -> Any:
        return self.parts[name]

    def all(self) -> list[Any]:
        """Every component that a step may change."""
        fixed = [self.encounter_id, self.seen, self.pending, self.steps, self.notice]
        return [*fixed, *self.groups.values(), *self.parts.values(), *self.diagnoses]


def build(room: Room) -> None:
    """Lay out the encounter page within the Blocks that are open, and wire its events."""
    gr.HTML(masthead())
    states = gr.State(""), gr.State(0), gr.State("")
    page = Page(*states, gr.HTML(elem_id="steps"), gr.HTML(elem_id="notice"))
    with gr.Column(elem_id="main"):
        _briefing(page)
        _interview(page)
        _note(page)
        _self_assessment(page)
        with gr.Column(visible=False, elem_id="feedback") as column:
            page.parts["feedback"] = gr.HTML()
        page.groups[Phase.FEEDBACK] = column
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


def _interview(page: Page) -> None:
    with gr.Column(visible=False, elem_id="interview") as column, gr.Row(elem_id="room"):
        with gr.Column(scale=3, min_width=240, elem_id="side"):
            page.parts["clock"] = gr.HTML(elem_id="interview-clock")
            page.parts["card"] = gr.HTML()
        with gr.Column(scale=6, min_width=280, elem_id="middle"):
            _conversation(page)
        with gr.Column(scale=3, min_width=240, elem_id="tools"):
            _tools(page)
    page.groups[Phase.INTERVIEW] = column


def _conversation(page: Page) -> None:
    w = views.words()["interview"]
    page.parts["chat"] = gr.Chatbot(
        label=w["chat"],
        show_label=False,
        elem_id="chat",
        height="56vh",
        min_height=320,
        buttons=[],
        render_markdown=False,
        allow_tags=False,
        layout="bubble",
        feedback_options=None,
        group_consecutive_messages=False,
    )
    page.parts["thinking"] = gr.HTML(elem_id="thinking")
    page.parts["ask"] = gr.Textbox(
        label=w["message"],
        info=w["message_info"],
        placeholder=w["placeholder"],
        lines=1,
        max_lines=6,
        elem_id="ask",
        submit_btn=w["send"],
        autofocus=True,
    )
    page.parts["end"] = gr.Button(w["end"], elem_id="end")
    with gr.Group(visible=False, elem_id="end-question") as question:
        gr.HTML(views.notice(w["end_question"], "warn"))
        with gr.Row():
            page.parts["end_yes"] = gr.Button(w["end_yes"], variant="primary", elem_id="end-yes")
            page.parts["end_no"] = gr.Button(w["end_no"], elem_id="end-no")
    page.parts["question"] = question
    page.parts["time_up"] = gr.Button(w["time_up"], elem_id="time-up")


def _tools(page: Page) -> None:
    w = views.words()["interview"]
    page.parts["order"] = gr.Textbox(
        label=w["order"], info=w["order_info"], elem_id="order", submit_btn=w["order_send"], lines=1
    )
    page.parts["findings"] = gr.HTML(elem_id="findings")
    page.parts["hint"] = gr.Button(w["hint"], elem_id="hint")
    page.parts["pad"] = gr.Textbox(label=w["pad"], info=w["pad_info"], lines=7, elem_id="pad")


def _note(page: Page) -> None:
    w = views.words()["note"]
    with gr.Column(visible=False, elem_id="note") as column:
        gr.HTML(f'<h1 tabindex="-1">{w["title"]}</h1>')
        page.parts["note_clock"] = gr.HTML(elem_id="note-clock")
        with gr.Row():
            with gr.Column(scale=6, min_width=300):
                page.parts["history"] = gr.Textbox(
                    label=w["history"], info=w["history_info"], lines=12, elem_id="note-history"
                )
                page.parts["workup"] = gr.Textbox(
                    label=w["workup"], info=w["workup_info"], lines=5, elem_id="note-workup"
                )
            with gr.Column(scale=5, min_width=300):
                gr.HTML(f'<p class="small">{w["order_note"]}</p>')
                for n in range(1, MAX_DIAGNOSES + 1):
                    name = gr.Textbox(label=views.fill(w["diagnosis"], n=n), elem_id=f"dx-{n}")
                    support = gr.Textbox(label=w["support"], lines=2, elem_id=f"dx-support-{n}")
                    page.diagnoses += [name, support]
        page.parts["draft"] = gr.HTML(elem_id="draft")
        page.parts["hand_in"] = gr.Button(w["submit"], variant="primary", elem_id="hand-in")
    page.groups[Phase.NOTE] = column


def _self_assessment(page: Page) -> None:
    w = views.words()["self"]
    with gr.Column(visible=False, elem_id="self") as column:
        gr.HTML(f'<h1 tabindex="-1">{w["title"]}</h1><p class="lead">{w["lead"]}</p>')
        for name in ("history", "communication", "reasoning"):
            page.parts[f"self_{name}"] = gr.Slider(
                1, 5, value=3, step=1, label=w[name], info=w["scale"], elem_id=f"self-{name}"
            )
        page.parts["well"] = gr.Textbox(label=w["well"], lines=3, elem_id="self-well")
        page.parts["change"] = gr.Textbox(label=w["change"], lines=3, elem_id="self-change")
        page.parts["show"] = gr.Button(w["submit"], variant="primary", elem_id="show-feedback")
    page.groups[Phase.SELF_ASSESSMENT] = column


def show(page: Page, shown: Shown, room: Room, forms: bool = False) -> Updates:
    """What changes on the page after a step; `forms` fills the boxes from the store as well."""
    updates: Updates = {page.notice: views.notice(shown.notice, shown.kind)}
    encounter = shown.encounter
    if encounter is None:
        return updates
    updates |= {page.encounter_id: encounter.id, page.steps: views.steps(encounter)}
    updates |= {c: gr.update(visible=p == encounter.phase) for p, c in page.groups.items()}
    if encounter.phase == Phase.BRIEFING:
        updates[page["doorway"]] = views.doorway(encounter.script)
        updates[page["start"]] = views.start(encounter.script)
    elif encounter.phase == Phase.INTERVIEW:
        updates |= _in_the_room(page, encounter, room)
    elif encounter.phase == Phase.NOTE:
        label, now = views.words()["interview"]["left"], room.encounters.now()
        updates[page["note_clock"]] = views.clock(encounter.note_deadline, now, label)
    if shown.report is not None:
        updates[page["feedback"]] = feedback.page(shown.report, encounter.id)
    if forms:
        updates |= _forms(page, encounter)
    return updates


def _in_the_room(page: Page, encounter: Encounter, room: Room) -> Updates:
    w = views.words()["interview"]
    said = room.said_now(encounter.id)
    placeholder = views.fill(w["empty"], name=encounter.script.doorway.name)
    used = len(encounter.hints)
    label = views.fill(w["hint_again"], n=used) if used else w["hint"]
    return {
        page.seen: len(encounter.turns),
        page["clock"]: views.clock(encounter.deadline, room.encounters.now(), w["left"]),
        page["chat"]: gr.update(value=messages(encounter, *said), placeholder=placeholder),
        page["thinking"]: (views.speaking() if said[1] else views.thinking()) if said[0] else "",
        page["findings"]: views.findings(encounter),
        page["hint"]: gr.update(visible=encounter.mode == "practice", value=label),
    }


def _forms(page: Page, encounter: Encounter) -> Updates:
    note = encounter.note
    rows = [text for d in note.diagnoses for text in (d.name, d.support)]
    rows += [""] * (2 * MAX_DIAGNOSES - len(rows))
    return {
        page["card"]: views.doorway(encounter.script, compact=True),
        page["pad"]: encounter.pad,
        page["history"]: note.history,
        page["workup"]: note.workup,
        page["mode"]: encounter.mode,
        **dict(zip(page.diagnoses, rows, strict=False)),
    }


def _wire(page: Page, room: Room) -> None:
    host = gr.context.Context.root_block
    everything = page.all()

    def arrive(request: gr.Request) -> Updates:
        query = request.query_params
        shown = room.arrive(_who(request), query.get("id", ""), query.get("case", ""))
        return show(page, shown, room, forms=True)

    host.load(arrive, None, everything, api_name="arrive", show_progress="hidden")
    _wire_talk(page, room, everything)
    _wire_interview(page, room, everything)
    _wire_leaving(page, room, everything)
    _wire_after(page, room, everything)


def _who(request: gr.Request) -> str:
    return request.username or ""


def _focus(selector: str, top: bool = False) -> str:
    up = "window.scrollTo(0, 0);" if top else ""
    focus = f"{{preventScroll: {str(top).lower()}}}"
    return (
        "() => { let frames = 120; const look = () => { "
        f"const found = document.querySelector({selector!r}); "
        f"if (found) {{ {up} found.focus({focus}); }} "
        "else if (frames--) requestAnimationFrame(look); }; requestAnimationFrame(look); }"
    )


def _speaking(
    page: Page, encounter: Encounter, now: datetime, said: str, news: str | None, paused: bool
) -> Updates:
    """The page while the patient speaks; in a long silence the clock stands still."""
    words = views.words()["interview"]
    if news is None:
        clock = views.paused_clock(encounter.deadline, now)
        return {page["clock"]: clock, page.notice: views.notice(words["slow"], "warn")}
    chat = messages(encounter, pending=said.strip(), speaking=news)
    running = {page["clock"]: views.clock(encounter.deadline, now, words["left"])} if paused else {}
    return {page["chat"]: chat, page["thinking"]: views.speaking(), page.notice: "", **running}


def _wire_talk(page: Page, room: Room, everything: list[Any]) -> None:
    def listen(said: str, encounter_id: str, pending: str, request: gr.Request) -> Updates:
        if pending:
            return {page.notice: gr.skip()}
        shown = room.listen(_who(request), encounter_id, said or "")
        if not shown.sent or shown.encounter is None:
            return show(page, shown, room)
        chat = messages(shown.encounter, pending=said.strip())
        told = {page["chat"]: chat, page["thinking"]: views.thinking(), page.notice: ""}
        return {**told, page.pending: said, page["ask"]: ""}

    def ask(
        said: str, now: str, encounter_id: str, seen: int, request: gr.Request
    ) -> Iterator[Updates]:
        if not said:
            yield {page.notice: gr.skip()}
            return
        who, paused = _who(request), False
        encounter = room.glance(who, encounter_id)
        for news in room.ask_live(who, encounter_id, said, seen):
            if not isinstance(news, Shown):
                if encounter is not None:
                    yield _speaking(page, encounter, room.encounters.now(), said, news, paused)
                paused = news is None
                continue
            yield _answered(page, room, news, f"{said}\n{now}".strip())

    here, box = page.encounter_id, page["ask"]
    heard = box.submit(
        listen, [box, here, page.pending], everything, api_name="listen", queue=False, **ONCE
    )
    heard.then(ask, [page.pending, box, here, page.seen], everything, api_name="ask", **QUIET)


def _answered(page: Page, room: Room, news: Shown, unsent: str) -> Updates:
    """The page after an answer; what was not sent goes back to the box."""
    updates = {**show(page, news, room), page.pending: "", page["thinking"]: ""}
    if not news.sent:
        updates[page["ask"]] = unsent
    if news.announced:
        updates[page["order"]] = news.announced
    return updates


def _wire_interview(page: Page, room: Room, everything: list[Any]) -> None:
    def enter(encounter_id: str, mode: str, request: gr.Request) -> Updates:
        return show(page, room.enter(_who(request), encounter_id, mode), room, forms=True)

    def order(wanted: str, encounter_id: str, request: gr.Request) -> Updates:
        shown = room.order(_who(request), encounter_id, wanted or "")
        updates = show(page, shown, room)
        return {**updates, page["order"]: ""} if shown.finding_done else updates

    def hint(encounter_id: str, request: gr.Request) -> Updates:
        return show(page, room.hint(_who(request), encounter_id), room)

    def keep_pad(pad: str, encounter_id: str, request: gr.Request) -> None:
        room.save_pad(_who(request), encounter_id, pad or "")

    here = page.encounter_id
    page["enter"].click(enter, [here, page["mode"]], everything, api_name="enter", **ONCE).then(
        None, None, None, js=_focus("#ask textarea")
    )
    page["order"].submit(order, [page["order"], here], everything, api_name="order", **ONCE)
    page["hint"].click(hint, [here], everything, api_name="hint", **ONCE)
    page["pad"].blur(keep_pad, [page["pad"], here], None, api_name="pad", **QUIET)


def _wire_leaving(page: Page, room: Room, everything: list[Any]) -> None:
    def leave(encounter_id: str, request: gr.Request) -> Updates:
        shown = room.leave(_who(request), encounter_id)
        return {**show(page, shown, room, forms=True), page["question"]: gr.update(visible=False)}

    def time_up(encounter_id: str, request: gr.Request) -> Updates:
        return show(page, room.time_up(_who(request), encounter_id), room, forms=True)

    here, question = page.encounter_id, page["question"]
    page["end"].click(
        lambda: gr.update(visible=True), None, question, api_name="end", **QUIET
    ).then(None, None, None, js=_focus("#end-no"))
    page["end_no"].click(
        lambda: gr.update(visible=False), None, question, api_name="stay", **QUIET
    ).then(None, None, None, js=_focus("#ask textarea"))
    top = _focus("#note h1", top=True)
    page["end_yes"].click(leave, [here], everything, api_name="leave", **ONCE).then(
        None, None, None, js=top
    )
    page["time_up"].click(time_up, [here], everything, api_name="time_up", **ONCE).then(
        None, None, None, js=top
    )


def _wire_after(page: Page, room: Room, everything: list[Any]) -> None:
    boxes = [page["history"], *page.diagnoses, page["workup"]]

    def draft(request: gr.Request, encounter_id: str, history: str, *rest: str) -> str:
        *rows, workup = rest
        text = room.save_note(_who(request), encounter_id, as_note(history, list(rows), workup))
        return f'<p class="small" role="status">{text}</p>' if text else ""

    def hand_in(request: gr.Request, encounter_id: str, history: str, *rest: str) -> Updates:
        *rows, workup = rest
        note = as_note(history, list(rows), workup)
        return show(page, room.submit_note(_who(request), encounter_id, note), room)

    def finish(request: gr.Request, encounter_id: str, *values: Any) -> Updates:
        own = as_self_assessment(list(values[:3]), values[3], values[4])
        return show(page, room.submit_self(_who(request), encounter_id, own), room)

    here = page.encounter_id
    leaving = [box.blur for box in boxes]
    gr.on(leaving, draft, [here, *boxes], page["draft"], api_name="draft", show_progress="hidden")
    page["hand_in"].click(
        hand_in, [here, *boxes], everything, api_name="hand_in", trigger_mode="once"
    ).then(None, None, None, js=_focus("#self h1", top=True))
    scales = [page[f"self_{n}"] for n in ("history", "communication", "reasoning")]
    page["show"].click(
        finish,
        [here, *scales, page["well"], page["change"]],
        everything,
        api_name="finish",
        trigger_mode="once",
    ).then(None, None, None, js=_focus(".feedback h1", top=True))
