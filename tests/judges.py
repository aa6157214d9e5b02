"""A model that judges, for tests: how it answers, what it is certified for, what is doubted."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from simulator.evaluator import report
from simulator.evaluator.certificate import Certificate
from simulator.evaluator.checklist import ItemVerdict, judge_checklist
from simulator.evaluator.judge import Kind
from simulator.evaluator.judging import configured_judge
from simulator.llm.certificates import certificates_dir, keep_certificate
from simulator.services import Services
from simulator.settings import Settings

NOTHING: dict[str, Any] = {"turn": 0, "quote": "", "done": False}


def says(*found: dict[str, Any]) -> str:
    """A judge's answer on items 1, 2 …; what is not told of one is that nothing does it."""
    rows = [{"item": n, **NOTHING, **f} for n, f in enumerate(found, 1)]
    return json.dumps({"answers": rows})


def judging(services: Services, url: str, **changes: Any) -> Services:
    """The same cases, with a served model that may judge."""
    own = copy.copy(services)
    own.__dict__.pop("judge_model", None)
    values = {"judge": "llm", "judge_model": "judge-model", "judge_base_url": url}
    values |= {"judge_samples": "1", "llm_total_s": 20}
    own.settings = Settings(**{**services.settings.model_dump(), **values, **changes})
    return own


def certify_for(services: Services, *kinds: Kind) -> None:
    """Keep a certificate for these kinds on the judge that is configured."""
    judge = configured_judge(services, services.rubric("vsp-comm-9"))
    tally: Any = {"right_positive": 40, "positive": 40, "right_negative": 40, "negative": 40}
    certificate = Certificate.model_validate(
        {"basis": judge.basis, "gold": "g", "parts": ("validate",), "transcripts": 4}
        | {"made_at": "2026-11-30", "code_version": "0", "kinds": dict.fromkeys(kinds, tally)}
    )
    keep_certificate(certificates_dir(services.settings.data_dir), certificate)


def doubt(monkeypatch: pytest.MonkeyPatch, *items: str) -> None:
    """Have the rules doubt that these items were met."""

    def doubting(*given: Any) -> tuple[ItemVerdict, ...]:
        known = {i: ItemVerdict(i, "not met", confidence=0.5) for i in items}
        return tuple(known.get(v.id, v) for v in judge_checklist(*given))

    monkeypatch.setattr(report, "judge_checklist", doubting)
