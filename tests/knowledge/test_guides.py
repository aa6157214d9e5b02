"""Guides: every shipped teaching note loads, names its sources and can be referred to."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.errors import KnowledgeError
from simulator.knowledge.guides import load_guides, read_guide, slugify
from simulator.scripts.library import load_library
from simulator.settings import ROOT

SHIPPED = sorted((ROOT / "knowledge" / "guides").glob("*.md"))
GUIDE = (
    "# Knees\n\nAn introduction.\n\n## Red flags\n\nA hot knee.\n\n## Sources\n\n- A book, 2020\n"
)


@pytest.mark.parametrize("path", SHIPPED, ids=[p.stem for p in SHIPPED])
def test_a_shipped_guide_has_text_in_every_section_and_sources(path: Path) -> None:
    sections = read_guide(path)
    assert sections
    assert all(s.text and s.sources and s.slug for s in sections)
    assert len({s.ref for s in sections}) == len(sections), "two sections share a name"


def test_every_guide_that_a_shipped_script_points_to_exists() -> None:
    guides = load_guides(ROOT / "knowledge")
    scripts = load_library(ROOT / "patient_scripts").scripts.values()
    wanted = {p.guide for s in scripts for p in s.debrief.teaching_points if p.guide}
    assert wanted, "no shipped script names a guide"
    assert wanted <= set(guides)


def test_a_section_is_named_by_file_and_heading_and_carries_the_guide_s_sources(
    tmp_path: Path,
) -> None:
    (tmp_path / "guides").mkdir()
    (tmp_path / "guides" / "knee.md").write_text(GUIDE, encoding="utf-8")
    section = load_guides(tmp_path)["knowledge/guides/knee.md#red-flags"]
    assert (section.title, section.heading) == ("Knees", "Red flags")
    assert (section.text, section.sources) == ("A hot knee.", ("A book, 2020",))


@pytest.mark.parametrize(
    ("heading", "slug"),
    [
        ("Red flags", "red-flags"),
        ("What to ask?", "what-to-ask"),
        ("  ICE: ideas, concerns  ", "ice-ideas-concerns"),
    ],
)
def test_a_heading_becomes_an_address(heading: str, slug: str) -> None:
    assert slugify(heading) == slug


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GUIDE.replace("# Knees\n", "", 1), r"knee\.md:1: a guide begins with a title line '# …'"),
        (GUIDE.split("## Sources")[0], "knee.md: names no source; add a section '## Sources'"),
        ("# Knees\n\n## Sources\n\n", "names no source"),
        ("", "begins with a title line"),
    ],
)
def test_a_guide_without_title_or_source_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "knee.md"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError, match=words):
        read_guide(path)
