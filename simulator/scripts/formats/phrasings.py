"""How clinical English is written: patterns as data, each with what it must catch and let pass."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field


class Phrasing(BaseModel):
    """A row of phrasings.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    purpose: str = Field(alias="for")
    pattern: str = Field(alias="is")
    catches: str
    passes: str
    cased: bool = False


@cache
def phrasings() -> dict[str, Phrasing]:
    """The rows that this package ships, by name."""
    text = Path(__file__).with_name("phrasings.yaml").read_text(encoding="utf-8")
    return {name: Phrasing.model_validate(row) for name, row in yaml.safe_load(text).items()}


@cache
def phrasing(name: str) -> re.Pattern[str]:
    """The pattern of a row."""
    row = phrasings()[name]
    return re.compile(row.pattern, 0 if row.cased else re.I)
