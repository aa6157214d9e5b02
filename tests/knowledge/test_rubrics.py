"""Rubrics: every shipped one loads whole; an unknown or malformed one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.errors import KnowledgeError
from simulator.knowledge.guides import load_guides
from simulator.knowledge.rubrics import load_rubric
from simulator.scripts.library import load_library
from simulator.settings import ROOT

FOLDER = ROOT / "knowledge"
SHIPPED = sorted(p.stem for p in (FOLDER / "rubrics").glob("*.yaml"))


@pytest.mark.parametrize("rubric_id", SHIPPED)
def test_a_shipped_rubric_says_what_a_one_a_three_and_a_five_look_like(rubric_id: str) -> None:
    rubric = load_rubric(FOLDER, rubric_id)
    assert rubric.id == rubric_id, "the file is named after the rubric"
    assert rubric.dimensions
    assert all({1, 3, 5} <= set(d.anchors) for d in rubric.dimensions)
    assert len({d.id for d in rubric.dimensions}) == len(rubric.dimensions)


@pytest.mark.parametrize("rubric_id", SHIPPED)
def test_every_indicator_a_dimension_names_exists_and_points_to_a_guide(rubric_id: str) -> None:
    rubric, guides = load_rubric(FOLDER, rubric_id), load_guides(FOLDER)
    for dimension in rubric.dimensions:
        for name in dimension.indicators:
            assert rubric.indicator(name).guide in guides


def test_every_rubric_that_a_shipped_script_names_exists() -> None:
    scripts = load_library(ROOT / "patient_scripts").scripts.values()
    assert {s.communication.rubric for s in scripts} <= set(SHIPPED)


def test_an_indicator_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="charm"):
        load_rubric(FOLDER, SHIPPED[0]).indicator("charm")


def test_an_unknown_rubric_is_answered_with_those_there_are() -> None:
    with pytest.raises(KnowledgeError, match="no rubric 'vsp-comm-8'; there are: .*vsp-comm-9"):
        load_rubric(FOLDER, "vsp-comm-8")


def test_a_malformed_rubric_is_named_with_its_field(tmp_path: Path) -> None:
    (tmp_path / "rubrics").mkdir()
    (tmp_path / "rubrics" / "mine.yaml").write_text("id: mine\nversion: 1.0.0\n", encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"mine\.yaml: title: Field required"):
        load_rubric(tmp_path, "mine")
