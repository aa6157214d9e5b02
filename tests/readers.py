"""A language model that reads turns, for tests: how it is wanted, and what it has proved."""

from __future__ import annotations

import copy
import json
from typing import Any

from simulator.llm.certificates import certificates_dir, keep_certificate
from simulator.patient.understanding.certificate import ReaderCertificate
from simulator.services import Services
from simulator.settings import Settings


def hears(*lines: int, chance: float = 0.9) -> str:
    """A model's answer: the turn asks for these lines."""
    asked = [{"line": n, "chance": chance} for n in lines]
    return json.dumps({"acts": ["ask"], "asked": asked})


def wanting(services: Services, url: str, **changes: Any) -> Services:
    """The same cases, with a served model that is wanted as a reader."""
    own = copy.copy(services)
    own.__dict__.pop("_certified_reader", None)
    values = {"reads": "llm", "reads_s": 20, "llm_model": "small-model", "llm_base_url": url}
    own.settings = Settings(**{**services.settings.model_dump(), **values, **changes})
    return own


def certify_reader(services: Services) -> None:
    """Keep a certificate on the model that is configured."""
    data: Any = {"basis": services.reader_basis(services.settings.llm_model)}
    data |= {"made_at": "2026-11-30", "code_version": "0", "turns": 120, "unread": 0, "tokens": 0}
    for name, right, low in (("model", 95, 0.89), ("learned", 70, 0.6)):
        figure = {"right": right, "of": 100, "low": low}
        data[name] = {"recall": figure, "precision": figure}
    certificate = ReaderCertificate.model_validate(data)
    keep_certificate(certificates_dir(services.settings.data_dir), certificate)
