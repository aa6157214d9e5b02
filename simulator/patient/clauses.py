"""Split what a resident says into clauses, each of which asks or says one thing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from simulator.knowledge.topics import Words
from simulator.patient.lexicon import Lexicon, Mention

_SENTENCE = re.compile(r"(?<=[.?!;])\s+|\n+")
INNER_MIN = 7
_ABBREVIATION = re.compile(r"\b(dr|mr|mrs|ms|prof|e\.g|i\.e|vs|approx)\.\s", re.I)
_HESITATION = re.compile(
    r"(?:,\s*)?(?<![-\w])(?:u+m+|u+h+m*|e+rm*|hm+|mm+)\b(?![-\w])(?:\s*,|\.{2,})?", re.I
)
_TWICE = re.compile(r"\b([a-z']+(?: [a-z']+){0,2})(?:\s*(?:,|\.{2,}|-)\s*|\s+)(?=\1\b)", re.I)
_INNER_WH = re.compile(
    r"(?<!know )(?<!see )(?<!that's )(?<!is )(?<!was )(?<!of )(?<!about )"
    r"\b(?:what|how|where|when|why)(?:'s|\s+(?:is|are|was|were|do|does|did|would|can|could|have|"
    r"has|much|many|long|often|bad|about))\b",
    re.I,
)
_COURSE = re.compile(
    r"\b(?:get|gets|getting|got|gotten|become|becoming|feel|feeling)\s+(?:any\s+)?$", re.I
)
_WORD = re.compile(r"[a-z0-9][a-z0-9'’-]*", re.I)
_SEPARATOR = re.compile(r"\s*(?:,|/|;|\b(?:and|or|nor)\b)(?:\s*(?:and|or|nor)\b)?\s*", re.I)
_BEFORE_SPLIT = re.compile(
    r"(?:,|;|\band\b|\bor\b|\bbut\b|\bthen\b|\bplus\b|\s-\s|—|\.\.\.|…)\s*", re.I
)


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause, cleaned of fillers, and whether it has the form of a question."""

    text: str
    question: bool
    raw: str


def normalise(text: str) -> str:
    """Fold Unicode forms, drop control characters, and collapse white space."""
    text = unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'")
    text = text.replace("“", '"').replace("”", '"')
    kept = "".join(
        c if c in "\n\t" or not unicodedata.category(c).startswith("C") else " " for c in text
    )
    return re.sub(r"[ \t\r\f\v]+", " ", kept).strip()


def smooth(text: str) -> str:
    """Speech without its 'um' and 'uh' and without words said twice: 'have you, have you had'."""
    text = _HESITATION.sub(" ", text)
    for _ in range(2):
        text = _TWICE.sub("", text)
    return re.sub(r"\s+([,.?!;])", r"\1", re.sub(r"[ \t]+", " ", text)).strip(" ,")


def words_of(text: str) -> list[str]:
    """The words of a text in lower case."""
    return [w.lower() for w in _WORD.findall(text)]


def split_clauses(text: str, words: Words, lexicon: Lexicon) -> list[Clause]:
    """The clauses of a normalised text, in order; lists of symptoms become one clause each."""
    clauses: list[Clause] = []
    for sentence in _sentences(smooth(text)):
        asked = sentence.rstrip().endswith("?")
        pieces = _at_question_starts(sentence, words)
        lead = ""
        for number, piece in enumerate(pieces):
            ends_asked = asked and number == len(pieces) - 1
            whole, lead = f"{lead}{piece}", ""
            bare = _strip_tail(_strip_fillers(piece, words), words)
            pair = _pair(bare, words)
            if pair:
                clauses += [Clause(text, True, whole.strip()) for text in pair]
            else:
                unmarked = not sentence.rstrip().endswith((".", "!")) and _INNER_WH.search(bare)
                clauses += _list_items(bare, whole, ends_asked or bool(unmarked), words, lexicon)
                following = words_of(
                    _strip_fillers("".join(pieces[number + 1 : number + 2]), words)
                )
                if not is_question(bare, ends_asked, words) or following[:1] == ["any"]:
                    lead = f"{whole.rstrip(' ,')}, "  # 'in your family, has anyone …'
    spoken = [c for c in clauses if not is_filler(c.text, words)]
    return _without_false_starts(spoken, words) or clauses[:1]


def _without_false_starts(clauses: list[Clause], words: Words) -> list[Clause]:
    """Without the 'have you, uh' and 'is it' that speakers begin with and do not finish."""
    whole = [c for c in clauses if not all(t in words.false_starts for t in words_of(c.text))]
    return whole or clauses[-1:]


def is_filler(text: str, words: Words) -> bool:
    """Whether a text is nothing but 'okay', 'I see' and the like."""
    bare = text.lower().strip(" ?.,!;")
    return not bare or bare in words.fillers or bare in words.fillers_before_comma


