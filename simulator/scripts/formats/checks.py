"""What a human must look at in a draft that came from a file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from simulator.scripts.formats.drafting import short
from simulator.scripts.formats.prose import prose_words
from simulator.scripts.lint import Finding, Known, leaks, lint, names_diagnosis
from simulator.scripts.names import names_any
from simulator.scripts.parsing import dotted
from simulator.scripts.schema import PatientScript

LONG = 35  # words: more than one breath
LANGUAGES = ("en",)


def to_mend(script: PatientScript, known: Known | None, prose: bool = True) -> list[str]:
    """Sentences on what needs a human: lint's findings, and what an import brings with it.

    Args:
        script: the draft. known: what it may refer to; without it only leaks are looked for.
        prose: its lines came from notes, so that words of notes may stand in them.
    """
    findings = lint(script, known) if known is not None else list(leaks(script))
    findings += [*_language(script), *_lines(script, prose)]
    return [f"{dotted(f.path)}: {f.message}" for f in findings]


def _language(script: PatientScript) -> Iterator[Finding]:
    primary = re.split(r"[-_]", script.language.strip().lower())[0]
    if primary not in LANGUAGES:
        yield Finding(
            ("language",),
            f"{script.language!r} is not spoken here yet; questions are understood in English "
            f"('en') only",
        )


def _lines(script: PatientScript, prose: bool) -> Iterator[Finding]:
    for place, fact in enumerate(script.facts):
        if fact.tell != "never" and (found := names_diagnosis(fact.says, script)):
            said = f"the diagnosis {found!r} is in the patient's mouth: {short(fact.says)!r}"
            yield Finding(("facts", place, "says"), said)
        count = len(fact.says.split())
        if count > LONG:
            yield Finding(
                ("facts", place, "says"),
                f"{count} words are long for one answer; make two facts of it",
            )
        if prose and (word := names_any(fact.says, prose_words().jargon)):
            yield Finding(
                ("facts", place, "says"), f"{word!r} is no patient's word: {short(fact.says)!r}"
            )
        if not re.search(r"[a-z]{2}", fact.says, re.I):
            yield Finding(("facts", place, "says"), f"holds no words: {short(fact.says)!r}")
