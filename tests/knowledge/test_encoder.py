"""The encoder: unit vectors of texts, a vector for each token, and a sentence where it fails."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from simulator.errors import StoreError
from simulator.knowledge.adapter import adapter_file
from simulator.knowledge.encoder import CONTEXT_TOKENS, MAX_TOKENS, Encoder, unit
from simulator.knowledge.weights import SMALL

GUARD = adapter_file("guard-minilm")
LINES = ["When did the pain start?", "When did it begin to hurt?", "Do you smoke?", ""]
CONTEXT, TURN = "Anything else? / I cough at night.", "And since when, if I may ask?"


@pytest.fixture(scope="module")
def encoder(data_dir: Path) -> Encoder:
    return Encoder(data_dir / "encoder", GUARD)


def test_every_text_becomes_a_unit_vector_the_empty_one_too(encoder: Encoder) -> None:
    vectors = encoder.encode(LINES)
    assert vectors.shape == (len(LINES), SMALL.dimensions)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_two_ways_to_ask_the_same_are_nearer_than_two_questions(encoder: Encoder) -> None:
    start, begin, smoke, _ = encoder.encode(LINES)
    assert start @ begin > 0.6 > start @ smoke


def test_nothing_to_encode_is_no_vector(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dimensions)


def test_eight_threads_that_meet_a_fresh_encoder_get_the_same_vectors(encoder: Encoder) -> None:
    fresh = Encoder(encoder.file.parent, GUARD)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: fresh.encode(LINES), range(8)))
    for vectors in results:
        np.testing.assert_allclose(vectors, encoder.encode(LINES), atol=1e-5)


def test_the_same_words_have_the_same_vector_whatever_stands_beside_them(encoder: Encoder) -> None:
    together = encoder.encode(LINES)
    alone = [encoder.encode([line])[0] for line in LINES]
    np.testing.assert_array_equal(together, alone)


def test_words_beyond_what_the_encoder_takes_in_do_no_harm(encoder: Encoder) -> None:
    vectors = encoder.encode(["pain " * 20_000, "\x00\ud7ff 心电图 ♥"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


@pytest.mark.parametrize("context", ["", CONTEXT, "  ", "…"])
def test_each_token_of_a_turn_stands_where_its_letters_do(encoder: Encoder, context: str) -> None:
    read = encoder.read(context, TURN)
    said = [TURN[start:end] for start, end in read.spans]
    assert said == ["And", "since", "when", ",", "if", "I", "may", "ask", "?"]
    assert read.states.shape == (len(said), encoder.dimensions)


def test_the_talk_before_a_turn_changes_how_its_words_are_read(encoder: Encoder) -> None:
    alone, after = encoder.read("", TURN), encoder.read(CONTEXT, TURN)
    other = encoder.read("Do you smoke? / Ten a day.", TURN)
    assert alone.spans == after.spans == other.spans
    assert np.abs(alone.states - after.states).max() > 0.01
    assert np.abs(other.states - after.states).max() > 0.01
    np.testing.assert_array_equal(after.states, encoder.read(CONTEXT, TURN).states)


def test_of_the_talk_before_the_end_is_read_and_of_a_turn_the_beginning(encoder: Encoder) -> None:
    end = "pain " * CONTEXT_TOKENS
    far, near = encoder.read("No cough. " + end, TURN), encoder.read(end, TURN)
    np.testing.assert_array_equal(far.states, near.states)
    long = encoder.read("", "pain " * 300)
    assert len(long.spans) == len(long.states) == MAX_TOKENS
    assert long.spans[-1] == (5 * MAX_TOKENS - 5, 5 * MAX_TOKENS - 1)


@pytest.mark.parametrize("context", ["", CONTEXT])
def test_a_turn_without_words_has_no_tokens(encoder: Encoder, context: str) -> None:
    read = encoder.read(context, " \n")
    assert read.states.shape == (0, encoder.dimensions)
    assert read.spans == ()


def test_a_vector_is_made_as_long_as_one_and_nothing_stays_nothing() -> None:
    np.testing.assert_allclose(unit(np.array([3.0, 4.0], dtype=np.float32)), [0.6, 0.8])
    made = unit(np.array([[0.0, 2.0], [0.0, 0.0]], dtype=np.float32))
    np.testing.assert_array_equal(made, [[0.0, 1.0], [0.0, 0.0]])


@pytest.mark.parametrize("harm", ["altered", "no list of words"])
def test_a_cache_that_is_not_whole_is_made_anew_from_the_verified_weights(
    encoder: Encoder, tmp_path: Path, harm: str
) -> None:
    expected = encoder.encode(LINES)
    fresh = Encoder(tmp_path, GUARD)
    for file in encoder.file.parent.glob(f"{encoder.id}.*"):
        shutil.copy(file, tmp_path)
    if harm == "altered":
        fresh.file.write_bytes(fresh.file.read_bytes()[:-1000])
    else:
        fresh.file.with_suffix(".tokens.json").unlink()
    np.testing.assert_allclose(fresh.encode(LINES), expected, atol=0.02)


def test_a_cache_that_cannot_be_written_is_a_sentence_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("not a folder", encoding="utf-8")
    with pytest.raises(StoreError, match="cache .* cannot be written .*; check its permissions"):
        Encoder(tmp_path / "cache", None).encode(["Hello."])


def test_small_products_are_reckoned_on_one_thread(encoder: Encoder) -> None:
    Encoder(encoder.file.parent, GUARD).prepare()
    assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {1}
