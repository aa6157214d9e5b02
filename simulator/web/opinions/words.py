"""The words of the two forms on the program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simulator.web import views


def words() -> dict[str, Any]:
    """The words, with the statements of both forms."""
    return views.words(Path(__file__).parent)


def statements(occasion: str, form: str) -> dict[str, str]:
    """The statements of a form on an occasion, by name."""
    found = words()["forms"][form]["statements"]
    named: dict[str, str] = {str(k): v for k, v in found.get(occasion, found).items()}
    return named
