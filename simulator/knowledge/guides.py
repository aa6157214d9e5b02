"""Teaching notes: short, sourced, in sections that a teaching point can name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from simulator.errors import KnowledgeError


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a guide; `ref` is how scripts name it."""

    guide: str
    title: str
    slug: str
    heading: str
    text: str
    sources: tuple[str, ...]

    @property
    def ref(self) -> str:
        """knowledge/guides/<file>.md#<section>."""
        return f"knowledge/guides/{self.guide}.md#{self.slug}"


def slugify(heading: str) -> str:
    """A heading as the last part of an address: 'Red flags' → 'red-flags'."""
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def load_guides(folder: Path) -> dict[str, Section]:
    """All sections of `folder`/guides by their ref.

    Raises:
        KnowledgeError: a guide has no title, or names no source.
    """
    sections: dict[str, Section] = {}
    for path in sorted((folder / "guides").glob("*.md")):
        for section in read_guide(path):
            sections[section.ref] = section
    return sections


def read_guide(path: Path) -> list[Section]:
    """The sections of one guide; its '## Sources' list belongs to each of them.

    Raises:
        KnowledgeError: the guide has no title, or names no source.
    """
    text = path.read_text(encoding="utf-8")
    title = re.match(r"#\s+(.+)", text.lstrip())
    if not title:
        raise KnowledgeError(f"{path}:1: a guide begins with a title line '# …'")
    parts = re.split(r"^##\s+(.+)$", text, flags=re.M)[1:]
    bodies = {parts[i].strip(): parts[i + 1].strip() for i in range(0, len(parts), 2)}
    sources = tuple(
        line.lstrip("-* ").strip()
        for line in bodies.pop("Sources", "").splitlines()
        if line.strip()
    )
    if not sources:
        raise KnowledgeError(f"{path}: names no source; add a section '## Sources'")
    return [
        Section(path.stem, title[1].strip(), slugify(heading), heading, body, sources)
        for heading, body in bodies.items()
    ]
