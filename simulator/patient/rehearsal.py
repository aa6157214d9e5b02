"""Run a script's own tests: each question in a fresh encounter."""

from __future__ import annotations

from simulator.patient.patient import Patient
from simulator.patient.turn import Reply, State
from simulator.scripts.schema import Expectation, ScriptTest


def rehearse(patient: Patient) -> list[tuple[int, str]]:
    """The failures of the script's own tests: the place of the test, and what came instead."""
    failures: list[tuple[int, str]] = []
    for place, test in enumerate(patient.case.script.tests_of_the_script):
        reply, _ = patient.reply(test.ask, State())
        problem = judge(test, reply, patient)
        if problem:
            failures.append((place, problem))
    return failures


def judge(test: ScriptTest, reply: Reply, patient: Patient) -> str:
    """What is wrong with the reply to a test's question, or nothing."""
    told = set(reply.decision.told)
    came = (
        f"{test.ask!r} brought told {sorted(told)}, denied {list(reply.decision.denied)}, "
        f"withheld {list(reply.decision.withheld)}, unknown {reply.decision.unknown}: "
        f"{reply.text!r}"
    )
    if test.expect == "denied":
        return "" if reply.decision.denied and not told else f"expected a denial; {came}"
    if test.expect == "unknown":
        return "" if reply.decision.unknown and not told else f"expected not known; {came}"
    wanted: Expectation = test.expect
    mates = {patient.case.topic_of.get(f) for f in wanted.facts}  # lint names a fact that is none
    beyond = {f for f in told - set(wanted.facts) if patient.case.topic_of[f] not in mates}
    right = (
        set(wanted.facts) <= told
        and not beyond
        and set(wanted.withheld) <= set(reply.decision.withheld)
        and set(wanted.denied) <= set(reply.decision.denied)
    )
    return "" if right else f"expected {_shown(wanted)}; {came}"


def _shown(wanted: Expectation) -> str:
    parts = {"facts": wanted.facts, "denied": wanted.denied, "withheld": wanted.withheld}
    return ", ".join(f"{name} {list(ids)}" for name, ids in parts.items() if ids) or "nothing told"
