"""Other ways to say the same: what each rule makes of a turn, and what it leaves alone."""

from __future__ import annotations

import pytest

from simulator.errors import KnowledgeError
from simulator.evaluator.rewrites import (
    Person,
    Variant,
    load_rewrites,
    rewrite,
    rewrite_turn,
)
from simulator.evaluator.transcript import Transcript
from simulator.settings import ROOT
from tests.cough import cough_script

ASKED = "When did the pain start?"


@pytest.mark.parametrize(
    ("rule", "said", "becomes"),
    [
        ({"replace": {"do you": "d'you"}}, "Do you smoke?", "D'you smoke?"),
        ({"replace": {"no": "nae"}}, "Nothing now, no.", "Nothing now, nae."),
        ({"drop": ("the", "a")}, "The pain, is it a stab?", "Pain, is it stab?"),
        ({"lower": True, "unpunctuated": True}, "Hello, I'm Dr Ash. OK?", "hello i'm dr ash ok"),
        ({"before": ("Um, ",)}, ASKED, "Um, when did the pain start?"),
        ({"before": ("Um, ",)}, "I'm Dr Ash.", "Um, I'm Dr Ash."),
        ({"question": ("May I ask, ",)}, "Ta. Is it sore?", "Ta. May I ask, is it sore?"),
        ({"question": ("May I ask, ",)}, "Thank you.", "Thank you."),
        ({"after": (" It is warm.",)}, ASKED, f"{ASKED} It is warm."),
        ({"inside": ("um",), "every": 2}, ASKED, "When did, um, the pain, um, start?"),
        ({"slip": "swap", "every": 1}, "Any swelling?", "Any swleling?"),
        ({"slip": "drop", "every": 1}, "Any fever?", "Any feer?"),
        ({"slip": "double", "every": 1}, "Any fever?", "Any fevver?"),
        ({"slip": "swap", "every": 1}, "Do you know Holmes?", "Do you know Holmes?"),
    ],
)  # fmt: skip
def test_a_rule_rewrites_a_turn(rule: dict[str, object], said: str, becomes: str) -> None:
    assert rewrite_turn(said, Variant.model_validate({"name": "x", **rule}), 0) == becomes


def test_what_is_added_is_taken_in_turn() -> None:
    variant = Variant(name="x", after=(" One.", " Two."))
    assert [rewrite_turn("Hm.", variant, n)[4:] for n in range(3)] == ["One.", "Two.", "One."]


def test_another_name_reaches_the_whole_transcript_and_the_note() -> None:
    talk = Transcript(
        turns=(("D", "Hello, Mr Holm. What did he say, Erik?"), ("P", "I'm Erik Holm.")),
        note={"history": "Mr Holm, a bus driver, coughs. He smokes.", "diagnoses": ["Cough"]},
    )
    person = Person(name="Aisha Rahman", title="Mrs", pronouns="she")
    changed = rewrite(talk, Variant(name="x", person=person), cough_script())
    assert changed.turns[0][1] == "Hello, Mrs Rahman. What did she say, Aisha?"
    assert changed.turns[1][1] == "I'm Aisha Rahman."
    assert changed.note == {
        "history": "Mrs Rahman, a bus driver, coughs. She smokes.",
        "diagnoses": ["Cough"],
    }


def test_only_names_reach_what_the_patient_said() -> None:
    talk = Transcript(turns=(("D", ASKED), ("P", "It did start when?")), note="When did it start?")
    changed = rewrite(talk, Variant(name="x", lower=True, unpunctuated=True), cough_script())
    assert changed.turns == (("D", "when did the pain start"), ("P", "It did start when?"))
    assert changed.note == talk.note


def test_every_shipped_rewrite_changes_a_plain_interview() -> None:
    said = ("Hello, Mr Holm. Do you have the pain now?", "Does it come at night? Tell me about it.")
    said += ("Have you had anything like it for two weeks, your breathing perhaps, or swelling?",)
    talk = Transcript(turns=tuple(x for s in said for x in (("D", s), ("P", "Yes, doctor."))))
    kinds = load_rewrites(ROOT / "knowledge")
    assert {k.kind for k in kinds} == {
        "names", "dialect", "learner", "typos", "recognition", "fillers", "politeness", "padding",
    }  # fmt: skip
    for kind in kinds:
        for variant in kind.variants:
            assert rewrite(talk, variant, cough_script()) != talk, (kind.kind, variant.name)


def test_missing_rewrites_are_named() -> None:
    with pytest.raises(KnowledgeError, match="There are no rewrites"):
        load_rewrites(ROOT / "docs")
