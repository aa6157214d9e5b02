"""How the interview was conducted: things that can be counted, each with its quotes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from simulator.evaluator.asking import addressed
from simulator.evaluator.evidence import TELLING, Exchange, Said
from simulator.knowledge.rubrics import Rubric
from simulator.language.tokens import sentences, words_of
from simulator.patient.case import Case

Standing = Literal["good", "improve", "not applicable"]
OPEN_SHARE = 0.2
MOST_DOUBLE_SHARE = 0.3
CUE_WINDOW = 2
FEW_LEADING = 1
HARM = ("rude", "judgement")
SHARED = ("preference", "consent", "teach_back", "check_understanding", "invite_questions")
FEELING = ("empathy", "praise", "confidentiality")
QUESTIONS = frozenset({"facts", "deny", "review", "unknown", "chief", "identity", "open"})
EXPLAINED = re.compile(r"\b(?:which means|that is|meaning|in other words|i mean)\b|\bi\.?e\b", re.I)
WITHIN, TELLING_WORD = 60, 4  # an explanation stands so many letters behind; words so long count
ENDING, ENDS_WELL = 6, 2  # the turns in which an interview ends; so many parts make a good end
CLOSING: tuple[tuple[str, ...], ...] = (
    ("plan", "advice"),
    ("safety_net",),
    ("invite_questions",),
)


@dataclass(frozen=True, slots=True)
class Quote:
    """The resident's words and the turn they stand in."""

    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class IndicatorResult:
    """One indicator: what was counted, out of what, how it stands, and the words."""

    id: str
    count: int
    of: int
    standing: Standing
    quotes: tuple[Quote, ...] = ()
    detail: str = ""


def judge_communication(
    case: Case, rubric: Rubric, exchanges: Sequence[Exchange]
) -> tuple[IndicatorResult, ...]:
    """Every indicator of the rubric, in its order; what is not said to the patient counts not."""
    exchanges = addressed(exchanges, case)
    counters: dict[str, Callable[[], IndicatorResult]] = {
        "open_ratio": lambda: _open_ratio(exchanges),
        "double_questions": lambda: _double(exchanges),
        "jargon": lambda: _jargon(exchanges, rubric),
        "empathy": lambda: _empathy(exchanges),
        "summary": lambda: _present("summary", exchanges[1:], lambda s, _: s.kind == "summary"),
        "closing": lambda: _closing(exchanges),
        "introduction": lambda: _present(
            "introduction", exchanges[:3], lambda s, _: s.talk == "introduction"
        ),
        "perspective": lambda: _perspective(exchanges),
        "leading": lambda: _leading(exchanges, rubric),
        "respect": lambda: _respect(exchanges),
        "sharing": lambda: _sharing(exchanges),
        "signposting": lambda: _present(
            "signposting", exchanges, lambda s, _: s.talk == "signpost"
        ),
    }
    return tuple(counters[i.id]() for i in rubric.indicators if i.id in counters)


def _quote(exchange: Exchange, said: Said) -> Quote:
    return Quote(exchange.turn, said.quote)


def _present(
    name: str, exchanges: Sequence[Exchange], holds: Callable[[Said, Exchange], bool]
) -> IndicatorResult:
    every = [_quote(e, s) for e in exchanges for s in e.clauses if holds(s, e)]
    found = list(dict.fromkeys(every))  # the same words may be heard as two things
    return IndicatorResult(
        name, len(found), len(exchanges), "good" if found else "improve", tuple(found[:3])
    )


def _open_ratio(exchanges: Sequence[Exchange]) -> IndicatorResult:
    asking = [e for e in exchanges if any(s.kind in QUESTIONS for s in e.clauses)]
    opened = [e for e in asking if any(s.kind == "open" for s in e.clauses) or e.open_question]
    if not asking:
        return IndicatorResult("open_ratio", 0, 0, "not applicable", detail="nothing was asked")
    share = len(opened) / len(asking)
    quotes = tuple(Quote(e.turn, e.said) for e in opened[:3])
    standing: Standing = "good" if share >= OPEN_SHARE else "improve"
    return IndicatorResult("open_ratio", len(opened), len(asking), standing, quotes)


def _double(exchanges: Sequence[Exchange]) -> IndicatorResult:
    asking = [e for e in exchanges if any(s.kind in QUESTIONS for s in e.clauses)]
    double = [e for e in asking if _stacked(e)]
    few = len(double) <= MOST_DOUBLE_SHARE * len(asking)
    standing: Standing = "good" if few else "improve"
    if not asking:
        standing = "not applicable"
    quotes = tuple(Quote(e.turn, e.said) for e in double[:3])
    return IndicatorResult("double_questions", len(double), len(asking), standing, quotes)


