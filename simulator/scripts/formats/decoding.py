"""The text of a file that somebody wrote anywhere: old encodings, marks and odd characters."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from simulator.errors import ScriptError

MOST_BYTES = 2_000_000
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_ODD = re.compile(
    rf"(?:{yaml.reader.Reader.NON_PRINTABLE.pattern})|[\x0b\x0c\u200b\u200e\u200f\ufeff]"
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text with plain line ends, and what was done to it that somebody should know."""

    text: str
    remarks: tuple[str, ...] = ()


def decode(data: bytes, name: str) -> Decoded:
    """The text of a file.

    Raises:
        ScriptError: it is empty, too large, or holds no text.
    """
    if len(data) > MOST_BYTES:
        raise ScriptError(
            f"{name}:1 file: {len(data):,} bytes is more than the {MOST_BYTES:,} allowed"
        )
    remarks: list[str] = []
    encoding = next((code for mark, code in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if b"\x00" in data:
            raise ScriptError(f"{name}:1 file: is not text; save it as text in UTF-8") from None
        line = data.count(b"\n", 0, error.start) + 1
        text = data.decode("cp1252", "replace")
        remarks.append(
            f"{name}:{line} file: is not UTF-8 and was read as Windows text; look at é and quotes"
        )
    text = re.sub(r"\r\n?|\u2028|\u2029|\x85", "\n", text)
    if odd := _ODD.search(text):
        line = text.count("\n", 0, odd.start()) + 1
        remarks.append(
            f"{name}:{line} file: {odd[0]!r} is not a printable character; such were left out"
        )
        text = _ODD.sub("", text)
    if not text.strip():
        raise ScriptError(f"{name}:1 file: is empty; there is nothing to import")
    return Decoded(text, tuple(remarks))


def straight(text: str) -> str:
    """A text with straight quotes, plain spaces and no tabs."""
    table = str.maketrans("“”„‘’\u00a0\t", '"""\'\'  ')
    return re.sub(r" {2,}", " ", text.translate(table))
