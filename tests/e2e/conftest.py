"""The served program and a browser for it; both are missed loudly where they are not there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from bench.browser import chromium, launch, serving
from tests.e2e.desk import Desk

MISSING = "NO CHROMIUM HERE: the browser tests did not run (install chromium to run them)"


@dataclass(frozen=True)
class Served:
    """The program's address and the folder it writes to."""

    address: str
    data_dir: Path

    def copied(self, folder: Path) -> Path:
        """The folder, with a copy of what this program has derived: its encoders and its index."""
        for name in ("encoder", "index"):
            shutil.copytree(self.data_dir / name, folder / name)
        return folder


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        opened = launch(playwright, path)
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def served(browser: Browser, small_dir: Path) -> Iterator[Served]:
    with serving(small_dir) as address:
        yield Served(address, small_dir)


@pytest.fixture
def context(browser: Browser, served: Served) -> Iterator[BrowserContext]:
    """A fresh browser profile; a request to anywhere but the program fails the test."""
    opened = browser.new_context(viewport={"width": 1280, "height": 900})
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    yield opened
    opened.close()
    home = urlsplit(served.address).netloc
    inside = ("", home)
    assert [url for url in asked if urlsplit(url).netloc not in inside] == []


@pytest.fixture
def desk(context: BrowserContext, served: Served) -> Desk:
    return Desk(context.new_page(), served.address)
