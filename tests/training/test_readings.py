"""The turns by which a model is certified as a reader are written anew alike, and not learned."""

from __future__ import annotations

from pathlib import Path

from simulator.patient.understanding.certificate import TURNS
from simulator.settings import ROOT
from training.material import load_material
from training.readings import write


def test_the_turns_are_written_as_they_lie_in_the_knowledge_folder(tmp_path: Path) -> None:
    assert write(tmp_path / TURNS) == 120
    assert (tmp_path / TURNS).read_bytes() == (ROOT / "knowledge" / TURNS).read_bytes()


def test_neither_the_reader_nor_the_decision_is_fitted_on_them() -> None:
    material = load_material(1)
    own = {(c.interview, t.text) for c in material.own for t in c.turns}
    learned = {
        (c.interview, t.text)
        for decision in (True, False)
        for c in material.held(material.own, decision)
        for t in c.turns
    }
    assert material.apart <= own
    assert own - learned == material.apart
