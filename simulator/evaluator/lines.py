"""Turns from lines of text: "Doctor: …", "[doctor] …", captions, with what goes on below."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from simulator.evaluator.speakers import Speakers, Spoken, fold, identity

Form = Literal["voice", "colon", "bracket", "dash", "alone", "stamped"]

_CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[.,]\d{1,3})?(?!\d)(?:\s?[aApP]\.?[mM]\.?)?"
_DATE = r"(?:\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4},?[ T]+)?"
_STAMP = rf"[\[(<{{]?{_DATE}{_CLOCK}Z?(?:\s*(?:-->|->|[-–—])\s*{_CLOCK})?[\])>}}]?"
_MARK = r"[*_`]{0,3}"
_NAME = r"(?P<label>[^\W_](?:[^:?!\[\]<>{}*|,;\n]|\[[^\]\n]{1,20}\]){0,47}?)"
_VOICE = "\x02"

LEAD = re.compile(rf"^\s*(?:(?:>>+|[-–—•·*>]|#+|\d+[.)])\s+|>>+)*(?:{_STAMP}\s*[-–—|,:]?\s*)?")
FORMS: dict[Form, re.Pattern[str]] = {
    "voice": re.compile(rf"^{_VOICE}(?P<label>[^{_VOICE}]+){_VOICE}(?P<text>.*)$"),
    "bracket": re.compile(
        rf"^{_MARK}[\[(<{{](?P<label>[^\W_][^\[\]()<>{{}}]{{0,40}})[\])>}}]{_MARK}"
        rf"\s*[:\-–—]?{_MARK}\s*(?P<text>.*)$"
    ),
    "colon": re.compile(
        rf"^{_MARK}{_NAME}{_MARK}\s*(?:{_STAMP}\s*)?{_MARK}[::]{_MARK}(?![\d/])\s*(?P<text>.*)$"
    ),
    "stamped": re.compile(rf"^{_MARK}{_NAME}{_MARK}[\s,|–—-]+{_STAMP}{_MARK}\s*(?P<text>)$"),
    "dash": re.compile(rf"^{_MARK}{_NAME}{_MARK}\s*(?:\s[-–—]+\s|—|>\s|\|\s)\s*(?P<text>.*)$"),
    "alone": re.compile(rf"^{_MARK}{_NAME}{_MARK}(?P<text>)$"),
}
INLINE = re.compile(
    rf"(?<=[.?!…”\"'])[ \t]+(?:(?:{_STAMP}|[-–—])\s+)?"
    rf"(?={_MARK}(?P<label>[A-Z][\w.' ]{{0,30}}?){_MARK}:\s)"
)
STAMP = re.compile(_STAMP)
RULE = re.compile(r"^\s*[-=_*~]{3,}\s*$")
CUE = re.compile(
    r"^\s*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}\s*(?:-->|,)\s*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}.*$"
)
VOICES = re.compile(r"<v(?:\.[\w.]+)?\s+([^>]+)>")
ASIDES = re.compile(r"(?ms)^(?:NOTE|STYLE|REGION)\b.*?(?:\n[ \t]*\n|\Z)")
CONTINUED = re.compile(rf"^(?:>+\s+|[\[(]{_CLOCK}[\])]\s*)")
MOST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it stands and, if it may begin a turn, in which form, whose, and with what."""

    whole: str
    form: Form | None = None
    label: str = ""
    text: str = ""


def is_captions(text: str) -> bool:
    """Whether a text is SRT, WebVTT or the like."""
    return text.startswith("WEBVTT") or any(CUE.match(line) for line in text.splitlines()[:40])


def read_captions(text: str, speakers: Speakers) -> list[Spoken]:
    """The turns of captions; a cue without a label goes on with the turn before it."""
    return _joined(read_lines("\n".join(_cue_lines(text)), speakers))


def _cue_lines(text: str) -> Iterator[str]:
    if text.startswith("WEBVTT"):
        text = ASIDES.sub("\n", re.sub(r"\AWEBVTT[^\n]*(?:\n(?!.*-->)[^\n]+)*", "", text))
    lines = text.splitlines()
    names_cue = {n for n, line in enumerate(lines[1:]) if CUE.match(line) and _is_id(lines, n)}
    for number, line in enumerate(lines):
        if number in names_cue or CUE.match(line) or not line.strip():
            continue
        voiced = VOICES.sub(lambda m: f"\n{_VOICE}{m[1].strip()}{_VOICE}", line)
        yield from html.unescape(re.sub(r"</?[a-zA-Z0-9][^>\n]*>", "", voiced)).split("\n")


