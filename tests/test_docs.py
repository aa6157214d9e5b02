"""What README and docs promise is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulator.settings import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_and_picture_of_a_page_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_no_placeholder_is_left_on_a_page(page: Path) -> None:
    assert not re.search(r"^(FIGURES|TABLE|TIMES|TODO)$", page.read_text(encoding="utf-8"), re.M)
