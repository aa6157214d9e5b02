"""The words of the two forms on the program."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def words() -> dict[str, Any]:
    """The words, with the statements of both forms."""
    path = Path(__file__).with_name("words.yaml")
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def statements(occasion: str, form: str) -> dict[str, str]:
    """The statements of a form on an occasion, by name."""
    found = words()["forms"][form]["statements"]
    named: dict[str, str] = {str(k): v for k, v in found.get(occasion, found).items()}
    return named