def _is_id(lines: list[str], number: int) -> bool:
    """Whether the line above a cue's times is its number or name."""
    return lines[number].strip().isdigit() or number == 0 or not lines[number - 1].strip()


def _joined(turns: list[Spoken]) -> list[Spoken]:
    """Turns with those cues put together that only go on with one speaker's open sentence."""
    joined = turns[:1]
    for before, turn in pairwise(turns):
        goes_on = turn.speaker == before.speaker and not re.search(
            r"[.?!…][\"'”’)]*\s*$", before.text
        )
        if goes_on:
            whole = f"{joined[-1].text} {turn.text}".strip()
            joined[-1] = Spoken(turn.speaker, whole)
        else:
            joined.append(turn)
    return joined


def read_lines(text: str, speakers: Speakers) -> list[Spoken]:
    """The turns of labelled lines; what stands before the first label is nobody's."""

    def parted(found: re.Match[str]) -> str:
        return "\n" if speakers.exact(found["label"]) else found[0]

    parts = INLINE.sub(parted, text).splitlines()
    lines = [_line(p, speakers) for p in parts if p.strip() and not RULE.match(p)]
    labels = Labels.of(lines, speakers)
    turns: list[Spoken] = []
    for line in lines:
        if not turns and fold(line.label) in speakers.heading:
            continue
        if labels.begins(line):
            turns.append(Spoken(speakers.canonical(line.label), line.text.strip()))
        elif turns:
            goes_on = f"{turns[-1].text} {CONTINUED.sub('', line.whole)}"
            turns[-1] = Spoken(turns[-1].speaker, goes_on.strip())
    return turns


def _line(whole: str, speakers: Speakers) -> Line:
    whole = whole.strip()
    rests = dict.fromkeys([whole, LEAD.sub("", whole, count=1)])
    for form, pattern in FORMS.items():
        for rest in rests:
            found = pattern.match(rest)
            if found and _fits(form, found, speakers):
                return Line(whole, form, found["label"].strip(), found["text"])
    return Line(whole)


def _fits(form: Form, found: re.Match[str], speakers: Speakers) -> bool:
    label = found["label"].strip()
    if form == "voice":
        return True
    if form in ("dash", "alone"):
        known = speakers.exact(speakers.canonical(label)) and not label.endswith(".")
        return known and label[:1].isupper()
    if form == "bracket" and not found["text"].strip():
        return speakers.exact(label)
    return (
        bool(fold(label))
        and not STAMP.fullmatch(label)
        and len(speakers.canonical(label).split()) <= MOST_WORDS
    )


@dataclass(frozen=True, slots=True)
class Labels:
    """Which of the lines that look labelled begin a turn.

    A known label does. A name does if it comes again, has a title, or no two labels are known;
    "One thing: …" in a speech does not, and what is in brackets may be a stage direction.
    """

    speakers: Speakers
    times: Counter[str]
    known: frozenset[str]
    everywhere: bool

    @classmethod
    def of(cls, lines: list[Line], speakers: Speakers) -> Labels:
        """The labels of some lines, counted."""
        labels = [speakers.canonical(line.label) for line in lines if line.form]
        known = frozenset(identity(label) for label in labels if speakers.exact(label))
        everywhere = len({line.form for line in lines}) == 1 and len(lines) > 1
        return cls(speakers, Counter(identity(label) for label in labels), known, everywhere)

    def begins(self, line: Line) -> bool:
        """Whether a line begins a turn."""
        label = self.speakers.canonical(line.label)
        again = self.times[identity(label)] > 1
        if line.form is None or line.form == "voice":
            return line.form == "voice"
        if line.form == "alone":
            return again or fold(label) not in self.speakers.alone
        if self.speakers.exact(label):
            return True
        named = all(not word[0].islower() for word in label.split())
        titled = label[0].isupper() and fold(label.split()[0]) in self.speakers.titles
        if line.form == "stamped" or self.speakers.role(label):
            return named or again or titled
        if line.form == "bracket":
            return (again or self.everywhere) and len(self.known) < 2
        certain = again or self.everywhere
        return (named and (titled or certain or len(self.known) < 2)) or (
            certain and len(label.split()) == 1
        )
