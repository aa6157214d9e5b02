"""Vital signs out of text, under the names that the doorway uses."""

from __future__ import annotations

import re

_NAMES = {
    "bp": r"b\.?p\.?|blood pressure",
    "pulse": r"h\.?r\.?|heart rate|pulse(?: rate)?|p",
    "resp": r"r\.?r\.?|resp(?:iratory|iration)?s?(?: rate)?|breathing rate|breaths",
    "temp_c": r"t|temp(?:erature)?(?: c)?",
    "spo2": r"spo2|sp02|sats?|o2 sats?|oxygen saturation|o2 saturation|oximetry|pulse oximetry",
    "pain": r"pain(?: score)?",
    "glucose": r"glucose|bm|blood (?:sugar|glucose)|capillary glucose",
    "weight_kg": r"weight(?: kg)?",
    "height_cm": r"height(?: cm)?",
    "bmi": r"bmi|body mass index",
}
_ONE = re.compile(
    r"\b(?P<name>"
    + "|".join(f"(?P<{k}>{v})" for k, v in _NAMES.items())
    + r")\b(?:\s*\(?(?:is|was|are|were|of|at|:|=|,)\)?)*\s*"
    r"(?P<value>\d{1,3}(?:\.\d+)?(?:\s*/\s*\d{1,3})?)\s*(?P<unit>°?\s*[CF]\b|%|kg|cm|lbs?|m\b)?",
    re.I,
)

Value = str | int | float


def as_vitals(text: str) -> dict[str, Value]:
    """The vital signs that a text names, as {"bp": "120/80", "pulse": 72, "temp_c": 36.6}.

    A temperature in Fahrenheit is turned into Celsius; a value in another unit keeps it as text.
    """
    found: dict[str, Value] = {}
    for match in _ONE.finditer(text.replace("_", " ")):
        key = next(k for k in _NAMES if match[k])
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
