"""Fit whether a turn takes up a hint: own turns that do, against others put to the same cases."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from simulator.language.tokens import normalise
from simulator.patient.case import Case, Field
from simulator.patient.turn import State
from simulator.patient.understanding.context import context_of
from simulator.patient.understanding.decision import Decision
from simulator.patient.understanding.reader import Reader
from simulator.patient.understanding.signs import gather
from simulator.patient.understanding.uptake import SURE, signs_of
from training.decision import case_of
from training.material import Labels, rows_of

SEED, OTHERS, FOLDS, STRENGTH = 6, 8, 5, 0.3
BARS = (0.2, 0.3, 0.5, 0.7)

Row = tuple[str, bool, dict[str, float]]  # the case, whether it takes the hint up, its signs


def rows_on(cases: Sequence[Labels], reader: Reader, decision: Decision, field: Field) -> list[Row]:
    """The signs of every turn that takes up a hint, and of as many others as are wanted."""
    rng = random.Random(SEED)  # noqa: S311
    encode = cache(lambda text: reader.encoder.encode([text])[0])
    known = {c.interview: c for c in cases}
    found: list[Row] = []
    for row in rows_of("uptake.jsonl"):
        labels = known[row["interview"]]
        case = case_of(labels, labels.facts, {}, encode, field, True)
        others = [t.text for t in labels.turns]
        said = [(True, t) for t in row["uptake"]]
        said += [(False, t) for t in rng.sample(others, OTHERS)]
        for taken, text in said:
            for signs in _signs(text, row["cue"], case, reader, decision):
                found.append((labels.interview, taken, signs))
    return found


def _signs(
    text: str, cue: str, case: Case, reader: Reader, decision: Decision
) -> Iterator[dict[str, float]]:
    mended = case.field.lexicon.mend(normalise(text))
    if not mended:
        return
    read = reader.read(context_of("", cue), mended)
    sure = float(decision.chances(gather(mended, read, reader, case, State())).max())
    yield signs_of(read, reader.encoder.encode([cue])[0], sure)


def fit(rows: Sequence[Row], target: Path) -> None:
    """Fit on all rows and write it; prints how it does on cases that are left out."""
    from sklearn.model_selection import GroupKFold, cross_val_predict

    names = sorted(rows[0][2])
    signs = np.array([[values[n] for n in names] for _, _, values in rows])
    taken = np.array([t for _, t, _ in rows])
    groups = [case for case, _, _ in rows]
    folds = GroupKFold(FOLDS)
    left_out = cross_val_predict(
        _model(), signs, taken, groups=groups, cv=folds, method="predict_proba"
    )[:, 1]
    sure = signs[:, names.index(SURE)]
    for bar in BARS:  # as the patient hears it: from the bar on, and surer than all else
        hit = left_out >= np.maximum(bar, sure)
        heard, wrong = hit[taken].mean(), hit[~taken].mean()
        print(f"from {bar}: taken up {heard:.3f} of {taken.sum()}, others {wrong:.3f}", flush=True)
    model = _model().fit(signs, taken)
    scale, line = model[0], model[1]
    weights = line.coef_[0] / scale.scale_
    bias = float(line.intercept_[0] - (weights * scale.mean_).sum())
    kept = {"weights": {n: round(float(w), 5) for n, w in zip(names, weights, strict=True)}}
    target.write_text(json.dumps({**kept, "bias": round(bias, 5)}, indent=1), encoding="utf-8")


def _model() -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=2000))
