"""Check a reply before it is heard: nothing locked, invented, contradicted or out of the role.

Every check is a function of a sentence, read once, and of what its turn allows; they stand in one
order, the promises first. What no promise decides is left to the fitted score of `support`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from simulator.language.tokens import words_of
from simulator.patient.case import Case
from simulator.patient.guard.reading import (
    RARE,
    SILENT,
    Allowed,
    Read,
    Run,
    Tongue,
    clauses_in,
    forms_of,
    lowered,
    names_of,
    runs_of,
    sentences_of,
    tokens_of,
    union,
)
from simulator.patient.guard.support import Support
from simulator.patient.prompting import ECHO, mood_words, rules_of
from simulator.patient.turn import Decision, State
from simulator.patient.voice import Line

EXTRA_WORDS, MAX_WORDS, COMMON = 16, 160, 8_000
GRAM, CONTAINED, SHORT = 4, 0.5, 3
GUARDED_TIERS = ("direct", "trust", "never")
_MARKUP = re.compile(
    r"[<>{}\[\]\\|`*_#~^=@%]|https?:|www\.|&#?\w+;|^\s*(?:[-•–]|\d+[.)])\s|\w+\(\)|[\"“”«»]", re.M
)
_LATIN = re.compile(r"[^\x20-\x7e\nÀ-ÿ–—…’‘“”°½¼¾]")
_SPELLED = re.compile(
    r"\b(?:\w[\s.-]+){4,}\w\b|\w*\d\w*[a-z]\w*\d\w*|\b[A-Z]{3,}\b|[A-Za-z0-9+/=]{24,}"
)
_NAME = re.compile(r"(?<![.!?…:\"'(]\s)(?<!^)\b([A-ZÀ-Þ][a-zà-ÿ]+)\b")
_WORD = re.compile(r"\w+")
_BRACKETS = re.compile(r"\(([^)]*)\)|[()]")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a reply: its kind, and words for the trace and the re-ask."""

    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of a reply, as the checks look at it."""

    text: str
    read: Read  # without what stands in brackets
    whole: Read  # the reply so far, this sentence in it

    @classmethod
    def of(cls, sentence: str, whole: str, tongue: Tongue) -> Said:
        """A sentence, and the reply so far with it, read once."""
        return cls(sentence, tongue.read(_BRACKETS.sub(" ", sentence)), tongue.read(whole))


Check = Callable[[Said, Allowed], Fault | None]


# -- promises: form, role, locked text, diagnosis ------------------------------------------------


def form(said: Said, allowed: Allowed) -> Fault | None:
    """What is no speech: markup, other scripts, spelling out, stage directions not the author's."""
    if found := _MARKUP.search(said.text) or _LATIN.search(said.text):
        return Fault("form", f"has {found.group().strip()!r} in it, which is not speech")
    for found in _SPELLED.finditer(said.text):
        if found.group().lower() not in allowed.spoken.lower():
            return Fault("form", f"has {found.group()[:30]!r}, which nobody says aloud")
    gestures = {g.strip("() ").lower() for g in allowed.case.script.patient.gestures}
    for found in _BRACKETS.finditer(said.text):
        if (found.group(1) or "").strip().lower() not in gestures:
            return Fault("form", f"has the stage direction {found.group()!r}")
    return None


def role(said: Said, allowed: Allowed) -> Fault | None:
    """Talk that no patient has, unless the author wrote it or it takes up the question."""
    if tuple(tokens_of(said.text)) in allowed.verbatim:
        return None
    asked = lowered(allowed.asked.text) if said.read.asks else ""
    lines, text = allowed.spoken.lower(), said.read.text.replace("’", "'")
    for pattern in allowed.tongue.role:
        for found in pattern.finditer(text):
            words = found.group().strip().lower()
            if words not in lines and words not in asked:
                return Fault("role", f"no patient says {found.group().strip()!r}")
    return None


def diagnosis(said: Said, allowed: Allowed) -> Fault | None:
    """Names of the note key that the lines do not hold, however they are written."""
    free = f" {' '.join(words_of(allowed.spoken))} "
    names = [n for n in diagnoses(allowed.case) if f" {n} " not in free]
    run = "".join(c for c in said.whole.text.lower() if c.isalnum())
    hidden = (n for n in names if len(n) > 9 and n.replace(" ", "") in run)
    named = next(iter((*named_in(said.whole.text, names), *hidden)), None)
    return Fault("diagnosis", f"names {named!r}") if named else None


