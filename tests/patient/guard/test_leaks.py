"""What an author's own line must never give away."""

from __future__ import annotations

import pytest

from simulator.patient.case import Case
from simulator.patient.guard.leaks import (
    MAX_WORDS,
    chief_diagnoses,
    diagnoses,
    find_leaks,
    locked_in,
    named_in,
    runs_of,
)
from simulator.patient.turn import Decision, Part, State
from simulator.services import Services
from tests.cough import cough_script

NOTHING = Decision((), 0.0)


@pytest.mark.parametrize("fact", ["smoking", "court", "weight"])
def test_a_locked_line_is_caught(fact: str, case: Case) -> None:
    text = f"Well, doctor. {case.facts[fact].says} So there."
    assert find_leaks(text, NOTHING, case, State()) == (f"tells {fact!r}, which is locked",)


@pytest.mark.parametrize(
    "text",
    [
        "I WENT BACK TO SMOKING IN MARCH",
        "i went back... to smoking, in march",
        "I went\nback\nto smoking\nin March",
        "I went back to smoking in the spring",
    ],
)
def test_a_locked_line_is_caught_however_it_is_written(text: str, case: Case) -> None:
    assert find_leaks(text, NOTHING, case, State())


def test_half_a_locked_line_is_caught_and_a_few_of_its_words_are_not(case: Case) -> None:
    assert locked_in("They took me to court over it.", case, ["court"]) == ["court"]
    assert locked_in("They took me to the ward.", case, ["court"]) == []


def test_only_the_facts_that_are_hidden_are_looked_for(case: Case) -> None:
    text = case.facts["smoking"].says
    assert locked_in(text, case, ["court", "weight"]) == []
    assert locked_in(text, case, ["court", "smoking"]) == ["smoking"]


def test_another_wording_of_a_locked_fact_is_caught(services: Services) -> None:
    facts = [
        {**f.model_dump(), "also": ["Since March it's ten cigarettes a day again."]}
        if f.id == "smoking"
        else f.model_dump()
        for f in cough_script().facts
    ]
    case = services.case(cough_script(id="cough-also", facts=facts))
    text = "Since March it's ten cigarettes a day again."
    assert find_leaks(text, NOTHING, case, State()) == ("tells 'smoking', which is locked",)


def test_what_may_be_told_now_or_was_told_before_is_free(case: Case) -> None:
    text = case.facts["smoking"].says
    now = Decision((Part("tell", ("smoking",)),), 5.0)
    assert find_leaks(text, now, case, State()) == ()
    assert find_leaks(text, NOTHING, case, State(told={"smoking": 1})) == ()


def test_a_fact_that_is_withheld_now_is_not_free(case: Case) -> None:
    kept = Decision((Part("withheld", ("smoking",)),), 0.0)
    assert find_leaks(case.facts["smoking"].says, kept, case, State())


@pytest.mark.parametrize("fact", ["onset", "cold", "tea", "cough"])
def test_lines_told_to_whoever_asks_are_no_leak(fact: str, case: Case) -> None:
    assert find_leaks(case.facts[fact].says, NOTHING, case, State()) == ()


@pytest.mark.parametrize(
    "name",
    ["Cough after a viral infection", "post-infectious COUGH", "COUGH AFTER A VIRAL INFECTION"],
)
def test_the_diagnosis_is_caught(name: str, case: Case) -> None:
    faults = find_leaks(f"They say it's {name}.", NOTHING, case, State())
    assert len(faults) == 1
    assert faults[0].startswith("names the diagnosis")


def test_a_diagnosis_that_the_authors_own_lines_name_is_free(services: Services) -> None:
    case = services.case(
        cough_script(
            id="cough-named",
            opening="They say it's a cough after a viral infection, doctor.",
        )
    )
    text = "A cough after a viral infection, they say."
    assert find_leaks(text, NOTHING, case, State()) == ()


def test_all_names_of_the_differential_are_known_and_the_chief_ones_come_first(case: Case) -> None:
    chief = ["cough after a viral infection", "post-infectious cough"]
    assert chief_diagnoses(case) == chief
    assert diagnoses(case) == [*chief, "post-viral cough", "lung cancer", "asthma"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Oh, it hurts so.", []),
        ("oh", []),
        ("It is OH, they said.", ["oh"]),
        ("An MI, I fear.", ["mi"]),
        ("Mi casa, as they say.", []),
        ("My MIND is tired.", []),
        ("Is it lung cancer?", ["lung cancer"]),
        ("My lung. Cancer runs in the family.", ["lung cancer"]),
        ("My lungs, cancerous they said.", []),
    ],
)
def test_short_names_count_in_capitals_alone_and_long_ones_as_whole_words(
    text: str, found: list[str]
) -> None:
    assert named_in(text, ["oh", "mi", "lung cancer"]) == found


def test_a_speech_is_caught(case: Case) -> None:
    assert find_leaks("tea " * MAX_WORDS, NOTHING, case, State()) == ()
    assert find_leaks("tea " * (MAX_WORDS + 1), NOTHING, case, State()) == (
        f"longer than {MAX_WORDS} words",
    )


@pytest.mark.parametrize("text", ["", "…", "No.", "\u200b"])
def test_a_short_reply_is_no_leak(text: str, case: Case) -> None:
    assert find_leaks(text, NOTHING, case, State()) == ()


def test_runs_are_every_five_words_in_a_row_whatever_stands_between_them() -> None:
    assert runs_of("One, two - three; FOUR five six.") == {
        ("one", "two", "three", "four", "five"),
        ("two", "three", "four", "five", "six"),
    }
    assert runs_of("one two three four") == frozenset()
    assert runs_of("one two three", 2) == {("one", "two"), ("two", "three")}
