"""Find what a resident's turn asks for and does: acts, facts, topics, or that nothing fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simulator.knowledge.encoder import Encoder, Vectors
from simulator.knowledge.topics import DENIABLE
from simulator.language.tokens import normalise, sentences, words_of
from simulator.patient.case import Case
from simulator.patient.statements import Statements
from simulator.patient.stock import belied_by
from simulator.patient.summaries import check_summary, plays_back
from simulator.patient.turn import Candidate, Reading, ReadingKind, State, Understanding
from simulator.patient.understanding.context import context_of
from simulator.patient.understanding.hearing import Hears, Put
from simulator.patient.understanding.reader import Read, Reader
from simulator.patient.understanding.signs import ASKING, GUARDED, Candidates, gather
from simulator.patient.understanding.uptake import Uptake
from simulator.patient.understanding.whole import (
    identity_known,
    in_questions,
    opens,
    read_turn,
    shown_act,
    warmth,
    wordless,
)

SURE = 0.5  # from here an act is taken for what the turn does
FAINTLY = 0.2  # from here an act may be what the turn does
BEYOND = 0.7  # words that step out of the role are taken for it only from here
TELL = 0.57  # from here a fact or topic is taken for what the turn asks
SENSITIVE = 0.6  # the same, of what is sensitive, a red flag or guarded
PERHAPS = 0.2  # where a turn surely asks and nothing is sure, the best candidate from here
CAREFUL = 0.25  # … and where that is sensitive, a red flag or guarded, from here
KIN = 0.05  # a fact on a topic that is asked for, from here, is told rather than denied
NAMED = 0.1  # a topic from here makes a closed question one that a plain no answers
CERTAIN, NEVER = 0.95, 2.0  # as sure is an author's own example question; no chance is
LEAST = {TELL: PERHAPS, SENSITIVE: CAREFUL, NEVER: NEVER}  # by the bar, what is guessed at
MOST, SHOWN, SUMS_UP = 6, 6, ("summary", "check_summary")
TAKEN = 0.3  # from here, and surer than all else, a question takes up the hint that just fell
FEW = 3  # so few words hang on the talk; where they fit nothing it is asked what is meant

Placed = tuple[int, Reading]  # a reading and the token of the turn that it rests on


@dataclass(frozen=True, slots=True)
class Understander:
    """Turns words into readings: the trained reader, and what decides on its signs."""

    reader: Reader
    decision: Hears
    statements: Statements
    uptake: Uptake | None = None

    def understand(self, text: str, case: Case, state: State) -> Understanding:
        """What a resident's words ask and do, of a case, in the light of what was said before."""
        text = case.field.lexicon.mend(normalise(text))
        if not (words := words_of(text)):
            return Understanding("nonsense", (wordless(text),))
        again = len(words) > FEW and words == words_of(state.said)
        before, put = "" if again else context_of(state.said, state.answered), case.addressed(text)
        read = read_turn(self.reader, before, text, put)
        candidates = gather(put, read, self.reader, case, state)
        heard = self.decision.hear(Put(text, read, candidates, case, state))
        chances = _promised(text, heard.chances, candidates, case)
        behind = self._behind(read, float(chances.max()), case, state)
        known = case, state, self.statements, self.reader.encoder
        read = replace(read, acts=heard.acts)
        readings = _Turn(text, read, candidates, chances, *known, behind).readings()
        acts = {a: round(p, 3) for a, p in read.acts.items() if p >= FAINTLY}
        does = opens(readings, read), warmth(readings, read, case)
        return Understanding(shown_act(readings, case), tuple(readings), *does, acts, heard.by)

    def _behind(self, read: Read, sure: float, case: Case, state: State) -> tuple[str, ...]:
        """The facts behind the hint that fell with the last answer, where a question takes it up.

        They share no word with the question ("Why would I be cross?"), so the author names them.
        A promise: a mere invitation ("Tell me more.") brings nothing guarded, hint or not.
        """
        cue = next((c for c in case.script.cues if c.id == state.cue), None)
        asks = max(read.acts.get(a, 0.0) for a in ASKING)
        if cue is None or self.uptake is None or asks < FAINTLY:
            return ()
        hint = self.reader.encoder.encode([cue.says])[0]
        if self.uptake.chance(read, hint, sure) < max(TAKEN, sure):
            return ()
        invites = read.acts.get("open", 0.0) >= SURE
        return tuple(f for f in cue.opens if not (invites and case.facts[f].tell in GUARDED))