def locked(said: Said, allowed: Allowed) -> Fault | None:
    """Half of a hidden line, or five of its words in a row of which one tells."""
    found = locked_in(said.whole.text, allowed.case, allowed.hidden, allowed.spoken)
    telling = {r for r in said.whole.runs - allowed.runs if _tells(r, allowed)}
    for fact in allowed.hidden if telling else ():
        lines = forms_of(allowed.case, (fact,))
        found += [fact] if any(telling & runs_of(line) for line in lines) else []
    return Fault("locked", f"tells {found[0]!r}, which is not to be told now") if found else None


def echo(said: Said, allowed: Allowed) -> Fault | None:
    """Four words of its instructions in a row."""
    mine = runs_of(said.whole.text, ECHO) - runs_of(allowed.spoken, ECHO)
    mine -= runs_of(allowed.asked.text, ECHO)
    return Fault("echo", "repeats its instructions") if mine & rules_of() else None


def length(said: Said, allowed: Allowed) -> Fault | None:
    """Much more than was to be said, or the same again."""
    if len(words_of(said.whole.text)) > 2 * allowed.words + EXTRA_WORDS:
        return Fault("long", "says much more than was to be said")
    every = [tuple(tokens_of(s)) for s in sentences_of(said.whole.text)]
    pieces = Counter(
        tuple(tokens_of(p)) for s in sentences_of(said.whole.text) for p in clauses_in(s)
    )
    again = len(every) > 1 and len(every[-1]) > 1 and every[-1] in every[:-1]
    if again or any(n > 2 and len(piece) > 1 for piece, n in pieces.items()):
        return Fault("long", "repeats itself")
    return None


def _tells(run: Run, allowed: Allowed) -> bool:
    """Whether a run of words holds a word that this turn's lines do not allow."""
    stems = {allowed.tongue.stem(t) for t in run}
    return bool(stems - allowed.tongue.everyday - union(s.stems for s in allowed.now))


# -- words, numbers and sides that the lines must hold --------------------------------------------


def strange(said: Said, allowed: Allowed) -> Fault | None:
    """Names, doctors' words, words that do not exist, and rare words of the key."""
    tongue, free = allowed.tongue, allowed.stems | allowed.known
    names = {n.lower() for n in _NAME.findall(said.read.text)}
    endings = tuple(tongue.rows.words("doctors' endings"))
    echoed = said.read.asks or (said.read.negative and "tell" not in allowed.kinds)
    for token in dict.fromkeys(said.read.tokens):
        stem = tongue.stem(token)
        if stem in free | tongue.everyday or token[0].isdigit() or tongue.number(token) is not None:
            continue
        if echoed and stem in allowed.asked.stems:
            continue
        if token in names and not _called(token, lowered(allowed.asked.text)):
            return Fault("invention", f"names {token.capitalize()!r}")
        if len(token) > 6 and token.endswith(endings):
            return Fault("jargon", f"{token!r} is a doctor's word")
        if stem in allowed.secrets and tongue.rank(token) >= COMMON:
            return Fault("hidden", f"{token!r} stands only where it may not be told")
        known = allowed.case.field.lexicon.knows(token) or tongue.rank(token) < RARE
        if len(token) > 1 and not known:
            return Fault("invention", f"brings in the word {token!r}")
    return None


def number(said: Said, allowed: Allowed) -> Fault | None:
    """A number that the lines do not hold, or one that counts something else in them."""
    free = allowed.numbers
    if said.read.asks or (said.read.negative and allowed.signs <= {"no", "open"}):
        free = free | allowed.asked.numbers
    if extra := sorted(said.read.numbers - free):
        return Fault("number", f"brings in the number {extra[0]!r}")
    counted = union(s.counted for s in (*allowed.now, *allowed.named))
    for value, what in sorted(said.read.counted - counted):
        rivals = {n for n, w in counted if w == what}
        if rivals and value != "1":
            return Fault("number", f"counts {value} of {what!r}")
    return None


def side(said: Said, allowed: Allowed) -> Fault | None:
    """A side of the body that nothing told by now has."""
    extra = said.read.sides - union(s.sides for s in (*allowed.now, *allowed.before))
    return Fault("contradiction", f"brings in the {min(extra)} side") if extra else None


