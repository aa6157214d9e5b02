"""What the pages show, as HTML from templates; nothing here decides anything."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from simulator.encounter.noticing import is_watched
from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter
from simulator.evaluator.totals import Score
from simulator.patient.trace import Trace
from simulator.scripts.schema import PatientScript
from simulator.speech import MOST_S, Speech

HERE = Path(__file__).parent
INSIDE = (Phase.INTERVIEW, Phase.NOTE, Phase.SELF_ASSESSMENT)


@cache
def words(folder: Path = HERE) -> dict[str, Any]:
    """The words of the interface, or of the pages of a folder."""
    loaded: dict[str, Any] = yaml.safe_load((folder / "words.yaml").read_text(encoding="utf-8"))
    return loaded


def fill(pattern: str, **values: object) -> str:
    """A phrase with its $names filled in."""
    return Template(pattern).substitute({k: str(v) for k, v in values.items()})


def environment(*folders: Path, **known: Any) -> Environment:
    """The templates of folders and the parts of all, with what they know; a missing value fails."""
    made = Environment(
        loader=FileSystemLoader([*folders, HERE / "parts"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(known)
    return made


@cache
def _environment() -> Environment:
    return environment(HERE / "templates", w=words(), fill=fill)


def render(template: str, **values: Any) -> str:
    """A template of templates/ with its values; every value is escaped."""
    return _environment().get_template(template).render(**values)


@dataclass(frozen=True, slots=True)
class Attempts:
    """The resident's attempts at one case."""

    count: int
    running: str  # the encounter that is open, and where it stands
    where: str
    finished: str
    best: Score | None
    when: str  # the last time, in words
    new_edition: bool  # the case has changed since then


def attempts_at(
    script: PatientScript,
    encounters: Sequence[Encounter],
    best: dict[str, Score],
    now: datetime,
) -> Attempts:
    """What this resident has done with a case: how often, what is open, the best score.

    What was tried again from a turn is open like all others, and no attempt of its own.

    Args:
        script: the case as it is offered now.
        encounters: the resident's, newest first. best: the best scores, by case. now: the time.
    """
    every = [e for e in encounters if e.script.id == script.id and e.phase != Phase.BRIEFING]
    running = next((e for e in every if e.phase != Phase.FEEDBACK), None)
    mine = [e for e in every if not e.branch_of]
    return Attempts(
        len(mine),
        running.id if running else "",
        _where(running, now) if running else "",
        next((e.id for e in mine if e.phase == Phase.FEEDBACK), ""),
        best.get(script.id),
        _ago(mine[0].created_at, now) if mine else "",
        bool(mine) and mine[0].script.version != script.version,
    )


