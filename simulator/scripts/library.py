"""Load the scripts of a folder and tell their versions apart."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from simulator.errors import ScriptError, UnknownScript
from simulator.scripts.formats import read_case
from simulator.scripts.parsing import read_script
from simulator.scripts.schema import PatientScript

ENDS = (".yaml", ".yml")


def content_hash(script: PatientScript) -> str:
    """Sixteen hex digits that change whenever anything in the script changes."""
    return hashlib.sha256(script.model_dump_json(by_alias=True).encode()).hexdigest()[:16]


def is_offered(script: PatientScript, testing: bool) -> bool:
    """Whether a resident may practise on a script; whoever tests may, until it is retired."""
    return script.status == "released" or (testing and script.status != "retired")


@dataclass(frozen=True, slots=True)
class Library:
    """The scripts of one folder, and what kept others from loading."""

    scripts: dict[str, PatientScript]
    problems: tuple[str, ...] = ()
    files: dict[str, Path] = field(default_factory=dict)  # where each lies

    def released(self) -> list[PatientScript]:
        """The whole cases that every resident may practise on, by title; no guided first step."""
        return [s for s in self.offered(testing=False) if not s.guided]

    def offered(self, testing: bool) -> list[PatientScript]:
        """The scripts a resident may practise on, by title.

        Args:
            testing: whether they test cases that are not released yet as well.
        """
        found = (s for s in self.scripts.values() if is_offered(s, testing))
        return sorted(found, key=lambda s: s.title)

    def get(self, script_id: str) -> PatientScript:
        """The script of that id.

        Raises:
            UnknownScript: with the nearest id there is.
        """
        if script_id in self.scripts:
            return self.scripts[script_id]
        close = get_close_matches(script_id, self.scripts, n=1)
        known = ", ".join(self.scripts) or "none at all; see VSP_SCRIPTS_DIR"
        hint = f"did you mean {close[0]!r}?" if close else f"there are: {known}"
        raise UnknownScript(f"There is no patient script {script_id!r}; {hint}")


def case_files(folder: Path) -> list[Path]:
    """The files of a folder that hold scripts, by name."""
    return sorted(p for p in folder.glob("*.y*ml") if p.suffix in ENDS)


def load_library(folder: Path) -> Library:
    """Every script of a folder; a broken one is reported and left out, the rest stay usable."""
    scripts: dict[str, PatientScript] = {}
    problems: list[str] = []
    files: dict[str, Path] = {}
    for path in case_files(folder):
        try:
            script, _ = read_script(path)
        except ScriptError as error:
            problems.append(str(error))
            continue
        if script.id in scripts:
            problems.append(f"{path}:1 id: {script.id!r} is taken by another file; choose another")
            continue
        scripts[script.id], files[script.id] = script, path
    return Library(scripts, tuple(problems), files)


def find_script(name: str, folder: Path) -> PatientScript:
    """The script of an id in `folder`, or of a path anywhere: our YAML, or a file to import.

    Raises:
        UnknownScript: neither an id nor a path.
        ScriptError: the file is not a valid script.
    """
    path = Path(name)
    if path.suffix in ENDS:
        return read_script(path)[0]
    if path.is_file():
        return read_case(path.read_bytes(), str(path)).script
    library = load_library(folder)
    if name not in library.scripts:
        for beside in (folder / f"{name}{end}" for end in ENDS):
            if beside.is_file():
                return read_script(beside)[0]  # tells what keeps it from loading
    return library.get(name)
