"""Fit how sure a reading is, on the tune part of bench/labels.

A turn is as sure as its least sure reading. Which one that is depends on the model, so the
logistic regression is fitted, the least sure readings are chosen again, and it is fitted again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from simulator.patient.confidence import Confidence, signs_of
from simulator.patient.turn import Reading

ROUNDS, STRENGTH = 4, 0.3

Turn = tuple[Sequence[Reading], bool]


def fit(turns: Sequence[Turn]) -> Confidence:
    """The model for turns, each its readings and whether the answer was right."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    model = Confidence(weights={"best": 1.0})
    for _ in range(ROUNDS):
        least = [min(readings, key=model.of) for readings, _ in turns if readings]
        right = [ok for readings, ok in turns if readings]
        shape = DictVectorizer(sparse=False)
        rows = shape.fit_transform([signs_of(r) for r in least])
        fitted = LogisticRegression(C=STRENGTH, max_iter=2000).fit(rows, right)
        weights = zip(shape.get_feature_names_out(), fitted.coef_[0], strict=True)
        model = Confidence(
            bias=round(float(fitted.intercept_[0]), 3),
            weights={str(k): round(float(v), 3) for k, v in weights},
        )
    return model


def write(model: Confidence, file: Path) -> None:
    """Write the model as YAML, saying where it comes from."""
    head = (
        "# Fitted by python -m simulator.training confidence; see simulator/patient/confidence.py\n"
    )
    file.write_text(head + yaml.safe_dump(model.model_dump(), sort_keys=True), encoding="utf-8")
