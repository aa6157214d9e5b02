"""The published editions of a case, a file each; none is lost by what follows it."""

from __future__ import annotations

from pathlib import Path

from simulator.errors import StoreError, UnknownScript
from simulator.scripts.library import PUBLISHED, edition_files, rank
from simulator.services import Services
from simulator.studio.drafts import write_whole


def versions(services: Services, case_id: str) -> list[str]:
    """The numbers of a case's published editions, the oldest first."""
    found = {p.stem for p in edition_files(services.settings.cases_dir, case_id)}
    known = services.library.scripts.get(case_id)
    return sorted({*found, *([known.version] if known else [])}, key=rank)


def text_of(services: Services, case_id: str, version: str) -> str:
    """The text of a published edition.

    Raises:
        UnknownScript: there is no such edition.
    """
    library = services.library
    if case_id in library.scripts and library.scripts[case_id].version == version:
        path = library.files[case_id]
    elif version in versions(services, case_id):
        path = _file(services, case_id, version)
    else:
        raise UnknownScript(f"{case_id}: there is no edition {version!r}")
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UnknownScript(f"{path}: cannot be read ({error.strerror})") from None


def publish(services: Services, case_id: str, version: str, text: str) -> None:
    """Put an edition into the data folder, beside those before it; from now on it counts.

    An edition that lies where the program only reads is copied there first, so that all
    editions of the case stay together whatever a later version of the program brings.

    Raises:
        StoreError: it cannot be written.
    """
    folder = _file(services, case_id, version).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be made ({error.strerror}); check it") from None
    before = versions(services, case_id)
    if before and not _file(services, case_id, before[-1]).exists():
        former = text_of(services, case_id, before[-1])
        write_whole(_file(services, case_id, before[-1]), former)
    write_whole(_file(services, case_id, version), text)
    write_whole(services.settings.cases_dir / PUBLISHED, f"{case_id} {version}\n")
    services.reload_library()


def _file(services: Services, case_id: str, version: str) -> Path:
    return services.settings.cases_dir / case_id / f"{version}.yaml"
