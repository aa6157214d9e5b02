"""One line of a story, written to the patient: what is said, and when it is told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from simulator.scripts.formats.decoding import straight
from simulator.scripts.formats.person import first_person
from simulator.scripts.formats.phrasings import phrasing
from simulator.scripts.formats.reported import says_no

_INVERTS = ("are", "were", "can", "could", "will", "would", "should", "might")


@dataclass(frozen=True, slots=True)
class Told:
    """A line of a story as a fact: the patient's words, its tier, an example question, doubts."""

    says: str
    tell: Literal["open", "asked", "never"] = "open"
    asks: tuple[str, ...] = ()
    polarity: Literal["positive", "negative"] = "positive"
    doubts: tuple[str, ...] = ()


def read_line(text: str) -> Told:
    """A line of the story, with `(only if asked)`, a condition or words to say read out of it."""
    line = straight(text).strip()
    tell: Literal["open", "asked", "never"] = "open"
    if match := phrasing("locked").match(line):
        line, tell = line[match.end() :], "asked"
    asks: tuple[str, ...] = ()
    doubts: list[str] = []
    if found := _condition(line):
        about, line = found
        tell, question = "asked", _question(about)
        asks = (question,) if question else ()
    if phrasing("direction").match(line):
        doubts.append("reads like a direction to an actor, so the patient never says it")
        return Told(_sentence(line), "never", asks, doubts=tuple(doubts))
    says = _words(line, doubts)
    return Told(says, tell, asks, "negative" if says_no(says) else "positive", tuple(doubts))


def _condition(line: str) -> tuple[str, str] | None:
    """What must be asked about, and what is told then."""
    match = phrasing("asked").match(line)
    if not match:
        return None
    what = match["what"]
    quote = what.find('"')
    colon = what.find(":")
    if colon >= 0 and (quote < 0 or colon < quote):
        return what[:colon], what[colon + 1 :].strip()
    comma = phrasing("after_comma").search(what)
    if comma:
        return what[: comma.start()], what[comma.end() :].strip()
    head, mark, rest = what.partition(",")
    return (head, rest.strip()) if mark and rest.strip() else None


def _question(about: str) -> str:
    """An example question out of a condition: "about your drinking", "whether you smoke"."""
    about = about.strip(" ,.?")
    if match := phrasing("about").match(about):
        return f"Can you tell me about {match[1]}?"
    if match := phrasing("whether").match(about):
        return _yes_no(match[1].lower(), match[2])
    if phrasing("wh").match(about):
        return f"Can you tell me {about}?"
    return ""


def _yes_no(you: str, rest: str) -> str:
    if you == "you're":
        return f"Are you {rest}?"
    if you == "you've":
        return f"Have you {rest}?"
    verb, _, more = rest.partition(" ")
    if verb.lower() in _INVERTS:
        return f"{verb.capitalize()} you {more}?"
    if verb.lower() in ("have", "had") and re.match(
        r"(?:ever |not |been |had |\w+ed\b|\w+en\b)", more
    ):
        return f"{verb.capitalize()} you {more}?"
    return f"Do you {rest}?"


def _words(line: str, doubts: list[str]) -> str:
    """What the patient says of a line: words in quotes as they are, the rest as "I"."""
    if match := phrasing("say").match(line):
        rest = match["rest"].strip(" .")
        if rest:
            doubts.append(f"only the words in quotes are said, not: {rest!r}")
        return _sentence(match["words"])
    if line.startswith('"') and line.endswith('"') and line.count('"') == 2:
        return _sentence(line.strip('"'))
    if match := phrasing("deny").match(line):
        if re.fullmatch(
            r"(?:all |any )?(?:of )?(?:these|them|this|it|that)\.?", match["what"], re.I
        ):
            return "No, nothing like that."
        return _sentence(f"No, no {first_person(match['what'])}")
    line = phrasing("that").sub("", line)
    said = first_person(line)
    if (
        re.search(r"\byou\b", re.sub(r'"[^"]*"', "", said), re.I)
        and "thank you" not in said.lower()
    ):
        doubts.append("'you' is left in the line; look who is meant")
    return _sentence(said)


def _sentence(text: str) -> str:
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if not text or text[-1] in '.!?…"' else f"{text}."
