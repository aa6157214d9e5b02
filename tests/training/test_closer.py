"""The closer look learns what no sum over words tells: how turn, line and talk bear together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulator.patient.understanding.closer import LOOKED_AT, Closer, Views
from simulator.patient.understanding.decision import Decision
from simulator.patient.understanding.signs import Candidates
from simulator.services import Services
from training import closer as closer_module
from training.closer import Looked, fit, looked_at
from training.decision import Rows, play
from training.material import Labelled, Labels, Line

NAMES, WIDE = ("logit",), 12
EVENTS = np.eye(WIDE, dtype=np.float32)


def turn(told: int, signs: float = 0.0) -> Looked:
    """A turn after an event was told: four lines with the same signs, asked for is that event's."""
    lines = EVENTS[:4]
    none = np.zeros(WIDE, dtype=np.float32)
    views = Views(lines, lines, EVENTS[8], EVENTS[told], none)
    asked = (np.arange(4) == told).astype(np.float32)
    made = np.full((4, 1), signs, dtype=np.float32)
    return Looked(Rows(NAMES, made, asked, np.ones(4, dtype=np.float32)), views)


def test_a_follow_up_is_heard_for_the_line_that_was_told_last_though_all_signs_are_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closer_module, "BATCH", 128)
    monkeypatch.setattr(closer_module, "NETWORKS", 2)
    rng = np.random.default_rng(1)
    learned = [turn(int(rng.integers(4)), float(rng.normal())) for _ in range(600)]
    fit(learned, tmp_path / "models" / "closer-tiny.safetensors")
    closer = Closer(tmp_path / "models" / "closer-tiny.safetensors")
    four = np.arange(4)
    for told in (0, 3):
        put = turn(told)
        of = Candidates((None,) * 4, ("hpi.onset",) * 4, NAMES, put.rows.signs, np.zeros((1, 4)))
        chances = closer.look(of, put.views, four)
        assert chances[told] > 0.8
        assert max(chances[four != told]) < 0.2


def test_of_a_played_turn_the_likeliest_and_all_that_is_asked_for_are_looked_at(
    services: Services,
) -> None:
    lines = (
        Line("knee", "ros.knee-pain", "asked", "My left knee hurts."),
        Line("since", "hpi.onset", "asked", "Since I slipped on Monday."),
        Line("tea", "hpi.relieving", "asked", "Only lying down eases it."),
    )
    said = (("When did the knee begin to hurt?", "since"), ("What eases the knee?", "tea"))
    turns = tuple(Labelled(text, "", "", ("ask",), asked=((fact, None),)) for text, fact in said)
    labels = Labels("own:knee", "It's my knee, doctor.", lines, turns)
    reads = services.understander
    assert isinstance(reads.decision, Decision)
    for played in play([labels], [labels], reads.reader, services.field):
        found = looked_at(played, reads.decision, 2.0)
        assert len(found.rows.asked) >= LOOKED_AT
        assert found.rows.asked.sum() == played.rows.asked.sum() > 0
        assert found.rows.weight.max() == 2 * played.rows.weight.max()
        assert found.views.lines.shape == found.views.words.shape == (len(found.rows.asked), 768)
        assert bool(found.views.told.any()) is bool(played.state.last_facts)


def test_what_is_looked_at_comes_back_in_its_order(tmp_path: Path) -> None:
    fit([turn(n % 4) for n in range(40)], tmp_path / "closer-tiny.safetensors")
    closer = Closer(tmp_path / "closer-tiny.safetensors")
    put = turn(2)
    of = Candidates((None,) * 4, ("hpi.onset",) * 4, NAMES, put.rows.signs, np.zeros((1, 4)))
    turned = np.array([3, 1])
    views = Views(put.views.lines[turned], put.views.words[turned], *_talk(put.views))
    whole = closer.look(of, put.views, np.arange(4))
    assert np.allclose(closer.look(of, views, turned), whole[turned], atol=1e-6)


def _talk(views: Views) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return views.turn, views.told, views.before
