"""Drafts as files: each save a version of its own, one line of them that undo and redo walk.

A draft lies in a folder of its own: `3.yaml` is its third version as it was saved, `head.json`
says which versions make up the line and where on it the draft stands. Nothing that was saved is
written over; a file appears whole or not at all.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, ValidationError

from simulator.errors import DraftConflict, NotAllowed, StoreError, UnknownScript
from simulator.studio.merge import merge

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
MOST_KEPT = 400  # versions on the line; the oldest beyond it go


class Head(BaseModel):
    """Which versions make up a draft's line, where it stands, and what was saved beside it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    line: tuple[int, ...]
    at: int  # the place on the line
    top: int  # the highest number that was given
    aside: tuple[tuple[int, int], ...] = ()  # saves that came too late, and what each was made from


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it stands: its newest text, the version's number, and what can be done."""

    id: str
    text: str
    version: int
    changed: datetime
    can_undo: bool = False
    can_redo: bool = False
    aside: tuple[int, ...] = ()


class Drafts:
    """The drafts of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ids(self) -> list[str]:
        """The ids of all drafts."""
        return sorted(p.parent.name for p in self.folder.glob("*/head.json"))

    def has(self, draft_id: str) -> bool:
        """Whether there is a draft of that id."""
        return bool(_ID.fullmatch(draft_id)) and (self.folder / draft_id / "head.json").is_file()

    def get(self, draft_id: str) -> Draft:
        """The draft of that id.

        Raises:
            UnknownScript: there is none.
        """
        return self._draft(draft_id, self._head(draft_id))

    def text_of(self, draft_id: str, version: int) -> str:
        """The text of a version, on the line or beside it.

        Raises:
            UnknownScript: there is no such version.
        """
        self._head(draft_id)
        try:
            return (self.folder / draft_id / f"{version}.yaml").read_text(encoding="utf-8")
        except OSError:
            raise UnknownScript(
                f"{draft_id}: there is no version {version}; go back to the newest one"
            ) from None

    def both(self, draft_id: str, aside: int) -> str | None:
        """A late save and the draft as it stands in one text, or None where they cannot be."""
        head = self._head(draft_id)
        bases = [base for mine, base in head.aside if mine == aside]
        try:
            base, mine = self.text_of(draft_id, bases[0]), self.text_of(draft_id, aside)
        except (IndexError, UnknownScript):
            return None
        return merge(base, mine, self.text_of(draft_id, head.line[head.at]))

    def older(self, draft_id: str) -> list[int]:
        """The versions before the one at which the draft stands, the newest first."""
        head = self._head(draft_id)
        return list(reversed(head.line[: head.at]))

    def create(self, draft_id: str, text: str) -> Draft:
        """A new draft.

        Raises:
            NotAllowed: the id is taken, or is none.
        """
        if not _ID.fullmatch(draft_id):
            raise NotAllowed(f"{draft_id!r} is no id: small letters, digits and hyphens make one.")
        with self.alone(draft_id) as folder:
            if (folder / "head.json").exists():
                raise NotAllowed(f"There is a draft {draft_id!r} already; choose another title.")
            folder.mkdir(exist_ok=True)
            write_whole(folder / "1.yaml", text)
            return self._keep(folder, Head(line=(1,), at=0, top=1))

    def save(self, draft_id: str, text: str, base: int) -> Draft:
        """Save a text that was made from version `base`.

        Raises:
            DraftConflict: the draft stands at another version; the text is kept beside it.
            UnknownScript: there is no such draft.
        """
        with self._locked(draft_id) as folder:
            head = self._head(draft_id)
            current = head.line[head.at]
            if text == self.text_of(draft_id, current):
                return self._draft(draft_id, head)
            mine = head.top + 1
            write_whole(folder / f"{mine}.yaml", text)
            if base != current:
                aside = (*head.aside, (mine, base))
                self._keep(folder, head.model_copy(update={"top": mine, "aside": aside}))
                raise DraftConflict(
                    "Somebody else saved this case meanwhile. Your version is kept beside theirs: "
                    "compare the two.",
                    mine=mine,
                    theirs=current,
                )
            line = (*head.line[: head.at + 1], mine)
            for old in line[:-MOST_KEPT]:
                (folder / f"{old}.yaml").unlink(missing_ok=True)
            line = line[-MOST_KEPT:]
            return self._keep(folder, Head(line=line, at=len(line) - 1, top=mine, aside=head.aside))

    def step(self, draft_id: str, base: int, by: int) -> Draft:
        """Go back (-1) or forth (1) on the line of versions.

        Raises:
            NotAllowed: there is nothing further, or somebody else has moved the draft.
        """
        with self._locked(draft_id) as folder:
            head = self._head(draft_id)
            if head.line[head.at] != base:
                raise NotAllowed("Somebody else saved this case meanwhile. Reload the page.")
            if not 0 <= head.at + by < len(head.line):
                raise NotAllowed("There is nothing to undo." if by < 0 else "Nothing to redo.")
            return self._keep(folder, head.model_copy(update={"at": head.at + by}))

    def settle(self, draft_id: str, aside: int) -> Draft:
        """Name a save that came too late no more; its file stays."""
        with self._locked(draft_id) as folder:
            head = self._head(draft_id)
            rest = tuple(pair for pair in head.aside if pair[0] != aside)
            return self._keep(folder, head.model_copy(update={"aside": rest}))

    def discard(self, draft_id: str) -> Path:
        """Put a draft away; returns the folder in which it lies from now on."""
        with self._locked(draft_id) as folder:
            away = self._away(draft_id)
            folder.rename(away)
            return away

    def close(self, draft_id: str) -> Path:
        """Put the versions of a draft away that was published; what belongs to the case stays."""
        with self._locked(draft_id) as folder:
            away = self._away(draft_id)
            away.mkdir()
            for path in (folder / "head.json", *folder.glob("*.yaml")):
                path.rename(away / path.name)
            return away

    def _away(self, draft_id: str) -> Path:
        away = self.folder / ".discarded" / f"{draft_id}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
        away.parent.mkdir(exist_ok=True)
        return away

    def beside(self, draft_id: str, name: str) -> Path:
        """Where something is kept that belongs to a draft, or to a case of that id."""
        if not _ID.fullmatch(draft_id):
            raise UnknownScript(f"There is no patient script {draft_id!r}")
        return self.folder / draft_id / name

    def kept_beside(self, draft_id: str, name: str) -> str | None:
        """A text that was kept so, or None where there is none."""
        path = self.beside(draft_id, name)
        return path.read_text(encoding="utf-8") if path.is_file() else None

    def keep_beside(self, draft_id: str, name: str, text: str) -> None:
        """Keep a text that belongs to a draft, or to a case of that id, whole or not at all."""
        path = self.beside(draft_id, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)

    def _head(self, draft_id: str) -> Head:
        if not self.has(draft_id):
            raise UnknownScript(f"There is no draft {draft_id!r}")
        path = self.folder / draft_id / "head.json"
        try:
            return Head.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, ValidationError) as error:
            raise StoreError(f"{path}: cannot be read ({error}); restore it") from None

    def _draft(self, draft_id: str, head: Head) -> Draft:
        version = head.line[head.at]
        path = self.folder / draft_id / f"{version}.yaml"
        try:
            moment = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise StoreError(f"{path}: cannot be read ({error.strerror}); restore it") from None
        further = head.at < len(head.line) - 1
        return Draft(
            draft_id,
            text,
            version,
            moment,
            head.at > 0,
            further,
            tuple(mine for mine, _ in head.aside),
        )

    def _keep(self, folder: Path, head: Head) -> Draft:
        write_whole(folder / "head.json", head.model_dump_json())
        return self._draft(folder.name, head)

    @contextmanager
    def alone(self, case_id: str) -> Iterator[Path]:
        """The folder of a draft, or of a case of that id, while nobody else changes it.

        Raises:
            UnknownScript: it is no id.
        """
        if not _ID.fullmatch(case_id):
            raise UnknownScript(f"There is no patient script {case_id!r}")
        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / f".{case_id}.lock"):
            yield self.folder / case_id

    @contextmanager
    def _locked(self, draft_id: str) -> Iterator[Path]:
        self._head(draft_id)  # for what is no draft nothing is made, no lock either
        with self.alone(draft_id) as folder:
            yield folder


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that it is there whole or not at all.

    Raises:
        StoreError: it cannot be written.
    """
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="", dir=path.parent, delete=False
        ) as beside:
            beside.write(text)
            beside.flush()
            os.fsync(beside.fileno())
        Path(beside.name).replace(path)
    except OSError as error:
        raise StoreError(
            f"{path.parent}: cannot be written ({error.strerror}). Nothing was saved; "
            "check the folder's permissions and the free space"
        ) from None
