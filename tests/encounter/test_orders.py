"""Orders: all that a sentence names is done, offered or named as not there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simulator.encounter.orders import Names, Request, orderables, read_request
from simulator.knowledge.topics import Topics
from simulator.language.concepts import Concepts, load_concepts
from simulator.language.lexicon import Lexicon
from simulator.language.words import load_words
from simulator.settings import ROOT
from tests.conftest import make_script

SCRIPT = make_script(
    examination=[
        {
            "manoeuvre": "Auscultate the heart",
            "also": ["listen to the heart"],
            "finding": "Normal.",
        },
        {"manoeuvre": "Palpate the knee", "also": ["feel the knee"], "finding": "Warm."},
        {"manoeuvre": "Inspect the abdomen", "finding": "Flat."},
        {"manoeuvre": "Palpate the abdomen", "finding": "Soft."},
    ],
    tests=[
        {"name": "ECG", "also": ["12-lead", "electrocardiogram"], "result": "Sinus rhythm."},
        {"name": "Knee X-ray", "also": ["radiograph of the knee"], "result": "No fracture."},
        {"name": "Troponin", "result": "5 ng/L"},
        {"name": "Full blood count", "also": ["FBC", "CBC"], "result": "Normal."},
        {"name": "C-reactive protein", "result": "4 mg/L"},
        {"name": "Urine pregnancy test", "result": "Negative."},
    ],
)


WORDS = load_words(ROOT / "knowledge")


@pytest.fixture(scope="module")
def concepts() -> Concepts:
    return load_concepts(ROOT / "knowledge")


Ask = Callable[[str], Request]


@pytest.fixture
def ask(concepts: Concepts) -> Ask:
    """The small case, asked for examinations and tests."""
    known = [*WORDS.ordering, "front", "tell", "me", "where", "hurts"]
    lexicon = Lexicon(Topics([]), known)

    def order(wanted: str) -> Request:
        return read_request(wanted, orderables(SCRIPT), Names(concepts, lexicon, WORDS))

    return order


def names(request: Request) -> set[str]:
    return {o.name for o in request.found}


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("ECG", "ECG"),
        ("ecg please", "ECG"),
        ("a 12 lead", "ECG"),
        ("electrocardiogram", "ECG"),
        ("Please do an EKG!", "ECG"),
        ("heart tracing", "ECG"),
        ("troponin test", "Troponin"),
        ("tropinin", "Troponin"),
        ("x-ray of the knee", "Knee X-ray"),
        ("KNEE XRAY", "Knee X-ray"),
        ("cbc", "Full blood count"),
        ("full bloods", "Full blood count"),
        ("listen to her heart", "Auscultate the heart"),
        ("auscultate heart", "Auscultate the heart"),
        ("I feel the knee", "Palpate the knee"),
        ("May I press on your tummy?", "Palpate the abdomen"),
        ("CRP", "C-reactive protein"),
    ],
)
def test_what_is_ordered_is_found_by_name_synonym_lay_word_and_slip(
    ask: Ask, wanted: str, name: str
) -> None:
    assert names(ask(wanted)) == {name}
    assert ask(wanted).missing == ()


@pytest.mark.parametrize(
    "wanted",
    ["MRI of the brain", "D-dimer", "心电图", "listen to the lungs", "EEG",
     "urine culture", "sphygmobrachial index"],
)  # fmt: skip
def test_what_the_case_does_not_hold_is_named_as_not_there(ask: Ask, wanted: str) -> None:
    request = ask(wanted)
    assert (request.found, request.offered) == ((), ())
    assert request.missing


@pytest.mark.parametrize("wanted", ["", "   ", "?!", "the", "please do a test"])
def test_words_that_name_nothing_order_nothing(ask: Ask, wanted: str) -> None:
    assert ask(wanted) == Request()


def test_of_several_things_in_one_sentence_each_is_done_or_named_as_not_there(ask: Ask) -> None:
    request = ask("FBC, CRP and a pregnancy test, and an MRI")
    assert names(request) == {"Full blood count", "C-reactive protein", "Urine pregnancy test"}
    assert request.missing == ("MRI",)


def test_an_examination_that_covers_several_findings_does_them_all(ask: Ask) -> None:
    assert names(ask("examine the abdomen")) == {"Inspect the abdomen", "Palpate the abdomen"}


def test_of_several_tests_under_one_name_it_is_asked_which(ask: Ask) -> None:
    request = ask("some bloods please")
    assert request.found == ()
    offered = {o.name for o in request.offered}
    assert {"Troponin", "Full blood count", "C-reactive protein"} <= offered
    assert "ECG" not in offered


def test_what_nobody_examines_as_a_whole_is_offered_part_by_part(ask: Ask) -> None:
    request = ask("a full physical examination")
    assert request.found == ()
    assert {o.kind for o in request.offered} == {"examination"}


def test_talk_beside_an_order_is_not_named_as_missing(ask: Ask) -> None:
    request = ask("I'll press on your tummy, tell me where it hurts")
    assert names(request) == {"Palpate the abdomen"}
    assert request.missing == ()


def test_examinations_and_tests_are_told_apart_and_carry_their_findings() -> None:
    kinds = {o.name: (o.kind, o.result) for o in orderables(SCRIPT)}
    assert kinds["Palpate the knee"] == ("examination", "Warm.")
    assert kinds["ECG"] == ("test", "Sinus rhythm.")


def test_a_case_without_findings_has_nothing_to_order(concepts: Concepts) -> None:
    empty = make_script(examination=[], tests=[])
    assert orderables(empty) == []
    request = read_request("ECG", [], Names(concepts, Lexicon(Topics([]), ()), WORDS))
    assert request.missing == ("ECG",)
