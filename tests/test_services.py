"""Services: damaged derived data is made anew, and asking whether they are loaded loads none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from simulator.knowledge.encoder import Encoder
from simulator.services import Services, prepare
from simulator.settings import Settings
from simulator.studio.editions import publish
from tests.conftest import SMALL_SCRIPT


@pytest.fixture
def copied(services: Services, tmp_path: Path) -> Encoder:
    """The small encoder in a cache of its own."""
    real = services.guard_encoder
    real.prepare()
    for file in real.file.parent.glob(f"{real.file.stem}.*"):
        shutil.copy(file, tmp_path)
    return Encoder(tmp_path, real.adapter, real.base)


@pytest.mark.parametrize("suffix", [".tokens.json", ".onnx", ".sha256"])
@pytest.mark.parametrize("deleted", [False, True], ids=["damaged", "deleted"])
def test_an_encoder_that_was_damaged_or_deleted_is_made_anew(
    copied: Encoder,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    suffix: str,
    deleted: bool,
) -> None:
    exported = services.guard_encoder.file

    def export(_: Path, __: Path, target: Path) -> None:
        shutil.copy(exported, target)  # what an export, which takes a minute, would write

    monkeypatch.setattr("simulator.knowledge.export.export_encoder", export)
    file = copied.file.with_suffix(suffix)
    file.unlink() if deleted else file.write_bytes(b"scribble" * 100)
    prepare(copied)
    same = copied.encode(["Any fever?"]) == services.guard_encoder.encode(["Any fever?"])
    assert same.all()


def test_asking_whether_services_are_loaded_loads_nothing(tmp_path: Path) -> None:
    fresh = Services(Settings(data_dir=tmp_path))
    assert not fresh.loaded
    assert list(tmp_path.iterdir()) == []


def test_an_edition_that_another_process_published_is_there_without_a_restart(
    tmp_path: Path,
) -> None:
    settings = Settings(data_dir=tmp_path / "var", scripts_dir=tmp_path / "scripts")
    settings.scripts_dir.mkdir()
    here, there = Services(settings), Services(settings)
    assert here.library.scripts == there.library.scripts == {}
    for version in ("1.0.0", "1.1.0"):
        edition = json.dumps({**SMALL_SCRIPT, "version": version})
        publish(here, "sore-knee", version, edition)
        assert here.library.scripts["sore-knee"].version == version
        assert there.library.scripts["sore-knee"].version == version
        assert there.library is there.library
