"""The tokens as they stand in their sheet, and how far a colour stands out from its ground."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from simulator.web.theme import STATIC

AA = 4.5  # WCAG: text of a usual size stands out from its ground at least so far
SCHEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Contrast:
    """A text colour on a ground in one scheme: both colours, and their ratio."""

    text: str
    ground: str
    ratio: float

    @property
    def holds(self) -> bool:
        """Whether it meets WCAG AA."""
        return self.ratio >= AA


def tokens() -> tuple[dict[str, str], dict[str, str]]:
    """The tokens by name, in light and in dark, where some take another value."""
    sheet = (STATIC / "tokens.css").read_text(encoding="utf-8")
    light, _, dark = sheet.partition("@media (prefers-color-scheme: dark)")
    base = _named(light)
    return base, base | _named(dark)


def _named(css: str) -> dict[str, str]:
    return {name: value.strip() for name, value in re.findall(r"--([\w-]+): ([^;]+);", css)}


def contrasts(text: str, ground: str) -> tuple[Contrast, ...]:
    """A text token on a ground token, in light and in dark."""
    return tuple(contrast(named[text], named[ground]) for named in tokens())


def contrast(text: str, ground: str) -> Contrast:
    """A colour on another, each as #rgb or #rrggbb."""
    light, low = sorted((_luminance(text), _luminance(ground)), reverse=True)
    return Contrast(text, ground, (light + 0.05) / (low + 0.05))


def scale(prefix: str, named: Mapping[str, str]) -> dict[str, str]:
    """The steps of a scale, smallest first: f1, f2 … of the type."""
    return {name: v for name, v in named.items() if re.fullmatch(rf"{prefix}\d", name)}


def _luminance(colour: str) -> float:
    """The relative luminance of #rgb or #rrggbb."""
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(2 * d for d in digits)
    parts = (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
