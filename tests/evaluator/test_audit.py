"""The audit: what moved under a rewrite is found, counted and shown."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from simulator.evaluator.audit import Outcome, audit, audit_rows, sum_up_audit
from simulator.evaluator.rewrites import Rewrites, Variant
from simulator.evaluator.transcript import Transcript, report_transcript
from simulator.services import Services
from tests.cough import cough_script

TALK = Transcript(
    name="talk",
    turns=(
        ("D", "When did it start?"),
        ("P", "Three weeks ago."),
        ("D", "Do you smoke?"),
        ("P", "Yes."),
    ),
)
SILENCED = Rewrites(
    kind="silenced",
    title="Silenced",
    variants=(Variant(name="a word for all", replace={"when did it start": "right"}),),
)
NOTHING = Rewrites(kind="none", title="None", variants=(Variant(name="-", drop=("zebra",)),))
POLITE = Rewrites(
    kind="polite",
    title="Polite",
    variants=(Variant(name="please", question=("Please tell me, ",)),),
)


@pytest.fixture(scope="module")
def outcomes(services: Services) -> list[Outcome]:
    judge = partial(report_transcript, cough_script(), services=services)
    return list(audit(TALK, cough_script(), (SILENCED, NOTHING, POLITE), judge))


def test_a_rewrite_that_takes_a_question_away_loses_its_mark(outcomes: list[Outcome]) -> None:
    silenced = outcomes[0]
    assert [(f.item, f.before, f.after) for f in silenced.flips] == [("onset", "met", "not met")]
    assert silenced.flips[0].quote == "When did it start?"
    assert silenced.differences["checklist"] < 0


def test_a_courtesy_changes_nothing_and_a_rewrite_without_effect_is_not_counted(
    outcomes: list[Outcome],
) -> None:
    assert [o.kind for o in outcomes] == ["silenced", "polite"]
    assert outcomes[1].flips == ()
    assert outcomes[1].differences["checklist"] == 0


def test_flips_are_counted_by_kind_and_item_with_an_interval(outcomes: list[Outcome]) -> None:
    found = sum_up_audit(outcomes, (SILENCED, NOTHING, POLITE))
    assert found.items == {"onset": {"silenced": 1}}
    kind = found.kinds["silenced"]
    assert (kind.better, kind.worse) == (0, 1)
    assert kind.changed is not None and kind.changed.low < kind.changed.value < kind.changed.high
    assert found.kinds["none"].changed is None
    assert any("onset: met → not met" in row for row in audit_rows(found))


def test_the_attacks_are_three_hundred_and_no_two_alike() -> None:
    path = Path(__file__).parents[2] / "knowledge" / "audit" / "attacks.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 300
    assert len({(r["where"], r["text"]) for r in rows}) == 300
    assert {r["where"] for r in rows} == {"talk", "history", "diagnoses", "support", "workup"}
