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


@cache
def words() -> dict[str, Any]:
    """The words of the interface."""
    loaded: dict[str, Any] = yaml.safe_load((HERE / "words.yaml").read_text(encoding="utf-8"))
    return loaded


def fill(pattern: str, **values: object) -> str:
    """A phrase with its $names filled in."""
    return Template(pattern).substitute({k: str(v) for k, v in values.items()})


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["w"] = words()
    environment.globals["fill"] = fill
    return environment


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
    """What this resident has done with a case: how often, what is open, the best score."""
    mine = [e for e in encounters if e.script.id == script.id and e.phase != Phase.BRIEFING]
    running = next((e.id for e in mine if e.phase != Phase.FEEDBACK), "")
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


def doorway(script: PatientScript, compact: bool = False) -> str:
    """The doorway note: all that is known before entering."""
    return render("doorway.html", s=script, d=script.doorway, compact=compact)


def start(script: PatientScript) -> str:
    """What to know before the door is opened: warnings, the clock, what this is."""
    return render("start.html", s=script)


def thinking() -> str:
    """The word that the patient is about to answer."""
    return render("thinking.html", speaking=False)


def speaking() -> str:
    """The word that the patient has more to say."""
    return render("thinking.html", speaking=True)


def steps(encounter: Encounter) -> str:
    """Where in the encounter one stands; the script keeps its id in the address."""
    return render(
        "steps.html", phases=list(Phase), current=encounter.phase, encounter_id=encounter.id
    )


def clock(deadline: datetime | None, now: datetime, label: str) -> str:
    """A countdown to the server's deadline; the browser only draws it."""
    if deadline is None:
        return ""
    left = max(0, round((deadline - now).total_seconds()))
    return render("clock.html", deadline=deadline.isoformat(), left=left, label=label)


def findings(encounter: Encounter) -> str:
    """The findings asked for so far, newest first, on cards."""
    return render("findings.html", orders=list(reversed(encounter.orders)))


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


def paused_clock(deadline: datetime | None, now: datetime) -> str:
    """The clock, standing still."""
    if deadline is None:
        return ""
    left = max(0, round((deadline - now).total_seconds()))
    face = f"{left // 60}:{left % 60:02d}"
    return render("paused.html", face=face, label=words()["interview"]["paused"])
