"""Where to draw the line: a cut score from how teachers judged whole talks (borderline regression).

Kramer and others, Medical Education 2003; 37: 132-139: over the talks with a case, the checklist's
per cent is regressed on the judgement of the talk as a whole; what the line gives for "borderline"
is the cut score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

import numpy as np
import numpy.typing as npt

from simulator.course.talks import Talk, firsts
from simulator.encounter.records import Rating

BORDERLINE = 2.0  # the level at which a teacher cannot say
LEAST = 15  # the smallest cohort for which the method's error was looked at (Homer and others 2016)
STEADY = 50  # with fewer the error of one case's cut score is large (the same)
WEAK = 0.5  # with a smaller R² the two say too different things for a line
RESAMPLES = 1000
FLAT = 1e-12
Why = Literal["", "few", "alike", "far", "falling"]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rated:
    """A first try that was judged as a whole."""

    talk: str
    resident: str
    level: float  # the mean of the judges' last words
    percent: float  # of the checklist's points, as teachers left them
    judges: int
    blind: bool  # all of them judged before they saw a mark, as far as the program knows


@dataclass(frozen=True, slots=True)
class Line:
    """The checklist's per cent on the judgement: a straight line, and what it is worth."""

    n: int
    slope: float  # per cent for one level more
    intercept: float
    r2: float
    spread: float  # the standard deviation of talks around it
    percent: float  # at borderline: the cut score
    error: float  # its standard error

    def at(self, level: float) -> float:
        """What it gives for a level."""
        return self.intercept + self.slope * level


@dataclass(frozen=True, slots=True)
class Borderline:
    """The cut score from whole judgements, or why there is none."""

    rated: tuple[Rated, ...]
    talks: int  # first tries with a mark, judged or not
    why: Why = ""
    line: Line | None = None
    low: float = 0.0  # 95 % of the cut scores of cohorts that were drawn anew from this one
    high: float = 0.0

    @property
    def seen(self) -> int:
        """Talks of which somebody had seen the marks before they judged."""
        return sum(not r.blind for r in self.rated)


def last_words(ratings: Sequence[Rating]) -> tuple[Rating, ...]:
    """The last judgement of each judge; given oldest first."""
    return tuple({r.by: r for r in ratings if r.level is not None}.values())


def rated(talks: Sequence[Talk]) -> tuple[Rated, ...]:
    """The first tries that were judged and have a mark of the checklist."""
    found: list[Rated] = []
    for talk in firsts(talks):
        words, percent = last_words(talk.ratings), talk.report.totals.percent
        levels = [float(w.level) for w in words if w.level is not None]
        if levels and percent is not None:
            blind = all(w.blind for w in words)
            found.append(Rated(talk.id, talk.resident, fmean(levels), percent, len(levels), blind))
    return tuple(found)


def borderline(talks: Sequence[Talk]) -> Borderline:
    """The cut score of a case from its judged first tries.

    There is none from fewer than fifteen, where all were judged alike, where nobody was judged
    borderline or below (the line would be drawn beyond what was seen), and where those who were
    judged better did worse.
    """
    found = rated(talks)
    marked = sum(t.report.totals.percent is not None for t in firsts(talks))
    levels, shares = (np.array([getattr(r, n) for r in found]) for n in ("level", "percent"))
    if len(found) < LEAST:
        return Borderline(found, marked, "few")
    if np.ptp(levels) < FLAT:
        return Borderline(found, marked, "alike")
    if not levels.min() <= BORDERLINE <= levels.max():
        return Borderline(found, marked, "far")
    line = fit(levels, shares)
    if line.slope <= 0:
        return Borderline(found, marked, "falling", line)
    return Borderline(found, marked, "", line, *interval(levels, shares))


@dataclass(frozen=True, slots=True)
class Group:
    """The talks that were judged alike; without a level those on which judges differed."""

    level: int | None
    n: int
    mean: float  # per cent of the points


def by_level(found: Sequence[Rated]) -> tuple[Group, ...]:
    """Judged talks by level, the lowest first, those between two levels last."""
    groups: dict[int | None, list[float]] = {}
    for r in sorted(found, key=lambda r: (not r.level.is_integer(), r.level)):
        groups.setdefault(int(r.level) if r.level.is_integer() else None, []).append(r.percent)
    return tuple(Group(level, len(each), fmean(each)) for level, each in groups.items())


def fit(levels: Numbers, shares: Numbers) -> Line:
    """The line of least squares through at least three talks that were not all judged alike.

    The standard error is that of the line's height at borderline: s · √(1/n + (b − x̄)²/Sxx), with s
    the standard deviation of the talks around the line (Draper and Smith, Applied Regression
    Analysis).
    """
    n, middle, mean = len(levels), float(levels.mean()), float(shares.mean())
    width = float(((levels - middle) ** 2).sum())
    slope = float(((levels - middle) * (shares - mean)).sum()) / width
    intercept = mean - slope * middle
    around = float(((shares - intercept - slope * levels) ** 2).sum())
    whole = float(((shares - mean) ** 2).sum())
    spread = (around / (n - 2)) ** 0.5
    error = spread * (1 / n + (BORDERLINE - middle) ** 2 / width) ** 0.5
    r2 = 1 - around / whole if whole > FLAT else 0.0
    return Line(n, slope, intercept, r2, spread, intercept + slope * BORDERLINE, error)


def interval(levels: Numbers, shares: Numbers) -> tuple[float, float]:
    """Between what 95 % of the cut scores lie, of cohorts drawn from this one with replacement.

    The draws are the same for the same talks. One in which all were judged alike has no line, and
    is left out.
    """
    drawn = np.random.default_rng(0).integers(len(levels), size=(RESAMPLES, len(levels)))
    x, y = levels[drawn], shares[drawn]
    middle, mean = x.mean(axis=1), y.mean(axis=1)
    width = ((x - middle[:, None]) ** 2).sum(axis=1)
    lined = width > FLAT
    slope = ((x - middle[:, None]) * (y - mean[:, None])).sum(axis=1)[lined] / width[lined]
    cuts = mean[lined] + slope * (BORDERLINE - middle[lined])
    low, high = np.quantile(cuts, (0.025, 0.975))
    return float(low), float(high)
