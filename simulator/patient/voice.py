"""The scripted voice: the author's lines, joined as a person would say them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from string import Template
from typing import get_args

from simulator.knowledge.talk import Acts
from simulator.knowledge.topics import Topic
from simulator.patient.case import Case
from simulator.patient.turn import Decision, Part, PartKind, State

_ARTICLE = re.compile(r"^(?:a|an|any) ")
_YES = re.compile(r"^(yes|no|yeah|oh)[,.]\s+", re.I)
TOLD, PLAIN, NAMED = ("tell", "opening", "chief"), frozenset({"symptom", "condition"}), 4
Phrases = tuple[str, tuple[str, ...]]  # what they are used for, and they
ANSWERS = frozenset(get_args(PartKind)) - {"talk"}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to be said in this turn: what kind it is, the author's words, what it is about."""

    kind: PartKind
    text: str
    facts: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    talk: str | None = None


def join(lines: Sequence[Line]) -> str:
    """The lines as one reply."""
    return " ".join(line.text for line in lines)


@dataclass(slots=True)
class Speech:
    """What is said in one turn, and how often each set phrase was used by then."""

    case: Case
    state: State
    phrases: dict[str, int] = field(default_factory=dict)

    def say(self, decision: Decision) -> str:
        """The reply for a decision: it says what was decided and nothing more."""
        return join(self.lines(decision))

    def lines(self, decision: Decision) -> tuple[Line, ...]:
        """What is to be said, part by part, each in the author's words and no text twice."""
        parts = _spoken(decision.parts, self.case.field.talk.acts)
        found: dict[str, Line] = {}
        denials = [p for p in parts if p.kind == "deny"]
        told = any(p.kind in TOLD for p in parts)
        if told and denials and self._nameless(denials, True):
            # what is told comes first, or the no would belie it
            parts = [p for p in parts if p.kind != "deny"] + denials
        for part in parts:
            topics = tuple(p.topic for p in denials if p.topic)
            if part.kind != "deny":
                text = self._line(part)
                topics = (part.topic,) if part.topic else ()
            elif part is denials[0]:
                text = self._deny(denials, after_yes=told and part is not parts[0])
            else:
                continue
            if text:
                found.setdefault(text, Line(part.kind, text, part.facts, topics, part.talk))
        return tuple(found.values())

    def pick(self, use: str, options: Sequence[str]) -> str:
        """The next of several set phrases, in turn, so that none is worn out."""
        used = self.phrases.get(use, self.state.phrases.get(use, 0))
        self.phrases[use] = used + 1
        return options[used % len(options)] if options else ""

    def _line(self, part: Part) -> str:
        voice = self.case.field.talk.voice
        if part.kind == "opening":
            return self.case.script.opening
        if part.kind == "tell":
            return " ".join(self._fact(f) for f in part.facts)
        if part.kind == "correct":
            return _fill(self.pick("correct", voice.correct), line=self._plain(part.facts))
        if part.kind == "chief":
            return _fill(self.pick("chief", voice.already_known), line=self._chief(part))
        if part.kind == "identity":
            return self._identity(part.topic or "")
        if part.kind == "talk":
            return self._talk(part.talk or "")
        if part.kind == "unknown":
            return self._unknown(part)
        if part.kind == "withheld":
            return self.pick("withheld", voice.withheld)
        if part.kind == "nothing_more":
            return self.pick("nothing_more", voice.nothing_more)
        options = voice.confirm if part.kind == "confirm" else voice.unclear
        return self.pick(part.kind, options)

    def _plain(self, facts: Sequence[str]) -> str:
        return " ".join(self.case.facts[f].says for f in facts)

    def _fact(self, fact_id: str) -> str:
        fact = self.case.facts[fact_id]
        before = self.state.told.get(fact_id, 0)
        if not before:
            return fact.says
        if before <= len(fact.also):
            return fact.also[before - 1]
        pattern = self.pick("repeat", self.case.field.talk.voice.repeat)
        bare = _YES.sub("", fact.says)
        return _fill(pattern, line=bare[0].upper() + bare[1:])

    def _chief(self, part: Part) -> str:
        return self.case.facts[part.facts[0]].says if part.facts else self.case.script.opening

    def _nameless(self, parts: Sequence[Part], after_yes: bool) -> Phrases | None:
        """The phrases of a no that names nothing ("No, none of those."); None where it names it."""
        voice = self.case.field.talk.voice
        topics = [self.case.field.topics[p.topic] for p in parts if p.topic]
        kinds = {t.kind for t in topics}
        informed = self.case.script.informant is not None  # whose lines of one's own would be false
        if not topics or any(p.talk == "bare" for p in parts):
            phrases = "no", voice.plain_no
        elif len(topics) == 1 and informed:
            told_of = voice.informant.denial if kinds == {"symptom"} else voice.informant.past
            phrases = "no", told_of
        elif len(topics) == 1 or (len(topics) <= NAMED and kinds <= PLAIN):
            return None
        elif informed or kinds <= PLAIN | {"habit"}:
            phrases = "no_to_all", voice.no_to_all
        else:
            return None
        return ("no_more", voice.no_more) if after_yes else phrases

    def _deny(self, parts: list[Part], after_yes: bool) -> str:
        nameless = self._nameless(parts, after_yes)
        if nameless is not None:
            return self.pick(*nameless)
        topics = [self.case.field.topics[p.topic] for p in parts if p.topic]
        if len(topics) == 1:
            line = topics[0].default
            plain = topics[0].kind in PLAIN and not after_yes
            says_no = self.case.field.words.negate(line)
            return f"No, {line}" if plain and says_no and line.startswith(("I ", "I'")) else line
        if len(topics) <= NAMED and all(t.kind in PLAIN for t in topics):
            return f"No {_join(topics)}." if after_yes else f"No, no {_join(topics)}."
        return " ".join(dict.fromkeys(t.default for t in topics))

    def _unknown(self, part: Part) -> str:
        topic = self.case.field.topics.by_id.get(part.topic or "")
        own = topic is not None and topic.kind == "detail" and part.why == "the script is silent"
        if topic is not None and own and self.case.script.informant is None:
            return topic.default
        return self.pick("unknown", self.case.field.talk.voice.unknown)

    def _identity(self, topic: str) -> str:
        script, voice = self.case.script, self.case.field.talk.voice
        pattern = (voice.informant if script.informant else voice).identity[topic]
        line = _fill(
            pattern,
            name=script.speaker.name,
            first=script.speaker.name.split()[0],
            age=str(script.speaker.age),
            pronouns=script.speaker.pronouns.capitalize(),
            occupation=script.patient.occupation,
            relation=script.informant.relation if script.informant else "",
            patient=script.doorway.name,
            patients_first=script.doorway.name.split()[0],
            patients_age=str(script.doorway.age),
        )
        return line.replace(" a retired", " retired").replace("I work as retired", "I'm a retired")

    def _talk(self, act: str) -> str:
        script = self.case.script
        if act == "closing" and script.closing:
            return script.closing
        reactions = self.case.field.talk.reactions.acts
        own = script.patient.reactions.get(act)
        spoken_for = self.case.field.talk.voice.informant.reactions if script.informant else {}
        lines = (
            own
            or spoken_for.get(act)
            or (reactions[act].lines[script.patient.personality] if act in reactions else ())
        )
        return _fill(
            self.pick(f"talk.{act}", lines),
            concern=script.doorway.concern[0].lower() + script.doorway.concern[1:],
            patients_first=script.doorway.name.split()[0],
        )