def _where(encounter: Encounter, now: datetime) -> str:
    deadline = encounter.deadline
    if encounter.phase == Phase.NOTE:
        deadline = encounter.note_deadline
    left = seconds_left(deadline, now) or 0
    minutes = -(-left // 60)
    w = words()["library"]["open"]
    return fill(w.get(encounter.phase.value if left else "later", w["later"]), minutes=minutes)


def _ago(then: datetime, now: datetime) -> str:
    days = (now.date() - then.date()).days
    w = words()["library"]["ago"]
    return str(w[days]) if days in w else fill(w["many"], n=days)


def fits(script: PatientScript, specialty: str, level: str, search: str) -> bool:
    """Whether a case fits the filters of the library."""
    every = words()["library"]["all"]
    names = f"{script.doorway.name} {script.speaker.name}"
    told = f"{script.title} {script.doorway.concern} {names}".lower()
    return (
        specialty in (every, "", script.specialty)
        and level in (every, "", script.difficulty or "")
        and search.lower().strip() in told
    )


def no_longer_offered(
    encounters: Sequence[Encounter], offered: Sequence[PatientScript]
) -> list[PatientScript]:
    """The cases of a resident's encounters that are not offered any more, the latest first."""
    known = {s.id for s in offered}
    tried = (e.script for e in encounters if e.phase != Phase.BRIEFING)
    return list({s.id: s for s in tried if s.id not in known}.values())


def library(
    scripts: Sequence[PatientScript],
    attempts: dict[str, Attempts],
    portraits: dict[str, Markup],
    past: Sequence[PatientScript] = (),
    examined: Collection[str] = (),
) -> str:
    """The cards of the library.

    Args:
        scripts: the cases that are offered. attempts, portraits: by the case's id.
        past: cases that were tried and are not offered any more.
        examined: the cases on which there is an examination first.
    """
    return render(
        "library.html",
        scripts=scripts,
        attempts=attempts,
        portraits=portraits,
        past=past,
        examined=examined,
    )


def first_step(script: PatientScript, running: str, portrait: Markup) -> str:
    """The way of a newcomer to the guided case, or back to where they are in it."""
    return render("first.html", s=script, running=running, portrait=portrait)


def nowhere(text: str) -> str:
    """What a link that leads nowhere shows: why, and where to go."""
    return render("nowhere.html", text=text)


def doorway(script: PatientScript, portrait: Markup) -> str:
    """The doorway note: all that is known before entering."""
    return render(
        "doorway.html", d=script.doorway, informant=script.informant, portrait=portrait, chart=False
    )


def chart(script: PatientScript) -> str:
    """The same in the room."""
    return render("doorway.html", d=script.doorway, informant=script.informant, chart=True)


def start(script: PatientScript, added_percent: int, conditions: Sequence[str] = ()) -> str:
    """What to know before the door is opened: warnings, the clock, what this is.

    Args:
        script: who waits. added_percent: of time. conditions: of what was set, a sentence each.
    """
    times = script.doorway.minutes, script.doorway.note_minutes
    minutes, note = (minutes_allowed(m, added_percent) for m in times)
    return render(
        "start.html",
        s=script,
        minutes=minutes,
        note=note,
        added=added_percent,
        conditions=conditions,
    )


def bar(encounter: Encounter | None = None) -> str:
    """The top of the encounter page: the product, whom one is with, where one stands."""
    return render("bar.html", e=encounter, phases=list(Phase), inside=INSIDE)


def clock(encounter: Encounter, now: datetime) -> str:
    """A countdown to the server's deadline; the browser only draws it."""
    deadline = {Phase.INTERVIEW: encounter.deadline, Phase.NOTE: encounter.note_deadline}.get(
        encounter.phase
    )
    left = seconds_left(deadline, now)
    return "" if left is None else render("clock.html", kind=encounter.phase, left=left)


def seconds_left(deadline: datetime | None, now: datetime) -> int | None:
    """The whole seconds until a deadline; None where there is none."""
    return None if deadline is None else max(0, round((deadline - now).total_seconds()))


def minutes_allowed(minutes: int, added_percent: int) -> str:
    """A case's minutes with what is added to them: '15', '18.75'."""
    return f"{minutes * (100 + added_percent) / 100:g}"


def tip(encounter: Encounter) -> str:
    """What to do now, for a newcomer with the guided patient; else nothing."""
    w, script = words()["tips"], encounter.script
    guided = script.guided or encounter.mode == "guided"
    if not guided or encounter.phase not in INSIDE:
        return ""
    if encounter.phase != Phase.INTERVIEW:
        return str(w[encounter.phase.value])
    if encounter.orders:
        return str(w["examined"])
    from_turn = max(n for n in w["interview"] if n <= len(encounter.turns))
    return fill(w["interview"][from_turn], name=script.speaker.name.split()[0])


def standing(encounter: Encounter, drawn: dict[str, Any]) -> str:
    """What the page's script must know, unseen: which encounter, where it stands, the talk."""
    title = fill(words()["titles"][encounter.phase.value], name=encounter.script.speaker.name)
    now = {
        "encounter": encounter.id,
        "phase": encounter.phase,
        "name": encounter.script.speaker.name,
        "title": f"{title} · {words()['product']}",
        "unsent": encounter.unsent,
        "watched": is_watched(encounter),
        **drawn,
    }
    return render("standing.html", now=now)


def line(speech: bool = False) -> str:
    """The words that the page's script says: typing, the connection, the time, the voice."""
    return render("line.html", line=words()["line"], speech=speech)


def speech(installed: Speech) -> str:
    """The switch for speaking and listening, and a sentence where a part of it is missing."""
    return render("speech.html", speech=installed, words={**words()["speech"], "seconds": MOST_S})


def leftover(encounter: Encounter) -> str:
    """What was typed to the patient and not sent before the interview ended."""
    return render("leftover.html", text=encounter.unsent) if encounter.unsent.strip() else ""


def findings(encounter: Encounter) -> str:
    """The findings asked for so far, newest first, on cards."""
    talking = encounter.phase == Phase.INTERVIEW
    return render("findings.html", orders=list(reversed(encounter.orders)), talking=talking)


def notice(text: str, kind: str = "info") -> str:
    """A sentence for the person at the screen; empty text shows nothing."""
    return render("notice.html", text=text, kind=kind) if text else ""


def away(trace: Trace) -> str:
    """Why the language model did not speak in a turn, in a sentence; nothing where it did."""
    w = words()["interview"]
    if not trace.away:
        return ""
    back = w["given_back"] if trace.away_s >= 1 else ""
    reason = w["away_reasons"].get(trace.away, w["away_reasons"]["server_error"])
    return fill(w["away"], reason=reason, given_back=back)
