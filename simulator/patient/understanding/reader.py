"""Read a turn in its talk: vectors for its words, the acts in it, and what its words point to.

Late interaction (Khattab and Zaharia, 2020) with one vector a line: the turn and what went before
it are encoded once; every token of the turn looks at every line, and a line's score is the mean
over the tokens that look at it most. Heads and adapter are trained together (training/).
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulator.knowledge.adapter import read_fitted
from simulator.knowledge.encoder import Encoder, Vectors, unit
from simulator.language.tokens import segments, sentences
from simulator.patient.understanding.context import context_of

SHARPNESS, PEAK = 16.0, 4.0  # as in training/: how sharply tokens are chosen, for lines and acts
FACT, TOPIC = 0, 1
WORDS, STRETCHES = 44, 6
READS_KEPT = 1500  # of 50 kB; a case is put about 1,100 questions, of which all cases share most
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Read:
    """A turn as it was read.

    `tokens` are unit vectors, shape (tokens, dimensions), `spans` their places in the text, `mean`
    the whole turn's unit vector, `acts` the probability of each dialogue act, `peaks` the token
    that speaks most for each, `before` the unit vectors of the talk's last words before it.
    """

    tokens: Vectors
    spans: tuple[tuple[int, int], ...]
    mean: Vectors
    acts: dict[str, float]
    peaks: dict[str, int]
    before: Vectors


@dataclass(frozen=True, slots=True)
class Match:
    """How lines fit a turn: by the tokens that look at each, by the whole; and which look.

    `cosines` and `weights` have shape (tokens, lines), `token` and `mean` (lines,).
    """

    cosines: Vectors
    weights: Vectors
    token: Vectors
    mean: Vectors


class Reader:
    """An encoder with its trained heads.

    Args:
        encoder: with the adapter that was trained for reading.
        acts: the heads for dialogue acts that were fitted on it afterwards; without, those that
            were trained along with the adapter.
    """

    def __init__(self, encoder: Encoder, acts: Path | None = None) -> None:
        self.encoder = encoder
        trained, self.acts = read_heads(encoder.adapter)
        self.heads = {n[5:]: v for n, v in trained.items() if n.startswith("acts.")}
        if acts is not None:
            self.heads, self.acts = read_heads(acts)
        self._mix, self._offset = trained["lines.mix"], trained["lines.bias"]

    def read(self, context: str, turn: str) -> Read:
        """A turn after its context; see `context_of`.

        What is longer than the encoder holds is read stretch by stretch, each after the one before.
        """
        states: list[Vectors] = []
        spans: list[tuple[int, int]] = []
        chances: list[Vectors] = []
        before: Vectors | None = None
        for start, end in stretches(turn):
            found = self.encoder.read(context, turn[start:end])
            before = found.before if before is None else before
            if len(found.states):
                states.append(found.states)
                spans += [(a + start, b + start) for a, b in found.spans]
                chances.append(self.chances(found.states))
            context = context_of(turn[start:end], "")
        if not states:
            states, spans = [np.zeros((1, self.encoder.dimensions), dtype=np.float32)], [(0, 0)]
            chances = [self.chances(states[0])]
        every = np.concatenate(states)
        likely = np.max(chances, axis=0)
        acts = {a: float(p) for a, p in zip(self.acts, likely, strict=True)}
        peaks = (every @ self.heads["token"].T).argmax(axis=0)
        at = {a: int(i) for a, i in zip(self.acts, peaks, strict=True)}
        before = every[:0] if before is None else unit(before)
        return Read(unit(every), tuple(spans), unit(every.mean(axis=0)), acts, at, before)

    def chances(self, states: Vectors) -> Vectors:
        """For each act the probability: its strongest tokens, the stretch as a whole, both mixed.

        Args:
            states: a stretch's vectors, shape (tokens, dimensions).
        """
        peaks = PEAK * (states @ self.heads["token"].T)
        top = peaks.max(axis=0)
        peak = (top + np.log(np.exp(peaks - top).sum(axis=0))) / PEAK
        whole = states.mean(axis=0)
        logits: Vectors = peak + whole @ self.heads["mean"].T + self.heads["bias"]
        if "hidden_in" in self.heads:
            both = np.concatenate([whole, states.max(axis=0)])
            seen = np.maximum(both @ self.heads["hidden_in"] + self.heads["hidden_bias"], 0.0)
            logits = logits + seen @ self.heads["hidden_out"]
        return (1 / (1 + np.exp(-logits))).astype(np.float32)

    def match(self, read: Read, lines: Vectors) -> Match:
        """How each line, a unit vector, fits a turn."""
        cosines = read.tokens @ lines.T
        raised = np.exp(SHARPNESS * (cosines - cosines.max(axis=0)))
        weights = raised / raised.sum(axis=0)
        return Match(cosines, weights, (weights * cosines).sum(axis=0), lines @ read.mean)

    def logits(self, match: Match, kind: int) -> Vectors:
        """The trained score of each line, as a fact's or as a topic's."""
        scores: Vectors = (
            self._mix[0] * match.token + self._mix[1] * match.mean + self._offset[kind]
        )
        return scores


class KeptReader(Reader):
    """A reader that reads words with nothing before them once, however often they are put."""

    def __init__(self, reader: Reader) -> None:
        vars(self).update(vars(reader))
        self._kept: OrderedDict[str, Read] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, context: str, turn: str) -> Read:
        """A turn after its context; what stands at the beginning of a talk is kept."""
        if context:
            return super().read(context, turn)
        with self._lock:
            found = self._kept.get(turn)
        found = found or super().read("", turn)
        with self._lock:
            self._kept[turn] = found
            self._kept.move_to_end(turn)
            while len(self._kept) > READS_KEPT:
                self._kept.popitem(last=False)
        return found


def pieces(text: str, read: Read) -> list[tuple[str, Vectors]]:
    """The items of a turn, each with its unit vector as it was read in the talk."""
    found = []
    for start, end in segments(text):
        inside = [i for i, (a, b) in enumerate(read.spans) if a < end and b > start]
        if inside:
            found.append((text[start:end], unit(read.tokens[inside].mean(axis=0))))
    return found


def stretches(turn: str) -> list[tuple[int, int]]:
    """Where the stretches of a turn stand that are read by themselves: whole sentences, 44 words.

    Of a very long turn the last six are read: what is asked stands at its end.
    """
    found: list[tuple[int, int]] = []
    for start, end in sentences(turn):
        words = len(turn[start:end].split())
        if found and len(turn[found[-1][0] : end].split()) <= WORDS:
            found[-1] = (found[-1][0], end)
        elif words <= WORDS:
            found.append((start, end))
        else:
            places = [m.start() for m in _WORD.finditer(turn, start, end)][::WORDS]
            found += list(zip(places, [*places[1:], end], strict=True))
    return found[-STRETCHES:] or [(0, len(turn))]


def read_heads(file: Path | None) -> tuple[dict[str, Vectors], tuple[str, ...]]:
    """The trained heads of a file by name, and the acts that they tell."""
    return read_fitted(file, "the trained reader", "acts")