def _sentences(text: str) -> list[str]:
    held = _ABBREVIATION.sub(lambda m: m.group(1) + "\u2024 ", text)
    return [s.replace("\u2024", ".").strip() for s in _SENTENCE.split(held) if s.strip()]


def _at_question_starts(sentence: str, words: Words) -> list[str]:
    pieces: list[str] = []
    start = 0
    for match in _BEFORE_SPLIT.finditer(sentence):
        head, rest = sentence[start : match.start()], sentence[match.end() :]
        if not _WORD.search(head):
            continue
        if _starts_question(rest, match.group().strip(" ,").lower(), words):
            pieces.append(head)
            start = match.end()
    pieces.append(sentence[start:])
    return [part for piece in pieces for part in _at_inner_questions(piece, words)]


def _at_inner_questions(piece: str, words: Words) -> list[str]:
    """Speech without punctuation: a question that begins in the middle of a statement."""
    if len(words_of(piece)) < INNER_MIN:
        return [piece]
    for match in _inner_pattern(words.inner_starts).finditer(piece):
        head = piece[: match.start()]
        bare = _strip_fillers(head, words)
        tokens = words_of(bare)
        aside = (
            tokens[:1]
            and tokens[0] in ("when", "where", "what", "because")
            and (len(tokens) > 1 and tokens[1] not in words.auxiliaries)
        )
        if len(tokens) >= 2 and (aside or not is_question(bare, False, words)):
            if tokens[-1] in words.question_starts | {"if", "that", "whether", "long", "often"}:
                continue
            return [head, *_at_inner_questions(piece[match.end() :], words)]
    return [piece]


@cache
def _inner_pattern(starts: tuple[str, ...]) -> re.Pattern[str]:
    either = "|".join(re.escape(s) for s in starts)
    return re.compile(rf"\s(?=(?:{either})\b)", re.I)


def _pair(text: str, words: Words) -> list[str] | None:
    """'better or worse' asks two things."""
    for first, second in words.split_pairs:
        match = re.search(rf"\b{first}\s+(?:or|and)\s+{second}\b", text, re.I)
        if match:
            before, after = text[: match.start()], text[match.end() :]
            if _COURSE.search(before):  # 'is it getting better or worse' asks one
                return None
            return [f"{before}{first}{after}", f"{before}{second}{after}"]
    return None


def _starts_question(rest: str, joint: str, words: Words) -> bool:
    following = words_of(_strip_fillers(rest[:80], words))
    if len(following) < 2:
        return False
    first, second = following[0], following[1]
    if any(" ".join(following).startswith(lead) for lead in words.imperatives if " " in lead):
        return joint != "or"
    if first not in words.question_starts:
        return False
    if first in ("when", "where", "who", "which", "what"):
        return second in words.auxiliaries or first in ("what", "which") and joint != "or"
    if joint == "or":
        return first == "any" or (first in ("have", "had", "do") and second == "you")
    return True


def _strip_fillers(piece: str, words: Words) -> str:
    """Without 'okay, and so' at its start."""
    text = piece.strip(" ,.;:-—…")
    spoken, before_comma = _filler_patterns(words.fillers, words.fillers_before_comma)
    while match := before_comma.match(text) or spoken.match(text):
        text = text[match.end() :].lstrip(" ,.;!…-—")
    return text


@cache
def _filler_patterns(
    fillers: tuple[str, ...], before_comma: tuple[str, ...]
) -> tuple[re.Pattern[str], re.Pattern[str]]:
    spoken = "|".join(re.escape(f) for f in sorted(fillers, key=len, reverse=True))
    paused = "|".join(re.escape(f) for f in sorted(before_comma, key=len, reverse=True))
    return (
        re.compile(rf"(?:{spoken})(?=[\s,.;…])", re.I),
        re.compile(rf"(?:{paused})\s*[,.;!…]", re.I),
    )


def _strip_tail(text: str, words: Words) -> str:
    """Without the 'or anything like that' that asks for nothing of its own."""
    bare = text.rstrip(" ?.,!;")
    mark = "?" if text.rstrip().endswith("?") else ""
    for tail in words.tails:
        cut = re.sub(rf"[\s,]+{re.escape(tail)}$", "", bare, flags=re.I)
        if cut != bare and len(words_of(cut)) >= 2:
            return _strip_tail(cut + mark, words)
    return text


def is_question(text: str, ends_asked: bool, words: Words) -> bool:
    """Whether a clause has the form of a question or of a request to tell."""
    lower = text.lower()
    tokens = words_of(lower)
    if ends_asked:
        return True
    if any(lower.startswith(lead) for lead in words.imperatives):
        return True
    if not tokens or tokens[0] not in words.question_starts:
        return False
    if len(tokens) == 1:
        return True
    if tokens[0] in words.openers:  # 'have a good day' asks nothing, 'have you …' does
        return tokens[1] in words.subjects
    subordinate = tokens[0] in ("when", "where", "who")
    return not (subordinate and tokens[1] not in words.auxiliaries)


