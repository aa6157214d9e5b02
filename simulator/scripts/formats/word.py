"""Word documents: the text of one that somebody wrote, and the sheets of a case as a new one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence

from simulator.errors import ScriptError
from simulator.scripts.formats.markup import Element, escaped, local, read_xml, unpack
from simulator.scripts.formats.sheets import Block

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_WHEN = (1980, 1, 1, 0, 0, 0)  # so that the same script makes the same bytes


def read_docx(data: bytes, name: str) -> str:
    """The text of a document, a paragraph a line; the cells of a table row stand beside each other.

    Raises:
        ScriptError: it is no Word document, or damaged.
    """
    parts = unpack(data, name)
    body = parts.get("word/document.xml")
    if body is None:
        raise ScriptError(f"{name}:1 file: holds no word/document.xml; save it as .docx")
    return "\n".join(_paragraphs(read_xml(body, name)))


def _paragraphs(element: Element) -> Iterator[str]:
    for part in element:
        kind = local(part)
        if kind == "p":
            yield _run(part)
            yield from (
                line
                for box in part.iter()
                if local(box) == "txbxContent"
                for line in _paragraphs(box)
            )
        elif kind == "tr":
            cells = [" ".join(_paragraphs(cell)).strip() for cell in part if local(cell) == "tc"]
            yield ": ".join(c for c in cells if c) if len(cells) == 2 else " | ".join(cells)
        elif kind not in ("del", "moveFrom"):
            yield from _paragraphs(part)


def _run(element: Element) -> str:
    """The text of a paragraph without what was deleted in it; breaks and tabs are spaces."""
    found = ""
    for part in element:
        kind = local(part)
        if kind == "t":
            found += part.text or ""
        elif kind in ("tab", "br", "cr"):
            found += "\n" if kind != "tab" else " "
        elif kind not in ("del", "moveFrom", "delText", "instrText", "txbxContent", "Fallback"):
            found += _run(part)
    return found


def as_docx(blocks: Sequence[Block], title: str) -> bytes:
    """Blocks as the bytes of a Word document."""
    body = "".join(map(_block, blocks))
    edges = " ".join(f'w:{edge}="1134"' for edge in ("top", "right", "bottom", "left"))
    section = (
        f'<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar {edges} '
        'w:header="567" w:footer="567" w:gutter="0"/></w:sectPr>'
    )
    document = f'{_HEAD}<w:document xmlns:w="{_W}"><w:body>{body}{section}</w:body></w:document>'
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, text in (
            ("[Content_Types].xml", _TYPES),
            ("_rels/.rels", _RELS),
            ("docProps/core.xml", _core(title)),
            ("word/_rels/document.xml.rels", _DOCUMENT_RELS),
            ("word/styles.xml", _STYLES),
            ("word/document.xml", document),
        ):
            packed.writestr(
                zipfile.ZipInfo(path, _WHEN), text.encode("utf-8"), zipfile.ZIP_DEFLATED
            )
    return buffer.getvalue()


def _block(block: Block) -> str:
    if block.kind == "page":
        return '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
    if block.kind == "table":
        return _table(block.rows)
    style = {"title": "Title", "heading": "Heading1", "text": "Normal"}[block.kind]
    return _paragraph(block.text, style)


def _paragraph(text: str, style: str = "Normal") -> str:
    return (
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>'
        f'<w:r><w:t xml:space="preserve">{escaped(text)}</w:t></w:r></w:p>'
    )


def _table(rows: Sequence[Sequence[str]]) -> str:
    width = max((len(r) for r in rows), default=1)
    grid = f'<w:gridCol w:w="{9600 // width}"/>' * width
    lines = []
    for place, row in enumerate(rows):
        style = "TableHead" if place == 0 else "Normal"
        cells = "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{9600 // width}" w:type="dxa"/></w:tcPr>'
            f"{_paragraph(c, style)}</w:tc>"
            for c in row
        )
        head = (
            "<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>"
            if place == 0
            else "<w:trPr><w:cantSplit/></w:trPr>"
        )
        lines.append(f"<w:tr>{head}{cells}</w:tr>")
    look = '<w:tblPr><w:tblStyle w:val="Grid"/><w:tblW w:w="5000" w:type="pct"/></w:tblPr>'
    return f"<w:tbl>{look}<w:tblGrid>{grid}</w:tblGrid>{''.join(lines)}</w:tbl>{_paragraph('')}"


def _core(title: str) -> str:
    return (
        f'{_HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{escaped(title)}</dc:title></cp:coreProperties>'
    )


_TYPES = (
    f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_MAIN}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{_MAIN}.styles+xml"/>'
    '<Override PartName="/docProps/core.xml" '
    'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>'
)
_RELS = (
    f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="word/document.xml"/>'
    f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" '
    'Target="docProps/core.xml"/></Relationships>'
)
_DOCUMENT_RELS = (
    f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATIONS}/styles" Target="styles.xml"/></Relationships>'
)


def _style(name: str, label: str, size: int, more: str = "", bold: bool = False) -> str:
    weight = "<w:b/>" if bold else ""
    return (
        f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{label}"/>'
        f'<w:pPr>{more}</w:pPr><w:rPr>{weight}<w:sz w:val="{size}"/></w:rPr></w:style>'
    )


_EDGES = "".join(
    f'<w:{edge} w:val="single" w:sz="4" w:space="0" w:color="8A9694"/>'
    for edge in ("top", "left", "bottom", "right", "insideH", "insideV")
)
_STYLES = (
    f'{_HEAD}<w:styles xmlns:w="{_W}"><w:docDefaults><w:rPrDefault><w:rPr>'
    '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:cs="Calibri"/><w:sz w:val="21"/>'
    "</w:rPr></w:rPrDefault></w:docDefaults>"
    + _style("Normal", "Normal", 21, '<w:spacing w:after="60"/>')
    + _style("Title", "Title", 36, '<w:spacing w:after="120"/>', bold=True)
    + _style(
        "Heading1",
        "heading 1",
        26,
        '<w:keepNext/><w:spacing w:before="240" w:after="80"/><w:outlineLvl w:val="0"/>',
        bold=True,
    )
    + _style("TableHead", "Table head", 21, "<w:keepNext/>", bold=True)
    + '<w:style w:type="table" w:styleId="Grid"><w:name w:val="Table Grid"/><w:tblPr>'
    f"<w:tblBorders>{_EDGES}</w:tblBorders></w:tblPr></w:style></w:styles>"
)
