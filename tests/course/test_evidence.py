"""Evidence toward competencies: for and against, in the resident's words, by machine or teacher."""

from __future__ import annotations

from simulator.course.evidence import Evidence, Quote, evidence
from simulator.course.talks import Talk, numbered
from simulator.knowledge.competencies import load_competencies
from simulator.scripts.library import load_library
from simulator.settings import ROOT
from simulator.web import views
from tests.course.making import manner, ruling, talk_of

KNOWN = load_competencies(ROOT / "knowledge")


def found_in(*talks: Talk, **aims: list[tuple[str, str]]) -> dict[str, Evidence]:
    return {e.competency.code: e for e in evidence(numbered(talks), KNOWN, aims)}


def test_what_was_met_speaks_for_with_the_words_and_what_was_missed_against() -> None:
    found = found_in(talk_of("ana", "mn-"))["ACGME-PC1"]
    assert [(p.mark, p.quotes) for p in found.supporting] == [
        ("checklist:a", (Quote("What about a?", 1),))
    ]
    assert [(p.mark, p.quotes) for p in found.against] == [("checklist:b", ())]
    assert found.talks == 1


def test_safety_speaks_to_the_history_and_to_knowledge() -> None:
    found = found_in(talk_of("ana", "m", a="safety"))
    assert found["ACGME-PC1"].supporting == found["ACGME-MK1"].supporting != ()
    assert found["ACGME-ICS1"].supporting == ()


def test_talk_and_note_speak_to_competencies_of_their_own() -> None:
    found = found_in(
        talk_of(
            "ana", "m", manners=[manner("jargon", "improve", "dyspnoea")], found={"Asthma": True}
        )
    )
    (jargon,) = found["ACGME-ICS1"].against
    assert jargon.quotes == (Quote("dyspnoea", 1),)
    (asthma,) = found["ACGME-MK1"].supporting
    assert (asthma.text, asthma.quotes) == ("Asthma", (Quote("Asthma", None),))


def test_each_mark_says_whether_a_teacher_decided_on_it() -> None:
    found = found_in(talk_of("ana", "nn", rulings=[ruling("checklist:a", "met")]))["ACGME-PC1"]
    assert [(p.mark, p.source) for p in found.supporting] == [("checklist:a", "teacher")]
    assert [(p.mark, p.source) for p in found.against] == [("checklist:b", "machine")]
    assert found.by_teachers == 1


def test_a_try_from_a_turn_is_no_evidence_and_a_second_try_says_that_it_is_one() -> None:
    talks = [talk_of("ana", "m", d, branch="x" if d == 2 else "") for d in (0, 1, 2)]
    found = found_in(*talks)["ACGME-PC1"]
    assert [(p.talk, p.number) for p in found.supporting] == [("ana-1", 2), ("ana-0", 1)]


def test_the_cases_aims_stand_with_the_competency_that_they_name() -> None:
    found = found_in(talk_of("ana", "m"), cough=[("Listen well", "ACGME-ICS1")])
    assert found["ACGME-ICS1"].objectives == (("Cough", "Listen well"),)
    assert found["ACGME-PC1"].objectives == ()


def test_every_code_and_domain_of_the_shipped_cases_is_known() -> None:
    codes = {c.code for c in KNOWN.competencies}
    scripts = load_library(ROOT / "patient_scripts").released()
    assert {o.competency for s in scripts for o in s.objectives} <= codes
    assert {i.domain for s in scripts for i in s.checklist} <= set(KNOWN.domains)
    assert set(views.words()["domains"]) <= set(KNOWN.domains)
    named = (KNOWN.communication, *KNOWN.domains.values(), *KNOWN.note.values())
    assert {code for group in named for code in group} <= codes