def swapped(said: Said, allowed: Allowed) -> Fault | None:
    """Words that the lines join with others: 'evenings are worst' of 'mornings are worst'."""
    held = [c.ties for c in allowed.clauses if not c.negative]
    every = union(held)
    for clause in (c for c in said.read.clauses if not c.negative):
        for word in sorted(clause.ties):
            rivals = allowed.tongue.rivals(word, every)
            if not rivals or rivals & clause.ties:
                continue
            if word not in every | allowed.known and not word[0].isdigit():
                return Fault("contradiction", f"says {word!r} where the answer is {min(rivals)!r}")
            for other in sorted(clause.ties & every - {word}):
                joined = union(t for t in held if other in t)
                if rivals & joined and word not in joined:
                    return Fault("contradiction", f"joins {word!r} with {other!r}")
    return None


def bare_answer(said: Said, allowed: Allowed) -> Fault | None:
    """A yes or no in no words but the topic's, where the answer is the other, or there is none."""
    read, kinds = said.read, allowed.kinds - {"talk"}
    about = union(s.content for s in (*allowed.named, allowed.asked))
    if read.content - about or read.numbers or read.asks:
        return None
    noes = [c.negative for c in read.clauses]
    no = all(noes) if noes else read.opens == "no"
    yes = read.opens == "yes" or bool(noes and read.content and read.opens != "no")
    yes = yes and not any(noes)
    if kinds and kinds <= {"unknown", "withheld"}:
        told = (read.opens or yes) and not allowed.tongue.hedges(read.text)
        return Fault("contradiction", "answers where nothing is known or told") if told else None
    if yes and allowed.signs == {"no"}:
        return Fault("contradiction", "says yes to a no")
    kept = any(c.negative for c in allowed.clauses)
    if no and allowed.signs == {"yes"} and not kept and read.content & allowed.stems:
        return Fault("contradiction", "says no where the answer is yes")
    return None


def unsupported(said: Said, allowed: Allowed) -> Fault | None:
    """What the fitted score finds that the lines do not support."""
    if tuple(tokens_of(said.text)) in allowed.verbatim:
        return None
    doubt = allowed.doubt(said.read, allowed)
    if doubt < allowed.limit:
        return None
    new = said.read.content - allowed.stems - allowed.known
    if new:
        return Fault("invention", f"says something new ({', '.join(sorted(new)[:4])}; {doubt:.2f})")
    return Fault("contradiction", f"is not what the lines say ({doubt:.2f})")


CHECKS: tuple[Check, ...] = (
    form, role, diagnosis, locked, echo, length,
    strange, number, side, swapped, bare_answer, unsupported,
)  # fmt: skip


class Guard:
    """Checks what a language model says as the patient of one case."""

    def __init__(self, case: Case, support: Support) -> None:
        self.case, self.support = case, support
        self._secrets = union(support.tongue.read(t).stems for t in _hidden_texts(case))

    def allow(self, lines: Sequence[Line], state: State, said: str, mood: str) -> Allowed:
        """What this turn's reply may draw on."""
        tongue, now = self.support.tongue, now_of(self.case, lines)
        telling = {f for x in lines if x.kind not in SILENT for f in x.facts}
        return Allowed(
            case=self.case,
            lines=tuple(lines),
            now=tuple(tongue.read(t) for t in now),
            before=tuple(tongue.read(t) for t in before_of(self.case, state, mood)),
            named=tuple(tongue.read(t) for t in names_of(self.case, lines)),
            told=frozenset(f for f in (*telling, *state.told) if f in self.case.facts),
            asked=tongue.read(said),
            tongue=tongue,
            doubt=self.support.doubt,
            limit=self.support.fitted.limit,
            secrets=self._secrets,
        )

    def fault(self, sentence: str, before: Iterable[str], allowed: Allowed) -> Fault | None:
        """The first thing wrong with a sentence after those before it, or nothing."""
        said = Said.of(sentence, " ".join((*before, sentence)), self.support.tongue)
        return next((f for check in CHECKS if (f := check(said, allowed))), None)

    def to_the_point(self, text: str, allowed: Allowed) -> bool:
        """Whether what was said so far touches what was to be said; until then it waits unheard."""
        return self.support.touches(text, allowed)

    def missing(self, text: str, allowed: Allowed) -> tuple[Line, ...]:
        """What of this turn's lines a reply leaves unsaid: whole lines, or their last sentences."""
        return self.support.missing(text, allowed)


