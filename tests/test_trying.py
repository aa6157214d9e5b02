"""The commands that try a case say what they look at, and what the other one would."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
import yaml

from simulator import trying
from simulator.services import Services
from simulator.studio import casetest
from tests.conftest import SMALL_SCRIPT


@pytest.fixture
def draft(tmp_path: Path, services: Services, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A draft on disk, commands that use the session's services, and few questions."""
    monkeypatch.setattr("simulator.services.Services", lambda settings: services)
    every = casetest.questions

    def own(case: casetest.Case) -> list[casetest.Put]:
        return [p for p in every(case) if p.source != "topic" or p.owner in case.facts_of]

    monkeypatch.setattr(casetest, "questions", own)
    path = tmp_path / "knee.yaml"
    path.write_text(yaml.safe_dump({**SMALL_SCRIPT, "status": "draft"}, sort_keys=False))
    return path


def test_validate_says_what_a_case_test_would_look_at(
    draft: Path, services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    assert trying.validate(argparse.Namespace(paths=[draft]), services.settings) == 0
    assert "python -m simulator casetest SCRIPT" in capsys.readouterr().err


def test_a_case_test_prints_its_faults_and_what_validate_would_look_at(
    draft: Path, services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = argparse.Namespace(script=str(draft), since=None)
    trying.casetest(asked, services.settings)
    told = capsys.readouterr()
    assert "unearned: onset: it has no model question." in told.out
    assert "python -m simulator validate PATH" in told.err


def test_a_case_test_since_an_earlier_text_names_what_changed(
    draft: Path, services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tmp_path / "before.yaml"
    before.write_text(draft.read_text())
    draft.write_text(draft.read_text().replace("three days ago", "four days ago"))
    trying.casetest(argparse.Namespace(script=str(draft), since=before), services.settings)
    assert "Changed since" in (said := capsys.readouterr().err)
    assert "fact onset. All else was not put." in said
