from __future__ import annotations

from pathlib import Path

from simulator.knowledge.topics import read_model
from simulator.patient.confidence import Confidence
from simulator.patient.turn import Candidate, Reading
from simulator.training.confidence import fit, write


def reading(score: float, kind: str = "facts") -> Reading:
    near = (Candidate("hpi.onset", "onset", score), Candidate("ros.fever", None, score / 2))
    return Reading("When did it start?", kind, score=score, candidates=near)  # type: ignore[arg-type]


TURNS = [([reading(s / 20)], s > 10) for s in range(1, 20)] * 3


def test_a_reading_that_scores_higher_is_surer_to_be_right() -> None:
    model = fit(TURNS)
    assert model.of(reading(0.9)) > 0.6
    assert model.of(reading(0.1)) < 0.4


def test_a_turn_is_judged_by_its_least_sure_reading() -> None:
    mixed = [([reading(0.9), *readings], right) for readings, right in TURNS]
    assert fit(mixed).of(reading(0.1)) < 0.4


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    model = fit(TURNS)
    write(model, tmp_path / "confidence.yaml")
    assert read_model(tmp_path / "confidence.yaml", Confidence) == model
