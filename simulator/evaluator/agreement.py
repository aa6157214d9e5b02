"""How far two markers agree, and what a cohort's marks are worth after that.

A verdict counts as credit or none (met and partly are credit). What one of the two did not score,
or says did not arise, is left out and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from simulator.evaluator.checklist import WORTH, Verdict

Z = 1.959964  # of the normal distribution, two-sided, 95 %
RESAMPLES = 2000
CERTAIN = 1e-12  # where chance leaves less room than this, agreement beyond it has no meaning
ENOUGH = 10  # so many marks of each kind make a rate that another rate may be corrected with
PASS_MARK = 60.0  # percent of the weights

Table = npt.NDArray[np.float64]  # [..., reference, marked], 0 no credit and 1 credit
Statistic = Callable[[Table], npt.NDArray[np.float64]]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pair(_Part):
    """The verdicts of two markers on one item in one transcript."""

    transcript: str
    item: str
    domain: str
    weight: float
    marked: Verdict
    reference: Verdict

    @property
    def counts(self) -> bool:
        """Whether both gave a verdict that is worth something or nothing."""
        return self.marked in WORTH and self.reference in WORTH


class Estimate(_Part):
    """A figure with its 95 % interval; n is what it was made from."""

    value: float
    low: float
    high: float
    n: int


class Agreement(_Part):
    """How the marked verdicts agree with the reference; None where a figure is undefined."""

    n: int
    left_out: int
    agreement: Estimate | None
    kappa: Estimate | None
    ac1: Estimate | None
    true_positive_rate: Estimate | None
    true_negative_rate: Estimate | None


class Study(_Part):
    """Agreement by item, by domain, as a whole, and on who passes."""

    transcripts: int
    pass_mark: float
    whole: Agreement
    domains: dict[str, Agreement]
    items: dict[str, Agreement]
    passing: Agreement


class Corrected(_Part):
    """A share of credit in a cohort, as marked and corrected; the rates it was corrected with."""

    n: int
    apparent: float
    corrected: Estimate | None
    rates_of: str  # "item", "domain", "whole"; empty where no level had enough marks


def wilson(hits: int, n: int) -> Estimate | None:
    """A share with its score interval (Wilson, J Am Stat Assoc 1927; 22: 209-212)."""
    if not n:
        return None
    p = hits / n
    middle, half = p + Z**2 / (2 * n), Z * ((p * (1 - p) + Z**2 / (4 * n)) / n) ** 0.5
    low, high = (middle - half) / (1 + Z**2 / n), (middle + half) / (1 + Z**2 / n)
    return _estimate(p, max(0.0, low), min(1.0, high), n)


def cohen_kappa(table: Table) -> npt.NDArray[np.float64]:
    """Agreement beyond the chance of two independent markers (Cohen, Educ Psychol Meas 1960).

    (p - e) / (1 - e), e the agreement expected from both markers' own shares of credit; nan
    where e is 1.
    """
    shares, same = _shares(table)
    marked, reference = shares.sum(axis=-2)[..., 1], shares.sum(axis=-1)[..., 1]
    return _beyond(same, marked * reference + (1 - marked) * (1 - reference))


def gwet_ac1(table: Table) -> npt.NDArray[np.float64]:
    """Agreement beyond chance that does not fall where nearly all have credit.

    AC1 (Gwet, Br J Math Stat Psychol 2008; 61: 29-48): (p - e) / (1 - e) with e = 2q(1 - q), q the
    mean of both markers' shares of credit.
    """
    shares, same = _shares(table)
    mean = (shares.sum(axis=-2)[..., 1] + shares.sum(axis=-1)[..., 1]) / 2
    return _beyond(same, 2 * mean * (1 - mean))


def weighted_kappa(table: Table) -> npt.NDArray[np.float64]:
    """Agreement beyond chance on levels; what lies further apart weighs by the square.

    1 - sum(w o) / sum(w e), w the squared distance, o what was seen and e what two independent
    markers would give (Cohen, Psychol Bull 1968); nan where one level alone was ever given.
    Shape of the table: [..., level of the one, level of the other].
    """
    levels = np.arange(table.shape[-1])
    weights = (levels[:, None] - levels[None]) ** 2.0
    chance = table.sum(axis=-1)[..., :, None] * table.sum(axis=-2)[..., None, :]
    n = table.sum(axis=(-2, -1))
    apart = np.asarray((weights * chance).sum(axis=(-2, -1)))
    seen = np.asarray((weights * table).sum(axis=(-2, -1)) * n)
    kappa: npt.NDArray[np.float64] = np.full(apart.shape, np.nan)
    return np.asarray(1 - np.divide(seen, apart, out=kappa, where=apart > CERTAIN))


def _shares(table: Table) -> tuple[Table, npt.NDArray[np.float64]]:
    every = table.sum(axis=(-2, -1), keepdims=True)
    shares = np.divide(table, every, out=np.full(table.shape, np.nan), where=every > 0)
    return shares, shares[..., 0, 0] + shares[..., 1, 1]


def _beyond(
    same: npt.NDArray[np.float64], chance: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    room = np.asarray(1 - chance)
    beyond: npt.NDArray[np.float64] = np.full(room.shape, np.nan)
    return np.divide(same - chance, room, out=beyond, where=room > CERTAIN)


def bootstrap(tables: Table, statistic: Statistic, seed: int = 0) -> Estimate | None:
    """A statistic of the summed tables with its percentile interval (Efron, Ann Stat 1979).

    Transcripts are drawn anew with all their marks, since marks in one transcript hang together;
    of a single transcript the marks are.

    Args:
        tables: one a transcript. statistic: of a table. seed: the same one, the same interval.
    """
    whole = tables.sum(axis=0)
    value = float(statistic(whole))
    if np.isnan(value):
        return None
    n, rng = int(whole.sum()), np.random.default_rng(seed)
    if len(tables) > 1:
        drawn = rng.multinomial(len(tables), np.full(len(tables), 1 / len(tables)), RESAMPLES)
        resampled = np.tensordot(drawn.astype(float), tables, axes=1)
    else:
        drawn = rng.multinomial(n, (whole / n).ravel(), RESAMPLES)
        resampled = drawn.reshape(-1, *whole.shape) * 1.0
    values = statistic(resampled)
    values = values[~np.isnan(values)]
    low, high = np.percentile(values, [2.5, 97.5]) if len(values) else (value, value)
    return _estimate(value, float(low), float(high), n)


def agree(pairs: Iterable[Pair]) -> Agreement:
    """The agreement on these pairs."""
    every = list(pairs)
    counted = [p for p in every if p.counts]
    tables: dict[str, Table] = {}
    for pair in counted:
        table = tables.setdefault(pair.transcript, np.zeros((2, 2)))
        table[int(WORTH[pair.reference] > 0), int(WORTH[pair.marked] > 0)] += 1
    stacked = np.stack(list(tables.values())) if tables else np.zeros((1, 2, 2))
    cells = stacked.sum(axis=0).astype(int)
    return Agreement(
        n=len(counted),
        left_out=len(every) - len(counted),
        agreement=wilson(int(cells[0, 0] + cells[1, 1]), len(counted)),
        kappa=bootstrap(stacked, cohen_kappa),
        ac1=bootstrap(stacked, gwet_ac1),
        true_positive_rate=wilson(int(cells[1, 1]), int(cells[1].sum())),
        true_negative_rate=wilson(int(cells[0, 0]), int(cells[0].sum())),
    )


def study(pairs: Sequence[Pair], pass_mark: float = PASS_MARK) -> Study:
    """The agreement by item, by domain, as a whole, and on who reaches the pass mark.

    Args:
        pairs: the verdicts of both markers.
        pass_mark: percent of the weights that can be earned; who reaches it passes.
    """
    return Study(
        transcripts=len({p.transcript for p in pairs}),
        pass_mark=pass_mark,
        whole=agree(pairs),
        domains=_by([(p.domain, p) for p in pairs if p.domain]),
        items=_by([(p.item, p) for p in pairs]),
        passing=agree(_passes(pairs, pass_mark)),
    )


def _by(keyed: Sequence[tuple[str, Pair]]) -> dict[str, Agreement]:
    return {
        key: agree(p for k, p in keyed if k == key) for key in dict.fromkeys(k for k, _ in keyed)
    }


def _passes(pairs: Sequence[Pair], pass_mark: float) -> list[Pair]:
    """Who passes by the one marker and by the other, as one pair a transcript."""
    decided: list[Pair] = []
    for name in dict.fromkeys(p.transcript for p in pairs):
        counted = [p for p in pairs if p.transcript == name and p.counts]
        possible = sum(p.weight for p in counted)
        if not possible:
            continue
        verdicts: list[Verdict] = []
        for side in ("marked", "reference"):
            earned = sum(p.weight * WORTH[getattr(p, side)] for p in counted)
            verdicts.append("met" if 100 * earned >= pass_mark * possible else "not met")
        decided.append(
            Pair(
                transcript=name, item="pass", domain="", weight=1.0,
                marked=verdicts[0], reference=verdicts[1],
            )
        )  # fmt: skip
    return decided


def rogan_gladen(hits: int, n: int, rates: Agreement) -> Estimate | None:
    """The share that a faultless marker would find (Rogan & Gladen, Am J Epidemiol 1978; 107).

    (apparent + TNR - 1) / (TPR + TNR - 1), held between 0 and 1, with their large-sample interval,
    which also holds how surely the two rates are known; None where marks are no better than chance.
    """
    sensitivity, specificity = rates.true_positive_rate, rates.true_negative_rate
    if not n or sensitivity is None or specificity is None:
        return None
    se, sp = sensitivity.value, specificity.value
    youden = se + sp - 1
    if youden <= 0:
        return None
    apparent = hits / n
    share = min(1.0, max(0.0, (apparent + sp - 1) / youden))
    variance = apparent * (1 - apparent) / n
    variance += share**2 * se * (1 - se) / sensitivity.n
    variance += (1 - share) ** 2 * sp * (1 - sp) / specificity.n
    half = Z * variance**0.5 / youden
    return _estimate(share, max(0.0, share - half), min(1.0, share + half), n)


def correct(cohort: Iterable[tuple[str, str, Verdict]], rates: Study) -> dict[str, Corrected]:
    """A cohort's shares of credit by item, by domain and as a whole, corrected.

    Args:
        cohort: (item, domain, verdict) of every mark.
        rates: of a study of the same marker; an item with too few marks in it is corrected with
            its domain's rates, a domain with the whole's.
    """
    counted = [(i, d, WORTH[v] > 0) for i, d, v in cohort if v in WORTH]
    levels: dict[tuple[str, str], list[bool]] = {}
    domains: dict[str, str] = {}
    for item, domain, credit in counted:
        domains[item] = domain
        for key in (("item", item), ("domain", domain), ("whole", "")):
            levels.setdefault(key, []).append(credit)
    return {
        f"{level} {name}".strip(): _corrected(level, name, domains, marks, rates)
        for (level, name), marks in sorted(levels.items(), key=lambda pair: pair[0])
        if level != "domain" or name
    }


def _corrected(
    level: str, name: str, domains: dict[str, str], marks: Sequence[bool], rates: Study
) -> Corrected:
    chain: list[tuple[str, Agreement | None]] = [("whole", rates.whole)]
    if level != "whole":
        chain.insert(0, ("domain", rates.domains.get(domains.get(name, name))))
    if level == "item":
        chain.insert(0, ("item", rates.items.get(name)))
    known = next(((of, a) for of, a in chain if a is not None and _enough(a)), None)
    return Corrected(
        n=len(marks),
        apparent=round(sum(marks) / len(marks), 4),
        corrected=rogan_gladen(sum(marks), len(marks), known[1]) if known else None,
        rates_of=known[0] if known else "",
    )


def _enough(agreement: Agreement) -> bool:
    rates = agreement.true_positive_rate, agreement.true_negative_rate
    return all(r is not None and r.n >= ENOUGH for r in rates)


def _estimate(value: float, low: float, high: float, n: int) -> Estimate:
    return Estimate(value=round(value, 4), low=round(low, 4), high=round(high, 4), n=n)