def _examples(
    text: str, raw: str, ends_asked: bool, words: Words, lexicon: Lexicon
) -> list[Clause] | None:
    """'Any symptoms such as cough or fever?': what stands as examples is asked, one by one."""
    lead = _example_pattern(words.example_leads, words.example_nouns).search(text)
    if not lead or len(lexicon.mentions(text[lead.end() :])) < 2:
        return None
    mark = "?" if is_question(text, ends_asked, words) else ""
    before = text[: lead.start()].strip(" ,")
    vague = before.lower().endswith(words.vague_nouns) or not lexicon.mentions(before)
    frame = [] if vague else [Clause(before + mark, bool(mark), raw.strip())]
    return frame + _list_items(f"any {text[lead.end() :]}", raw, bool(mark), words, lexicon)


@cache
def _example_pattern(leads: tuple[str, ...], nouns: tuple[str, ...]) -> re.Pattern[str]:
    either = "|".join(re.escape(lead) for lead in leads)
    after = "|".join(rf"(?<={re.escape(noun)} )like" for noun in nouns)
    return re.compile(rf"\b(?:{either}|{after})(?![a-z])[,:]?\s+", re.I)


def _list_items(
    text: str, raw: str, ends_asked: bool, words: Words, lexicon: Lexicon
) -> list[Clause]:
    examples = _examples(text, raw, ends_asked, words, lexicon)
    if examples:
        return examples
    asked = is_question(text, ends_asked, words)
    mentions = lexicon.mentions(text)
    runs = _runs(text, mentions, words)
    if len(runs) < 2:
        return [Clause(text, asked, raw.strip())]
    frame = text[: runs[0][0]]
    tail = text[runs[-1][1] :].strip(" ?.,!")
    if len(words_of(frame)) > 8:
        return [Clause(text, asked, raw.strip())]
    if re.match(r"(?:,|or\b|and\b)", tail, re.I) and len(words_of(tail)) <= 4:
        runs = [*runs, (runs[-1][1] + _SEPARATOR.match(text[runs[-1][1] :]).end(), len(text))]  # type: ignore[union-attr]
        tail = ""
    tail = f" {tail}" if 0 < len(words_of(tail)) <= 4 else ""
    mark = "?" if asked else ""
    return [
        Clause(f"{frame}{_bare_item(text[begin:end])}{tail}{mark}".strip(), asked, raw.strip())
        for begin, end in runs
    ]


def _bare_item(text: str) -> str:
    return re.sub(r"\s(?:and|or|nor)$", "", text.strip(" ,;/?."), flags=re.I)


def _runs(text: str, mentions: Sequence[Mention], words: Words) -> list[tuple[int, int]]:
    """The spans of a list's items, or nothing where the mentions do not form a list."""
    spans: list[tuple[int, int]] = []
    previous: Mention | None = None
    for mention in mentions:
        if previous is None:
            spans.append((mention.start, mention.end))
        else:
            begins = _item_starts(text[previous.end : mention.start], words)
            if begins is None or (not begins and not _side_by_side(previous, mention)):
                return []
            if mention.topics & previous.topics and not begins:
                spans[-1] = (spans[-1][0], mention.end)
            else:
                starts = [previous.end + b for b in begins] or [mention.start]
                stops = [*starts[1:], mention.end]
                spans += list(zip(starts, stops, strict=True))
        previous = mention
    return spans


def _side_by_side(first: Mention, second: Mention) -> bool:
    """'nausea vomiting' is a list without a comma; 'smoke marijuana' is not."""
    sections = {t.split(".")[0] for t in first.topics | second.topics}
    return bool(first.topics & second.topics) or sections <= {"ros", "mind", "pmh", "fam"}


def _item_starts(gap: str, words: Words) -> list[int] | None:
    """Where in the gap between two terms items of a list begin; None where it is no list."""
    separators = list(_SEPARATOR.finditer(gap))
    tokens = words_of(gap)
    if any(t in words.list_breaks for t in tokens):
        return None
    others = [t for t in tokens if t not in words.list_joins]
    if not separators:
        return [] if not others and len(tokens) <= 1 else None
    if len(words_of(gap[: separators[0].start()])) > 2 or len(others) > 3 * len(separators):
        return None
    stops = [s.start() for s in separators[1:]] + [len(gap)]
    named = [
        s.end()
        for s, stop in zip(separators, stops, strict=True)
        if any(t not in words.list_joins for t in words_of(gap[s.end() : stop]))
    ]
    return named if named and named[-1] == separators[-1].end() else [*named, separators[-1].end()]
