"""Agreement and audits as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from simulator.evaluator.agreement import Agreement, Corrected, Estimate, Study

HEADS = ("n", "agreement", "kappa", "AC1", "TPR", "TNR")


def study_rows(study: Study) -> Iterator[str]:
    """The study, a line a level: figures with their 95 % intervals."""
    levels: dict[str, Agreement] = {"whole": study.whole}
    levels[f"passes at {study.pass_mark:g} %"] = study.passing
    levels |= {f"domain {name}": found for name, found in study.domains.items()}
    levels |= {f"item {name}": found for name, found in study.items.items()}
    width = max(map(len, levels))
    yield f"{'':{width}} {HEADS[0]:>5} " + " ".join(f"{head:18}" for head in HEADS[1:])
    for name, found in levels.items():
        figures = (
            found.agreement,
            found.kappa,
            found.ac1,
            found.true_positive_rate,
            found.true_negative_rate,
        )
        cells = " ".join(f"{estimate_cell(f):18}" for f in figures)
        yield f"{name:{width}} {found.n:5} {cells}".rstrip()
    if study.whole.left_out:
        yield f"left out, since one of the two gave no verdict that counts: {study.whole.left_out}"


def corrected_rows(cohort: Mapping[str, Corrected]) -> Iterator[str]:
    """A cohort's shares of credit, as marked and corrected, a line a level."""
    width = max(map(len, cohort), default=0)
    yield f"{'':{width}} {'n':>5} {'marked':7} {'corrected':18} with the rates of"
    for name, found in cohort.items():
        cells = f"{found.apparent:<7.3f} {estimate_cell(found.corrected):18}"
        yield f"{name:{width}} {found.n:5} {cells} {found.rates_of or '(too few marks)'}"


def estimate_cell(figure: Estimate | None) -> str:
    """A figure with its interval, or a dash where there is none."""
    return f"{figure.value:.2f} [{figure.low:.2f}, {figure.high:.2f}]" if figure else "–"
