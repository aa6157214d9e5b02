"""The JSON Schema in docs/ is the one that the code makes."""

from __future__ import annotations

import json

import pytest

from simulator.cli import main
from simulator.scripts.schema import json_schema
from simulator.settings import ROOT

FILE = ROOT / "docs" / "patient-script.schema.json"


def test_the_schema_file_is_fresh() -> None:
    written = json.loads(FILE.read_text(encoding="utf-8"))
    assert written == json_schema(), "run: python -m simulator schema --write"


def test_the_command_prints_what_it_would_write(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == FILE.read_text(encoding="utf-8")
