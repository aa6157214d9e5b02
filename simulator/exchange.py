"""Import a file as a draft and export a script as a file, with what is to be told about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from simulator.errors import ScriptError, UnknownScript
from simulator.scripts.formats import Imported, Reads, Writes, read_cases, write_case
from simulator.scripts.library import find_script
from simulator.scripts.names import free
from simulator.services import Services
from simulator.settings import Settings
from simulator.validation import known_to


def import_cases(
    data: bytes, filename: str, services: Services, kind: Reads | None = None
) -> tuple[Imported, ...]:
    """The cases of a file as drafts, each fact with the topic nearest to it.

    Raises:
        ScriptError: the file cannot be read, with the line and what would do.
    """
    topics_in = services.field.lexicon.topics_in
    found = read_cases(data, filename, kind, known_to(services), topics_in)
    return tuple(i.with_topics(services.case(i.script).guessed) for i in found)


def import_file(
    path: Path, kind: Reads | None, out: Path | None, settings: Settings
) -> Iterator[str]:
    """Write the drafts of a file as YAML and yield what to say: where, and what needs a human.

    Args:
        path: the file. kind: what it is, found by itself where not given. out: where the draft
            goes, by default beside the file under its id; `-` yields the draft itself.

    Raises:
        UnknownScript: the file cannot be read.
        ScriptError: it holds no case, or a draft would be written over another file.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnknownScript(f"{path}: cannot be read ({error.strerror}); check the path") from None
    drafts = import_cases(data, str(path), Services(settings), kind)
    if out is not None and str(out) == "-":
        yield from (draft.text for draft in drafts)
        return
    for draft, target in zip(drafts, _targets(drafts, path, out), strict=True):
        _write(target, draft.text.encode())
        count = len(draft.needs_human)
        yield f"{target}: a draft with {len(draft.script.facts)} facts; {count} need a human"
        yield from (f"- {said}" for said in draft.needs_human)
        yield f"Talk to the patient: python -m simulator chat {target}"


def _targets(drafts: tuple[Imported, ...], path: Path, out: Path | None) -> list[Path]:
    """A path for each draft; of several with one id the later ones are numbered."""
    if out is not None and len(drafts) == 1:
        return [out]
    names: list[str] = []
    for draft in drafts:
        names.append(free(draft.script.id, names))
    return [(out or path.parent) / f"{name}.yaml" for name in names]


def export_script(name: str, kind: Writes, out: Path | None, settings: Settings) -> Iterator[str]:
    """Write a script as a file and yield what to say: where, and what the file does not hold.

    Raises:
        UnknownScript: there is no such script.
        ScriptError: it is not valid, or the file would be written over another.
    """
    exported = write_case(find_script(name, settings.scripts_dir, settings.cases_dir), kind)
    target = out or Path(exported.filename)
    _write(target, exported.data)
    yield str(target)
    if exported.lost:
        yield "Not in this file:"
    yield from (f"- {lost}" for lost in exported.lost)


def _write(target: Path, data: bytes) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise ScriptError(f"{target}: is there already; name another file with --out") from None
    except OSError as error:
        raise ScriptError(
            f"{target}: cannot be written ({error.strerror}); name another with --out"
        ) from None
