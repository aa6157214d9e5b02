"""Whether a candidate is asked for: a small network on its signs, fitted by `training decision`.

Where there is a closer look, the chance of the likeliest candidates is the mean of both.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from simulator.knowledge.adapter import read_fitted
from simulator.knowledge.encoder import Vectors
from simulator.patient.understanding.closer import LOOKED_AT, Closer, views_of
from simulator.patient.understanding.hearing import Heard, Put
from simulator.patient.understanding.signs import Candidates


class Decision:
    """One hidden layer over standardised signs; several of them, fitted apart, and their mean.

    Args:
        file: what was fitted. closer: looks closer at the likeliest candidates, where there is one.
    """

    def __init__(self, file: Path, closer: Closer | None = None) -> None:
        parts, self.names = read_fitted(file, "the fitted decision", "signs")
        self._closer = closer
        self._mean, self._scale = parts["mean"], parts["scale"]
        self._in, self._in_bias = parts["in"], parts["in.bias"]
        self._out, self._out_bias = parts["out"], parts["out.bias"]

    def hear(self, put: Put) -> Heard:
        """What the learned reader hears of a turn."""
        of = put.candidates
        chances = self.chances(of)
        if self._closer is not None:
            at = np.argsort(-chances)[:LOOKED_AT]
            views = views_of(put.read, of, put.case, put.state, at)
            chances[at] = (chances[at] + self._closer.look(of, views, at)) / 2
        return Heard(put.read.acts, joined(chances, of))

    def chances(self, candidates: Candidates) -> Vectors:
        """For each candidate the probability, 0 to 1, that the turn asks for it."""
        at = [candidates.names.index(name) for name in self.names]
        signs = (candidates.signs[:, at] - self._mean) / self._scale
        hidden = np.maximum(signs @ self._in + self._in_bias, 0.0)
        found: Vectors = (1 / (1 + np.exp(-(hidden @ self._out + self._out_bias)))).mean(
            axis=(0, 2)
        )
        return found


def joined(chances: Vectors, candidates: Candidates) -> Vectors:
    """The chances, with that of a topic given to the fact that answers for it most surely.

    A topic is labelled as asked only where the script is silent on it; what is heard for it beside
    its own fact was meant for the fact.
    """
    found, own = chances.copy(), dict[str, int]()
    for at, (fact, topic) in enumerate(zip(candidates.facts, candidates.topics, strict=True)):
        if fact is not None:  # facts stand before topics
            own[topic] = max(own.get(topic, at), at, key=lambda i: chances[i])
        elif topic in own:
            best = own[topic]
            found[best], found[at] = min(1.0, found[best] + chances[at]), 0.0
    return found