def _spoken(parts: Sequence[Part], acts: Acts) -> list[Part]:
    """The parts that are voiced: an answer first of all, and of mere talk the weightiest."""
    heard = [p for p in parts if not (p.kind == "withheld" and p.talk == "silent")]
    if any(p.talk == "break_role" for p in heard):
        return [p for p in heard if p.talk == "break_role"][:1]
    answers = [p for p in heard if p.kind in ANSWERS]
    talk = sorted((p for p in heard if p.kind == "talk" and p.talk in acts.order),
                  key=lambda p: acts.order.index(p.talk or ""))  # fmt: skip
    if not answers:
        return talk[:1]
    if any(p.kind in ("correct", "deny") for p in answers):
        answers = [p for p in answers if p.kind != "confirm"]
    if any(p.kind in TOLD for p in answers):
        answers = [p for p in answers if p.kind not in ("unclear", "nothing_more")]
    if any(p.kind != "unclear" for p in answers):
        answers = [p for p in answers if p.kind != "unclear"]
    if any(p.kind in ("tell", "opening", "deny", "chief", "identity") for p in answers):
        answers = [p for p in answers if p.kind != "unknown" or p.topic]
    unique: dict[tuple[object, ...], Part] = {}
    for part in answers:
        unique.setdefault(_key(part), part)
    return [p for p in talk if p.talk in acts.with_answer][:1] + list(unique.values())


def _key(part: Part) -> tuple[object, ...]:
    """What is said once in a reply, however often it was decided; one is coy only once."""
    if part.kind == "withheld":
        return (part.kind,)
    return (part.kind, part.facts, part.topic if part.kind in ("deny", "identity") else None)


def _join(topics: list[Topic]) -> str:
    labels = list(dict.fromkeys(_ARTICLE.sub("", t.label) for t in topics))
    return labels[0] if len(labels) == 1 else ", ".join(labels[:-1]) + " or " + labels[-1]


def _fill(pattern: str, **values: str) -> str:
    return Template(pattern).safe_substitute(values)
