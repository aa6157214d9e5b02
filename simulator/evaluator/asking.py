"""What counts as asking: a sentence does, a bare word goes on from one, a recital never does.

A promise to whoever trusts the marks, and therefore code: what is typed for marks earns none.
"""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz

from simulator.evaluator.evidence import Exchange
from simulator.language.tokens import words_of
from simulator.patient.case import Case

RECITED = 85  # of 100: how like an item's own text a recited checklist line is
GOES_ON = 3  # so many bare words with a question mark may follow a question: "Fever? Chills?"
BARE = "a bare word, not a question; ask in a sentence"
RECITAL = "words of a checklist read out, not a question to the patient"


def judge_asking(exchanges: Sequence[Exchange], case: Case) -> dict[int, str]:
    """The turns that earn nothing because they ask nothing, and why."""
    found: dict[int, str] = {}
    run = 0
    texts = [item.text.lower() for item in case.script.checklist]
    for exchange in exchanges:
        if _recited(exchange.said, texts):
            found[exchange.turn] = RECITAL
            continue
        if not is_bare(exchange.said, case):
            asks = any(c.question or c.kind == "open" for c in exchange.clauses)
            run = 0 if asks else run
            continue
        run += 1
        if run > (GOES_ON if "?" in exchange.said else 1):
            found[exchange.turn] = BARE
    return found


def is_bare(said: str, case: Case) -> bool:
    """Whether a turn is nothing but names of subjects: "fever", "Smoking, alcohol"."""
    words, left = case.field.words, list(said)
    mentions = case.field.lexicon.mentions(said)
    for mention in mentions:
        left[mention.start : mention.end] = " " * (mention.end - mention.start)
    return bool(mentions) and all(w in words.joining for w in words_of("".join(left)))


def _recited(said: str, texts: Sequence[str]) -> bool:
    line = said.lower().strip()
    return any(fuzz.ratio(line, t) >= RECITED for t in texts)
