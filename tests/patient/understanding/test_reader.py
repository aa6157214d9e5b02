"""Reading: how a turn is cut into stretches, and what is said where no reader was trained."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import EncoderMissing
from simulator.knowledge.encoder import Encoder
from simulator.patient.understanding.reader import STRETCHES, WORDS, Reader, stretches


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in stretches(text)]


def sentence(count: int, end: str = ".") -> str:
    return " ".join(["word"] * count) + end


def test_a_turn_that_can_be_held_is_one_stretch() -> None:
    turn = "Okay. Any fever? And when did it start?"
    assert cut(turn) == [turn]
    assert cut(sentence(WORDS)) == [sentence(WORDS)]


def test_a_long_turn_is_cut_between_its_sentences() -> None:
    parts = [f"{sentence(20)} {sentence(20)}", sentence(30), sentence(40, "?")]
    assert cut(" ".join(parts)) == parts


def test_a_sentence_that_is_too_long_is_cut_between_words() -> None:
    found = cut(sentence(2 * WORDS + 3))
    assert [len(part.split()) for part in found] == [WORDS, WORDS, 3]


def test_of_a_very_long_turn_the_end_is_read() -> None:
    turn = " ".join(f"{n} {sentence(WORDS - 1)}" for n in range(20))
    assert [part.split()[0] for part in cut(turn)] == [str(n) for n in range(20 - STRETCHES, 20)]


@given(st.text(alphabet="ab .?!\n", max_size=400) | st.text(max_size=100))
def test_no_turn_breaks_the_cutting_and_stretches_stand_in_order(turn: str) -> None:
    found = stretches(turn)
    assert 1 <= len(found) <= STRETCHES
    assert all(a[1] <= b[0] for a, b in zip(found, found[1:], strict=False))
    assert all(0 <= start <= end <= len(turn) for start, end in found)
    assert all(len(part.split()) <= WORDS for part in cut(turn)) or len(found) == 1


@pytest.mark.parametrize("trained", [False, True], ids=["no adapter", "file gone"])
def test_a_missing_reader_is_named_with_the_remedy(tmp_path: Path, trained: bool) -> None:
    file = tmp_path / "reader-tiny.safetensors"
    file.write_bytes(b"x")
    encoder = Encoder(tmp_path, file if trained else None)
    file.unlink()
    with pytest.raises(EncoderMissing, match="the trained reader is missing; restore knowledge/"):
        Reader(encoder)
