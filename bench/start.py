"""How long `serve` takes to its first page with a built index, and its memory once it is warm."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import Any

from bench.turn import resident_mb
from simulator.settings import ROOT, Settings

GOAL_FIRST_PAGE_S, GOAL_RSS_MB, RUNS = 4.0, 400.0, 5


def measure(arguments: list[str], settings: Settings) -> dict[str, Any]:
    """Start the server a few times; the first page is the library, fetched whole."""
    seconds: list[float] = []
    memory = 0.0
    for _ in range(RUNS):
        first, rss = _once(settings)
        seconds.append(round(first, 2))
        memory = max(memory, rss)
    figures = {
        "n": RUNS,
        "first_page_s": sorted(seconds),
        "first_page_median_s": sorted(seconds)[RUNS // 2],
        "rss_mb_when_warm": round(memory, 1),
        "goal": {"first_page_s": GOAL_FIRST_PAGE_S, "rss_mb": GOAL_RSS_MB},
    }
    for name, value in figures.items():
        print(f"{name:20} {value}")
    return figures


def _once(settings: Settings) -> tuple[float, float]:
    port = _free_port()
    environment = {**os.environ, "VSP_DATA_DIR": str(settings.data_dir)}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator", "serve", "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(f"http://127.0.0.1:{port}/")
        first = time.perf_counter() - began
        time.sleep(15)  # the encoder and the cases are loaded after the first page
        return first, resident_mb(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(address: str) -> None:
    for _ in range(1200):
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                answer.read()
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise TimeoutError(address)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
