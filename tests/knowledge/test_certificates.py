from __future__ import annotations

from pathlib import Path

import pytest

from simulator.errors import KnowledgeError
from simulator.knowledge.certificates import certificate_file, certified
from simulator.knowledge.rubrics import load_rubric
from simulator.settings import ROOT

RUBRIC = load_rubric(ROOT / "knowledge", "vsp-comm-9")
WRITTEN = """
rubric: {rubric}
reader: mpnet
talks: 12
kappa: {{opening: 0.6, empathy: 0.59, closing: null}}
"""


def written(folder: Path, rubric: str) -> Path:
    file = certificate_file(folder, RUBRIC.id)
    file.parent.mkdir(exist_ok=True)
    file.write_text(WRITTEN.format(rubric=rubric), encoding="utf-8")
    return folder


def test_a_dimension_is_certified_from_the_bar_on_and_an_undefined_one_never(
    tmp_path: Path,
) -> None:
    assert certified(written(tmp_path, RUBRIC.name), RUBRIC, "mpnet") == {"opening"}


def test_a_certificate_speaks_of_its_own_rubric_and_reader_alone(tmp_path: Path) -> None:
    assert not certified(written(tmp_path, RUBRIC.name), RUBRIC, "minilm")
    assert not certified(written(tmp_path, f"{RUBRIC.id} 0.1.0"), RUBRIC, "mpnet")


def test_without_a_certificate_nothing_is_certified(tmp_path: Path) -> None:
    assert not certified(tmp_path, RUBRIC, "mpnet")


def test_a_malformed_certificate_is_named(tmp_path: Path) -> None:
    certificate_file(written(tmp_path, RUBRIC.name), RUBRIC.id).write_text("kappa: 3\n")
    with pytest.raises(KnowledgeError, match=r"vsp-comm-9\.yaml"):
        certified(tmp_path, RUBRIC, "mpnet")
