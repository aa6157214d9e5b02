"""What tells whether a statement supports a fact: its pairs, and a training in small."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from training import entailment
from training.network import Network

RNG = random.Random(1)  # noqa: S311
ROWS: list[dict[str, Any]] = entailment.load_rows(frozenset(), False)


def test_every_statement_names_facts_of_its_case_and_all_three_stances_occur() -> None:
    pairs = entailment.pairs_of(ROWS, RNG)
    assert {verdict for _, _, verdict in pairs} == {"supports", "contradicts", "silent"}
    assert len(ROWS) > 4000


def test_statements_of_held_interviews_stay_apart() -> None:
    held = frozenset({ROWS[0]["interview"]})
    kept, rest = entailment.load_rows(held, True), entailment.load_rows(held, False)
    assert {r["interview"] for r in kept} == held
    assert not held & {r["interview"] for r in rest}
    assert len(kept) + len(rest) == len(ROWS)


def test_facts_that_a_statement_does_not_name_are_learned_as_silence() -> None:
    pairs = entailment.pairs_of(ROWS[:1], RNG)
    named = len(ROWS[0]["facts"])
    assert [v for _, _, v in pairs[named:]] == ["silent"] * entailment.SILENT


def test_a_training_in_small_writes_a_part_and_is_measured(
    tiny_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entailment, "PAIRS", 4)
    network = Network(tiny_weights, entailment.VERDICTS)
    pairs = entailment.pairs_of(ROWS[:6], RNG)
    entailment.train(network, pairs, 2, tmp_path / "part.safetensors")
    assert (tmp_path / "part.safetensors").is_file()
    measured = entailment.measure(network, pairs)
    assert measured["n"] == len(pairs)
    assert 0 <= measured["all"] <= 1
