"""Whether the lines of a turn support a sentence: a fitted score, and what a reply leaves unsaid.

Signs of a sentence (how near it comes to the lines, what it shares with them, what the entailment
model makes of it, which words are new) go into small fitted networks (training/support.py). What
is new is weighed word by word: by its sense, and by how unlike all words of the lines it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import log
from pathlib import Path
from typing import Any

import numpy as np

from simulator.errors import EncoderMissing
from simulator.knowledge.encoder import Encoder, Vectors
from simulator.patient.case import Field
from simulator.patient.guard.reading import (
    KEPT,
    SILENT,
    Allowed,
    Clause,
    Read,
    Tongue,
    forms_of,
    lowered,
    names_of,
    sentences_of,
)
from simulator.patient.turn import PartKind
from simulator.patient.understanding.reader import Reader
from simulator.patient.voice import Line

ANSWERS: frozenset[PartKind] = frozenset({"tell", "opening", "chief", "correct", "identity"})
COVERED, SHARED, MARKED = 0.58, 0.5, 0.5  # how near, and of how many words, a line counts as said
ALIKE = 0.62  # words as near as this mean the same
PHRASES = 2
LEAST = -4.0  # the logit of a sentence without new words


@dataclass(frozen=True, slots=True)
class Signs:
    """What is seen of a sentence: signs by name, and a row for each word that is new."""

    values: dict[str, float]
    words: Vectors
    state: Vectors  # of the sentence, as the entailment model read it after question and lines


@dataclass(frozen=True, slots=True)
class Fitted:
    """What training/support.py wrote: everyday words, the weights of new words, small networks."""

    everyday: frozenset[str]
    names: tuple[str, ...]
    limit: float
    parts: dict[str, Vectors]

    def weigh(self, signs: Signs) -> dict[str, float]:
        """All signs by name, with what the new words and the state weigh."""
        words = signs.words @ self.parts["word"] + self.parts["word.bias"][0]
        state = signs.state @ self.parts["state"] + self.parts["state.bias"][0]
        return signs.values | weighed(words, float(state))

    def chance(self, values: Sequence[float]) -> float:
        """The chance, 0 to 1, that a sentence with these signs is not supported."""
        p = self.parts
        x = (np.array(values, dtype=np.float32) - p["mean"]) / p["scale"]
        hidden = np.maximum(np.einsum("i,nij->nj", x, p["in"]) + p["in.bias"], 0)
        logits = (hidden * p["out"]).sum(axis=1) + p["out.bias"]
        return float((1 / (1 + np.exp(-logits))).mean())


def load_fitted(file: Path) -> Fitted:
    """What was fitted, as it stands in `file`.

    Raises:
        EncoderMissing: the file is not there.
    """
    from safetensors import safe_open

    if not file.is_file():
        raise EncoderMissing(
            f"{file}: the guard's fitted part is missing; restore knowledge/models"
        )
    with safe_open(str(file), framework="numpy") as opened:
        names: Any = opened.keys()
        parts = {n: opened.get_tensor(n).astype(np.float32) for n in names}
        data = json.loads(opened.metadata()["support"])
    return Fitted(frozenset(data["everyday"]), tuple(data["signs"]), data["limit"], parts)


class Support:
    """Compares what is said with the lines; the same for every case."""

    def __init__(
        self,
        field: Field,
        tongue: Tongue,
        fitted: Fitted,
        encoder: Encoder,
        sense: Encoder,
    ) -> None:
        self.field, self.tongue, self.fitted = field, tongue, fitted
        self.encoder = encoder
        self._sense = Reader(sense)
        self._kept: dict[str, Vectors] = {}
        voice, acts = field.talk.voice, field.talk.reactions.acts.values()
        self._phrases: dict[PartKind, tuple[str, ...]] = {
            "unknown": tuple(voice.unknown),
            "withheld": tuple(voice.withheld),
            "unclear": tuple(voice.unclear),
            "nothing_more": tuple(voice.nothing_more),
        }
        lines = [x for r in acts for x in r.lines.get("plain", ())[:PHRASES]]
        every = [*voice.confirm, *lines, *(p for ps in self._phrases.values() for p in ps)]
        self._polite = encoder.encode([p.replace("$concern", "this") for p in every])

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """A unit vector for each word or line, kept once made; shape (texts, dimensions)."""
        if len(self._kept) > KEPT:
            self._kept.clear()
        # What is found is held here: another turn may empty the shelf meanwhile.
        found = {t: v for t in texts if (v := self._kept.get(t)) is not None}
        fresh = [t for t in dict.fromkeys(texts) if t not in found]
        if fresh:
            found.update(zip(fresh, self.encoder.encode(fresh), strict=True))
            self._kept.update((t, found[t]) for t in fresh)
        rows = np.array([found[t] for t in texts], dtype=np.float32)
        return rows.reshape(-1, self.encoder.dimensions)

    def doubt(self, read: Read, allowed: Allowed) -> float:
        """The fitted chance, 0 to 1, that the lines do not support a sentence."""
        signs = self.signs(read, allowed)
        values = self.fitted.weigh(signs)
        return self.fitted.chance([values[n] for n in self.fitted.names])

    # -- the signs -------------------------------------------------------------------------------

    def signs(self, said: Read, allowed: Allowed) -> Signs:
        """All that is seen of a sentence beside what its turn allows."""
        words = self._new(said, allowed)
        judged, state = self._judged(said, allowed)
        values = self._near(said, allowed) | judged
        values |= self._polarity(said, allowed) | _shape(said, allowed)
        values["words.new"] = float(len(words))
        values["words.odd"] = float(words[:, -4].max(initial=0.0))
        return Signs(values, words, state)

    def _near(self, said: Read, allowed: Allowed) -> dict[str, float]:
        vector = self.vectors((said.text,))[0]
        lines = [x for s in allowed.now for x in sentences_of(s.text)]
        before = [s.text for s in allowed.before]
        facts = forms_of(allowed.case, allowed.hidden)
        now = _best(self.vectors([*lines, *(s.text for s in allowed.now)]), vector)
        told, polite = _best(self.vectors(before), vector), _best(self._polite, vector)
        hidden = _best(self.vectors(facts), vector)
        return {
            "near.lines": now,
            "near.before": told,
            "near.polite": polite,
            "near.hidden": hidden,
            "near.leak": hidden - max(now, told, polite),
            "near.asked": _best(self.vectors((allowed.asked.text,)), vector),
        }

    def _judged(self, said: Read, allowed: Allowed) -> tuple[dict[str, float], Vectors]:
        """What the entailment model makes of it, after the lines, and after the question too."""
        lines = " ".join(line.text for line in allowed.lines if line.kind != "talk")
        found = {}
        for name, context in (("lines", lines), ("talk", f"{allowed.asked.text} {lines}")):
            read = self._sense.read(context, said.text)
            for verdict, chance in read.acts.items():
                p = min(max(chance, 1e-4), 1 - 1e-4)
                found[f"{name}.{verdict}"] = log(p / (1 - p))
        return found, read.mean

    def _new(self, said: Read, allowed: Allowed) -> Vectors:
        """A row for each word that neither the lines nor what was told before hold.

        It is the word's vector, and then: how unlike the lines' words it is, whether the
        resident said it, how rare it is, how unlike what was told before.
        """
        known = allowed.stems | allowed.known | self.tongue.everyday
        open_words = [
            t
            for t in dict.fromkeys(said.tokens)
            if self.tongue.stem(t) not in known and self.tongue.number(t) is None
        ]
        new = tuple(t for t in open_words if not t[0].isdigit())
        if not new:
            return np.zeros((0, self.encoder.dimensions + 4), dtype=np.float32)
        vectors = self.vectors(new)
        odd = 1 - self._closest(vectors, allowed.now)
        old = 1 - self._closest(vectors, allowed.before)
        heard = [float(self.tongue.stem(t) in allowed.asked.stems) for t in new]
        rare = [log(self.tongue.rank(t) / 2000) for t in new]
        extra = np.array([odd, heard, rare, old], dtype=np.float32).T
        return np.hstack([vectors, extra])

    def _closest(self, vectors: Vectors, texts: Iterable[Read]) -> Vectors:
        words = dict.fromkeys(
            t for s in texts for t in s.tokens if self.tongue.stem(t) not in self.tongue.everyday
        )
        rows = self.vectors([w for w in words if not w[0].isdigit()])
        best: Vectors = (vectors @ rows.T).max(axis=1, initial=0.0)
        return best

    def _polarity(self, said: Read, allowed: Allowed) -> dict[str, float]:
        lines, mine = allowed.clauses, said.clauses
        against = 0
        for clause in mine:
            near = _nearest(clause, lines)
            against += bool(near) and all(c.negative != clause.negative for c in near)
        names = names_of(allowed.case, (x for x in allowed.lines if x.kind == "deny"))
        denied = frozenset(s for n in names for s in self.tongue.read(n).content)
        no, line_no = any(c.negative for c in mine), any(c.negative for c in lines)
        admitted = any(c.ties & denied and not c.negative for c in mine)
        named = self.field.lexicon.topics_in(lowered(said.text))
        free = {t for line in allowed.lines if line.kind not in SILENT for t in line.topics}
        texts = " . ".join(s.text for s in (*allowed.now, *allowed.before))
        named -= free | self.field.lexicon.topics_in(texts) | allowed.case.chief_topics
        return {
            "sign.against": float(against),
            "sign.no": float(no and not line_no),
            "sign.yes": float(bool(mine) and not no and line_no),
            "sign.all no": float(bool(mine) and all(c.negative for c in mine)),
            "sign.lines no": float(bool(lines) and all(c.negative for c in lines)),
            "sign.opens no": float(said.opens == "no") * (-1.0 if "no" in allowed.signs else 1.0),
            "sign.opens yes": float(said.opens == "yes") * (1.0 if "no" in allowed.signs else -1.0),
            "sign.admits": float(admitted),
            "topics": float(len(named)),
            "topics.asked": float(len(named - self.field.lexicon.topics_in(allowed.asked.text))),
        }

    # -- what a reply leaves unsaid --------------------------------------------------------------

    def missing(self, text: str, allowed: Allowed) -> tuple[Line, ...]:
        """What of this turn's lines a reply leaves unsaid: whole lines, or their last sentences."""
        unsaid = [line for line in allowed.lines if not self.says(text, line, allowed)]
        return tuple(replace(x, text=self._unsaid_of(text, x, allowed)) for x in unsaid)

    def touches(self, text: str, allowed: Allowed) -> bool:
        """Whether what was said so far says one sentence of the lines, where there are any."""
        told = [line for line in allowed.lines if line.kind in ANSWERS]
        denied = [line for line in allowed.lines if line.kind == "deny"]
        if denied and not told:
            return any(self.says(text, line, allowed) for line in denied)
        forms = [form for line in told for form in forms_of(allowed.case, line.facts)]
        return not told or any(
            self._tells(text, sentence)
            for form in (*(line.text for line in told), *forms)
            for sentence in sentences_of(form)
        )

    def says(self, text: str, line: Line, allowed: Allowed) -> bool:
        """Whether a reply says what a line has to say."""
        said = self.tongue.read(text)
        if line.kind == "talk":
            return True
        if line.kind == "confirm":
            return said.opens != "no"
        if line.kind == "deny":
            return said.negative or self._told(text, line, allowed)
        if line.kind not in self._phrases:
            return self._told(text, line, allowed)
        phrases = (*self._phrases[line.kind], line.text)
        near = self.vectors(sentences_of(text)) @ self.vectors(phrases).T
        marks = self.tongue.rows.words(line.kind)
        return float(near.max(initial=0.0)) >= MARKED or any(m in lowered(text) for m in marks)

    def _told(self, text: str, line: Line, allowed: Allowed) -> bool:
        known = self._taken(allowed)
        if all(self._tells(text, s, known) for s in sentences_of(line.text)):
            return True
        return (
            line.kind == "tell"
            and bool(line.facts)
            and all(self._fact_told(text, f, allowed) for f in line.facts)
        )

    def _taken(self, allowed: Allowed) -> frozenset[str]:
        """What 'it' may stand for: what the resident named, and what the patient came with."""
        concern = self.tongue.read(allowed.case.script.doorway.concern)
        return allowed.asked.content | concern.content

    def _fact_told(self, text: str, fact: str, allowed: Allowed) -> bool:
        """Whether a fact is told in any of the wordings that its author gave."""
        known = self._taken(allowed)
        return any(
            all(self._tells(text, s, known) for s in sentences_of(form))
            for form in forms_of(allowed.case, (fact,))
        )

    def _unsaid_of(self, text: str, line: Line, allowed: Allowed) -> str:
        """Those sentences of a line that a reply has not said yet; all of a mere phrase."""
        if line.kind not in ANSWERS:
            return line.text
        said = [
            form
            for f in line.facts
            for form in forms_of(allowed.case, (f,))
            if form in line.text and self._fact_told(text, f, allowed)
        ]
        known = self._taken(allowed)
        left = [
            s
            for s in sentences_of(line.text)
            if not self._tells(text, s, known) and not any(s in form for form in said)
        ]
        return " ".join(left) or line.text

    def _tells(self, text: str, sentence: str, known: frozenset[str] = frozenset()) -> bool:
        read, said = self.tongue.read(sentence), self.tongue.read(text)
        if read.numbers and not read.numbers & said.numbers:
            return False
        content = (read.content - known) or read.content
        words = [t for t in dict.fromkeys(read.tokens) if self.tongue.stem(t) in content]
        found = self._shared(words, said)
        if content and found and found / len(words) >= SHARED:
            return True
        vectors = self.vectors((sentence, text, *sentences_of(text)))
        flat = bool(said.clauses) and all(c.negative for c in said.clauses)
        agree = not flat or not read.clauses or any(c.negative for c in read.clauses)
        return agree and float((vectors[1:] @ vectors[0]).max()) >= COVERED

    def _shared(self, words: Sequence[str], said: Read) -> int:
        """How many of some words a text holds, by themselves or in others like them."""
        left = [w for w in words if self.tongue.stem(w) not in said.stems]
        mine = [t for t in said.tokens if self.tongue.stem(t) in said.content]
        if not left or not mine:
            return len(words) - len(left)
        near = self.vectors(left) @ self.vectors(mine).T
        return len(words) - int((near.max(axis=1) < ALIKE).sum())


