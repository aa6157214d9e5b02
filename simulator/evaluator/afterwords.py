"""What the patient says of the talk afterwards, in the words of the script's author."""

from __future__ import annotations

from simulator.evaluator.report import Report
from simulator.scripts.schema import PatientScript

MOST = 3


def choose_afterwords(script: PatientScript, report: Report) -> tuple[str, ...]:
    """Up to three of the author's lines that are true of this talk, in the script's order."""
    done = {i.id for i in report.items if i.verdict in ("met", "partly")}
    missed = {i.id for i in report.items if i.verdict == "not met"}
    fitting = [
        line.says
        for line in script.debrief.patient_says
        if (line.after is None or line.after in done)
        and (line.without is None or line.without in missed)
    ]
    return tuple(fitting[:MOST])
