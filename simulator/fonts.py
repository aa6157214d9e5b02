"""The fonts of documents, embedded, so that every name is printed as it is written."""

from __future__ import annotations

import unicodedata
from functools import cache
from html import escape
from importlib.resources import files
from itertools import groupby

from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
from reportlab.pdfbase.ttfonts import TTFont

BODY, BOLD, WIDE = "Body", "Body-Bold", "Wide"
UNKNOWN = "\N{WHITE SQUARE}"  # stands where no font has the letter


@cache
def register() -> tuple[frozenset[int], frozenset[int]]:
    """Make the fonts known to reportlab; the letters that the body and the wide font have.

    The wide font has the letters of Chinese, Japanese and Korean.
    """
    latin = files("font_source_sans_pro") / "files"
    han = files("paperang_p2_fonts_cjk") / "fonts" / "wqy-microhei.ttc"
    fonts = (
        TTFont(BODY, str(latin / "SourceSansPro-Regular.ttf")),
        TTFont(BOLD, str(latin / "SourceSansPro-Bold.ttf")),
        TTFont(WIDE, str(han), subfontIndex=0),
    )
    for font in fonts:
        registerFont(font)
    registerFontFamily(BODY, normal=BODY, bold=BOLD, italic=BODY, boldItalic=BOLD)
    registerFontFamily(WIDE, normal=WIDE, bold=WIDE, italic=WIDE, boldItalic=WIDE)
    return frozenset(fonts[0].face.charToGlyph), frozenset(fonts[2].face.charToGlyph)


def markup(text: str) -> str:
    """Text as a paragraph's markup: escaped, each letter in a font that has it."""
    body, _ = register()

    def font(letter: str) -> str:
        if letter == "\n" or ord(letter) in body:
            return BODY
        return WIDE

    drawn = "".join(map(shown, unicodedata.normalize("NFC", text)))
    parts = []
    for name, letters in groupby(drawn, font):
        run = escape("".join(letters), quote=False).replace("\n", "<br/>")
        parts.append(run if name == BODY else f'<font name="{WIDE}">{run}</font>')
    return "".join(parts)


def shown(letter: str) -> str:
    """A letter as it is drawn: itself, nothing for a control, or a sign that no font has it."""
    body, wide = register()
    if letter == "\n" or ord(letter) in body or ord(letter) in wide:
        return letter
    return "" if unicodedata.category(letter)[0] == "C" else UNKNOWN
