"""A cut score from whole judgements, against a line worked out by hand and numpy's own."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.course.borderline import (
    LEAST,
    Borderline,
    borderline,
    by_level,
    fit,
    interval,
    last_words,
    rated,
)
from simulator.course.talks import Talk, numbered
from tests.course.making import rating, talk_of

TEN = "abcdefghij"


def did(resident: str, met: int, *ratings: object, day: int = 0) -> Talk:
    """A talk in which so many of ten items were met."""
    marks = dict(zip(TEN, "m" * met + "n" * (10 - met), strict=True))
    return talk_of(resident, marks, day, ratings=ratings)  # type: ignore[arg-type]


def cohort(*levels_and_met: tuple[int, int]) -> Borderline:
    talks = [did(f"r{n}", met, rating(level)) for n, (level, met) in enumerate(levels_and_met)]
    return borderline(numbered(talks))


def test_the_line_is_that_of_a_worked_example() -> None:
    # x̄ 3, ȳ 62, Sxx 10, Sxy 110: slope 11, intercept 29, at borderline 51. Around the line
    # 0 + 1 + 9 + 9 + 1 = 20 of 1230; s = √(20 / 3), error s · √(1/5 + 1/10) = √2.
    found = fit(np.array([1.0, 2, 3, 4, 5]), np.array([40.0, 50, 65, 70, 85]))
    assert (found.n, found.slope, found.intercept, found.percent) == (5, 11, 29, 51)
    assert found.r2 == pytest.approx(1 - 20 / 1230)
    assert found.spread == pytest.approx((20 / 3) ** 0.5)
    assert found.error == pytest.approx(2**0.5)


def test_the_line_is_the_one_that_numpy_draws() -> None:
    random = np.random.default_rng(7)
    levels = random.integers(1, 6, 60).astype(float)
    shares = 20 + 12 * levels + random.normal(0, 8, 60)
    found = fit(levels, shares)
    (slope, intercept), covariance = np.polyfit(levels, shares, 1, cov=True)
    assert (found.slope, found.intercept) == (pytest.approx(slope), pytest.approx(intercept))
    assert found.r2 == pytest.approx(np.corrcoef(levels, shares)[0, 1] ** 2)
    at = np.array([2.0, 1.0])
    assert found.error == pytest.approx(float(at @ covariance @ at) ** 0.5)


def test_the_interval_is_as_wide_as_drawing_anew_one_by_one_makes_it() -> None:
    random = np.random.default_rng(3)
    levels = random.integers(1, 6, 40).astype(float)
    shares = 25 + 11 * levels + random.normal(0, 9, 40)
    cuts = []
    for _ in range(1500):
        drawn = random.integers(40, size=40)
        cuts.append(np.polyval(np.polyfit(levels[drawn], shares[drawn], 1), 2))
    low, high = interval(levels, shares)
    assert low < fit(levels, shares).percent < high
    assert low == pytest.approx(np.quantile(cuts, 0.025), abs=0.8)
    assert high == pytest.approx(np.quantile(cuts, 0.975), abs=0.8)
    assert interval(levels, shares) == (low, high)


def test_a_case_has_its_cut_score_from_fifteen_judged_first_tries_on() -> None:
    talks = [(1, 2), (2, 4), (2, 5), (3, 6), (3, 7), (4, 8), (5, 9)] * 2
    few = cohort(*talks)
    assert (few.why, few.line, len(few.rated)) == ("few", None, LEAST - 1)
    found = cohort(*talks, (2, 5))
    assert found.why == "" and found.line and found.line.n == LEAST
    assert found.low < found.line.percent < found.high
    assert found.line.percent == pytest.approx(
        np.polyval(np.polyfit(*zip(*talks, (2, 5), strict=True), 1), 2) * 10
    )


@pytest.mark.parametrize(
    ("talks", "why"),
    [
        ([(2, 5), (2, 6), (2, 7)], "alike"),
        ([(3, 5), (4, 6), (5, 9)], "far"),
        ([(1, 9), (2, 6), (5, 3)], "falling"),
    ],
)
def test_where_a_line_would_mislead_there_is_a_reason_instead(
    talks: list[tuple[int, int]], why: str
) -> None:
    found = cohort(*talks * 6)
    assert found.why == why and len(found.rated) == 18


def test_the_last_word_of_each_judge_counts_and_their_mean_is_the_talk_s() -> None:
    words = (rating(None, "x", False), rating(1, "x", False), rating(2, "y"), rating(3, "x", False))
    assert [r.level for r in last_words(words)] == [3, 2]
    (one,) = rated(numbered([did("ana", 7, *words)]))
    assert (one.level, one.percent, one.judges, one.blind) == (2.5, 70.0, 2, False)


def test_what_was_opened_and_not_judged_is_no_judgement() -> None:
    found = borderline(numbered([did("ana", 7, rating(None)), did("ben", 7)]))
    assert (found.rated, found.talks, found.why) == ((), 2, "few")


def test_later_tries_draw_no_line() -> None:
    talks = numbered([did("ana", 3, rating(2)), did("ana", 9, rating(5), day=2)])
    assert [r.level for r in rated(talks)] == [2]


def test_talks_are_grouped_by_level_and_those_on_which_judges_differ_stand_last() -> None:
    talks = [did("a", 4, rating(2)), did("b", 6, rating(2)), did("c", 9, rating(4))]
    talks.append(did("d", 7, rating(2, "x"), rating(3, "y")))
    groups = [(g.level, g.n, g.mean) for g in by_level(rated(numbered(talks)))]
    assert groups == [(2, 2, 50.0), (4, 1, 90.0), (None, 1, 70.0)]