def weighed(words: Vectors, state: float) -> dict[str, float]:
    """The signs that the logits of the new words and of the state make."""
    return {
        "words.most": float(words.max(initial=LEAST)),
        "words.sum": float(np.maximum(words, 0).sum()),
        "state": state,
    }


def _best(rows: Vectors, vector: Vectors) -> float:
    return float((rows @ vector).max(initial=0.0))


def _nearest(clause: Clause, lines: Iterable[Clause]) -> list[Clause]:
    """The clauses that share more than half of the content of one."""
    return [c for c in lines if len(c.ties & clause.ties) > len(clause.ties) / 2]


def _shape(said: Read, allowed: Allowed) -> dict[str, float]:
    """How a sentence is made: its length, what it shares, what it ties together anew."""
    kinds = allowed.kinds - {"talk"}
    content, lines = said.content, allowed.stems
    tied = loose = 0
    held = [c.ties for c in allowed.clauses]
    whole = [s.content | s.numbers for s in allowed.now]
    every = frozenset[str]().union(*held)
    for clause in said.clauses:
        mine = sorted(clause.ties & every)
        for i, one in enumerate(mine):
            for other in mine[i + 1 :]:
                tied += 1
                loose += not any(one in t and other in t for t in held)
    apart = sum(
        not any(a in w and b in w for w in whole)
        for c in said.clauses
        for a in c.ties & every
        for b in c.ties & every
        if a < b
    )
    return {
        "shape.words": log(1 + len(said.tokens)),
        "shape.share": len(content & lines) / len(content) if content else 1.0,
        "shape.empty": float(not content),
        "shape.beside": float(bool(content) and not content & (lines | allowed.asked.stems)),
        "shape.asks": float(said.text.rstrip().endswith("?")),
        "shape.short": float(said.asks),
        "shape.tied": float(tied > 0),
        "shape.loose": loose / tied if tied else 0.0,
        "shape.apart": float(min(apart, 3)),
        "kind.silent": float(bool(kinds) and kinds <= {*SILENT, "nothing_more"}),
        "kind.withheld": float("withheld" in kinds),
        "kind.unknown": float("unknown" in kinds),
        "kind.deny": float("deny" in kinds),
        "kind.tell": float(bool(kinds & ANSWERS)),
        "kind.talk": float(not kinds),
    }
