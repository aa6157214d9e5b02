"""What the pages show, as HTML from templates; nothing here decides anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter
from simulator.evaluator.totals import Score
from simulator.patient.trace import Trace
from simulator.scripts.schema import PatientScript

HERE = Path(__file__).parent
INSIDE = (Phase.INTERVIEW, Phase.NOTE, Phase.SELF_ASSESSMENT)


@cache
def words() -> dict[str, Any]:
    """The words of the interface."""
    loaded: dict[str, Any] = yaml.safe_load((HERE / "words.yaml").read_text(encoding="utf-8"))
    return loaded


def fill(pattern: str, **values: object) -> str:
    """A phrase with its $names filled in."""
    return Template(pattern).substitute({k: str(v) for k, v in values.items()})


def environment(folder: Path, **known: Any) -> Environment:
    """The templates of a folder, with what all of them know; a value that is missing is a fault."""
    made = Environment(
        loader=FileSystemLoader(folder),
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
    running: str
    finished: str
    best: Score | None


def attempts_at(
    script: PatientScript, encounters: Sequence[Encounter], best: dict[str, Score]
) -> Attempts:
    """What this resident has done with a case: how often, what is open, the best score.

    What was tried again from a turn is open like all others, and no attempt of its own.
    """
    mine = [e for e in encounters if e.script.id == script.id and e.phase != Phase.BRIEFING]
    running = next((e.id for e in mine if e.phase != Phase.FEEDBACK), "")
    mine = [e for e in mine if not e.branch_of]
    finished = next((e.id for e in mine if e.phase == Phase.FEEDBACK), "")
    return Attempts(len(mine), running, finished, best.get(script.id))


def library(
    scripts: Sequence[PatientScript],
    attempts: dict[str, Attempts],
    specialty: str,
    level: str,
    search: str,
) -> str:
    """The case library: a card for each script that fits the filters."""
    every = words()["library"]["all"]
    chosen = [
        s
        for s in scripts
        if specialty in (every, "", s.specialty)
        and level in (every, "", s.difficulty or "")
        and search.lower().strip() in f"{s.title} {s.doorway.concern} {s.doorway.name}".lower()
    ]
    return render("library.html", scripts=chosen, attempts=attempts)


def doorway(script: PatientScript, chart: bool = False) -> str:
    """The doorway note: all that is known before entering; in the room it is the chart."""
    return render("doorway.html", d=script.doorway, chart=chart)


def start(script: PatientScript, added_percent: int) -> str:
    """What to know before the door is opened: warnings, the clock, what this is."""
    times = script.doorway.minutes, script.doorway.note_minutes
    minutes, note = (minutes_allowed(m, added_percent) for m in times)
    return render("start.html", s=script, minutes=minutes, note=note, added=added_percent)


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


def standing(encounter: Encounter, turns: Sequence[dict[str, str]]) -> str:
    """What the page's script must know, unseen: which encounter, where it stands, the talk."""
    title = fill(words()["titles"][encounter.phase.value], name=encounter.script.doorway.name)
    now = {
        "encounter": encounter.id,
        "phase": encounter.phase,
        "name": encounter.script.doorway.name,
        "title": f"{title} · {words()['product']}",
        "turns": list(turns),
        "unsent": encounter.unsent,
    }
    return render("standing.html", now=now)


def line() -> str:
    """The words that the page's script says: typing, the connection, the time."""
    return render("line.html", line=words()["line"])


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
