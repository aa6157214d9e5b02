"""What a course prints for a human patient: door card, training script, examiner's sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from simulator.scripts.formats.held import beyond
from simulator.scripts.schema import Fact, PatientScript

TIER_WORDS = {
    "opening": "Say at the start",
    "open": "Volunteer, one or two at a time, when asked an open question",
    "asked": "Tell when asked about it",
    "direct": "Tell only when asked for it by name",
    "trust": "Tell only when asked, and once the doctor has earned your trust",
    "never": "Do not tell",
}
SIGNS = {
    "bp": "blood pressure",
    "resp": "breaths a minute",
    "temp_c": "temperature in °C",
    "spo2": "oxygen saturation in %",
    "weight_kg": "weight in kg",
    "height_cm": "height in cm",
    "bmi": "BMI",
}
SPEECH = {
    "A": "fluent",
    "B": "simple sentences, some mistakes",
    "C": "single words and short phrases",
}
DOMAINS = {"hpi": "present problem"}


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a printed page: a heading, a paragraph, or a table whose first row is its head."""

    kind: Literal["title", "heading", "text", "table", "page"]
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


def sheets(script: PatientScript) -> list[Block]:
    """The three sheets, each from a new page on."""
    page = [Block("page")]
    return [*_door_card(script), *page, *_training(script), *page, *_examiner(script)]


def _door_card(script: PatientScript) -> Iterator[Block]:
    door = script.doorway
    yield Block("title", f"Door card: {script.title}")
    yield Block("text", f"{door.name}, {door.age}, {door.sex}. {door.setting}.")
    if script.informant:
        yield Block("text", f"Speaks: {script.informant.name}, {script.informant.relation}.")
    yield Block("text", f"Comes with: {door.concern}")
    if door.vitals:
        signs = "; ".join(
            f"{SIGNS.get(k, k.replace('_', ' '))} {v}" for k, v in door.vitals.items()
        )
        yield Block("text", f"Vital signs: {signs}")
    yield from _list("Your tasks", door.tasks)
    yield Block("text", f"Interview {door.minutes} minutes, note {door.note_minutes} minutes.")
    if script.content_warning:
        yield Block("text", f"Please note: {script.content_warning}")


def _training(script: PatientScript) -> Iterator[Block]:
    door, who, played = script.doorway, script.patient, script.speaker
    yield Block("title", f"Training script: {script.title}")
    plays = ", ".join(map(str, filter(None, (played.name, played.age, played.sex))))
    if script.informant:
        plays += f", {script.informant.relation} of {door.name}, {door.age}, {door.sex}"
    yield Block("text", f"You play {plays}. Not to be shown to residents.")
    rows = [
        ("Occupation", who.occupation),
        ("Manner", who.personality),
        ("Mood", who.affect.baseline),
        ("Pronouns", played.pronouns),
        ("Knowledge of illness", who.health_literacy),
        ("Memory for dates", "good" if who.recall == "high" else "poor"),
        ("Command of the language", SPEECH[who.speech]),
    ]
    yield Block("table", rows=(("Who you are", ""), *((k, v) for k, v in rows if v)))
    yield from _list("What makes you open up", who.affect.softeners)
    yield from _list("What closes you", who.affect.triggers)
    yield from _list("What you may do", who.gestures)
    yield Block("heading", "Say first")
    yield Block("text", f"“{script.opening}”")
    for tier, words in TIER_WORDS.items():
        facts = [f for f in script.facts if f.tell == tier]
        if facts:
            yield Block("heading", words)
            yield Block("table", rows=(("About", "Your words"), *map(_fact_row, facts)))
    if script.denies:
        yield Block("heading", "Say no to")
        yield Block("text", ", ".join(_topic(t) for t in script.denies))
    rest = "no" if script.answers_no_by_default else "that you are not sure"
    yield Block("text", f"Asked about a symptom or illness that is not here, say {rest}.")
    yield from _prompts(script)


