"""Concepts: one thing by all its names, and nothing by a name that is not its own."""

from __future__ import annotations

import pytest

from simulator.knowledge.topics import load_topics
from simulator.language.concepts import KINDS, Concept, Concepts, Key, Kind, load_concepts
from simulator.settings import ROOT

SMALL = Concepts(
    [
        ("test", Concept(name="blood tests", also=("bloods",))),
        ("test", Concept(name="full blood count", short=("FBC",), broader="blood tests")),
        ("test", Concept(name="ultrasound", short=("US",))),
        ("examination", Concept(name="heart auscultation", also=("listen to the heart",))),
        ("diagnosis", Concept(name="heart failure", also=("failing heart",))),
    ],
    frozenset({"the", "her"}),
)


@pytest.fixture(scope="module")
def field() -> Concepts:
    return load_concepts(ROOT / "knowledge")


def names(concepts: Concepts, text: str, *kinds: Kind, prose: bool = True) -> list[str]:
    found = concepts.find(text, kinds or KINDS, prose)
    return [name for named in found for _, name in sorted(named.concepts)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Full blood counts, please", ["full blood count"]),
        ("FBC and FBCs", ["full blood count", "full blood count"]),
        ("LISTEN TO HER HEART", ["heart auscultation"]),
        ("some bloods", ["blood tests"]),
        ("blood on the floor", []),
        ("tell us", []),
        ("a US of the neck", ["ultrasound"]),
        ("heart failure", ["heart failure"]),
        ("heart", []),
        ("", []),
    ],
)
def test_a_name_is_found_whatever_its_case_number_and_articles(text: str, found: list[str]) -> None:
    assert names(SMALL, text) == found


def test_in_an_order_a_short_form_needs_no_capitals() -> None:
    assert names(SMALL, "fbc", prose=False) == ["full blood count"]
    assert names(SMALL, "us", prose=False) == ["ultrasound"]


def test_only_the_kinds_that_are_wanted_are_found() -> None:
    assert names(SMALL, "listen to the heart for heart failure", "diagnosis") == ["heart failure"]


def test_a_concept_falls_under_itself_and_under_what_is_broader() -> None:
    count: Key = ("test", "full blood count")
    bloods: Key = ("test", "blood tests")
    assert SMALL.within(count, count)
    assert SMALL.within(count, bloods)
    assert not SMALL.within(bloods, count)
    assert list(SMALL.chain(count)) == [count, bloods]


def test_the_field_has_more_than_two_thousand_concepts_of_five_kinds(field: Concepts) -> None:
    assert {kind for kind, _ in field.of} == set(KINDS)
    assert len(field.of) > 2000


def test_every_broader_concept_exists_and_no_concept_falls_under_itself_by_a_way_round(
    field: Concepts,
) -> None:
    for (kind, name), concept in field.of.items():
        seen = {name}
        above = concept.broader
        while above:
            assert (kind, above) in field.of, f"{name}: broader {above!r} does not exist"
            assert above not in seen, f"{name}: falls under itself"
            seen.add(above)
            above = field.of[kind, above].broader


def test_every_topic_that_a_concept_names_exists(field: Concepts) -> None:
    topics = load_topics(ROOT / "knowledge")
    named = {c.topic for c in field.of.values() if c.topic}
    assert named
    assert sorted(t for t in named if t not in topics) == []


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("bloods: CBC, U&Es", "test", "full blood count"),
        ("heart attack in 2010", "diagnosis", "myocardial infarction"),
        ("listen to her chest", "examination", "lung auscultation"),
        ("takes Tylenol", "drug", "paracetamol"),
        ("migraine without aura", "diagnosis", "migraine"),
    ],
)
def test_clinicians_and_patients_words_name_the_fields_concepts(
    field: Concepts, text: str, kind: Kind, name: str
) -> None:
    assert name in names(field, text, kind)