def _promised(text: str, chances: Vectors, candidates: Candidates, case: Case) -> Vectors:
    """The chances, or, for an author's own example question, its fact and nothing else."""
    fact = case.examples.get(" ".join(words_of(text)))
    if fact is None:
        return chances
    only = np.array([f == fact for f in candidates.facts])
    return np.where(only, np.maximum(chances, CERTAIN), np.minimum(chances, PERHAPS / 2))


@dataclass(slots=True)
class _Turn:
    """One turn on its way from chances to readings."""

    text: str
    read: Read
    candidates: Candidates
    chances: Vectors
    case: Case
    state: State
    statements: Statements
    encoder: Encoder
    behind: tuple[str, ...] = ()

    def readings(self) -> list[Reading]:
        """What is asked, in the order of the words, then what is merely said."""
        acts = self.read.acts
        if self._strange():
            foreign = acts.get("other_language", 0.0) >= FAINTLY
            unclear = Reading(self.text[:300], "unclear")
            return [self._talk("other_language") if foreign else unclear]
        known = self.case.field.talk.acts
        bars = {a: BEYOND if a in known.out_of_role else SURE for a in known.order}
        talk = [a for a, bar in bars.items() if acts.get(a, 0.0) >= bar]
        asked = [] if self._over(talk) else sorted(self._asked(), key=lambda pair: pair[0])
        said = [self._talk(a) for a in talk if a not in SUMS_UP]
        if self._sums_up() >= SURE or self._plays_back(asked):
            said.append(self._summary())
            asked = [(at, r) for at, r in asked if r.kind not in ("facts", "deny")]
        if not asked and not said:
            return [self._nothing()]
        return [*(r for _, r in asked), *said]

    def _sums_up(self) -> float:
        """The chance that the turn sums up, or asks whether a summing-up is right: one or both."""
        apart = [1 - self.read.acts.get(a, 0.0) for a in SUMS_UP]
        return 1 - apart[0] * apart[1]

    def _plays_back(self, asked: Sequence[Placed]) -> bool:
        """Whether the turn checks a true statement of what was told ("So it's two days. Right?").

        Nothing may be asked in its questions; what is not true is put right where it is asked for.
        """
        checks = max(self.read.acts.get(a, 0.0) for a in ("clarify", "check_summary")) >= FAINTLY
        of = self.candidates
        rows = [of.facts.index(f) for _, r in asked for f in r.facts]
        rows += [of.topics.index(r.topic) for _, r in asked if not r.facts and r.topic in of.topics]
        if not checks or (in_questions(self.text, self.read, of.weights[:, rows]) >= SURE).any():
            return False
        told = [f for _, r in asked for f in r.facts if f in self.state.told]
        return plays_back(self.text, told, self.case, self.statements)

    def _over(self, talk: Sequence[str]) -> bool:
        """Whether the turn ends with a farewell after an "Anything else?": no answer is waited for.

        A promise: who says goodbye is told goodbye, and not the story again.
        """
        if "closing" not in talk or self.read.acts.get("open", 0.0) < SURE:
            return False
        last = sentences(self.text)[-1][0]
        spoken = self.read.peaks
        farewell, opening = (self.read.spans[spoken[a]][0] for a in ("closing", "open"))
        return opening < last <= farewell and "?" not in self.text[last:]

    def _strange(self) -> bool:
        """Whether most of the turn is no word of the language, and it points to nothing.

        A promise: what is asked in another language is not answered, however sure the reader is.
        """
        words = words_of(self.text)
        known = sum(map(self.case.field.lexicon.knows, words))
        pointless = float(self.chances.max()) < SENSITIVE
        asks = max(self.read.acts.get(a, 0.0) for a in ASKING)
        foreign = self.read.acts["other_language"] >= BEYOND and asks < SURE
        mostly = 2 * known <= len(words) and (pointless or self.read.acts["nonsense"] >= SURE)
        return mostly or foreign

    def _bar(self, i: int) -> float:
        fact = self.case.facts.get(self.candidates.facts[i] or "")
        if fact is None:
            return TELL
        if fact.tell in GUARDED and self._beyond():
            return NEVER
        return SENSITIVE if fact.sensitive or fact.red_flag or fact.tell in GUARDED else TELL

    def _beyond(self) -> bool:
        """Whether the turn steps out of the role; a promise: that brings nothing guarded."""
        return any(self.read.acts.get(a, 0.0) >= BEYOND for a in ("break_role", "ask_checklist"))

    def _asked(self) -> list[Placed]:
        order = np.argsort(-self.chances)
        chosen = [int(i) for i in order if self.chances[i] >= self._bar(int(i))][:MOST]
        asks = max(self.read.acts.get(a, 0.0) for a in ("ask", "review", "clarify", "identity"))
        best = int(order[0])
        known = self.candidates.topics[best] in self.case.field.talk.voice.identity
        yields = self.candidates.facts[best] or known or self.read.acts.get("closed", 0.0) >= SURE
        least = LEAST[self._bar(best)] if yields else NEVER
        if not chosen and asks >= SURE and self.chances[best] >= least:
            chosen = [best]
        opened = self.read.acts.get("open", 0.0)
        if self.behind:
            return [self._hint()]
        named = any(self.chances[i] >= min(CERTAIN, opened) for i in chosen)
        if opened >= SURE and not named and (not self.state.opening_said or not chosen):
            return [(0, self._open())]
        if (absent := self._absent(chosen)) is not None:
            return [(0, absent)]
        facts = self._of_whom([i for i in chosen if self.candidates.facts[i]])
        topics = [
            i for i in chosen if not self.candidates.facts[i] and not self._answered(i, facts)
        ]
        found: list[Placed] = []
        for place, i in enumerate(asked := [*facts, *topics]):
            placed = self._fact(i) if i in facts else self._topic(i, facts)
            beside = any(self._same_words(i, other) for other in asked[:place])
            told = any(self._same_words(i, f) for f in facts)
            repeats = {"unknown": told, "identity": beside}
            if placed is not None and not repeats.get(placed[1].kind, False):
                found.append((placed[0], replace(placed[1], beside=beside)))
        return found

    def _of_whom(self, facts: Sequence[int]) -> list[int]:
        """Of facts that rest on the same words those of the person who is asked of, if any are."""
        names = self.candidates.facts
        own = [i for i in facts if not self.case.of_another(self.text, str(names[i]))]
        return [i for i in facts if i in own or not any(self._same_words(i, j) for j in own)]

    def _hint(self) -> Placed:
        """What lies behind the hint that is taken up: what was not told yet, two facts at most."""
        fresh = [f for f in self.behind if f not in self.state.told] or self.behind
        chosen, shown = tuple(fresh[:2]), self._shown()
        sure = round(max(float(self.chances[self.candidates.facts.index(f)]) for f in chosen), 3)
        topic = self.case.topic_of[chosen[0]]
        return 0, Reading(self.text[:300], "facts", chosen, topic, None, sure, SURE, True, shown)

    def _same_words(self, one: int, other: int) -> bool:
        """Whether two candidates rest on the same words: what asks once is answered once."""
        return float(self.candidates.weights[:, [one, other]].min(axis=1).sum()) >= SURE

    def _absent(self, chosen: list[int]) -> Reading | None:
        """A promise: a detail of a symptom that is not there is not answered with another's.

        'When did the cough start?' is answered with 'I've no cough', not with another onset.
        """
        case, lexicon = self.case, self.case.field.lexicon
        asks = max(self.read.acts.get(a, 0.0) for a in ASKING)
        if (not chosen and asks < SURE) or not case.script.answers_no_by_default:
            return None
        others = [i for i in chosen if not self.candidates.topics[i].startswith("hpi.")]
        if others and (others == chosen or any(self.candidates.facts[i] for i in others)):
            return None
        known = case.chief_topics | frozenset(case.facts_of)
        known |= frozenset(t for terms in case.said_terms.values() for t in terms)
        for mention in lexicon.mentions(self.text):
            definite = words_of(self.text[: mention.start])[-1:]
            symptoms = {t for t in mention.topics if case.field.topics[t].kind == "symptom"}
            if symptoms and not mention.topics & known and case.field.words.definite & {*definite}:
                topic = min(symptoms, key=lambda t: (t not in case.script.denies, t))
                sure = round(float(self.chances.max()), 3)
                return Reading(
                    self.text[:300], "deny", (), topic, None, sure, sure, True, self._shown()
                )
        return None

    def _answered(self, i: int, facts: Sequence[int]) -> bool:
        """Whether a topic is what one of the facts that are asked for speaks of."""
        near = self.case.field.near[self.case.field.row_of[self.candidates.topics[i]]]
        return any(near[self.case.field.row_of[self.candidates.topics[f]]] for f in facts)

    def _at(self, i: int) -> int:
        return int(np.argmax(self.candidates.weights[:, i]))

    def _clause(self, token: int) -> str:
        """The sentence around a token, in the resident's words."""
        place = self.read.spans[min(token, len(self.read.spans) - 1)][0]
        for start, end in sentences(self.text):
            if start <= place < end:
                return self.text[start:end]
        return self.text

    def _reading(self, i: int, kind: ReadingKind, facts: tuple[str, ...] = ()) -> Placed:
        at, chance = self._at(i), round(float(self.chances[i]), 3)
        topic = self.candidates.topics[i]
        clause, shown = self._clause(at), self._shown()
        return at, Reading(clause, kind, facts, topic, None, chance, chance, True, shown)

    def _shown(self) -> tuple[Candidate, ...]:
        best, of = np.argsort(-self.chances)[:SHOWN], self.candidates
        return tuple(
            Candidate(of.topics[i], of.facts[i], round(float(self.chances[i]), 3)) for i in best
        )

    def _fact(self, i: int) -> Placed:
        return self._reading(i, "facts", (self.candidates.facts[i] or "",))

    def _topic(self, i: int, facts: Sequence[int]) -> Placed | None:
        """A topic that is asked for and on which no fact of the script was surely meant."""
        topic = self.case.field.topics[self.candidates.topics[i]]
        script = self.case.script
        if topic.section == "opening":
            return None if facts else (self._at(i), self._open())
        if topic.kind == "broad":
            return self._reading(i, "review")
        kin = self._kin(topic.id, float(self.chances[i]))
        if kin is not None:
            return self._fact(kin)
        if topic.id in self.case.facts_of:
            return None if facts else self._reading(i, "unknown")
        if topic.id in self.case.chief_topics and topic.id not in script.denies:
            return self._reading(i, "chief")
        if topic.id in self.case.field.talk.voice.identity and identity_known(topic.id, self.case):
            return self._reading(i, "identity")
        if topic.id in script.denies:
            return self._reading(i, "deny")
        if topic.kind not in DENIABLE or not script.answers_no_by_default:
            return self._reading(i, "unknown")
        return self._stock(i)

    def _stock(self, i: int) -> Placed:
        """A stock no. Where a fact makes it false, that fact if it was heard too, or a bare no."""
        placed = self._reading(i, "deny")
        belied = belied_by(self.candidates.topics[i], self.case, self.statements)
        if belied is None:
            return placed
        at = self.candidates.facts.index(belied)
        if self.chances[at] < KIN and self.read.acts.get("closed", 0.0) >= SURE:
            return placed[0], replace(placed[1], talk="bare")
        if self.chances[at] >= KIN and self._bar(at) == TELL:
            return self._fact(at)
        return self._reading(i, "unknown")

    def _kin(self, topic: str, asked: float) -> int | None:
        """The fact that answers for a topic: its own, one that names it, or one near to it.

        A promise: what the script speaks of is not denied with a stock line. For a red flag that is
        not sensitive what is heard for the topic counts too, `asked`: both are the same subject.
        """
        near, found = self.case.field.near[self.case.field.row_of[topic]], list[int]()
        denied = topic in self.case.script.denies
        for i, fact in enumerate(self.case.facts):
            own = self.case.topic_of[fact] == topic
            beside = near[self.case.topic_rows[i]] or topic in self.case.said_terms.get(fact, ())
            kept = self.case.facts[fact].sensitive or self.case.facts[fact].tell in GUARDED
            sure = self.chances[i] + (0.0 if kept else asked)
            careful = self._bar(i) > TELL and sure < self._bar(i)
            if (own or (beside and not denied)) and not careful and self.chances[i] >= KIN:
                found.append(i)
        return max(found, key=lambda i: self.chances[i], default=None)

    def _open(self) -> Reading:
        opening = [i for i, t in enumerate(self.candidates.topics) if t.startswith("opening.")]
        best = max(opening, key=lambda i: self.chances[i], default=None)
        topic = self.candidates.topics[best] if best is not None else "opening.more"
        sure = round(self.read.acts.get("open", 0.0), 3)
        return Reading(self.text[:300], "open", (), topic, None, sure, sure, True, self._shown())

    def _talk(self, act: str) -> Reading:
        sure = round(self.read.acts[act], 3)
        clause = self._clause(self.read.peaks.get(act, 0))
        return Reading(clause, "talk", talk=act, score=sure, confidence=sure)

    def _summary(self) -> Reading:
        told = frozenset(self.state.told)
        check = check_summary(self.text, self.case, told, self.statements, self.encoder)
        sure = round(self._sums_up(), 3)
        wrong = (*check.wrong, *check.locked)
        return Reading(self.text, "summary", wrong, check.absent, "summary", sure, sure)

    def _nothing(self) -> Reading:
        """Nothing is sure: a plain no to a closed question, not knowing, or 'what do you mean?'"""
        acts, text = self.read.acts, self.text[:300]
        asks = max(acts.get(a, 0.0) for a in ASKING)
        shown, chance = self._shown(), round(float(self.chances.max()), 3)
        if asks >= SURE and len(words_of(self.text)) <= FEW:
            return Reading(text, "unclear", score=chance, question=True, candidates=shown)
        if asks < SURE:
            talk = self.case.field.talk
            spoken = {
                a: acts.get(a, 0.0) for a in talk.acts.order if a not in talk.acts.out_of_role
            }
            for act in spoken:  # unkindness is not guessed at
                spoken[act] *= talk.rapport(act) >= 0 or spoken[act] >= CAREFUL
            best = max(spoken, key=lambda a: spoken[a])
            if spoken[best] >= max(FAINTLY, asks):
                return self._summary() if best in SUMS_UP else self._talk(best)
            question = asks >= FAINTLY
            return Reading(text, "unclear", score=chance, question=question, candidates=shown)
        deniable = any(
            c >= NAMED and self.case.field.topics[t].kind in DENIABLE and f is None
            for c, t, f in zip(
                self.chances, self.candidates.topics, self.candidates.facts, strict=True
            )
        )
        no = deniable and acts.get("closed", 0.0) >= SURE and self.case.script.answers_no_by_default
        kind: ReadingKind = "deny" if no else "unknown"
        return Reading(text, kind, (), None, None, chance, chance, True, shown)
