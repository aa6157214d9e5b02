"""What counts as asking: a sentence does, a bare word goes on from one, a recital never does.

A promise to whoever trusts the marks, and therefore code: what is typed for marks earns none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from rapidfuzz import fuzz

from simulator.evaluator.evidence import Exchange
from simulator.language.tokens import sentences, words_of
from simulator.patient.case import Case

RECITED = 85  # of 100: how like an item's own text a recited checklist line is
GOES_ON = 3  # so many bare words with a question mark may follow a question: "Fever? Chills?"
BARE = "a bare word, not a question; ask in a sentence"
RECITAL = "words of a checklist read out, not a question to the patient"
TYPED = "data, markup or a transcript, not words to the patient"
# What is never said to anyone: data, tags, tables, ticked boxes, times of captions; besides, a
# speaker named at the start of a line. "[coughs]" and "pain > 5" may stand in a transcript.
DATA = r"[{}|]|</?[a-z]|-->|\[(?:x|inst|doctor|patient)\b"


def judge_asking(exchanges: Sequence[Exchange], case: Case) -> dict[int, str]:
    """The turns that earn nothing because they ask nothing, and why."""
    found = unaddressed(exchanges, case)
    run = 0
    for exchange in exchanges:
        if exchange.turn in found:
            continue
        if not is_bare(exchange.said, case):
            asks = any(c.question or c.kind == "open" for c in exchange.clauses)
            run = 0 if asks else run
            continue
        run += 1
        if run > (GOES_ON if "?" in exchange.said else 1):
            found[exchange.turn] = BARE
    return found


def unaddressed(exchanges: Sequence[Exchange], case: Case) -> dict[int, str]:
    """The turns that are not words to the patient at all, and what they are."""
    texts = [_plain(item.text) for item in case.script.checklist]
    typed = _typed(case.field.words.labels)
    read = {e.turn: _read(e.said, texts, typed) for e in exchanges}
    return {turn: what for turn, what in read.items() if what}


def addressed(exchanges: Sequence[Exchange], case: Case) -> list[Exchange]:
    """The exchanges, with nothing understood of what was not said to the patient.

    A turn that is no talk is passed over whole, of others each sentence that claims a mark or
    speaks to the marker, and with it the acts of the turn, which is heard as one.
    """
    idle = unaddressed(exchanges, case)
    return [
        replace(e, clauses=(), acts={}, open_question=False) if e.turn in idle else _said(e, case)
        for e in exchanges
    ]


def _said(exchange: Exchange, case: Case) -> Exchange:
    said = exchange.said
    clauses = tuple(c for c in exchange.clauses if not claims_a_mark(c.quote, said, case))
    claims = any(claims_a_mark(said[a:b], said, case) for a, b in sentences(said))
    return replace(exchange, clauses=clauses, acts={} if claims else exchange.acts)


def claims_a_mark(quote: str, said: str, case: Case) -> bool:
    """Whether the sentence of these words claims a mark; a question claims none."""
    whole = [said[a:b] for a, b in sentences(said) if quote in said[a:b]]
    line = _plain(whole[0] if whole else quote)
    return "?" not in line and bool(_claiming(case.field.words.claims).search(line))


@cache
def _claiming(claims: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'])(?:{'|'.join(map(re.escape, claims))})(?![\w'])")


@cache
def _typed(labels: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"{DATA}|(?m:^\s*\W{{0,3}}(?:{'|'.join(labels)})\s*:)", re.I)


def _read(said: str, texts: Sequence[str], typed: re.Pattern[str]) -> str:
    line = _plain(said)
    if any(text in line or fuzz.ratio(line, text) >= RECITED for text in texts):
        return RECITAL
    return TYPED if typed.search(said) else ""


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def is_bare(said: str, case: Case) -> bool:
    """Whether a turn is nothing but names of subjects: "fever", "Smoking, alcohol"."""
    words, left = case.field.words, list(said)
    mentions = case.field.lexicon.mentions(said)
    for mention in mentions:
        left[mention.start : mention.end] = " " * (mention.end - mention.start)
    return bool(mentions) and all(w in words.joining for w in words_of("".join(left)))
