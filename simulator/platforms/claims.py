"""What a platform's claims hold, whatever kinds of values they bring."""

from __future__ import annotations

from typing import Any

CLAIM = "https://purl.imsglobal.org/spec/lti/claim"


def object_in(claims: dict[str, Any], name: str) -> dict[str, Any]:
    """The object under a claim; an empty one where there is none."""
    found = claims.get(name)
    return found if isinstance(found, dict) else {}


def text_of(value: object, most: int = 2000) -> str:
    """A text that is not too long; empty where it is none."""
    return value if isinstance(value, str) and len(value) <= most else ""
