"""Load the scripts of an installation and tell their editions apart.

A case lies as one file in the folder of scripts, which is only read, or was published from the
studio: then a folder of its own holds a file for each of its editions, and the newest counts.
"""

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
PUBLISHED = "published"  # a file beside the editions, written with each, which other processes see


def content_hash(script: PatientScript) -> str:
    """Sixteen hex digits that change whenever anything in the script changes."""
    return hashlib.sha256(script.model_dump_json(by_alias=True).encode()).hexdigest()[:16]


def substance(script: PatientScript) -> str:
    """Sixteen hex digits of what is played and scored: of all but its state and who read it."""
    plain = {"status": "draft", "reviewers": (), "version": "0.0.0"}
    return content_hash(script.model_copy(update=plain))


def rank(version: str) -> tuple[int, ...]:
    """An edition's number by which editions are put in order; none at all comes first."""
    parts = version.split(".")
    return tuple(map(int, parts)) if all(p.isdecimal() for p in parts) else ()


def is_offered(script: PatientScript, testing: bool) -> bool:
    """Whether a resident may practise on a script; whoever tests may, until it is retired."""
    return script.status == "released" or (testing and script.status != "retired")


@dataclass(frozen=True, slots=True)
class Library:
    """The newest editions of the cases of an installation, and what kept others from loading."""

    scripts: dict[str, PatientScript]
    problems: tuple[str, ...] = ()
    files: dict[str, Path] = field(default_factory=dict)  # where each lies
    before: dict[str, PatientScript] = field(
        default_factory=dict
    )  # released, and a newer one is not

    def released(self) -> list[PatientScript]:
        """The whole cases that every resident may practise on, by title; no guided first step."""
        return [s for s in self.offered(testing=False) if not s.guided]

    def offered(self, testing: bool) -> list[PatientScript]:
        """The scripts a resident may practise on, by title.

        Args:
            testing: whether they test cases that are not released yet as well.
        """
        newest = self.scripts if testing else self.scripts | self.before
        found = (s for s in newest.values() if is_offered(s, testing))
        return sorted(found, key=lambda s: s.title)

    def playable(self, script_id: str, testing: bool) -> PatientScript:
        """The edition of a case that a resident meets: while a newer one is tried, the one before.

        Raises:
            UnknownScript: with the nearest id there is.
        """
        script = self.get(script_id)
        return script if testing else self.before.get(script_id, script)

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


def published_at(folder: Path) -> int:
    """When an edition was last published into a folder, by any process; 0 where none was."""
    try:
        return (folder / PUBLISHED).stat().st_mtime_ns
    except OSError:
        return 0


def case_files(folder: Path) -> list[Path]:
    """The files of a folder that hold scripts, by name."""
    return sorted(p for p in folder.glob("*.y*ml") if p.suffix in ENDS)


def edition_files(folder: Path, case_id: str) -> list[Path]:
    """The files of a case's published editions, the oldest first."""
    return sorted((folder / case_id).glob("*.yaml"), key=lambda p: rank(p.stem))


def load_library(folder: Path, published: Path | None = None) -> Library:
    """Every script of a folder; a broken one is reported and left out, the rest stay usable.

    Args:
        folder: a file a case. published: a folder a case, in it a file an edition; of a case that
            lies in both the higher edition counts, and of two equal ones the published.
    """
    scripts: dict[str, PatientScript] = {}
    problems: list[str] = []
    files: dict[str, Path] = {}
    for path in case_files(folder):
        script = _read(path, problems)
        if script is not None and script.id in scripts:
            problems.append(f"{path}:1 id: {script.id!r} is taken by another file; choose another")
        elif script is not None:
            scripts[script.id], files[script.id] = script, path
    library = Library(scripts, (), files)
    for case in sorted(published.glob("*/")) if published else ():
        for path in edition_files(case.parent, case.name):
            script = _read(path, problems)
            if script is None:
                continue
            if (script.id, script.version) == (case.name, path.stem):
                _follow(library, script, path)
            else:
                problems.append(f"{path}:1 id: the file holds {script.id!r} {script.version}")
    return Library(scripts, tuple(problems), files, library.before)


def _follow(library: Library, script: PatientScript, path: Path) -> None:
    """Let a published edition take the place of a lower one, which residents may keep meanwhile."""
    known = library.scripts.get(script.id)
    if known is not None and rank(script.version) < rank(known.version):
        return
    if known is not None and known.status == "released":
        library.before[script.id] = known
    if script.status in ("released", "retired"):
        library.before.pop(script.id, None)
    library.scripts[script.id], library.files[script.id] = script, path


def _read(path: Path, problems: list[str]) -> PatientScript | None:
    try:
        return read_script(path)[0]
    except ScriptError as error:
        problems.append(str(error))
        return None


def find_script(name: str, folder: Path, published: Path | None = None) -> PatientScript:
    """The script of an id, or of a path anywhere: our YAML, or a file to import.

    Args:
        name: the id or path. folder, published: where scripts lie, see `load_library`.

    Raises:
        UnknownScript: neither an id nor a path.
        ScriptError: the file is not a valid script.
    """
    path = Path(name)
    if path.suffix in ENDS:
        return read_script(path)[0]
    if path.is_file():
        return read_case(path.read_bytes(), str(path)).script
    library = load_library(folder, published)
    if name not in library.scripts:
        for beside in (folder / f"{name}{end}" for end in ENDS):
            if beside.is_file():
                return read_script(beside)[0]  # tells what keeps it from loading
    return library.get(name)
