"""What a language model has proved here: a file for exactly what was measured, or none."""

from __future__ import annotations

import re
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from simulator.errors import StoreError


class Part(BaseModel):
    """Data of a certificate."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Basis(Part):
    """Exactly what a certificate speaks of; with anything else it says nothing.

    `prompt` is a digest of all that the model is told, and of the form of its answer.
    """

    model: str
    prompt: str


class Certificate(Part):
    """What was measured, of what, and when."""

    basis: Basis
    made_at: str
    code_version: str


C = TypeVar("C", bound=Certificate)


def certificates_dir(data_dir: Path) -> Path:
    """Where an installation keeps its certificates."""
    return data_dir / "judges"


def read_certificate(folder: Path, basis: Basis, kind: type[C]) -> C | None:
    """The certificate on exactly this, if there is one that can be read."""
    try:
        found = kind.model_validate_json(_file(folder, basis).read_text(encoding="utf-8"))
    except (OSError, ValidationError, UnicodeDecodeError):
        return None
    return found if found.basis == basis else None


def keep_certificate(folder: Path, certificate: Certificate) -> Path:
    """Keep a certificate in place of an earlier one on the same, whole or not at all.

    Raises:
        StoreError: it cannot be written.
    """
    file = _file(folder, certificate.basis)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as new:
            new.write(certificate.model_dump_json(indent=1) + "\n")
        Path(new.name).replace(file)
    except OSError as error:
        raise StoreError(f"{file}: cannot be written ({error.strerror}); check it") from None
    return file


def _file(folder: Path, basis: Basis) -> Path:
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", basis.model)[:80]
    return folder / f"{name}-{sha256(basis.model_dump_json().encode()).hexdigest()[:12]}.json"
