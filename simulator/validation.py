"""Check a script whole: schema, lint, its own tests, and whether questions reach its facts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from simulator.errors import ScriptError
from simulator.patient.reach import describe_lost, describe_rivals, probe
from simulator.patient.rehearsal import rehearse
from simulator.scripts.lint import Finding, Known, lint
from simulator.scripts.parsing import read_script
from simulator.services import Services


def validate(path: Path, services: Services) -> Iterator[str]:
    """One line a finding on the script at `path`: file:line field: message."""
    try:
        script, located = read_script(path)
    except ScriptError as error:
        yield from str(error).splitlines()
        return
    findings = lint(script, known_to(services))
    yield from (f.show(str(path), located) for f in findings)
    patient = services.patient(script)
    for place, problem in rehearse(patient):
        yield Finding(("tests_of_the_script", place), problem).show(str(path), located)
    reach = probe(patient.case, services.understander)
    for where, problem in describe_lost(reach, patient.case):
        yield Finding(where, problem).show(str(path), located)


def remarks(path: Path, services: Services) -> Iterator[str]:
    """What an author may want to know: topics that were guessed, facts that answer alike.

    Raises:
        ScriptError: the script cannot be read.
    """
    script, located = read_script(path)
    case = services.case(script)
    for where, problem in describe_rivals(probe(case, services.understander), case):
        yield Finding(where, problem).show(str(path), located)
    for place, fact in enumerate(script.facts):
        if fact.topic is None:
            message = f"no topic is given; the nearest, {case.topic_of[fact.id]!r}, is taken"
            yield Finding(("facts", place), message).show(str(path), located)


def known_to(services: Services) -> Known:
    """What scripts may refer to in this installation."""
    rubrics = (services.settings.knowledge_dir / "rubrics").glob("*.yaml")
    return Known(
        frozenset(services.field.topics.by_id),
        frozenset(services.guides),
        frozenset(p.stem for p in rubrics),
    )
