"""The words of the API, and the one exception by which it says no."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simulator.web import views

HERE = Path(__file__).parent


def words() -> dict[str, Any]:
    """The words of the API."""
    return views.words(HERE)


class Problem(Exception):
    """What is not done: the status, and a sentence that names the remedy."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
