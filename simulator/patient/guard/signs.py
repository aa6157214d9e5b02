"""Whether a sentence says yes where the lines say no, or joins what they keep apart.

Clause by clause: a clause and the line nearest to it must have the same sign, unless a turn of
phrase or a soft no ('hardly', 'stopped') leaves it open.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from simulator.patient.case import Case
from simulator.patient.guard.claims import Claims, Clause, lowered, raw_pieces, tokens_of
from simulator.patient.guard.scope import Phrasebook, Scope
from simulator.patient.turn import PartKind
from simulator.patient.voice import Line

ANSWERS: frozenset[PartKind] = frozenset({"tell", "opening", "chief", "correct", "identity"})
SILENT: frozenset[PartKind] = frozenset({"unknown", "withheld", "unclear", "nothing_more", "talk"})
PAIRED = frozenset({"number", "time", "body", "direction", "quality", "people", "matter"})
JOINS = (["or"], ["nor"], ["and"])
_BUT = re.compile(r"\b(?:but|only|just|except(?: for)?|apart from)\b([^.,;!?]*)")
_SOME = re.compile(r"(?:only |just )?(?:a (?:little|bit|touch|lot|few)|some|slight|plenty|lots)\b")
_SPEAKER = frozenset({"i", "it", "there"})


class Signs:
    """Compares what clauses affirm and deny with what the lines of a turn do."""

    def __init__(self, case: Case, book: Phrasebook) -> None:
        self.case, self.book = case, book
        self.claims: Claims = book.claims
        words, stem = book.claims.words, book.claims.stem
        self._well = self.claims.stems(words.well)
        self._when = frozenset(stem(w) for w in ("before", "after"))
        self._stops = self.claims.stems(words.stops)
        self._fine = self.claims.stems(words.fine)
        self._admissions = [re.compile(p) for p in words.admissions.patterns]

    def well(self, text: str) -> bool:
        """Whether a text says that something is as it should be."""
        return bool(self.claims.stems_of(text) & self._well)

    def negative(self, text: str) -> bool:
        """Whether a text says no, does not know, or would rather not say."""
        words, lower = self.claims.words, lowered(text)
        marks = words.not_known.words | words.refusals.words | words.not_understood.words
        return (
            self.claims.opens_with(text) == "no"
            or any(c.negative for c in self.claims.clauses_of(text))
            or any(mark in lower for mark in marks)
        )

    def asks_back(self, text: str) -> bool:
        """A short question that takes up the resident's words: 'My blood type?'"""
        return text.rstrip().endswith("?") and len(tokens_of(text)) <= 6

    def may_echo(self, text: str, scope: Scope) -> bool:
        """The resident's own words come back in a no, a not knowing or a short question."""
        return self.asks_back(text) or (not scope.kinds & ANSWERS and self.negative(text))

    def opens_no(self, text: str) -> bool:
        """Whether a text begins with a no."""
        return self.claims.opens_with(text) == "no"

    def denies(self, text: str, scope: Scope) -> bool:
        """Whether a text says no to what was asked; 'I'm not here' and 'I'm not sure' do not."""
        if self.opens_no(text):
            return True
        about = scope.denied | scope.heard | scope.line_stems
        for clause in self.claims.clauses_of(text):
            well = bool(clause.stems & self._well)
            if well and not self._content(clause) - self._well:
                return True  # 'I'm fine that way'
            if (clause.negative or well) and clause.stems & (about - self.claims.plain):
                return True
        return False

    def agree(self, text: str, line: str) -> bool:
        """Whether two texts may mean the same, by their signs: a flat no is no yes."""
        mine, theirs = self.claims.clauses_of(text), self.claims.clauses_of(line)
        flat = bool(mine) and all(c.negative for c in mine)
        return not flat or not theirs or any(c.negative or c.soft for c in theirs)

    def evades(self, text: str, scope: Scope) -> bool:
        """A doubt or a refusal where the answer is known and may be told."""
        if scope.kinds & {"unknown", "withheld", "unclear"} or scope.kinds == {"talk"}:
            return False
        lower, spoken = lowered(text), scope.spoken.lower()
        words = self.claims.words
        marks = words.evasions.words if "deny" in scope.kinds else words.doubts.words
        return any(mark in lower and mark not in spoken for mark in marks)

    def wrong_sign(self, text: str, scope: Scope) -> str:
        """What is contradicted, in words: a yes where the lines say no, or the reverse."""
        started = tokens_of(text)[:1]
        if scope.kinds <= SILENT or text.rstrip().endswith("?") or started in JOINS:
            return ""
        clauses = self.claims.clauses_of(text)
        return (
            self._flat_no(clauses, scope)
            or self._admitted(text, clauses, scope)
            or self._opposed(clauses, scope)
        )

    def _flat_no(self, clauses: Sequence[Clause], scope: Scope) -> str:
        """'I never had one', 'I stopped the white one', where the lines hold no no at all."""
        signs = {self._sign(line) for line in scope.lines if line.kind != "talk"}
        if signs != {"yes"}:
            return ""
        for clause in clauses:
            kept = frozenset().union(*(c.stems for c in scope.clauses if c.negative or c.unsure))
            about = self._content(clause) & scope.named
            if clause.negative and not clause.soft and about and not about & kept:
                return "says no where the answer is yes"
        if any(c.negative or c.soft for c in scope.clauses):
            return ""
        for clause in clauses:
            bare_no = clause.negative and not clause.soft and clause.stems & _SPEAKER
            if bare_no and not self._content(clause):
                return "says no where the answer is yes"
            if clause.softs & self._stops and self._content(clause) & scope.line_stems:
                return "says that something has stopped"
        return ""

    def _content(self, clause: Clause) -> frozenset[str]:
        """The content of a clause without its times and numbers, which have no sign."""
        stems = clause.stems - self.claims.plain
        return frozenset(s for s in stems if self._kind(s) not in ("time", "number"))

    def _opposed(self, clauses: Sequence[Clause], scope: Scope) -> str:
        for clause in clauses:
            content = self._content(clause)
            near = self._nearest(self.claims.widen(content), len(content), scope.clauses)
            if not near or clause.unsure:
                continue
            if self._all_well(clause, scope):
                return "says that all is well"
            if all(clause.against(c) for c in near) and not self._means_well(clause):
                return "says no where the answer is yes" if clause.negative else "says yes to a no"
        return ""

    def _admitted(self, text: str, clauses: Sequence[Clause], scope: Scope) -> str:
        """What is denied, said with a yes."""
        if not {"deny"} <= scope.kinds <= {"deny", "talk"}:
            return ""
        plain = self.claims.plainly(text)
        pieces = raw_pieces(text)
        denied = scope.denied - self.claims.plain
        sure = (
            c for c in clauses if c.finite and not (c.negative or c.unsure or c.stems & self._well)
        )
        lines = any(c.negative for c in scope.clauses)
        yes = lines and "yes" in tokens_of(plain) and not self.well(text)
        mine = frozenset() if lines else self.claims.widen(scope.line_stems) - self.claims.plain
        told = any(c.stems & denied and not c.stems & mine for c in sure)
        some = any(_SOME.match(p) and self.claims.stems_of(p) & denied for p in pieces)
        if yes or told or some or any(self.admits(p) for p in pieces):
            return "admits what is denied"
        for rest in _BUT.findall(plain):
            stems = self.claims.stems_of(rest)
            no = any(c.negative for c in self.claims.clauses_of(rest))
            if stems & denied and not (no or stems & self._well):
                return "admits what is denied"
        return ""

    def admits(self, piece: str) -> bool:
        """Whether a piece of a sentence owns up to something: 'I did', 'now and then'."""
        return any(p.search(piece.strip()) for p in self._admissions)

    def _all_well(self, clause: Clause, scope: Scope) -> bool:
        """'The stairs are fine for me', where the lines complain of the stairs."""
        complaint = not any(c.negative or c.stems & self._well for c in scope.clauses)
        return complaint and bool(clause.stems & self._fine) and "deny" not in scope.kinds

    def _nearest(
        self, content: frozenset[str], size: int, clauses: Sequence[Clause]
    ) -> list[Clause]:
        """The clauses that share more than half of some content words."""
        return [
            c
            for c in clauses
            if len(content & (c.stems - self.claims.plain)) > size / 2
            and not (c.stems & self._well and not c.negative)
        ]

    def _means_well(self, clause: Clause) -> bool:
        """'My breathing's fine' is a no, said with a yes."""
        return not clause.negative and bool(clause.stems & self._well)

    def wrong_start(self, text: str, scope: Scope) -> str:
        """A yes or no at the beginning that is the wrong one, where the rest does not mend it."""
        opens = self.claims.opens_with(text)
        signs = {self._sign(line) for line in scope.lines if line.kind != "talk"}
        rest = self.claims.stems_of(text) - self.claims.plain
        if opens == "yes" and signs == {"no"}:
            said = self.well(text) or any(c.negative for c in self.claims.clauses_of(text))
            return "" if said else "begins with yes where the answer is no"
        if opens == "yes" and {"deny"} <= scope.kinds <= {"deny", "talk"}:
            said = bool(rest & self.claims.widen(scope.line_stems)) or self.well(text)
            negative = any(c.negative for c in self.claims.clauses_of(text))
            return "" if said or negative else "says yes to what is denied"
        if opens == "no" and {"confirm"} <= scope.kinds <= {"confirm", "talk"}:
            return "says no to what was rightly summed up"
        if opens == "no" and signs == {"yes"}:
            shared = self.claims.widen(rest) & frozenset().union(*(c.stems for c in scope.clauses))
            return "" if shared - self.claims.plain else "begins with no where the answer is yes"
        return ""

    def _sign(self, line: Line) -> str:
        clauses = self.book.read(line.text).clauses
        denied = self.claims.opens_with(line.text) == "no" or any(c.negative for c in clauses)
        if line.kind == "deny":
            return "no" if denied else ""
        facts = [self.case.facts[f] for f in line.facts if f in self.case.facts]
        if line.kind not in ("tell", "chief", "opening") or not facts:
            return ""
        if all(f.polarity == "negative" for f in facts):
            return "no" if denied else ""
        return "yes" if clauses and not clauses[0].negative and not clauses[0].soft else ""

    def wrong_pair(self, text: str, scope: Scope) -> str:
        """Words that the lines join with others: 'evenings are worst' of 'mornings are worst'."""
        pieces = (p for s in scope.sentences for p in self.claims.pieces_of(s))
        lines = [ties for p in pieces if (ties := self._ties(p))]
        held = frozenset().union(*lines)
        whole = [self._ties(s) for s in scope.sentences]

        def near(one: str, other: str) -> bool:
            return any(one in ties and other in ties for ties in whole)

        for clause in self.claims.pieces_of(text):
            said = self._held(self._ties(clause), held)
            for word in sorted(said):
                kind = self._kind(word)
                if kind not in PAIRED:
                    continue
                for other in sorted(said - {word}):
                    joined = frozenset().union(*(t for t in lines if other in t)) - {other}
                    rivals = {w for w in joined if self._kind(w) == kind}
                    rivals -= self.claims.widen({word})
                    if self._kind(other) == kind or near(word, other):
                        continue
                    if rivals and word not in joined and not rivals & said:
                        return f"joins {word!r} with {other!r}"
        return ""

    def _held(self, said: frozenset[str], held: frozenset[str]) -> frozenset[str]:
        """Of what is said the words that the lines hold, by themselves or as another of a group."""
        other = (self.claims.widen({w}) & held for w in said - held)
        return (said & held).union(*(o for o in other if len(o) == 1))

    def _ties(self, text: str) -> frozenset[str]:
        """The words of a clause that it ties together, 'before' and 'now' among them."""
        return self._tokens(text) | (self.claims.stems_of(text) & self._when)

    def _tokens(self, text: str) -> frozenset[str]:
        plain = self.claims.plainly(text)
        words = " ".join(t for t in tokens_of(plain) if not self.claims.numbers_of(t))
        return (self.claims.stems_of(words) - self.claims.plain) | self.claims.numbers_of(plain)

    def _kind(self, word: str) -> str:
        if word[:1].isdigit() or self.claims.numbers_of(word):
            return "number"
        return "time" if word in self._when else self.claims.classes.get(word, "")