def _stacked(exchange: Exchange) -> bool:
    """Whether a turn asks several things; two facts that the same words ask for are one."""
    asked = [s for s in exchange.clauses if s.kind in QUESTIONS and not s.beside]
    return len({s.topic or s.facts for s in asked}) > 1


def _jargon(exchanges: Sequence[Exchange], rubric: Rubric) -> IndicatorResult:
    quotes: list[Quote] = []
    seen: dict[str, str] = {}
    for exchange in exchanges:
        for word, plain in rubric.jargon.items():
            match = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", exchange.said, re.I)
            if match and not _explained(exchange.said[match.end() :][:WITHIN], plain):
                if word not in seen:
                    quotes.append(Quote(exchange.turn, match.group()))
                seen[word] = plain
    detail = "; ".join(f"{word}: say “{plain}”" for word, plain in list(seen.items())[:6])
    standing: Standing = "improve" if len(seen) > 1 else "good"
    if not exchanges:
        standing = "not applicable"
    return IndicatorResult("jargon", len(seen), len(exchanges), standing, tuple(quotes[:6]), detail)


def _explained(behind: str, plain: str) -> bool:
    """Whether what stands behind a medical word says it in plain words, or is about to."""
    told = {w for w in words_of(plain.lower()) if len(w) >= TELLING_WORD}
    return bool(EXPLAINED.search(behind)) or bool(told.intersection(words_of(behind.lower())))


def _empathy(exchanges: Sequence[Exchange]) -> IndicatorResult:
    shown = [_quote(e, s) for e in exchanges for s in e.clauses if s.talk in FEELING]
    cues = [place for place, e in enumerate(exchanges) if e.cues]
    answered = [
        place
        for place in cues
        if any(
            s.talk in (*FEELING, "reassurance")
            for e in exchanges[place + 1 : place + 1 + CUE_WINDOW]
            for s in e.clauses
        )
    ]
    if cues:
        standing: Standing = "good" if 2 * len(answered) >= len(cues) else "improve"
        detail = f"{len(answered)} of {len(cues)} hints of feeling were taken up"
        return IndicatorResult(
            "empathy", len(answered), len(cues), standing, tuple(shown[:3]), detail
        )
    return IndicatorResult(
        "empathy", len(shown), len(exchanges), "good" if shown else "improve", tuple(shown[:3])
    )


def _closing(exchanges: Sequence[Exchange]) -> IndicatorResult:
    """How many parts of an ending there are: a goodbye alone is none."""
    spoken = [(s, e) for e in exchanges[-ENDING:] for s in e.clauses]
    found = [
        quotes[0]
        for part in CLOSING
        if (quotes := [_quote(e, s) for s, e in spoken if s.talk in part])
    ]
    standing: Standing = "good" if len(found) >= ENDS_WELL else "improve"
    return IndicatorResult("closing", len(found), len(CLOSING), standing, tuple(found))


def _perspective(exchanges: Sequence[Exchange]) -> IndicatorResult:
    wanted = ("views.ideas", "views.concerns", "views.expectations")
    found = {s.topic: _quote(e, s) for e in exchanges for s in e.clauses if s.topic in wanted}
    standing: Standing = "good" if len(found) >= 2 else "improve"
    return IndicatorResult("perspective", len(found), len(wanted), standing, tuple(found.values()))


def _leading(exchanges: Sequence[Exchange], rubric: Rubric) -> IndicatorResult:
    """Sentences that push towards an answer, whatever else their turn asks."""
    found = [
        Quote(e.turn, said)
        for e in exchanges
        if e.clauses
        for a, b in sentences(e.said)
        if (said := e.said[a:b].strip()).endswith("?") and rubric.leads(said)
    ]
    standing: Standing = "improve" if len(found) > FEW_LEADING else "good"
    if not exchanges:
        standing = "not applicable"
    quotes = tuple(found[:3]) if standing == "improve" else ()
    return IndicatorResult("leading", len(found), len(exchanges), standing, quotes)


def _respect(exchanges: Sequence[Exchange]) -> IndicatorResult:
    found = [_quote(e, s) for e in exchanges for s in e.clauses if s.talk in HARM]
    standing: Standing = "improve" if found else "good"
    if not exchanges:
        standing = "not applicable"
    return IndicatorResult("respect", len(found), len(exchanges), standing, tuple(found[:3]))


def _sharing(exchanges: Sequence[Exchange]) -> IndicatorResult:
    """Whether something was explained or planned, and the patient's view of it found out."""
    told = [_quote(e, s) for e in exchanges for s in e.clauses if s.talk in TELLING]
    shared = [_quote(e, s) for e in exchanges for s in e.clauses if s.talk in SHARED]
    standing: Standing = "good" if told and shared else "improve"
    detail = "" if shared or not told else "explained, but not asked what the patient makes of it"
    return IndicatorResult(
        "sharing", len(shared), len(told), standing, tuple([*told[:2], *shared[:2]]), detail
    )
