"""The exported encoder: small, and in agreement with the encoder it was made from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.knowledge.adapter import adapter_file
from simulator.knowledge.encoder import Encoder, Vectors, unit
from simulator.knowledge.export import load_reference
from simulator.knowledge.topics import load_topics
from simulator.knowledge.weights import package_folder
from simulator.settings import ROOT

GUARD = adapter_file("guard-minilm")
LOADED = """
import sys
from pathlib import Path
from simulator.knowledge.adapter import adapter_file
from simulator.knowledge.encoder import Encoder
encoder = Encoder(Path(sys.argv[1]), adapter_file("guard-minilm"))
encoder.encode(["Where does it hurt?"])
encoder.read("Hello. / My knee hurts.", "Where does it hurt?")
print(sorted({"torch", "sentence_transformers", "transformers"} & set(sys.modules)))
"""


@pytest.fixture(scope="module")
def encoder(data_dir: Path) -> Encoder:
    return Encoder(data_dir / "encoder", GUARD)


@pytest.fixture(scope="module")
def reference() -> Any:
    return load_reference(package_folder(), GUARD)


@pytest.fixture(scope="module")
def questions() -> list[str]:
    return [t.questions[0] for t in load_topics(ROOT / "knowledge")]


def test_the_exported_vectors_agree_with_the_reference(
    encoder: Encoder, reference: Any, questions: list[str]
) -> None:
    expected = reference.encode(questions, normalize_embeddings=True, show_progress_bar=False)
    cosines = np.sum(np.asarray(expected) * encoder.encode(questions), axis=1)
    assert np.percentile(cosines, 1) > 0.95
    assert np.median(cosines) > 0.98


def test_the_exported_tokens_agree_with_the_reference(
    encoder: Encoder, reference: Any, questions: list[str]
) -> None:
    some = questions[::10]
    whole = reference.encode(some, output_value="token_embeddings", show_progress_bar=False)
    expected: list[Vectors] = [states.numpy()[1:-1] for states in whole]
    found = [encoder.read("", question).states for question in some]
    assert [f.shape for f in found] == [e.shape for e in expected]
    cosines = np.sum(unit(np.concatenate(found)) * unit(np.concatenate(expected)), axis=1)
    assert np.percentile(cosines, 1) > 0.9
    assert np.median(cosines) > 0.97


def test_the_exported_file_is_a_quarter_of_the_weights(encoder: Encoder) -> None:
    encoder.prepare()
    whole = (package_folder() / "model.safetensors").stat().st_size
    assert encoder.file.stat().st_size < 0.3 * whole


def test_once_exported_the_encoder_runs_without_torch(encoder: Encoder) -> None:
    encoder.prepare()
    command = [sys.executable, "-c", LOADED, str(encoder.file.parent)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
