"""Find what a resident's words ask for: acts, facts, topics, or that nothing fits."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from simulator.knowledge.encoder import Encoder
from simulator.knowledge.topics import DENIABLE
from simulator.patient.acts import (
    act_of,
    drop_asides,
    drop_echoes,
    drop_unclear,
    is_open,
    mark_summary,
    one_each,
)
from simulator.patient.case import Case, Likeness
from simulator.patient.clauses import Clause, is_filler, normalise, split_clauses, words_of
from simulator.patient.confidence import Confidence
from simulator.patient.ranking import Forms, Ranked, Weights, is_elliptic, rank, without_subject
from simulator.patient.summaries import check_summary
from simulator.patient.turn import Reading, ReadingKind, State, Understanding

MAX_CLAUSES = 8
AFFECT = 0.62
TALK_MIN, TALK_CERTAIN = 0.35, 0.85
TALK_SURE = 0.52
SHARP_MIN = 0.78
SHARP = frozenset({"rude", "judgement", "break_role", "ask_checklist", "ask_diagnosis", "closing"})
OPENERS = frozenset({"opening.reason", "opening.story"})
GUARDED = frozenset({"direct", "trust", "never"})
STATEMENT_WORDS, KNOWN_SHARE = 8, 0.6
CLEAR_ALONE, NAMED_ASIDE = 0.8, 0.9
FRAGMENT = 5
REVIEW = "hpi.associated"
WH = frozenset({"what", "what's", "when", "where", "who", "which", "how", "why"})
QUESTION_TALK = frozenset(
    [
        "greeting",
        "permission",
        "check_understanding",
        "summary",
        "examination",
        "ask_diagnosis",
        "ask_checklist",
        "break_role",
        "rude",
        "judgement",
    ]
)


@dataclass(frozen=True, slots=True)
class Understander:
    """Turns words into readings; holds the encoder and how the signs add up."""

    encoder: Encoder
    weights: Weights = Weights()
    confidence: Confidence = Confidence()

    def understand(self, text: str, case: Case, state: State) -> Understanding:
        """What a turn asks and says, clause by clause, in the light of what came before.

        Args:
            text: the resident's words. case: the script. state: what was said before.
        """
        field = case.field
        mended = field.lexicon.mend(normalise(text))
        clauses = split_clauses(mended, field.words, field.lexicon)[:MAX_CLAUSES]
        if not clauses:
            return Understanding("nonsense", (Reading(mended[:80], "unclear"),))
        forms = self._forms(clauses, case)
        readings: list[Reading] = []
        for clause, known in zip(clauses, forms, strict=True):
            now = _carried(state, readings)
            clear = float(known.plain.topics.max()) >= CLEAR_ALONE
            context = None if clear else self._context(clause, case, now)
            whole = replace(known, context=context)
            readings.append(self._read(clause, whole, case, now))
        readings = drop_asides(drop_echoes(readings), mended)
        readings = mark_summary(readings, mended.lower(), case)
        readings = [
            check_summary(r, f.plain.lines, case) if r.kind == "summary" else r
            for r, f in zip(readings, forms, strict=True)
        ]
        readings = drop_unclear(readings)
        readings = [replace(r, confidence=self.confidence.of(r)) for r in one_each(readings)]
        warmth = _warmth(readings, forms, case)
        return Understanding(act_of(readings, case), tuple(readings), is_open(readings), warmth)

    def _read(self, clause: Clause, forms: Forms, case: Case, state: State) -> Reading:
        ranked = rank(clause.text, clause.raw, forms, case, state, self.weights)
        talk, talk_score = self._talk(clause, forms.plain, case)
        base = Reading(
            clause.raw if len(clause.raw) < 300 else clause.text,
            "unclear",
            score=round(ranked.best.score, 3),
            question=clause.question,
            candidates=ranked.candidates,
        )
        if _is_noise(clause.text, case):
            return replace(base, candidates=())
        if self._is_talk(clause, talk, talk_score, ranked, forms.plain, case):
            return replace(base, kind="talk", talk=talk, score=round(talk_score, 3))
        return self._subject(clause, base, ranked, case, state)

    def _forms(self, clauses: list[Clause], case: Case) -> list[Forms]:
        """For each clause how near it comes, as it stands and with the chief concern as 'it'."""
        bare = [without_subject(c.text, case) for c in clauses]
        changed = [i for i, c in enumerate(clauses) if c.question and bare[i] != c.text]
        texts = [c.text for c in clauses] + [bare[i] for i in changed]
        near = case.likeness(self.encoder.encode(texts))
        other = {i: near[len(clauses) + n] for n, i in enumerate(changed)}
        return [Forms(near[i], other.get(i)) for i in range(len(clauses))]

    def _context(self, clause: Clause, case: Case, state: State) -> Likeness | None:
        if not state.last_topics or not is_elliptic(clause.text, case):
            return None
        before = case.field.topics[state.last_topics[-1]]
        return case.likeness(self.encoder.encode([before.with_subject(clause.text)]))[0]

    def _talk(self, clause: Clause, near: Likeness, case: Case) -> tuple[str, float]:
        lower, words = clause.text.lower(), case.field.words
        if is_filler(lower, words):
            return "acknowledgement", 1.0
        for act, patterns in (
            ("break_role", words.out_of_role),
            ("ask_checklist", words.checklist_talk),
            ("ask_diagnosis", words.diagnosis_talk),
            ("rude", words.rude),
        ):
            if any(re.search(p, lower) for p in patterns):
                return act, 1.0
        for row, owner in case.affect_rows:
            likeness = float(near.lines[row])
            if likeness >= AFFECT and not clause.question:
                return ("empathy" if owner == "softener" else "judgement"), likeness
        best = int(np.argmax(near.talk))
        act, score = case.field.act_ids[best], float(near.talk[best])
        if score < (SHARP_MIN if act in SHARP else TALK_SURE):
            return "acknowledgement", score
        return act, score

    def _is_talk(
        self, clause: Clause, talk: str, score: float, ranked: Ranked, near: Likeness, case: Case
    ) -> bool:
        known_talk = talk != "acknowledgement" and score >= TALK_CERTAIN
        if score >= 1.0 or (known_talk and score > ranked.best.score - self.weights.talk_margin):
            return True
        asked = float(near.topics.max())
        if clause.question:
            return talk in QUESTION_TALK and score > asked + self.weights.talk_margin
        tokens = words_of(clause.raw)
        if len(tokens) > 2 * STATEMENT_WORDS:
            return True
        if score < TALK_MIN and asked < TALK_MIN:
            return False
        if talk == "empathy" and score >= AFFECT:
            return True
        asserts = set(tokens) & case.field.words.assertive
        fragment = len(tokens) <= FRAGMENT and bool(ranked.named) and not asserts
        if fragment and score < 0.7:
            return False
        if len(tokens) <= FRAGMENT and ranked.family and score < asked:
            return False  # 'and your mum'
        if score > asked - self.weights.talk_margin or asked < self.weights.statement:
            return True
        return len(tokens) > STATEMENT_WORDS or bool(asserts)

    def _subject(
        self, clause: Clause, base: Reading, ranked: Ranked, case: Case, state: State
    ) -> Reading:
        best = ranked.best
        topic = case.field.topics[best.topic]
        if best.score < self.weights.accept:
            return self._reject(clause, base, ranked, case)
        tells = (topic.kind == "broad" or topic.section == "opening") and topic.id not in OPENERS
        if tells and best.score < self.weights.tell:
            return replace(base, kind="unknown") if is_detail(clause.text) else base
        if topic.section == "opening":
            return replace(base, kind="open", topic=topic.id)
        absent = _absent(clause.text, ranked, case)
        if absent:
            return replace(base, kind="deny", topic=absent)
        referred = _referred(ranked, case, state)
        if referred is not None:
            return replace(base, kind="facts" if referred else "unknown", facts=referred)
        if best.fact is not None:
            if topic.kind == "broad":
                return replace(base, kind="review", topic=topic.id)
            facts = self._facts_for(best.topic, ranked, case)
            told = replace(base, kind="facts", facts=facts, topic=topic.id)
            return self._sure(clause, told, ranked, case)
        silent = self._silent(clause, base, topic.id, ranked, case)
        return self._sure(clause, silent, ranked, case)

    def _sure(self, clause: Clause, reading: Reading, ranked: Ranked, case: Case) -> Reading:
        """The reading, or that nothing fits, where a fact or a name would be told on a guess."""
        if ranked.best.topic in ranked.named:  # 'any SOB?' is no guess
            return reading
        least = self.weights.tell
        if any(case.facts[f].tell in GUARDED for f in reading.facts):
            least = self.weights.tell_guarded
        if reading.kind in ("facts", "identity") and reading.score < least:
            kind: ReadingKind = "unknown" if is_detail(clause.text) else "unclear"
            return replace(reading, kind=kind, facts=(), topic=None)
        return reading

    def _facts_for(self, topic: str, ranked: Ranked, case: Case) -> tuple[str, ...]:
        ids = case.facts_of[topic]
        best = max(ids, key=lambda f: ranked.own[f])
        close = [f for f in ids if ranked.own[best] - ranked.own[f] <= self.weights.specific]
        return tuple(close)

    def _silent(
        self, clause: Clause, base: Reading, topic_id: str, ranked: Ranked, case: Case
    ) -> Reading:
        """The script has no fact on the topic that was asked for."""
        topic, field = case.field.topics[topic_id], case.field
        if topic.kind == "broad":
            return replace(base, kind="review", topic=topic_id)
        if topic_id in field.talk.voice.identity and _identity_known(topic_id, case):
            return replace(base, kind="identity", topic=topic_id)
        about = {topic_id} | (ranked.named & _siblings(topic_id, ranked.named, case))
        if topic.kind in DENIABLE and not ranked.family:
            if topic_id in case.chief_topics:
                return replace(base, kind="chief", topic=topic_id)
            mentioned = case.mentioning(about)
            if mentioned and topic_id not in case.script.denies:
                akin = [*mentioned, *case.neighbours(topic_id)]
                best = max(akin, key=lambda f: ranked.own[f])
                return replace(base, kind="facts", facts=(best,), topic=topic_id)
        if topic_id not in case.script.denies:
            near = self._near(topic_id, ranked, case)
            if near:
                return replace(base, kind="facts", facts=near, topic=case.topic_of[near[0]])
        if is_detail(clause.text) and base.score < self.weights.deny_detail:
            return replace(base, kind="unknown")
        denied = topic_id in case.script.denies or (
            topic.kind in DENIABLE and case.script.answers_no_by_default
        )
        return replace(base, kind="deny" if denied else "unknown", topic=topic_id)

    def _near(self, topic_id: str, ranked: Ranked, case: Case) -> tuple[str, ...]:
        """Facts on a neighbouring topic that answer as well: onset for duration, and so on."""
        named = case.neighbours(topic_id)
        if named:
            best = max(named, key=lambda f: ranked.own[f])
            return (best,)
        if case.field.topics[topic_id].kind in DENIABLE or ranked.family:
            return ()
        section = topic_id.split(".")[0]
        for c in ranked.candidates[1:]:
            close = ranked.best.score - c.score <= self.weights.neighbour
            if c.fact and close and c.topic.split(".")[0] == section:
                return (c.fact,)
        return ()

    def _reject(self, clause: Clause, base: Reading, ranked: Ranked, case: Case) -> Reading:
        """Nothing fits well: deny a closed question about a symptom, else not know, or ask back."""
        tokens = [t for t in words_of(clause.text) if t.isalpha()]
        if not clause.question and len(tokens) >= 3:
            return replace(base, kind="talk", talk="acknowledgement")
        if not clause.question and ranked.best.score < 0.3:
            return base
        closed = words_of(clause.text)[0] in ("any", "do", "have", "has", "had", "is", "are", "did")
        topic = case.field.topics[ranked.best.topic]
        silent = ranked.best.fact is None and topic.kind in ("symptom", "condition")
        if closed and silent and case.script.answers_no_by_default:
            return replace(base, kind="deny", topic=topic.id)
        return replace(base, kind="unknown")


def _is_noise(text: str, case: Case) -> bool:
    """Whether most of a clause is no word of the language: nothing can be made of it."""
    tokens = words_of(text)
    known = [t for t in tokens if case.field.lexicon.knows(t)]
    noise = len(known) < KNOWN_SHARE * len(tokens) or not tokens
    return noise and not is_filler(text, case.field.words)


def is_detail(text: str) -> bool:
    """Whether a question is after a detail, not whether something is there: 'what', 'how much'."""
    tokens = [*words_of(text), "", ""]
    after_how = tokens[0] == "how" and tokens[1] in ("is", "are", "have", "was", "were")
    return tokens[0] in WH and tokens[1] != "about" and not after_how


def _siblings(topic_id: str, named: frozenset[str], case: Case) -> frozenset[str]:
    section = topic_id.split(".")[0]
    return frozenset(t for t in named if t.split(".")[0] == section)


def _identity_known(topic_id: str, case: Case) -> bool:
    if topic_id == "soc.occupation":
        return bool(case.script.patient.occupation)
    if topic_id == "identity.pronouns":
        return bool(case.script.doorway.pronouns)
    return True


def _absent(text: str, ranked: Ranked, case: Case) -> str | None:
    """The symptom whose detail is asked for though the patient has not got it, if that is so.

    'When did the cough start?' is answered with 'I've no cough', not with another onset.
    """
    asked = ranked.best.topic
    if not asked.startswith("hpi.") or asked == REVIEW or not case.script.answers_no_by_default:
        return None
    others = {t for t in _definite(text, case) if _is_symptom(t, case)}
    known = case.chief_topics | set(case.facts_of)
    if not others or ranked.named & known or case.mentioning(others):
        return None
    return min(others, key=lambda t: (t not in case.script.denies, t))


def _definite(text: str, case: Case) -> frozenset[str]:
    """What is named as known: 'the cough', 'your cough', but not 'when you cough'."""
    found: frozenset[str] = frozenset()
    for mention in case.field.lexicon.mentions(text):
        if set(words_of(text[: mention.start])[-1:]) & case.field.words.definite:
            found |= mention.topics
    return found


def _referred(ranked: Ranked, case: Case, state: State) -> tuple[str, ...] | None:
    """Facts on a symptom other than the chief concern whose detail is asked for.

    'When did the cough start?' must not be answered with the onset of the chest pain: None where
    the clause is about the chief concern, () where nothing is known of the other symptom.
    """
    if not ranked.best.topic.startswith("hpi.") or ranked.best.topic == REVIEW:
        return None
    field = case.field
    if ranked.named:
        others = {t for t in ranked.named if _is_symptom(t, case)} - case.chief_topics
        if not others or ranked.named & case.chief_topics:
            return None
    elif ranked.elliptic:
        others = {t for t in state.last_topics if _is_symptom(t, case)} - case.chief_topics
        if not others or any(t in state.last_denied for t in others):
            return None
    else:
        return None
    if ranked.best.fact and case.terms_of[ranked.best.fact] & others:
        return None  # the author's own examples say that it is about the other symptom
    facts = [f for t in others for f in case.facts_of.get(t, ())] + case.mentioning(others)
    if not facts:
        return None
    best = max(facts, key=lambda f: ranked.own[f])
    if best in state.last_facts and not field.lexicon.topics_in(case.facts[best].says):
        return ()
    if best == ranked.best.fact:
        return None
    return (best,)


def _is_symptom(topic_id: str, case: Case) -> bool:
    return topic_id in case.field.topics and case.field.topics[topic_id].kind == "symptom"


def _carried(state: State, readings: list[Reading]) -> State:
    """The state as the next clause sees it: the last subject may stand in the same turn."""
    for reading in reversed(readings):
        if reading.kind == "talk" and not reading.question and reading.candidates:
            aside = reading.candidates[0]  # 'and then your reflux, how are you doing with that?'
            if aside.score >= NAMED_ASIDE:
                return state.model_copy(update={"last_topics": (aside.topic,), "last_facts": ()})
        if reading.topic and reading.kind in ("facts", "deny", "chief", "unknown"):
            return state.model_copy(
                update={
                    "last_topics": (reading.topic,),
                    "last_facts": reading.facts,
                    "last_denied": (reading.topic,) if reading.kind == "deny" else (),
                }
            )
    return state


def _warmth(readings: list[Reading], forms: list[Forms], case: Case) -> float:
    """What the turn does to the patient's trust: acts of talk, softeners, triggers."""
    acts = {r.talk for r in readings if r.talk in case.field.act_ids}
    warmth = sum(case.field.talk.act(a).rapport for a in acts if a)
    for row, owner in case.affect_rows:
        if max(float(f.plain.lines[row]) for f in forms) >= AFFECT:
            warmth += 1.5 if owner == "softener" else -2.0
    return warmth
