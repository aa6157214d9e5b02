"""What people think of the program: scored as the forms say, summed so that nobody is seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from simulator.course.acceptance import is_due, scores, summaries, sus_score
from simulator.encounter.opinions import Asked, Opinion

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def sus(level: int = 3, month: str = "2026-03", occasion: str = "practice") -> Opinion:
    """Praise at this level and complaint at three: 37.5 to 62.5."""
    answers = {str(n): level if n % 2 else 3 for n in range(1, 11)}
    return Opinion.model_validate(
        {"occasion": occasion, "form": "sus", "wording": "1", "month": month, "answers": answers}
    )


@pytest.mark.parametrize(
    ("answers", "score"),
    [
        # 4 + 1 + 1 + 4 + 1 + 2 + 1 + 1 + 4 + 3 = 22, times two and a half.
        ((5, 4, 2, 1, 2, 3, 2, 4, 5, 2), 55.0),
        ((5, 1) * 5, 100.0),
        ((1, 5) * 5, 0.0),
        ((3,) * 10, 50.0),
        ((5,) * 10, 50.0),
    ],
)
def test_the_scale_of_ten_turns_every_other_statement_round(
    answers: tuple[int, ...], score: float
) -> None:
    assert sus_score({str(n): a for n, a in enumerate(answers, 1)}) == score


def test_each_side_of_acceptance_is_the_mean_of_its_statements() -> None:
    answers = {"usefulness-1": 5, "usefulness-2": 4, "usefulness-3": 3, "ease-1": 2, "ease-2": 1}
    opinion = sus().model_copy(update={"form": "acceptance", "answers": answers})
    assert scores(opinion) == {"usefulness": 4.0, "ease": 1.5}


def test_fewer_than_five_answers_have_a_number_and_no_mean() -> None:
    (row,) = summaries([sus(5)] * 4)
    assert (row.n, row.mean, row.spread, row.month) == (4, None, None, "")
    assert summaries([]) == ()


def test_mean_and_spread_are_those_of_the_answers() -> None:
    whole, month = summaries([sus(n) for n in (1, 2, 3, 4, 5)])
    # Five praises at 1 to 5 beside complaints at 3: 25, 37.5, 50, 62.5, 75.
    assert (whole.n, whole.mean) == (5, 50.0)
    assert whole.spread == pytest.approx(12.5 * 2.5**0.5)
    assert (month.month, month.n, month.mean) == ("2026-03", 5, 50.0)


def test_one_more_answer_changes_no_figure_until_four_others_came() -> None:
    five = [sus(3)] * 5
    for more in range(5):
        assert summaries([*five, *[sus(5)] * more]) == summaries(five)
    assert summaries([*five, *[sus(5)] * 5])[0].mean == 62.5


def test_the_whole_less_its_months_leaves_nobody_s_answer() -> None:
    months = ["2026-03"] * 6 + ["2026-04"] * 3 + ["2026-05"] * 8
    whole, *each = summaries([sus(3, m) for m in months])
    assert whole.n == 15 == sum(m.n for m in each)
    assert [(m.month, m.n) for m in each] == [("2026-03", 5), ("2026-05", 10)]


def test_occasions_are_never_added_up() -> None:
    rows = summaries([*[sus(3)] * 5, *[sus(5, occasion="authoring")] * 5])
    assert [(r.occasion, r.mean) for r in rows if not r.month] == [
        ("practice", 50.0),
        ("authoring", 75.0),
    ]


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        (Asked(), True),
        (Asked(declined=True), False),
        (Asked(offered_at=NOW), True),
        (Asked(offered_at=NOW - timedelta(days=1)), False),
        (Asked(offered_at=NOW - timedelta(days=60)), True),
        (Asked(answered_at=NOW - timedelta(days=89)), False),
        (Asked(answered_at=NOW - timedelta(days=90)), True),
        (Asked(offered_at=NOW, answered_at=NOW), False),
        (Asked(answered_at=NOW - timedelta(days=400), declined=True), False),
    ],
)
def test_nobody_is_asked_often_and_who_declined_never(asked: Asked, due: bool) -> None:
    assert is_due(asked, NOW) is due
