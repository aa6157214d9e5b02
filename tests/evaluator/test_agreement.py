"""Figures of agreement beside worked examples of the literature, computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.evaluator.agreement import (
    Pair,
    Table,
    agree,
    bootstrap,
    cohen_kappa,
    correct,
    gwet_ac1,
    rogan_gladen,
    study,
    weighted_kappa,
    wilson,
)
from simulator.evaluator.checklist import Verdict

# Feinstein & Cicchetti, J Clin Epidemiol 1990; 43: 543-549: the same agreement, unlike kappas.
BALANCED = np.array([[45.0, 6.0], [9.0, 40.0]])
LOPSIDED = np.array([[5.0, 5.0], [10.0, 80.0]])


def pairs_of(table: Table, transcripts: int = 1) -> list[Pair]:
    """Marks that make a table, spread over transcripts."""
    cells = [(r, m) for r in (0, 1) for m in (0, 1) for _ in range(int(table[r, m]))]
    return [
        pair(f"t{n % transcripts}", f"i{n // transcripts}", verdict(m), verdict(r))
        for n, (r, m) in enumerate(cells)
    ]


def verdict(credit: int) -> Verdict:
    return "met" if credit else "not met"


def pair(
    transcript: str, item: str, marked: Verdict, reference: Verdict, weight: float = 1.0
) -> Pair:
    return Pair(
        transcript=transcript,
        item=item,
        domain="hpi",
        weight=weight,
        marked=marked,
        reference=reference,
    )


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [  # Newcombe, Stat Med 1998; 17: 857-872, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_of_a_share_is_wilson_s(hits: int, n: int, low: float, high: float) -> None:
    found = wilson(hits, n)
    assert found is not None
    assert (found.low, found.high) == (low, high)


def test_nothing_counted_has_no_share() -> None:
    assert wilson(0, 0) is None


@pytest.mark.parametrize(
    ("table", "kappa"),
    [
        (BALANCED, 0.70),
        (LOPSIDED, 0.32),
        (np.array([[15.0, 10.0], [5.0, 20.0]]), 0.40),
        (np.array([[25.0, 25.0], [25.0, 25.0]]), 0.0),
        (np.array([[0.0, 10.0], [10.0, 0.0]]), -1.0),
    ],
)
def test_kappa_is_what_the_literature_reckons(table: Table, kappa: float) -> None:
    assert round(float(cohen_kappa(table)), 2) == kappa
    assert float(cohen_kappa(table)) == pytest.approx(float(cohen_kappa(table.T)))


def test_ac1_stays_high_where_kappa_falls_for_want_of_variety() -> None:
    # q = (.85 + .90) / 2 = .875, e = 2 * .875 * .125 = .21875, (.85 - e) / (1 - e) = .808
    assert float(gwet_ac1(LOPSIDED)) == pytest.approx(0.808)
    # q = (.46 + .49) / 2 = .475, e = .49875
    assert float(gwet_ac1(BALANCED)) == pytest.approx((0.85 - 0.49875) / 0.50125)


def test_kappa_is_undefined_where_both_gave_everything_credit() -> None:
    everything = agree(pairs_of(np.array([[0.0, 0.0], [0.0, 12.0]])))
    assert everything.kappa is None
    assert everything.ac1 is not None and everything.ac1.value == 1.0
    assert everything.true_negative_rate is None


def test_the_rates_are_of_the_reference_s_marks() -> None:
    found = agree(pairs_of(LOPSIDED))
    assert found.true_positive_rate is not None and found.true_negative_rate is not None
    assert found.true_positive_rate.value == pytest.approx(80 / 90, abs=1e-4)
    assert found.true_negative_rate.value == 0.5
    assert found.agreement is not None and found.agreement.value == 0.85


def test_the_interval_holds_the_figure_and_comes_out_the_same_each_time() -> None:
    found = agree(pairs_of(BALANCED, transcripts=10)).kappa
    assert found is not None
    assert found.low < found.value < found.high
    assert agree(pairs_of(BALANCED, transcripts=10)).kappa == found


def test_marks_that_hang_together_in_transcripts_are_less_sure_than_as_many_alone() -> None:
    right, wrong = np.diag([10.0, 10.0]), np.fliplr(np.diag([10.0, 10.0]))
    together = bootstrap(np.stack([right] * 3 + [wrong]), cohen_kappa)
    alone = bootstrap(np.stack([right * 3 + wrong]), cohen_kappa)
    assert together is not None and alone is not None
    assert together.value == alone.value == 0.5
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_what_one_marker_left_open_is_left_out_and_counted() -> None:
    marks: list[tuple[Verdict, Verdict]] = [
        ("met", "met"), ("not applicable", "met"), ("met", "unscored"),
    ]  # fmt: skip
    found = agree(pair("t", f"i{n}", *both) for n, both in enumerate(marks))
    assert (found.n, found.left_out) == (1, 2)


def test_part_credit_is_credit_for_agreement_and_half_for_the_pass_mark() -> None:
    marks = [pair("t", "a", "partly", "met", weight=3), pair("t", "b", "met", "met")]
    found = study(marks, pass_mark=70)
    assert found.whole.agreement is not None and found.whole.agreement.value == 1.0
    assert found.passing.agreement is not None and found.passing.agreement.value == 0.0
    passed = study(marks, pass_mark=60).passing.agreement  # 2.5 of 4 points
    assert passed is not None and passed.value == 1.0


def test_a_study_has_every_item_and_domain() -> None:
    found = study(pairs_of(BALANCED, transcripts=10))
    assert found.transcripts == 10
    assert set(found.domains) == {"hpi"}
    assert len(found.items) == 10
    assert sum(item.n for item in found.items.values()) == found.whole.n == 100


def test_a_cohort_s_share_is_corrected_for_the_marker_s_own_errors() -> None:
    rates = agree(pairs_of(np.array([[80.0, 20.0], [10.0, 90.0]])))  # TPR .9, TNR .8
    found = rogan_gladen(30, 100, rates)
    assert found is not None
    assert found.value == pytest.approx((0.3 + 0.8 - 1) / 0.7, abs=1e-4)
    assert found.low < found.value < found.high
    nothing = rogan_gladen(5, 100, rates)
    assert nothing is not None and nothing.value == 0.0, "fewer marks than false ones alone"


def test_a_marker_no_better_than_chance_corrects_nothing() -> None:
    assert rogan_gladen(30, 100, agree(pairs_of(np.full((2, 2), 25.0)))) is None


def test_an_item_with_too_few_marks_takes_its_domain_s_rates() -> None:
    rates = study(pairs_of(np.array([[40.0, 10.0], [5.0, 45.0]]), transcripts=10))
    cohort: list[tuple[str, str, Verdict]] = [("i0", "hpi", "met"), ("i0", "hpi", "not met")]
    found = correct(cohort, rates)
    assert found["item i0"].rates_of == "domain"
    assert found["whole"].rates_of == "whole"
    assert found["item i0"].apparent == 0.5


def test_weighted_kappa_is_cohens_where_there_are_two_levels() -> None:
    for table in (BALANCED, LOPSIDED):
        assert weighted_kappa(table) == pytest.approx(cohen_kappa(table))


def test_weighted_kappa_forgives_a_step_and_not_two() -> None:
    near = np.array([[3.0, 1, 0], [0, 4, 0], [0, 0, 4]])  # by hand: seen 1 x 12, by chance 180
    far = np.array([[3.0, 0, 1], [0, 4, 0], [0, 0, 4]])
    assert weighted_kappa(near) == pytest.approx(1 - 12 / 180)
    assert weighted_kappa(far) < weighted_kappa(near)


def test_weighted_kappa_is_undefined_where_one_level_alone_was_given() -> None:
    assert np.isnan(weighted_kappa(np.array([[5.0, 0], [0, 0]])))
