"""A cut score from judges' estimates, against numbers worked out by hand."""

from __future__ import annotations

import pytest

from simulator.course.standard import cut_score, newest, reached
from simulator.course.talks import numbered
from simulator.encounter.course import Judgement
from tests.course.making import START, talk_of

WEIGHTS = {"a": 1.0, "b": 2.0, "c": 1.0}


def judged(judge: str, **estimates: float) -> Judgement:
    return Judgement(judge, "1.0.0", estimates, START)


def test_a_cut_score_is_the_mean_of_the_judges_sums_in_points() -> None:
    # .9 + 2 · .5 + .3 = 2.2 and .7 + 2 · .7 + .5 = 2.6: mean 2.4 of 4 points, spread √.08.
    found = cut_score(WEIGHTS, [judged("x", a=90, b=50, c=30), judged("y", a=70, b=70, c=50)])
    assert found and found.points == pytest.approx(2.4)
    assert found.percent == pytest.approx(60)
    assert found.spread == pytest.approx(0.08**0.5)
    assert found.error == pytest.approx(0.2)


def test_the_last_word_of_a_judge_counts() -> None:
    words = [judged("x", a=0, b=0, c=0), judged("x", a=100, b=100, c=100)]
    found = cut_score(WEIGHTS, words)
    assert found and (found.judges, found.points, found.spread) == (1, 4, None)
    assert newest(words) == (words[1],)


def test_who_judged_other_items_does_not_count_and_is_told() -> None:
    found = cut_score(WEIGHTS, [judged("x", a=50, b=50, c=50), judged("y", a=50, old=50)])
    assert found and (found.judges, found.earlier) == (1, 1)
    assert cut_score(WEIGHTS, [judged("y", a=50)]) is None
    assert cut_score({}, [judged("y", a=50)]) is None


def test_who_would_do_needs_what_is_critical_by_both_marks() -> None:
    talks = numbered(
        [
            talk_of("ana", "mmmm", critical="a"),
            talk_of("ben", "mmmn", critical="a"),
            talk_of("cleo", "nmmm", critical="a"),
            talk_of("ana", "mnnn", 3, critical="a"),
        ]
    )
    cut = cut_score(dict.fromkeys("abcd", 1.0), [judged("x", a=100, b=100, c=80, d=80)])
    assert cut and (found := reached(talks, cut))
    assert (found.n, found.present, found.cut) == (3, 2, 1)
