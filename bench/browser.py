"""The real server in a process of its own, and the Chromium of the machine."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

ROOT = Path(__file__).parents[1]
NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """Where this machine keeps a Chromium."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def launch(playwright: Playwright, path: str) -> Browser:
    """Start that Chromium, silent towards the network."""
    return playwright.chromium.launch(executable_path=path, args=ARGUMENTS)


@contextmanager
def serving(data_dir: Path, **variables: str) -> Iterator[str]:
    """The program, served from a data folder on a free port; gives its address.

    Args:
        data_dir: the folder. variables: more of its environment, such as VSP_VOICE.
    """
    port = free_port()
    process = start(data_dir, port, **variables)
    try:
        _await(f"http://127.0.0.1:{port}/readyz", process)  # an encoder may have to be made first
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def free_port() -> int:
    """A port that nobody uses just now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def start(data_dir: Path, port: int, **variables: str) -> subprocess.Popen[bytes]:
    """Start the program on a port; it is there when this returns."""
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator", "serve", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "VSP_READER": "small", "VSP_DATA_DIR": str(data_dir), **variables},
    )
    try:
        _await(f"http://127.0.0.1:{port}/healthz", process)
    except RuntimeError:
        process.kill()
        raise
    return process


@dataclass
class Program:
    """The served program, which can be stopped and started again on its port."""

    data_dir: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it; it answers when this returns."""
        self.process = start(self.data_dir, self.port)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> float:
        """End the program; how long that took, in seconds."""
        if self.process is None:
            raise RuntimeError("the program was not started; call start() first")
        begun = time.monotonic()
        self.process.send_signal(how)
        self.process.wait(30)
        return time.monotonic() - begun


def _await(address: str, process: subprocess.Popen[bytes]) -> None:
    last = time.monotonic() + 240
    while time.monotonic() < last:
        if process.poll() is not None:
            raise RuntimeError(f"the server stopped with code {process.returncode}")
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"no answer from {address} in four minutes")