def _prompts(script: PatientScript) -> Iterator[Block]:
    if script.cues:
        rows = [
            (c.says, f"with {c.with_fact}" if c.with_fact else "", c.looks_for) for c in script.cues
        ]
        yield Block("heading", "Hints to drop once")
        yield Block("table", rows=(("Your words", "When", "The doctor should"), *rows))
    if script.challenges:
        rows = [(c.says, _moment(c.when.model_dump()), c.good_response) for c in script.challenges]
        yield Block("heading", "Questions to put to the doctor")
        yield Block("table", rows=(("Your words", "When", "A good answer"), *rows))
    if script.closing:
        yield Block("heading", "Say last")
        yield Block("text", f"“{script.closing}”")


def _examiner(script: PatientScript) -> Iterator[Block]:
    key = script.note_key
    yield Block("title", f"Examiner's sheet: {script.title}")
    if script.checklist:
        rows = [
            (
                i.text + (" (critical)" if i.critical else ""),
                DOMAINS.get(i.domain, i.domain),
                f"{i.weight:g}",
                script.debrief.model_questions.get(i.id, ""),
                "☐",
            )
            for i in script.checklist
        ]
        yield Block("heading", "Checklist")
        yield Block("table", rows=(("Item", "Domain", "Weight", "For example", "Done"), *rows))
    if script.examination:
        yield Block("heading", "Findings, given when asked for")
        yield Block(
            "table",
            rows=(
                ("Examination", "Finding"),
                *((m.manoeuvre, m.finding) for m in script.examination),
            ),
        )
    if script.tests:
        yield Block("heading", "Results, given when asked for")
        yield Block("table", rows=(("Test", "Result"), *((t.name, t.result) for t in script.tests)))
    if key.diagnosis:
        yield Block("heading", "The case")
        yield Block("text", key.diagnosis)
    if key.differential:
        yield Block(
            "table",
            rows=(
                ("Diagnosis", "Also accepted", "Not to miss"),
                *(
                    (d.name, ", ".join(d.also), "yes" if d.must_not_miss else "")
                    for d in key.differential
                ),
            ),
        )
    yield from _list("Work-up", [w.name for w in key.workup])
    yield from _list("Teaching points", [p.text for p in script.debrief.teaching_points])
    about = [
        f"Authors: {', '.join(script.authors)}" if script.authors else "",
        script.licence,
        script.source,
    ]
    yield from (Block("text", line) for line in about if line)


def _fact_row(fact: Fact) -> tuple[str, str]:
    words = fact.says if fact.knows else "You do not know."
    mark = " (red flag)" if fact.red_flag else ""
    return (_topic(fact.topic) if fact.topic else fact.id) + mark, " / ".join([words, *fact.also])


def _topic(topic: str) -> str:
    return topic.split(".", 1)[-1].replace("-", " ").replace(".", " ")


def _moment(when: dict[str, object]) -> str:
    said = {
        "after_minutes": "after {:g} minutes",
        "after_turns": "after {} exchanges",
        "after_fact": "after {}",
    }
    parts = [words.format(when[key]) for key, words in said.items() if when[key] is not None]
    return ", ".join([*parts, *(["when the doctor takes leave"] if when["on_end"] else [])])


def _list(title: str, entries: Sequence[str]) -> Iterator[Block]:
    if entries:
        yield Block("heading", title)
        yield from (Block("text", f"• {entry}") for entry in entries)


ON_PAPER = frozenset(
    {
        "schema", "title", "content_warning", "authors", "licence", "source", "opening", "closing",
        "doorway", "informant", "denies", "answers_no_by_default",
        "patient.occupation", "patient.personality", "patient.affect", "patient.health_literacy",
        "patient.recall", "patient.speech", "patient.gestures",
        "facts.says", "facts.also", "facts.tell", "facts.topic", "facts.red_flag", "facts.knows",
        "cues.says", "cues.with", "cues.looks_for",
        "challenges.says", "challenges.when", "challenges.good_response",
        "examination.manoeuvre", "examination.finding", "tests.name", "tests.result",
        "checklist.text", "checklist.domain", "checklist.weight", "checklist.critical",
        "note_key.diagnosis", "note_key.differential.name", "note_key.differential.also",
        "note_key.differential.must_not_miss", "note_key.workup.name",
        "debrief.teaching_points.text", "debrief.model_questions",
    }
)  # fmt: skip


def not_on_paper(script: PatientScript) -> tuple[str, ...]:
    """What of a script the three sheets do not show, each with how much of it."""
    return beyond(script, ON_PAPER)
