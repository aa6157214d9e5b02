from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.services import Services
from simulator.settings import Settings
from simulator.validation import examine, known_to
from tests.cough import COUGH

RELEASED = sorted(Settings().scripts_dir.glob("*.yaml"))


def written(folder: Path, **changes: Any) -> Path:
    path = folder / "cough.yaml"
    path.write_text(yaml.safe_dump({**COUGH, "status": "draft", **changes}, sort_keys=False))
    return path


@pytest.mark.parametrize("path", RELEASED, ids=[p.stem for p in RELEASED])
def test_a_shipped_case_has_no_finding(services: Services, path: Path) -> None:
    assert examine(path, services).findings == ()


def test_a_broken_script_is_one_line_with_file_line_and_field(
    services: Services, tmp_path: Path
) -> None:
    path = written(tmp_path, facts=[{"id": "a", "says": "Yes.", "tell": "openly"}], checklist=[])
    lines = examine(path, services).findings
    assert len(lines) == 1
    assert lines[0].startswith(f"{path}:")
    assert "facts[0].tell: 'openly' is not one of" in lines[0]


def test_a_failing_test_of_the_script_is_a_finding_at_its_line(
    services: Services, tmp_path: Path
) -> None:
    tests = [{"ask": "Any fever?", "expect": "denied"}, {"ask": "Any fever?", "expect": "unknown"}]
    path = written(tmp_path, tests_of_the_script=tests)
    found = [line for line in examine(path, services).findings if "tests_of_the_script" in line]
    assert len(found) == 1
    number = int(found[0].removeprefix(f"{path}:").split()[0])
    line = path.read_text().splitlines()[number - 1 :]
    assert "Any fever?" in " ".join(line[:2])
    assert "tests_of_the_script[1]: expected not known; 'Any fever?'" in found[0]


def test_an_unknown_reference_is_a_finding(services: Services, tmp_path: Path) -> None:
    path = written(tmp_path, denies=["ros.no-such-thing"])
    assert any("ros.no-such-thing" in line for line in examine(path, services).findings)


def test_a_fact_without_a_topic_is_noted_with_the_nearest_one(
    services: Services, tmp_path: Path
) -> None:
    facts = [{"id": "since", "says": "It started three days ago."}]
    path = written(tmp_path, facts=facts, checklist=[], cues=[], denies=[], note_key={})
    notes = examine(path, services).remarks
    assert len(notes) == 1
    assert "facts[0]" in notes[0]
    assert "'hpi.onset'" in notes[0]


def test_a_missing_file_is_a_finding(services: Services, tmp_path: Path) -> None:
    lines = examine(tmp_path / "none.yaml", services).findings
    assert len(lines) == 1
    assert "none.yaml" in lines[0]


def test_what_scripts_may_refer_to_is_what_is_installed(services: Services) -> None:
    known = known_to(services)
    assert "vsp-comm-9" in str(known)
    assert "ros.fever" in str(known)
