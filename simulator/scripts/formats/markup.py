"""XML that came from elsewhere, without what it can smuggle in, and out of zips of a sane size."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from xml.etree import ElementTree

from simulator.errors import ScriptError

MOST_UNPACKED = 20_000_000
Element = ElementTree.Element
_DAMAGED = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, ValueError, OSError)


def read_xml(data: bytes, name: str) -> Element:
    """The root element.

    Raises:
        ScriptError: it is not XML, or declares a document type, whose entities could be endless.
    """
    head = data[:200_000].replace(b"\x00", b"").upper()
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise ScriptError(
            f"{name}:1 xml: declares a document type; remove the line that begins '<!DOCTYPE'"
        )
    try:
        return ElementTree.fromstring(data)  # noqa: S314 - see above
    except ElementTree.ParseError as error:
        line = error.position[0]
        raise ScriptError(
            f"{name}:{line} xml: cannot be read ({error.msg}); correct this line"
        ) from None
    except (ValueError, LookupError, RecursionError) as error:
        raise ScriptError(f"{name}:1 xml: cannot be read ({error})") from None


def unpack(data: bytes, name: str) -> dict[str, bytes]:
    """The XML files of a zip file, by name.

    Raises:
        ScriptError: it is damaged, encrypted, or unpacks to more than 20 MB.
    """
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            wanted = [i for i in packed.infolist() if i.filename.lower().endswith(".xml")]
            if sum(i.file_size for i in wanted) > MOST_UNPACKED:
                raise ScriptError(f"{name}:1 file: unpacks to more than {MOST_UNPACKED:,} bytes")
            for info in wanted:
                found[info.filename] = packed.read(info)
    except _DAMAGED as error:
        raise ScriptError(f"{name}:1 file: cannot be unpacked ({error}); save it anew") from None
    return found


def local(element: Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""


def words(element: Element | None) -> str:
    """All text of an element in one line; empty where there is none."""
    return "" if element is None else " ".join(" ".join(element.itertext()).split())


def child(element: Element, *names: str) -> Element | None:
    """The first element below, at any depth, that has one of the names."""
    low = {n.lower() for n in names}
    return next((e for e in element.iter() if e is not element and local(e).lower() in low), None)


def escaped(text: str) -> str:
    """Text for XML, without characters that XML cannot hold."""
    kept = re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)
    return (
        kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )
