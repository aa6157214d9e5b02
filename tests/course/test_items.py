"""Difficulty, discrimination, alpha and the error of measurement, against numbers done by hand."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.course.items import (
    Figure,
    correlation,
    cronbach_alpha,
    item_figures,
    reliability,
    standard_error,
)
from simulator.course.talks import numbered
from tests.course.making import talk_of

# Five residents, four items. Sums 4, 3, 2, 1, 0: mean 2, variance (ddof 1) 10 / 4 = 2.5.
# Each item: a 4 of 5, b 3 of 5, c 2 of 5, d 1 of 5; variances .2, .3, .3, .2, in all 1.0.
# alpha = 4/3 · (1 - 1 / 2.5) = .8; error = √2.5 · √.2 = √.5.
LADDER = ("mmmm", "mmmn", "mmnn", "mnnn", "nnnn")


def ladder(*marks: str) -> tuple:  # type: ignore[type-arg]
    return numbered(talk_of(f"r{n}", m) for n, m in enumerate(marks or LADDER))


def test_alpha_and_the_error_of_measurement_of_a_ladder() -> None:
    found = reliability(ladder())
    assert found.alpha == Figure(0.8)
    assert found.error.value == pytest.approx(0.5**0.5, abs=1e-4)
    assert (found.n, found.items, found.dropped, found.dichotomous) == (5, 4, 0, True)


def test_kr_20_by_its_own_formula_is_the_same() -> None:
    rng = np.random.default_rng(1)
    scores = (rng.random((12, 6)) < rng.random((12, 1))).astype(float)
    p, k = scores.mean(axis=0), scores.shape[1]
    kr20 = k / (k - 1) * (1 - (p * (1 - p)).sum() / scores.sum(axis=1).var())
    assert cronbach_alpha(scores).value == pytest.approx(kr20, abs=1e-4)


def test_difficulty_is_the_share_that_met_an_item() -> None:
    a, _, _, d = item_figures(ladder())
    assert a.difficulty and d.difficulty
    assert (a.difficulty.value, d.difficulty.value) == (0.8, 0.2)
    assert a.difficulty.low < 0.8 < a.difficulty.high


def test_discrimination_leaves_the_item_itself_out() -> None:
    # b is 1 1 1 0 0; the rest sums to 3 2 1 1 0: mean .6 and 1.4;
    # Σ dx·dy = .4·1.6 + .4·.6 - .4·.4 + .6·.4 + .6·1.4 = 1.8; Σ dx² = 1.2, Σ dy² = 5.2.
    b = item_figures(ladder())[1]
    assert b.discrimination.value == pytest.approx(1.8 / (1.2 * 5.2) ** 0.5, abs=1e-4)
    assert b.flag == ""


def test_the_point_biserial_formula_gives_the_same() -> None:
    met, rest = [1, 1, 1, 0, 0], [3.0, 2.0, 1.0, 1.0, 0.0]
    one, none = np.mean(rest[:3]), np.mean(rest[3:])
    biserial = (one - none) / np.std(rest) * (0.6 * 0.4) ** 0.5
    assert correlation(met, rest).value == pytest.approx(biserial, abs=1e-4)


def test_an_item_that_only_the_weak_meet_is_flagged() -> None:
    found = item_figures(ladder("mmmn", "mmmn", "mmnm", "nnnm", "nnnm"))
    assert [i.flag for i in found] == ["", "", "", "negative"]


def test_an_item_that_all_or_none_meet_is_flagged_and_tells_nobody_apart() -> None:
    everyone, no_one, *_ = item_figures(ladder(*("mn" + m for m in LADDER)))
    assert (everyone.flag, no_one.flag) == ("everyone", "no_one")
    assert everyone.discrimination == no_one.discrimination == Figure(None, "flat")


def test_an_item_that_some_met_in_part_is_not_one_that_nobody_earns() -> None:
    (item, _) = item_figures(ladder("pm", "nn"))
    assert (item.flag, item.met, item.partly) == ("", 0, 1)


def test_with_few_talks_there_is_a_reason_in_place_of_a_figure() -> None:
    few = ladder(*LADDER[:4])
    assert reliability(few).alpha == reliability(few).error == Figure(None, "few")
    assert {i.discrimination for i in item_figures(few)} == {Figure(None, "few")}


def test_where_all_earn_the_same_and_where_one_item_stands_alone_there_is_no_alpha() -> None:
    assert reliability(ladder(*["mn"] * 6)).alpha == Figure(None, "flat")
    assert reliability(ladder(*"mmmnn")).alpha == Figure(None, "one_item")
    assert reliability(()).alpha == Figure(None, "one_item")
    assert item_figures(()) == ()


def test_items_that_rarely_arise_are_dropped_and_talks_with_a_gap_too() -> None:
    # e arises in one talk of six and is dropped; a is missing in one, which is left out.
    found = reliability(ladder(*(m + "-" for m in LADDER), "-mmmm"))
    assert (found.items, found.dropped, found.n, found.talks) == (4, 1, 5, 6)
    assert found.alpha == Figure(0.8)


def test_an_error_of_measurement_is_never_below_nought() -> None:
    assert standard_error(np.eye(5), Figure(1.0)).value == 0


def test_later_tries_move_no_figure() -> None:
    talks = numbered([*ladder(), talk_of("r0", "nnnn", 9), talk_of("r1", "nnnn", 9, branch="x")])
    assert item_figures(talks) == item_figures(ladder())
