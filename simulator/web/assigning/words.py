"""The words of the pages about assignments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simulator.web import views


def words() -> dict[str, Any]:
    """The words, by page."""
    return views.words(Path(__file__).parent)
