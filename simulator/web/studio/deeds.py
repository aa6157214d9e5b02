"""What an author does by a button: each a function from what the page sent to what is saved."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from simulator.errors import NotAllowed, ScriptError
from simulator.studio import form, misses, questions, talk
from simulator.studio.desk import Desk
from simulator.studio.splice import Edit
from simulator.web.studio.view import dom

Sent = Mapping[str, str]
Deed = Callable[[Desk, str, Sent], tuple[str, str]]  # → anchor on the page, name of the talk


def _number(sent: Sent, name: str) -> int:
    try:
        return int(sent.get(name, ""))
    except ValueError:
        raise ScriptError(f"{name}: {sent.get(name, '')!r} is not a number") from None


def item(desk: Desk, case_id: str, sent: Sent) -> tuple[str, str]:
    """Add, remove or move an item of a list."""
    items, base = form.list_at(sent.get("path", "")), _number(sent, "base")
    data = desk.data_of(case_id, base)
    there = form.value_at(data, items.steps) or []
    if sent.get("do") == "add":
        edit, place = form.new_item(items, sent.get("text", ""), sent.get("also", ""), data), -1
        edits = [edit]
        if not str(edit.value[items.typed]):
            raise NotAllowed(f"Write something for the new {items.one} first.")
    else:
        place = _number(sent, "place")
        path = (*items.steps, place)
        if sent.get("do") == "move":
            place = _number(sent, "to")
            edits = [Edit(do="move", path=path, to=place)]
        else:
            edits = form.without_item(items, place, data)
            place = min(place, len(there) - 2)
    desk.edit(case_id, base, edits)
    at = len(there) if place < 0 and sent.get("do") == "add" else place
    return (dom((*items.steps, at)) if at >= 0 else ""), sent.get("talk", "")


def question(desk: Desk, case_id: str, sent: Sent) -> tuple[str, str]:
    """Answer a likely question, in words, with a no, or leave it open; the next one follows."""
    topic, base = sent.get("topic", ""), _number(sent, "base")
    how = "told" if sent.get("says", "").strip() else sent.get("how", "open")
    edits = questions.answer(desk.data_of(case_id, base), topic, how, sent.get("says", ""))
    if edits:
        desk.edit(case_id, base, edits)
    follows = questions.see(desk.drafts, case_id, topic)
    return f"q-{follows.replace('.', '-')}", sent.get("talk", "")


def say(desk: Desk, case_id: str, sent: Sent) -> tuple[str, str]:
    """Put a question to the patient, put all of them again, or begin a new talk."""
    name, do = sent.get("talk", "first"), sent.get("do", "ask")
    if do == "new":
        return "say", uuid.uuid4().hex[:8]
    found = desk.playable(desk.open(case_id))
    if found is None:
        raise NotAllowed("The case has faults and cannot be played yet.")
    script, version = found
    held, patient = talk.load(desk.drafts, case_id, name), desk.patient(script)
    if do == "again":
        held = talk.ask_again(patient, held, version)
    elif said := sent.get("said", "").strip()[:2000]:
        held = talk.ask(patient, held, said, version)
    talk.keep(desk.drafts, case_id, name, held)
    return "say", name


def teach(desk: Desk, case_id: str, sent: Sent) -> tuple[str, str]:
    """Take up a question of the talk: as a fact's wording, a new fact, or a test."""
    base, said = _number(sent, "base"), " ".join(sent.get("said", "").split())
    data = desk.data_of(case_id, base)
    if sent.get("do") == "wording":
        edit = wording(data, sent.get("fact", ""), said)
    elif sent.get("do") == "fact":
        edit = fact(data, said, sent.get("says", ""), sent.get("topic", ""))
    else:
        path = ("tests_of_the_script",)
        expect = form.typed(sent.get("expect", ""), "expect", path)
        edit = Edit(do="add", path=path, value={"ask": said, "expect": expect or "unknown"})
    desk.edit(case_id, base, [edit])
    return "say", sent.get("talk", "")


def wording(data: Any, fact_id: str, said: str) -> Edit:
    """The edit that adds a question to a fact's examples.

    Raises:
        NotAllowed: the case has no such fact.
    """
    facts = form.value_at(data, ("facts",)) or []
    for place, found in enumerate(facts):
        if isinstance(found, Mapping) and found.get("id") == fact_id:
            return Edit(do="add", path=("facts", place, "asks"), value=said)
    raise NotAllowed(f"There is no fact {fact_id!r} any more; choose another.")


def fact(data: Any, said: str, says: str, topic: str) -> Edit:
    """The edit that adds a fact which answers a question.

    Raises:
        NotAllowed: nothing is said.
    """
    if not says.strip():
        raise NotAllowed("Write what the patient says first.")
    made = form.new_item(form.list_at("facts"), says, "", data)
    facts = form.value_at(data, ("facts",)) or []
    spoken_of = {f.get("topic") for f in facts if isinstance(f, Mapping)}
    value = dict(made.value)
    if topic and topic not in spoken_of:
        value["topic"] = topic
    return Edit(do="add", path=made.path, value={**value, "asks": [said]})


def step(desk: Desk, case_id: str, sent: Sent) -> tuple[str, str]:
    """Undo or redo."""
    desk.drafts.step(case_id, _number(sent, "base"), -1 if sent.get("by") == "-1" else 1)
    return "", sent.get("talk", "")


def miss(desk: Desk, case_id: str, base: int, do: str, said: str, about: str, says: str) -> None:
    """Take a missed question up as the wording of a fact, write a fact for it, or dismiss it."""
    if do == "accept":
        desk.edit(case_id, base, [wording(desk.data_of(case_id, base), about, said)])
    elif do == "write":
        desk.edit(case_id, base, [fact(desk.data_of(case_id, base), said, says, about)])
    else:
        misses.dismiss(desk.drafts, case_id, said)


def settle(desk: Desk, case_id: str, aside: int, base: int, take: str) -> None:
    """Go on with both authors' changes, with the save that came too late, or with neither."""
    text = None
    if take == "both":
        text = desk.drafts.both(case_id, aside)
    elif take == "mine":
        text = desk.drafts.text_of(case_id, aside)
    if text is not None:
        desk.save(case_id, base, text)
    desk.drafts.settle(case_id, aside)
