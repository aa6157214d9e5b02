"""Writes requirements-hashes.lock: the exact files behind the locks, each with its sha256.

`python scripts/hashes.py` asks pip what it would install; nothing is installed. The files are those
for Python 3.11 on Linux x86-64; elsewhere the locks without hashes are used. torch is left out:
which build of it is wanted differs, and it is installed first (see the Makefile).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-reader.lock")
TARGET = ROOT / "requirements-hashes.lock"
HEAD = """\
# Made by `make hashes` from requirements.lock and requirements-reader.lock: the files for Python
# 3.11 on Linux x86-64, with sha256. `make install HASHED=1` takes no others; torch goes first.
"""


def hashed() -> list[str]:
    """A line for each package of the locks, with its file's sha256.

    Raises:
        SystemExit: pip finds one of them no longer, or tells no hash of it.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--no-deps"]
        command += ["--ignore-installed", "--report", str(report)]
        command += [part for lock in LOCKS for part in ("--requirement", str(ROOT / lock))]
        if subprocess.run(command, check=False).returncode:  # noqa: S603 - our own command
            raise SystemExit("pip could not find all that the locks name; nothing was written")
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    lines = []
    for item in found:
        name, version = item["metadata"]["name"], item["metadata"]["version"]
        digest = item["download_info"].get("archive_info", {}).get("hashes", {}).get("sha256")
        if digest is None:
            raise SystemExit(f"pip tells no hash of {name} {version}; nothing was written")
        lines.append(f"{name}=={version} --hash=sha256:{digest}")
    return sorted(lines, key=str.lower)


if __name__ == "__main__":
    TARGET.write_text(HEAD + "\n".join(hashed()) + "\n", encoding="utf-8")
    print(f"{TARGET.name} written")
