"""The adapters in the repository: small, whole, and part of what names an encoder."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.errors import EncoderMissing
from simulator.knowledge.adapter import ENCODER_FILE, adapter_id
from simulator.knowledge.encoder import Encoder
from simulator.services import Services

MOST_BYTES = 2 * 1024 * 1024


def test_the_adapter_is_at_most_two_megabytes() -> None:
    assert 0 < ENCODER_FILE.stat().st_size <= MOST_BYTES


def test_another_adapter_is_another_encoder(services: Services, tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    other.write_bytes(ENCODER_FILE.read_bytes() + b" ")
    ids = {services.encoder.id, Encoder(tmp_path, other).id, Encoder(tmp_path, None).id}
    assert len(ids) == 3


def test_a_missing_adapter_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(EncoderMissing, match=r"none\.safetensors: cannot be read .*; restore"):
        adapter_id(tmp_path / "none.safetensors")
