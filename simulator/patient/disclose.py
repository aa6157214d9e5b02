"""Decide what may be told: tiers, what was said before, open or closed question, rapport.

Pure: the same understanding, script and state give the same decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from simulator.language.tokens import words_of
from simulator.patient.case import Case
from simulator.patient.summaries import CORRECTABLE
from simulator.patient.turn import Decision, Part, Reading, State, Understanding
from simulator.scripts.schema import PatientScript

TRUST = {"distrustful": 4.0, "reserved": 3.5, "pleasing": 2.5}
TRUST_DEFAULT = 3.0
RAPPORT_RANGE = (-5.0, 10.0)
OPEN_WORDS = 30
REVIEW_MOST = {"hpi": 2, "ros": 2, "opening": 2}
REVIEW_MOST_DEFAULT = 3
VOICES_CONCERN = frozenset({"preference", "diagnosis", "bad_news"})
HISTORY = ("pmh", "meds", "allergy", "fam", "soc")


def trust_threshold(script: PatientScript) -> float:
    """The rapport from which this patient tells what is told only in trust."""
    return TRUST.get(script.patient.personality, TRUST_DEFAULT)


def disclose(understanding: Understanding, case: Case, state: State) -> Decision:
    """What the patient tells, denies, keeps back or does not know in this turn."""
    rapport = _rapport(understanding, state)
    asker = _Asker(case, state, rapport)
    parts: list[Part] = []
    for question in _questions(understanding.readings):
        answers = [part for reading in question for part in asker.parts_of(reading)]
        told = any(part.kind == "tell" for part in answers)
        parts += [_hushed(part) if told else part for part in answers]
    return Decision(tuple(parts), rapport)


def _questions(readings: Sequence[Reading]) -> list[list[Reading]]:
    """The readings, those together that rest on the same words: what asks once."""
    found: list[list[Reading]] = []
    for reading in readings:
        if reading.beside and found:
            found[-1].append(reading)
        else:
            found.append([reading])
    return found


def _hushed(part: Part) -> Part:
    """What is kept back where the same question was answered: nothing is said of it."""
    return replace(part, talk="silent") if part.kind == "withheld" else part


def _rapport(understanding: Understanding, state: State) -> float:
    gained = max(-3.0, min(2.5, understanding.warmth))
    gained += 0.3 if understanding.open_question else 0.05
    low, high = RAPPORT_RANGE
    return round(max(low, min(high, state.rapport + gained)), 2)


class _Asker:
    """Goes through the readings of one turn; what an earlier one tells, a later one knows."""

    def __init__(self, case: Case, state: State, rapport: float) -> None:
        self.case, self.state = case, state
        self.trusted = rapport >= trust_threshold(case.script)
        self.told = set(state.told)
        self.now: set[str] = set()
        self.opening_said = state.opening_said

    def parts_of(self, reading: Reading) -> list[Part]:
        if reading.kind == "open":
            return self._open(reading)
        if reading.kind == "review":
            return self._review(reading)
        if reading.kind == "facts":
            return self._facts(reading)
        if reading.kind == "summary":
            return self._summary(reading)
        if reading.kind == "chief":
            return self._chief(reading)
        if reading.kind == "unclear":
            return [Part("unclear", why="nothing fits the words")]
        if reading.kind == "talk":
            return [Part("talk", talk=reading.talk), *self._concern(reading)]
        if reading.kind == "deny":
            return [Part("deny", topic=reading.topic, talk=reading.talk, why="not in the script")]
        if reading.kind == "identity":
            return [Part("identity", topic=reading.topic)]
        return [Part("unknown", topic=reading.topic, why="the script is silent")]

    def _tell(self, facts: Iterable[str], why: str, topic: str | None = None) -> Part:
        ids = tuple(facts)
        self.told |= set(ids)
        self.now |= set(ids)
        return Part("tell", ids, topic, why=why)

    def _opening(self) -> Part:
        ids = [f.id for f in self.case.script.facts if f.tell == "opening" and f.knows]
        self.told |= set(ids)
        self.now |= set(ids)
        self.opening_said = True
        return Part("opening", tuple(ids), why="the opening statement")

    def _open(self, reading: Reading) -> list[Part]:
        if not self.opening_said:
            return [self._opening()]
        more = self._section_in_hand(reading)
        if more is not None:
            return more
        fresh = [
            f
            for f in self.case.script.facts
            if f.tell == "open" and f.knows and f.id not in self.told
        ]
        if not fresh:
            if reading.topic == "opening.reason":
                return [Part("chief", why="asked again why the patient came")]
            return [
                Part("nothing_more", topic=reading.topic, why="all that is volunteered is told")
            ]
        chosen = fresh[:2]
        if sum(len(words_of(f.says)) for f in chosen) > OPEN_WORDS:
            chosen = fresh[:1]
        return [self._tell([f.id for f in chosen], "an open question", reading.topic)]

    def _section_in_hand(self, reading: Reading) -> list[Part] | None:
        """'Anything else?' after a question on past illness asks for more of the same."""
        if reading.topic != "opening.else" or not self.state.last_topics:
            return None
        section = self.state.last_topics[-1].split(".")[0]
        if section not in HISTORY:
            return None
        rest = [
            f.id
            for f in self.case.script.facts
            if self.case.topic_of[f.id].startswith(section + ".")
            and f.tell in ("open", "asked")
            and f.knows
            and f.polarity == "positive"
            and f.id not in self.told
        ]
        own_topics = {self.case.topic_of[f] for f in self.state.last_facts}
        same = [f for f in rest if self.case.topic_of[f] in own_topics] or (
            rest if section in ("pmh", "meds", "allergy", "fam") else []
        )
        if not same:
            return [Part("nothing_more", topic=reading.topic, why="nothing more of this section")]
        return [self._tell(same[:2], "more of the same section", reading.topic)]

    def _review(self, reading: Reading) -> list[Part]:
        topic = reading.topic or ""
        covered = self.case.field.topics.covered.get(topic, frozenset())
        inside = [
            f
            for f in self.case.script.facts
            if (t := self.case.topic_of[f.id]) == topic or t in covered
            if f.tell in ("opening", "open", "asked") and f.knows
        ]
        most = REVIEW_MOST.get(topic.split(".")[0], REVIEW_MOST_DEFAULT)
        positive = [f.id for f in inside if f.polarity == "positive"]
        exact = [f for f in positive if self.case.topic_of[f] == topic]
        ordered = exact or self._weighty(positive)
        fresh = [f for f in ordered if f not in self.told]
        if fresh:
            return [self._tell(fresh[:most], "a review question", topic)]
        if ordered and set(ordered) & set(self.state.last_facts):
            return [Part("nothing_more", topic=topic, why="all of it is told")]
        if ordered:
            return [self._tell(ordered[:most], "a review question, asked again", topic)]
        negative = [f.id for f in inside if f.polarity == "negative"]
        if negative:
            return [self._tell(negative[:1], "a review question", topic)]
        return [Part("deny", topic=topic, why="nothing of this in the script")]

    def _weighty(self, facts: list[str]) -> list[str]:
        """What a review question is after: conditions and medicines rather than their details."""
        topics = self.case.field.topics
        main = [f for f in facts if topics[self.case.topic_of[f]].kind != "detail"]
        return main or facts

    def _facts(self, reading: Reading) -> list[Part]:
        if reading.facts and set(reading.facts) <= self.now:
            return []  # told a moment ago in this same answer
        tell: list[str] = []
        kept: list[tuple[str, str]] = []
        for fact_id in reading.facts:
            why = self._withheld(fact_id)
            if why:
                kept.append((fact_id, why))
            else:
                tell.append(fact_id)
        parts: list[Part] = []
        if tell:
            parts.append(self._tell(tell[:3], "asked", reading.topic))
        for fact_id, why in kept:
            if why == "not known to the patient":
                if not tell:
                    parts.append(Part("unknown", topic=reading.topic, why=why))
                continue
            talk = "silent" if tell else None
            parts.append(Part("withheld", (fact_id,), reading.topic, talk, why))
        return parts

    def _withheld(self, fact_id: str) -> str:
        fact = self.case.facts[fact_id]
        if not fact.knows:
            return "not known to the patient"
        if fact.tell == "never":
            return "never told"
        if fact.tell == "trust" and not self.trusted and fact_id not in self.state.told:
            return "told only in trust"
        return ""

    def _chief(self, reading: Reading) -> list[Part]:
        if not self.opening_said:
            return [self._opening()]
        ids = tuple(f.id for f in self.case.script.facts if f.tell == "opening")
        return [Part("chief", ids, reading.topic, why="it is what the patient came about")]

    def _concern(self, reading: Reading) -> list[Part]:
        """What the patient is worried about, said once when asked to think about what was said."""
        if reading.talk not in VOICES_CONCERN:
            return []
        ready = [
            f
            for f in self.case.script.patient.concerns
            if self.case.facts[f].tell in ("open", "asked")
            and not self.case.facts[f].sensitive
            and f not in self.told
        ]
        return [self._tell(ready[:1], "a concern, after an explanation")] if ready else []

    def _summary(self, reading: Reading) -> list[Part]:
        free = [f for f in reading.facts if self.case.facts[f].tell in CORRECTABLE]
        if free:
            return [Part("correct", tuple(free), why="the summing-up gets it wrong")]
        locked = [f for f in reading.facts if self._withheld(f)]
        if locked:
            return [Part("withheld", (locked[0],), why="summed up, but it is not told yet")]
        if reading.topic:
            return [Part("deny", topic=reading.topic, why="summed up, but not so")]
        return [Part("confirm", why="a summing-up")]
