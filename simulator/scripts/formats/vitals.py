"""Vital signs out of text, under the names that the doorway uses."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

Value = str | int | float


@cache
def _names() -> dict[str, str]:
    """The vital signs and how each is named, as patterns; the doorway's names are the keys."""
    path = Path(__file__).with_name("vitals.yaml")
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


@cache
def _one() -> re.Pattern[str]:
    """A vital sign by its name, with its value and unit."""
    named = "|".join(f"(?P<{k}>{v})" for k, v in _names().items())
    return re.compile(
        rf"\b(?P<name>{named})\b(?:\s*\(?(?:is|was|are|were|of|at|:|=|,)\)?)*\s*"
        r"(?P<value>\d{1,3}(?:\.\d+)?(?:\s*/\s*\d{1,3})?)\s*(?P<unit>°?\s*[CF]\b|%|kg|cm|lbs?|m\b)?",
        re.I,
    )


def as_vitals(text: str) -> dict[str, Value]:
    """The vital signs that a text names, as {"bp": "120/80", "pulse": 72, "temp_c": 36.6}.

    A temperature in Fahrenheit is turned into Celsius; a value in another unit keeps it as text.
    """
    found: dict[str, Value] = {}
    for match in _one().finditer(text.replace("_", " ")):
        key = next(k for k in _names() if match[k])
        found.setdefault(
            key, _value(key, match["value"], (match["unit"] or "").strip(" °").lower())
        )
    return found


def _value(key: str, value: str, unit: str) -> Value:
    if key == "bp" or "/" in value:
        return re.sub(r"\s", "", value)
    number = float(value)
    if key == "temp_c" and (unit == "f" or number > 60):
        number = round((number - 32) * 5 / 9, 1)
    if (key, unit) in (("weight_kg", "lb"), ("weight_kg", "lbs"), ("height_cm", "m")):
        return f"{value} {unit}"
    return int(number) if number.is_integer() and key != "temp_c" else number
