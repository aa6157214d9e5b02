"""Prompts are Markdown files with a version and $variables; every one is read and filled here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from string import Template

from pydantic import BaseModel

from simulator.errors import KnowledgeError


def read_prompt(path: Path) -> tuple[Template, str]:
    """A prompt and its version.

    Raises:
        KnowledgeError: the file is missing, or has no front matter with a version.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise KnowledgeError(f"{path}: cannot be read ({error.strerror}); restore it") from None
    found = re.fullmatch(r"---\nversion: (\d+)\n---\n(.+)", text, re.S)
    if found is None:
        raise KnowledgeError(f"{path}: must begin with '---', 'version: N', '---'; restore it")
    return Template(found[2].strip()), found[1]


def fill(template: Template, values: Mapping[str, str], name: str) -> str:
    """A prompt with its variables filled in; the name is for the message.

    Raises:
        KnowledgeError: the prompt wants another set of variables.
    """
    wanted = set(template.get_identifiers())
    if wanted != values.keys():
        raise KnowledgeError(
            f"{name}: missing {sorted(wanted - values.keys())}, "
            f"unused {sorted(values.keys() - wanted)}; the prompt and its caller must agree"
        )
    return template.substitute(values)


def digest(schema: type[BaseModel], files: Iterable[Path]) -> str:
    """A digest of what a model is told by these files, and of its answer's form."""
    found = sha256(repr(schema.model_json_schema()).encode())
    for file in files:
        found.update(file.read_bytes())
    return found.hexdigest()[:12]
