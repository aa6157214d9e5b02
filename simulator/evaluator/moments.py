"""Moments of an interview that are worth trying again, chosen from what is known of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from simulator.encounter.records import Turn
from simulator.evaluator.checklist import ANSWERING_A_CUE, CUE_WINDOW, DOUBTED_FROM
from simulator.evaluator.report import ItemReport, Report
from simulator.scripts.schema import ChecklistItem, PatientScript

Kind = Literal["harm", "cue", "trust", "near", "unasked", "passed_by"]
MOST, MOST_OF_A_KIND = 3, 2


@dataclass(frozen=True, slots=True)
class Moment:
    """A turn in whose place something else could have been said."""

    kind: Kind
    turn: int  # the resident's turn, from 1
    heard: str  # the patient's words before it
    said: str  # and the resident's in it
    about: str  # what was at stake, as the script says it
    ask: str = ""  # what one could say
    rank: int = 9  # the lower, the weightier


def choose_moments(
    script: PatientScript, turns: Sequence[Turn], report: Report
) -> tuple[Moment, ...]:
    """Up to three moments in the order of the talk, the weightiest that there are, each a turn."""
    found = sorted(_all(script, turns, report), key=lambda m: (m.rank, m.turn))
    chosen: dict[int, Moment] = {}
    kinds: Counter[Kind] = Counter()
    for most in (MOST_OF_A_KIND, MOST):  # of one kind only where there is no other
        for moment in found:
            if len(chosen) < MOST and moment.turn not in chosen and kinds[moment.kind] < most:
                chosen[moment.turn] = moment
                kinds[moment.kind] += 1
    return tuple(chosen[turn] for turn in sorted(chosen))


def _all(script: PatientScript, turns: Sequence[Turn], report: Report) -> Iterator[Moment]:
    if not turns:
        return
    yield from _harm(turns, report)
    yield from _cues(script, turns)
    yield from _kept_back(script, turns)
    items = {i.id: i for i in script.checklist}
    for mark in report.items:
        if mark.verdict == "not met" and (item := items.get(mark.id)) and not item.cue:
            yield from _missed(item, mark, script, turns, report)


def _moment(kind: Kind, place: int, turns: Sequence[Turn], rank: int, about: str) -> Moment:
    heard = turns[place - 1].reply if place else ""
    return Moment(kind, place + 1, heard, turns[place].said, about, rank=rank)


def _harm(turns: Sequence[Turn], report: Report) -> Iterator[Moment]:
    for indicator in report.communication:
        if indicator["id"] != "respect" or indicator["standing"] != "improve":
            continue
        for quote in indicator["quotes"]:
            yield _moment("harm", quote["turn"] - 1, turns, 0, indicator["advice"])


def _cues(script: PatientScript, turns: Sequence[Turn]) -> Iterator[Moment]:
    """Hints of feeling that were not taken up; the moment is the answer that was given."""
    known = {c.id: c for c in script.cues}
    for place, turn in enumerate(turns[:-1]):
        after = turns[place + 1 : place + 1 + CUE_WINDOW]
        if any(r.talk in ANSWERING_A_CUE for t in after for r in t.trace.readings):
            continue
        for cue in (known[c] for c in turn.trace.cues if c in known):
            said = turns[place + 1].said
            yield Moment("cue", place + 2, cue.says, said, cue.looks_for, rank=2)


def _kept_back(script: PatientScript, turns: Sequence[Turn]) -> Iterator[Moment]:
    """What was asked for before the patient trusted enough, and never came out."""
    waiting = {f.id for f in script.facts if f.tell == "trust"}
    told = {f for t in turns for f in t.trace.told}
    softener = next(iter(script.patient.affect.softeners), "")
    for place, turn in enumerate(turns):
        if kept := [f for f in turn.trace.withheld if f in waiting - told]:
            topic = (script.fact(kept[0]).topic or kept[0]).rpartition(".")[2].replace("-", " ")
            yield Moment("trust", place + 1, turn.reply, turn.said, topic, softener, 3)
            waiting -= set(kept)


def _missed(
    item: ChecklistItem,
    mark: ItemReport,
    script: PatientScript,
    turns: Sequence[Turn],
    report: Report,
) -> Iterator[Moment]:
    """Where something that was missed lay nearest: almost asked, told unasked, or passed by."""
    weight = 1 if item.critical else 5
    near, place = _nearest(item, script, turns)
    if near >= DOUBTED_FROM:
        kind: Kind = "near"
    elif mark.volunteered is not None and mark.volunteered < len(turns):
        kind, place = "unasked", mark.volunteered
    elif item.critical and (item.facts or item.topics):
        kind, place = "passed_by", _last_of(item.domain, len(turns), report)
    else:
        return
    moment = _moment(kind, place, turns, weight, item.text)
    yield Moment(kind, moment.turn, moment.heard, moment.said, item.text, mark.ask, weight)


def _nearest(
    item: ChecklistItem, script: PatientScript, turns: Sequence[Turn]
) -> tuple[float, int]:
    """How near any turn came to asking for the item, and its place."""
    topics = {*item.topics, *(f.topic for f in script.facts if f.id in item.facts)}
    scored = [
        (c.score, -place)
        for place, turn in enumerate(turns)
        for reading in turn.trace.readings
        if reading.question
        for c in reading.candidates
        if c.fact in item.facts or (c.fact is None and c.topic in topics)
    ]
    score, place = max(scored, default=(0.0, 0))
    return score, -place


def _last_of(domain: str, turns: int, report: Report) -> int:
    """The place after the last turn that earned something of that domain, or the last one."""
    earned = [i.turn for i in report.items if i.domain == domain and i.turn is not None]
    return min(max(earned, default=turns - 1), turns - 1)
