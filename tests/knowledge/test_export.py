"""The exported encoder: small, and in agreement with the encoder it was made from."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from simulator.knowledge.adapter import ENCODER_FILE
from simulator.knowledge.encoder import weights_folder
from simulator.knowledge.export import load_reference
from simulator.services import Services
from simulator.settings import ROOT

LOADED = """
import sys
from pathlib import Path
from simulator.knowledge.encoder import Encoder
Encoder(Path(sys.argv[1])).encode(["Where does it hurt?"])
print(sorted({"torch", "sentence_transformers", "transformers"} & set(sys.modules)))
"""


@pytest.fixture(scope="module")
def questions(services: Services) -> list[str]:
    return [t.questions[0] for t in services.field.topics]


def test_the_exported_vectors_agree_with_the_reference(
    services: Services, questions: list[str]
) -> None:
    reference = load_reference(weights_folder(), ENCODER_FILE)
    expected = reference.encode(questions, normalize_embeddings=True, show_progress_bar=False)
    cosines = np.sum(np.asarray(expected) * services.encoder.encode(questions), axis=1)
    assert np.percentile(cosines, 1) > 0.95
    assert np.median(cosines) > 0.98


def test_once_exported_the_encoder_runs_without_torch(services: Services) -> None:
    services.encoder.encode(["warm"])
    command = [sys.executable, "-c", LOADED, str(services.encoder.file.parent)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
