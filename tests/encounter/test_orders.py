"""Orders: an examination or test is found by what clinicians call it, and nothing else is."""

from __future__ import annotations

import pytest

from simulator.encounter.orders import find_orderable, orderables
from tests.conftest import make_script

SCRIPT = make_script(
    examination=[
        {
            "manoeuvre": "Auscultate the heart",
            "also": ["listen to the heart"],
            "finding": "Normal.",
        },
        {"manoeuvre": "Palpate the knee", "also": ["feel the knee"], "finding": "Warm."},
    ],
    tests=[
        {"name": "ECG", "also": ["12-lead", "electrocardiogram"], "result": "Sinus rhythm."},
        {"name": "Knee X-ray", "also": ["radiograph of the knee"], "result": "No fracture."},
        {"name": "Troponin", "result": "5 ng/L"},
        {"name": "Full blood count", "also": ["FBC", "CBC"], "result": "Normal."},
    ],
)


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("ECG", "ECG"),
        ("ecg please", "ECG"),
        ("a 12 lead", "ECG"),
        ("electrocardiogram", "ECG"),
        ("Please do an ECG!", "ECG"),
        ("troponin test", "Troponin"),
        ("tropinin", "Troponin"),
        ("x-ray of the knee", "Knee X-ray"),
        ("KNEE XRAY", "Knee X-ray"),
        ("cbc", "Full blood count"),
        ("blood count, full", "Full blood count"),
        ("listen to her heart", "Auscultate the heart"),
        ("auscultate heart", "Auscultate the heart"),
        ("I feel the knee", "Palpate the knee"),
    ],
)
def test_what_is_ordered_is_found_by_name_synonym_and_slip(wanted: str, name: str) -> None:
    found = find_orderable(wanted, orderables(SCRIPT))
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "wanted",
    ["", "   ", "?!", "MRI of the brain", "D-dimer", "the", "test", "heart", "心电图",
     "listen to the lungs", "percuss the knee", "EEG"],
)  # fmt: skip
def test_what_the_case_does_not_hold_is_not_found(wanted: str) -> None:
    assert find_orderable(wanted, orderables(SCRIPT)) is None


def test_examinations_and_tests_are_told_apart_and_carry_their_findings() -> None:
    kinds = {o.name: (o.kind, o.result) for o in orderables(SCRIPT)}
    assert kinds["Palpate the knee"] == ("examination", "Warm.")
    assert kinds["ECG"] == ("test", "Sinus rhythm.")


def test_a_case_without_findings_has_nothing_to_order() -> None:
    empty = make_script(examination=[], tests=[])
    assert orderables(empty) == []
    assert find_orderable("ECG", []) is None
