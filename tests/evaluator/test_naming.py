"""Names in a note: found in any form, never where they are refused."""

from __future__ import annotations

import pytest

from simulator.evaluator.naming import DIAGNOSES, STEPS, Namer
from simulator.services import Services


@pytest.fixture(scope="module")
def namer(services: Services) -> Namer:
    return Namer(services.concepts, services.field.lexicon, services.field.words)


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Migraine, without aura", ("Migraine without aura", "migraine")),
        ("migraine w/o aura", ("Migraine without aura", "migraine")),
        ("ACS (no ST elevation)", ("Acute coronary syndrome", "ACS")),
        ("NSTEMI", ("Acute coronary syndrome",)),
        ("heart attack", ("Myocardial infarction",)),
        ("Non-ST-elevation MI", ("NSTEMI",)),
        ("probable acute appendicitis", ("Appendicitis",)),
        ("r/o pulmonary embolus", ("Pulmonary embolism", "PE")),
        ("major depresive disorder", ("Major depressive disorder",)),
    ],
)
def test_a_diagnosis_is_named_by_hyphen_comma_synonym_and_narrower_name(
    namer: Namer, written: str, names: tuple[str, ...]
) -> None:
    assert namer.likeness(written, names, DIAGNOSES) > 0


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("not migraine", ("Migraine without aura", "migraine")),
        ("PE unlikely", ("Pulmonary embolism", "PE")),
        ("hypothyroidism", ("Hyperthyroidism",)),
        ("acute", ("Acute appendicitis",)),
        ("headache", ("Migraine without aura",)),
        ("", ("Gout",)),
    ],
)
def test_what_is_refused_vague_or_another_is_not_named(
    namer: Namer, written: str, names: tuple[str, ...]
) -> None:
    assert namer.likeness(written, names, DIAGNOSES) == 0


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("LFTs", ("Liver function",)),
        ("U&Es", ("Kidney function and electrolytes", "U&E")),
        ("TFTs + CRP", ("Thyroid function tests",)),
        ("EKG stat", ("ECG",)),
        ("CBC", ("Full blood count",)),
        ("chest film", ("Chest X-ray",)),
    ],
)
def test_a_step_is_named_by_abbreviation_and_plural(
    namer: Namer, written: str, names: tuple[str, ...]
) -> None:
    assert namer.likeness(written, names, STEPS) > 0
