"""The commands that try a case: its form and its own tests, or several hundred questions."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from simulator.errors import UnknownScript
from simulator.settings import Settings

BEYOND_VALIDATE = (
    "Not looked at: a question of every topic, model questions, and attempts to make the patient "
    "step out of the role. For those: python -m simulator casetest SCRIPT, or the studio's case "
    "test."
)
BEYOND_CASETEST = (
    "Not looked at: form and references, what a released case still lacks, and facts that do one "
    "another's work. For those: python -m simulator validate PATH, or the studio's findings."
)


def validate(arguments: argparse.Namespace, settings: Settings) -> int:
    """Check scripts and print a line for each finding."""
    from simulator.scripts.library import case_files
    from simulator.services import Services
    from simulator.validation import examine

    paths = arguments.paths or case_files(settings.scripts_dir)
    if not paths:
        raise UnknownScript(f"There are no scripts in {settings.scripts_dir}")
    findings = 0
    services = Services(settings)
    for path in paths:
        examined = examine(path, services)
        findings += len(examined.findings)
        for finding in examined.findings:
            print(finding)
        for remark in examined.remarks:
            print(f"note: {remark}", file=sys.stderr)
    print(f"{len(paths)} script(s), {findings} finding(s)", file=sys.stderr)
    print(BEYOND_VALIDATE, file=sys.stderr)
    return 1 if findings else 0


def casetest(arguments: argparse.Namespace, settings: Settings) -> int:
    """Put several hundred questions to a case, or what concerns a change, and print the faults."""
    from simulator.scripts.library import find_script
    from simulator.scripts.parsing import read_script
    from simulator.services import Services
    from simulator.studio.casetest import run
    from simulator.studio.retest import retest

    script = find_script(arguments.script, settings.scripts_dir, settings.cases_dir)
    before: Path | None = arguments.since
    patient = Services(settings).patient(script)
    if before is None:
        found = run(patient, 0, _shown)
    else:
        found = retest(patient, 0, (0, read_script(before)[0]), _shown)
        changed = ", ".join(found.changed) or "nothing that a test looks at"
        print(f"Changed since {before}: {changed}. All else was not put.", file=sys.stderr)
    for fault in found.faults:
        asked = f" Asked: {fault.question!r}" if fault.question else ""
        answered = f" Answered: {fault.reply!r}" if fault.reply else ""
        about = f" {fault.about}:" if fault.about else ""
        print(f"{fault.kind}:{about} {fault.message}.{asked}{answered}")
    said = f"{found.questions} questions in {found.seconds} s, {len(found.faults)} fault(s), "
    print(f"{said}{len(found.gating)} of which gate a release", file=sys.stderr)
    print(BEYOND_CASETEST, file=sys.stderr)
    return 1 if found.gating else 0


def _shown(done: int, of: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done == of else ""
        print(f"\r{done} of {of} questions", end=end, file=sys.stderr, flush=True)
