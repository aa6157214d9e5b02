"""What is to be mended in a draft, each finding with the place of its field, and what it lacks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from simulator.errors import ScriptError
from simulator.scripts.lint import Finding, Known, Want, lint, wants
from simulator.scripts.parsing import LocatedYaml, Path_, dotted, read_yaml, validated
from simulator.scripts.schema import PatientScript
from simulator.studio.form import owner_of

_LINE = re.compile(r"draft:(\d+) (?:yaml: |file: )?")


@dataclass(frozen=True, slots=True)
class Note:
    """One finding, with the line of the text on which it stands (1-based)."""

    path: Path_
    message: str
    line: int

    @property
    def place(self) -> str:
        """The path as authors read it: facts[4].tell."""
        return dotted(self.path)

    @property
    def part(self) -> str:
        """The part of the form that shows it."""
        return owner_of(self.path)


@dataclass(frozen=True, slots=True)
class Checked:
    """A text, read: its data, the script where it is one, what to mend, what it lacks."""

    data: Any
    script: PatientScript | None
    notes: tuple[Note, ...] = ()
    wanted: tuple[Want, ...] = ()
    readable: bool = True  # whether it is YAML at all, so that a form can show it

    @property
    def counts(self) -> Counter[str]:
        """How many findings each part of the form has."""
        return Counter(n.part for n in self.notes)

    @property
    def complete(self) -> int:
        """How much of what a released case has is there, in per cent."""
        if self.script is None:
            return 0
        lacking = sum(not w.holds for w in self.wanted)
        return round(100 * (1 - lacking / len(self.wanted or (1,))))

    def noting(self, path: Path_, message: str) -> Checked:
        """The same with one finding more, on the first line."""
        return replace(self, notes=(*self.notes, Note(path, message, 1)))

    def placed(self, part: str, places: Iterable[Path_]) -> dict[Path_, tuple[Note, ...]]:
        """The findings of a part, each at the nearest place above it that the part shows.

        Args:
            part: of the form. places: where the part can show a finding; what stands at none of
                them is under `()`, so that every finding is shown, and once.
        """
        there = sorted(places, key=len, reverse=True)
        found: dict[Path_, list[Note]] = {}
        for note in (n for n in self.notes if n.part == part):
            at = next((p for p in there if note.path[: len(p)] == p), ())
            found.setdefault(at, []).append(note)
        return {at: tuple(notes) for at, notes in found.items()}


@lru_cache(maxsize=64)
def check(text: str, known: Known) -> Checked:
    """Read a text and tell what is to be mended; a draft may lack what a released case needs."""
    try:
        located = read_yaml(text, "draft")
    except ScriptError as error:
        return _unreadable(str(error))
    found = validated(located)
    if isinstance(found, PatientScript):
        findings = lint(found, known)
        wanted = tuple(wants(found))
        return _checked(located, found, findings, wanted)
    return _checked(located, None, [Finding(p, said) for p, said in found], ())


def _checked(
    located: LocatedYaml,
    script: PatientScript | None,
    findings: list[Finding],
    wanted: tuple[Want, ...],
) -> Checked:
    notes = tuple(Note(f.path, f.message, located.line_of(f.path)) for f in findings)
    data = located.data if isinstance(located.data, dict) else {}
    readable = isinstance(located.data, dict) or located.data is None
    return Checked(data, script, notes, wanted, readable)


def _unreadable(message: str) -> Checked:
    found = _LINE.match(message)
    line = int(found[1]) if found else 1
    return Checked({}, None, (Note((), _LINE.sub("", message), line),), readable=False)