def before_of(case: Case, state: State, mood: str) -> list[str]:
    """What was told before, and what is known without being told: who one is, and how one feels."""
    door, persona = case.script.doorway, case.script.patient
    about = (door.name, door.concern, door.setting, persona.occupation, persona.affect.baseline)
    texts = [*forms_of(case, state.told), *(t for t in (*about, mood_words(mood)) if t)]
    return [*texts, case.script.opening] if state.opening_said else texts


def now_of(case: Case, lines: Sequence[Line]) -> list[str]:
    """This turn's lines, and the other wordings of the facts that they tell."""
    facts = (f for x in lines if x.kind not in SILENT for f in x.facts)
    texts = [*(line.text for line in lines), *forms_of(case, facts)]
    return list(dict.fromkeys(texts))


def _hidden_texts(case: Case) -> list[str]:
    """What a script knows of the illness and says to its author alone."""
    script, key = case.script, case.script.note_key
    return [
        *(n for d in key.differential for n in (d.name, *d.also)),
        *(n for w in key.workup for n in (w.name, *w.also)),
        *(m.finding for m in script.examination),
        *(t.result for t in script.tests),
        *(key.diagnosis, script.title),
    ]


def _called(name: str, said: str) -> bool:
    """Whether the resident was introduced by this name."""
    title = r"(?:dr|doctor|mr|mrs|ms|miss|nurse|i'm|i am|name is|name's|call me)\.?"
    return bool(re.search(rf"\b{title} (?:\w+ )?{re.escape(name)}\b", said))


# -- what must never be heard, whoever speaks -----------------------------------------------------


def find_leaks(text: str, decision: Decision, case: Case, state: State) -> tuple[str, ...]:
    """What an author's own line would give away here, in words for the trace; empty where nothing.

    Args:
        text: the reply. decision: what may be said in this turn.
        case: the script. state: what was said before.
    """
    allowed = set(decision.told) | set(state.told)
    hidden = [f.id for f in case.script.facts if f.tell in GUARDED_TIERS and f.id not in allowed]
    faults = [f"tells {f!r}, which is locked" for f in locked_in(text, case, hidden)]
    told = [t for f in case.script.facts if f.id in allowed for t in (f.says, *f.also)]
    lines = " ".join(words_of(" ".join([case.script.opening, *told])))
    names = chief_diagnoses(case)
    faults += [f"names the diagnosis {n!r}" for n in named_in(text, names) if n not in lines]
    if len(words_of(text)) > MAX_WORDS:
        faults.append(f"longer than {MAX_WORDS} words")
    return tuple(faults)


def locked_in(text: str, case: Case, hidden: Iterable[str], free: str = "") -> list[str]:
    """Those of the hidden facts whose lines, or half of one, stand in a text.

    What stands in `free` too is not counted: it may be said.
    """
    return [f for f in hidden if any(_contains(text, x, free) for x in forms_of(case, (f,)))]


def chief_diagnoses(case: Case) -> list[str]:
    """The diagnosis, and the first of the differential."""
    key = case.script.note_key
    names = [key.diagnosis, *(d.name for d in key.differential[:1])]
    return [n for name in names if (n := " ".join(words_of(name)))]


def diagnoses(case: Case) -> list[str]:
    """All names of the illness and of what else it might be."""
    names = [n for d in case.script.note_key.differential for n in (d.name, *d.also)]
    every = [*chief_diagnoses(case), *(" ".join(words_of(name)) for name in names)]
    return [n for n in dict.fromkeys(every) if n]


def named_in(text: str, names: Iterable[str]) -> list[str]:
    """Those of the names that stand in a text as whole words; 'OH' counts in capitals alone."""
    spoken, loud = f" {' '.join(words_of(text))} ", frozenset(_WORD.findall(text))
    return [
        name
        for name in names
        if (f" {name} " in spoken if len(name) > SHORT else name.upper() in loud)
    ]


@lru_cache(maxsize=8192)
def _grams(text: str) -> frozenset[Run]:
    return runs_of(text, min(GRAM, len(words_of(text))) or 1)


def _contains(text: str, line: str, free: str) -> bool:
    secret, size = _grams(line), min(GRAM, len(words_of(line))) or 1
    told = secret & runs_of(text, size) - runs_of(free, size)
    return bool(secret) and len(told) / len(secret) >= CONTAINED
