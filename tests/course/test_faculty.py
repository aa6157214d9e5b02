"""How the machine fared where teachers decided, against numbers worked out by hand."""

from __future__ import annotations

import pytest

from simulator.course.faculty import by_doubt, by_kind, by_mark, by_month, decisions, standing
from simulator.course.talks import Talk, numbered
from tests.course.making import manner, ruling, talk_of


@pytest.fixture
def talks() -> tuple[Talk, ...]:
    """Ten marks decided in March and April: eight stand, one is raised, one lowered."""
    march = [ruling(f"checklist:{i}", v) for i, v in zip("abcde", VERDICTS, strict=True)]
    return numbered(
        [
            talk_of("ana", "mmmnn", 0, rulings=march),
            talk_of(
                "ben", "mmmnn", 40, rulings=[
                    ruling("checklist:a", "not met"),
                    ruling("checklist:b", "met"),
                    ruling("checklist:c", "met"),
                    ruling("checklist:d", "met"),
                    ruling("checklist:e", "not met"),
                    ruling("checklist:gone", "met"),
                ],
            ),
        ]
    )  # fmt: skip


VERDICTS = ("met", "met", "met", "not met", "not met")


def test_what_stood_is_counted_and_kappa_sets_it_against_chance(talks: tuple[Talk, ...]) -> None:
    found = standing(decisions(talks))
    # Machine 6 of 10 with credit, teachers too; alike 8: e = .36 + .16, κ = (.8 - .52) / .48.
    assert (found.n, found.changed) == (10, 2)
    assert found.stood and found.stood.value == 0.8
    assert found.credit.kappa and found.credit.kappa.value == pytest.approx(0.5833, abs=1e-4)


def test_the_months_are_those_of_the_talks(talks: tuple[Talk, ...]) -> None:
    shares = [(m, s.n, s.stood.value) for m, s in by_month(decisions(talks)) if s.stood]
    assert shares == [("2026-03", 5, 1.0), ("2026-04", 5, 0.6)]


def test_a_mark_that_the_report_does_not_have_is_passed_over(talks: tuple[Talk, ...]) -> None:
    assert "checklist:gone" not in by_mark(decisions(talks))
    assert by_mark(decisions(talks))["checklist:d"] == (2, 1)


def test_the_newest_ruling_on_a_mark_counts() -> None:
    twice = [ruling("checklist:a", "not met"), ruling("checklist:a", "met", 1)]
    (found,) = decisions([talk_of("ana", "m", rulings=twice)])
    assert found.stood


def test_partly_for_met_is_changed_and_yet_credit_on_both_sides() -> None:
    found = standing(decisions([talk_of("ana", "mn", rulings=[ruling("checklist:a", "partly")])]))
    assert (found.changed, found.credit.agreement and found.credit.agreement.value) == (1, 1.0)
    assert found.credit.kappa is None, "all marks alike"


def test_manners_and_notes_count_by_kind_and_doubt_by_what_the_machine_said() -> None:
    talk = talk_of(
        "ana", "pm", manners=[manner("empathy", "good")], found={"Asthma": False},
        rulings=[
            ruling("communication:empathy", "improve"),
            ruling("note:differential:Asthma", "absent"),
            ruling("checklist:a", "met"),
        ],
    )  # fmt: skip
    found = decisions([talk])
    assert [(k, s.n, s.changed) for k, s in by_kind(found)] == [
        ("checklist", 1, 1),
        ("communication", 1, 1),
        ("note", 1, 0),
    ]
    assert [(d, s.n) for d, s in by_doubt(found)] == [("sure", 2), ("unsure", 1)]


def test_with_nothing_decided_there_is_no_figure() -> None:
    found = standing(decisions([talk_of("ana", "m")]))
    assert (found.n, found.stood, found.credit.kappa) == (0, None, None)
