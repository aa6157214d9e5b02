"""Check a script whole: schema, lint, its own tests, and whether questions reach its facts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simulator.errors import ScriptError
from simulator.patient.overlap import denied_beside, shared_work, unpromised
from simulator.patient.patient import Patient
from simulator.patient.reach import describe_lost, describe_rivals, facts_heard, probe
from simulator.patient.rehearsal import rehearse
from simulator.patient.turn import State
from simulator.scripts.lint import Finding, Known, lint
from simulator.scripts.parsing import read_script
from simulator.services import Services


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found on a script, a line each: what is wrong, and what an author may want to know.

    A finding is a fault of form, reference or test, or a fact that no question reaches. A remark
    is a topic that was guessed, an example question that another fact answers, two facts that do
    one another's work, or a denial that a fact belies.
    """

    findings: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def examine(path: Path, services: Services) -> Examined:
    """The findings and remarks on the script at `path`, each as file:line field: message."""
    try:
        script, located = read_script(path)
    except ScriptError as error:
        return Examined(tuple(str(error).splitlines()))
    patient = services.patient(script)
    case = patient.case
    reach = probe(case, services.understander)
    findings = lint(script, known_to(services))
    findings += [Finding(("tests_of_the_script", n), said) for n, said in rehearse(patient)]
    findings += [Finding(where, said) for where, said in describe_lost(reach, case)]
    remarks = [Finding(where, said) for where, said in describe_rivals(reach, case)]
    remarks += _overlaps(patient)
    remarks += [
        Finding(("facts", n), f"no topic is given; the nearest, {case.topic_of[f.id]!r}, is taken")
        for n, f in enumerate(script.facts)
        if f.topic is None
    ]
    return Examined(
        tuple(f.show(str(path), located) for f in findings),
        tuple(f.show(str(path), located) for f in remarks),
    )


def _overlaps(patient: Patient) -> list[Finding]:
    alone = unpromised(patient.case)

    def heard(question: str) -> tuple[str, ...]:
        return facts_heard(patient.understander.understand(question, alone, State()), alone)

    shared = shared_work(patient.case, heard)
    denied = denied_beside(patient.case, lambda q: patient.reply(q, State())[0])
    return [Finding(where, said) for where, said in (*shared, *denied)]


def known_to(services: Services) -> Known:
    """What scripts may refer to in this installation."""
    rubrics = (services.settings.knowledge_dir / "rubrics").glob("*.yaml")
    return Known(
        frozenset(services.field.topics.by_id),
        frozenset(services.guides),
        frozenset(p.stem for p in rubrics),
    )
