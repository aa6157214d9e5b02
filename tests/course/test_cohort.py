"""The overview, against numbers worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from simulator.course.cohort import cases, missed, weeks
from simulator.course.heat import by_case, by_resident
from simulator.course.talks import Talk, numbered
from tests.course.making import manner, talk_of


@pytest.fixture
def talks() -> tuple[Talk, ...]:
    """Three residents: a is critical; ana comes again later, and once from a turn."""
    good, weak = manner("empathy", "good"), manner("empathy", "improve")
    return numbered(
        [
            talk_of("ana", "mmn", 0, critical="a", c="safety", manners=[good]),
            talk_of("ben", "mnn", 1, critical="a", c="safety", manners=[weak]),
            talk_of("cleo", "nmp", 8, critical="a", c="safety"),
            talk_of("ana", "mmm", 22, critical="a", c="safety"),
            talk_of("ana", "mmm", 23, critical="a", c="safety", branch="ana-22"),
        ]
    )


def test_means_and_passes_are_of_first_tries(talks: tuple[Talk, ...]) -> None:
    (row,) = cases(talks)
    assert (row.residents, row.repeats, row.branches) == (3, 1, 1)
    checklist, communication = row.means["checklist"], row.means["communication"]
    assert checklist and checklist.value == pytest.approx((2 / 3 + 1 / 3 + 1.5 / 3) / 3)
    assert communication and (communication.value, communication.n) == (0.5, 2)
    assert row.means["reasoning"] is None
    assert (row.passed, row.marked) == (1, 3), "ben lacks points, cleo what is critical"


def test_weeks_without_a_talk_stand_among_the_others(talks: tuple[Talk, ...]) -> None:
    found = weeks(talks, 10)
    assert [(w.monday, w.total) for w in found] == [
        (date(2026, 3, 2), 2),
        (date(2026, 3, 9), 1),
        (date(2026, 3, 16), 0),
        (date(2026, 3, 23), 2),
    ]
    assert found[-1].talks == {"first": 0, "repeat": 1, "branch": 1}
    assert [w.monday.day for w in weeks(talks, 2)] == [16, 23]
    assert weeks((), 10) == ()


def test_what_is_critical_or_about_safety_is_listed_the_least_met_first(
    talks: tuple[Talk, ...],
) -> None:
    assert [(m.item, m.met, m.n, m.critical) for m in missed(talks)] == [
        ("c", 0, 3, False),
        ("a", 2, 3, True),
    ], "b is neither, and done in part is not met"


def test_what_did_not_arise_counts_on_neither_side() -> None:
    (found,) = missed(
        [talk_of(r, m, critical="a") for r, m in (("x", "-"), ("y", "u"), ("z", "m"))]
    )
    assert (found.met, found.n) == (1, 1)


def test_a_heat_map_adds_up_the_points_of_first_tries(talks: tuple[Talk, ...]) -> None:
    found = by_resident(talks)
    assert found.rows == ("ana", "ben", "cleo") and found.domains == ("hpi", "safety")
    cells = {row: found.cell(row, "hpi") for row in found.rows}
    assert [(c.earned, c.possible, c.band) for c in cells.values() if c] == [
        (2, 2, 4),
        (1, 2, 2),
        (1, 2, 2),
    ]
    whole = by_case(talks).cell("cough", "safety")
    assert whole and (whole.earned, whole.possible, whole.n) == (0.5, 3, 3)
    assert whole.share == pytest.approx(1 / 6) and whole.band == 0


def test_where_nothing_could_be_earned_there_is_no_cell() -> None:
    found = by_resident([talk_of("ana", "m-", b="safety"), talk_of("ben", "mn", b="safety")])
    assert found.cell("ana", "safety") is None and found.cell("ben", "safety") is not None
