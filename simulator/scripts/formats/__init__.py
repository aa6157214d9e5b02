"""Cases from what faculty have, and out to what they use: files in, drafts out, and back.

`read_case` makes a draft of a file's bytes, `write_case` a file of a script; both are pure. What
a format cannot hold and what needs a human is told, never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal, get_args

from simulator.errors import ScriptError
from simulator.scripts.formats import sheets
from simulator.scripts.formats.agentclinic import read_agentclinic, read_json
from simulator.scripts.formats.checks import to_mend
from simulator.scripts.formats.decoding import Decoded, decode
from simulator.scripts.formats.drafting import Draft, Imported
from simulator.scripts.formats.markup import unpack
from simulator.scripts.formats.medbiquitous import (
    as_medbiquitous,
    data_of,
    lost_elsewhere,
    read_medbiquitous,
)
from simulator.scripts.formats.native import as_yaml
from simulator.scripts.formats.plain import read_plain
from simulator.scripts.formats.plain_out import as_plain
from simulator.scripts.formats.sections import is_sectioned
from simulator.scripts.formats.vignette import read_vignette
from simulator.scripts.formats.word import as_docx, read_docx
from simulator.scripts.lint import Known
from simulator.scripts.parsing import parse_script
from simulator.scripts.schema import PatientScript

Reads = Literal["text", "vignette", "word", "agentclinic", "medbiquitous", "yaml"]
Writes = Literal["word", "pdf", "text", "medbiquitous", "yaml"]
READS: tuple[str, ...] = get_args(Reads)
WRITES: tuple[str, ...] = get_args(Writes)
TopicsIn = Callable[[str], Iterable[str]]
_SUFFIX = {"word": "docx", "pdf": "pdf", "text": "txt", "medbiquitous": "xml", "yaml": "yaml"}

__all__ = [
    "READS",
    "WRITES",
    "Exported",
    "Imported",
    "Reads",
    "Writes",
    "kind_of",
    "read_case",
    "read_cases",
    "write_case",
]


@dataclass(frozen=True, slots=True)
class Exported:
    """A file of a script, the name for it, and what of the script it does not hold."""

    data: bytes
    filename: str
    lost: tuple[str, ...] = ()


def kind_of(data: bytes, filename: str) -> Reads:
    """What a file is, by what it holds; by its name only where that decides nothing.

    Raises:
        ScriptError: it is a zip file of neither kind.
    """
    if data.startswith(b"PK\x03\x04"):
        parts = unpack(data, filename)
        return "word" if "word/document.xml" in parts else "medbiquitous"
    head = data[:4000].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").replace(b"\x00", b"")
    if head.startswith(b"<"):
        return "medbiquitous"
    low = filename.lower()
    if low.endswith((".json", ".jsonl")) or (head.startswith(b"{") and b'"' in head):
        return "agentclinic"
    if low.endswith((".yaml", ".yml")) or re.search(rb"^schema: *1\s*$", data, re.M):
        return "yaml"
    return "text" if is_sectioned(decode(data, filename).text) else "vignette"


def read_case(
    data: bytes, filename: str, kind: Reads | None = None, known: Known | None = None,
    topics_in: TopicsIn = lambda _: (),
) -> Imported:  # fmt: skip
    """A draft of a file; of several cases in it the first.

    Args:
        data: the file's bytes. filename: its name, for messages. kind: what it is, found by
            itself where not given. known: what a script may refer to; with it lint is asked too.
        topics_in: the topics that a word names.

    Raises:
        ScriptError: it cannot be read, with the line and what would do.
    """
    found = read_cases(data, filename, kind, known, topics_in)
    if len(found) == 1:
        return found[0]
    said = f"{filename} holds {len(found)} cases; this is the first"
    return replace(found[0], needs_human=(said, *found[0].needs_human))


def read_cases(
    data: bytes, filename: str, kind: Reads | None = None, known: Known | None = None,
    topics_in: TopicsIn = lambda _: (),
) -> tuple[Imported, ...]:  # fmt: skip
    """All cases of a file as drafts; arguments and errors are those of `read_case`."""
    if not data.strip():
        raise ScriptError(f"{filename}:1 file: is empty; there is nothing to import")
    kind = kind or kind_of(data, filename)
    if kind in ("word", "medbiquitous"):
        found = [_unpacked(data, filename, kind, topics_in)]
    else:
        text = decode(data, filename)
        found = [_with_remarks(i, text) for i in _of_text(text.text, filename, kind, topics_in)]
    return tuple(_checked(i, kind, known) for i in found)


def _unpacked(data: bytes, name: str, kind: Reads, topics_in: TopicsIn) -> Imported:
    if kind == "word":
        text = read_docx(data, name)
        return _of_text(text, name, "text" if is_sectioned(text) else "vignette", topics_in)[0]
    packed = data.startswith(b"PK\x03\x04")
    read = read_medbiquitous(data_of(unpack(data, name), name) if packed else data, name)
    return read.finish() if isinstance(read, Draft) else Imported(_as_draft(read))


def _of_text(text: str, name: str, kind: Reads, topics_in: TopicsIn) -> list[Imported]:
    if kind == "agentclinic":
        return [read_agentclinic(case, name).finish() for case in read_json(text, name)]
    if kind == "yaml":
        script, _ = parse_script(text, name)
        return [Imported(_as_draft(script))]
    if kind == "text":
        if not is_sectioned(text):
            raise ScriptError(
                f"{name}:1 file: has no section such as [CASE] or [STORY]; import it as a vignette"
            )
        return [read_plain(text, name, topics_in).finish()]
    return [read_vignette(text, name).finish()]


def _with_remarks(imported: Imported, decoded: Decoded) -> Imported:
    return replace(imported, needs_human=(*decoded.remarks, *imported.needs_human))


def _checked(imported: Imported, kind: Reads, known: Known | None) -> Imported:
    mend = to_mend(imported.script, known, prose=kind in ("agentclinic", "vignette", "word"))
    return replace(imported, needs_human=tuple(dict.fromkeys((*imported.needs_human, *mend))))


def _as_draft(script: PatientScript) -> PatientScript:
    """A script as a draft of its own, read by nobody yet."""
    return script.model_copy(update={"status": "draft", "reviewers": ()})


def write_case(script: PatientScript, kind: Writes) -> Exported:
    """A script as a file: word and pdf for people, the others for programs."""
    name = f"{script.id}.{_SUFFIX[kind]}"
    if kind == "yaml":
        return Exported(as_yaml(script).encode(), name)
    if kind == "text":
        text, lost = as_plain(script)
        return Exported(text.encode(), name, lost)
    if kind == "medbiquitous":
        return Exported(as_medbiquitous(script), name, lost_elsewhere(script))
    blocks, lost = sheets.sheets(script), sheets.not_on_paper(script)
    if kind == "word":
        return Exported(as_docx(blocks, script.title), name, lost)
    from simulator.scripts.formats import printed  # loads reportlab: only where a PDF is wanted

    if odd := printed.undrawn(blocks):
        lost = (*lost, f"characters that the PDF's fonts cannot draw: {odd}")
    return Exported(printed.as_pdf(blocks, script.title), name, lost)
