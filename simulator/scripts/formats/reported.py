"""Turn what is written about a patient, in the third person, into what the patient says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from simulator.scripts.formats.person import TOKEN, first_person, outside_quotes, person_words
from simulator.scripts.formats.phrasings import phrasing

_IRREGULAR = {
    "is": "am", "has": "have", "does": "do", "was": "was", "goes": "go", "isn't": "am not",
    "hasn't": "haven't", "doesn't": "don't", "wasn't": "wasn't", "undergoes": "undergo",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line as the patient would say it, whether it says no, and what a human should look at."""

    text: str
    polarity: Literal["positive", "negative"] = "positive"
    doubt: str = ""


def spoken(sentence: str, name: str = "") -> Spoken:
    """A clinical sentence about the patient ("She denies fever.") in the patient's mouth.

    Args:
        sentence: One sentence or phrase, as notes have it. name: the patient's, where known.
    """
    text = _ours(_unnamed(" ".join(sentence.split()), name)).rstrip(" .;,")
    if not text:
        return Spoken("")
    doubt = _doubt(text)
    clause = re.sub(r"^(?:SUBJECT |he |she |they )", "", text, flags=re.I)
    started = clause != text
    if phrasing("denies").match(clause):
        return Spoken(_denied(phrasing("denies").sub("", clause)), "negative", doubt)
    if said := _had(clause):
        return Spoken(_end(said), "positive", doubt)
    if found := phrasing("medicines").match(clause):
        return Spoken(_end(f"I take {_own(clause[found.end() :])}"), "positive", doubt)
    words = clause.split(" ", 2)
    if len(words) > 1 and words[0].lower() in person_words().verbs_of_report:
        return _of_report(clause.split(" ", 1)[1], doubt)
    if phrasing("none").match(clause):
        rest = _own(_lower(phrasing("none").sub("", clause)))
        return Spoken(_end(f"I have no {rest}"), "negative", doubt)
    if not started and phrasing("notes").match(clause):
        return Spoken(_end(_own(text)), "positive", "reads like notes; say it as the patient would")
    if not started and _is_phrase(clause):
        return Spoken(_end(_phrase(clause)), "positive", doubt)
    said = _own(text if started or not _starts_with_verb(text) else f"SUBJECT {_lower(text)}")
    return Spoken(_end(said), "negative" if says_no(said) else "positive", doubt)


def _had(clause: str) -> str:
    """What is told as had or as complained of, in the patient's words; empty where it is not."""
    if found := phrasing("significant").match(clause):
        return f"I've had {_own(_lower(clause[found.end() :]))}"
    found = phrasing("has").match(clause) or re.match(
        r"^(?:has|had) (?=.*history of )", clause, re.I
    )
    return _having(clause[found.end() :]) if found else ""


def says_no(line: str) -> bool:
    """Whether a line of the patient's says from the start that something is not there."""
    straight = line.replace("’", "'")
    return bool(phrasing("negative").match(straight)) and not re.search(
        r"\b(?:but|except|until)\b", straight
    )


def _of_report(rest: str, doubt: str) -> Spoken:
    """What is reported: a clause as it is, a thing as something that the patient has."""
    rest = re.sub(r"^(?:also |further |only |to |of |that )+", "", rest, flags=re.I)
    if phrasing("none").match(rest):
        return Spoken(
            _end(f"I have no {_own(_lower(phrasing('none').sub('', rest)))}"), "negative", doubt
        )
    clause = re.match(
        r"^(?:he|she|they|SUBJECT|his|her|their|it|the|there|this|these|when|after|since)\b", rest
    )
    said = _own(rest) if clause else _having(rest)
    if re.match(r"^(?:feeling|being|having|losing|getting|waking|drinking|smoking|taking)\b", rest):
        said = f"I've been {_own(_lower(rest))}"
    return Spoken(_end(said), "negative" if says_no(said) else "positive", doubt)


def _having(what: str) -> str:
    """Something that the patient has; "a 1-month history of" it as "for 1 month"."""
    if lasting := phrasing("lasting").match(what):
        unit = lasting[2] if lasting[1].lower() in ("1", "one", "a", "an") else f"{lasting[2]}s"
        return f"I've had {_own(_lower(lasting[3]))} for {lasting[1]} {unit}"
    if weeks := phrasing("weeks_of").match(what):
        return f"I've had {_own(_lower(weeks[2]))} for {weeks[1]}"
    if past := phrasing("past").match(what):
        return f"I've had {_own(_lower(what[past.end() :]))}"
    return f"I have {_own(_lower(what))}"


def _denied(rest: str) -> str:
    rest = re.sub(r"^(?:any|having had|having|a history of|history of)\s+", "", rest, flags=re.I)
    rest = re.sub(r"^any\s+", "", rest, flags=re.I)
    habit = re.match(r"(smoking|drinking|using|taking)\b(.*)", rest, re.I)
    if habit:
        stem = {"smoking": "smoke", "drinking": "drink", "using": "use", "taking": "take"}
        return _end(f"I don't {stem[habit[1].lower()]}{_own(habit[2])}")
    return _end(f"I haven't had any {_own(_lower(rest))}")


def _unnamed(text: str, name: str) -> str:
    """The text with SUBJECT where the patient is named."""
    if name:
        names = "|".join(map(re.escape, dict.fromkeys((name, name.split()[0], name.split()[-1]))))
        named = rf"(?:(?:Mr|Mrs|Ms|Miss|Mx|Dr)\.? )?(?:{names})"
        text = re.sub(rf"\b{named}(?=['’]s)", "the patient", text)
        text = re.sub(rf"\b{named}\b", "SUBJECT", text)
    text = phrasing("opener").sub("SUBJECT", text)
    text = re.sub(r"\bSUBJECT, aged \d{1,3},", "SUBJECT", text)
    patient = phrasing("patient").pattern
    text = re.sub(rf"{patient}['’]s\b", "SUBJECTS", text, flags=re.I)
    return re.sub(rf"{patient}(?! of)", "SUBJECT", text, flags=re.I)


def _ours(text: str) -> str:
    """Relatives without an article, as notes have them, as the patient's: "Lives with wife"."""
    words = person_words()
    kin = "|".join(sorted(words.women | words.men, key=len, reverse=True))
    which = "(?:maternal |paternal |older |younger |elder )?"
    text = re.sub(
        rf"^({which}(?:{kin}))\b(?= \w)",
        lambda m: f"My {m[1][0].lower()}{m[1][1:]}",
        text,
        flags=re.I,
    )
    return re.sub(rf"\b(with|and) ({kin})\b(?!['’])", r"\1 my \2", text)


def _doubt(text: str) -> str:
    words = person_words()
    found = {w.lower() for w in re.findall(r"[A-Za-z]+", text)}
    others = {o for p in ("he", "she", "they", "him") if p in found for o in words.meant_by(p)}
    if others & found:
        return f"look who 'he' or 'she' is beside {', '.join(sorted(others & found))}"
    return ""


def _is_phrase(clause: str) -> bool:
    """Whether it is no sentence but the name of something: "Difficulty climbing stairs"."""
    if (
        phrasing("spoken").match(clause)
        or _starts_with_verb(clause)
        or re.match(r"^(his|her|their)\b", clause, re.I)
    ):
        return False
    return not phrasing("finite").search(clause) and not re.search(r"\bSUBJECT", clause)


def _starts_with_verb(clause: str) -> bool:
    first = clause.split(" ", 1)[0].lower().strip(",")
    return first in person_words().also_verbs or first in ("lived", "worked", "was", "smoked")


def _phrase(clause: str) -> str:
    own = re.sub(r", (?:and )?(\w+)(?= )", _also, _own(_lower(clause)))
    if phrasing("a_person").match(clause) and not clause.lower().startswith(("a ", "an ")):
        return f"I'm a {own}"
    if phrasing("single").match(clause):
        return f"I'm {own}"
    if phrasing("was_done").match(clause):
        return f"I was {own}"
    if phrasing("feeling").match(clause):
        return f"I've been {own}"
    article = "an" if own[0] in "aeiou" else "a"
    if phrasing("operation").match(own) and not own.endswith("s"):
        return f"I had {article} {own}"
    return f"I have {article} {own}" if phrasing("counted").match(own) else f"I have {own}"


def _also(match: re.Match[str]) -> str:
    """A second verb of a phrase: "non-smoker, drinks wine"."""
    verb = match[1].lower()
    return f" and I {base_form(verb)}" if verb in person_words().also_verbs else match[0]


def _own(text: str) -> str:
    """He, she and the patient as "I" or "me", what is theirs as "my"."""
    pieces = outside_quotes(text)
    return "".join(piece if quoted else _turn(piece) for quoted, piece in pieces)


def _turn(text: str) -> str:
    tokens = TOKEN.findall(text)
    out, mine = list(tokens), False
    lower = [t.replace("’", "'").lower() for t in tokens]
    others: set[str] = set()
    for at, word in enumerate(lower):
        after = next(
            (place for place in range(at + 1, len(lower)) if not lower[place].isspace()), None
        )
        following = lower[after] if after is not None else ""
        before = next((w for w in reversed(lower[:at]) if not w.isspace()), "")
        others |= {word} & (person_words().people - person_words().others)
        if word in ("he", "she", "subject") or (word == "they" and not others):
            if others & person_words().meant_by(word) and word != "subject":
                mine = False
                continue
            mine = _subject(tokens, lower, out, at, before)
        elif word in ("he's", "she's"):
            if others & person_words().meant_by(word[:-2]):
                mine = False
                continue
            done = following.endswith("ed") or following in person_words().participles
            out[at], mine = "I've" if done else "I'm", True
        elif word in ("his", "subjects", "their") and (word != "their" or not others):
            out[at] = "my"
        elif word == "her":
            object_ = not following[:1].isalnum() or following in person_words().closing
            out[at] = "me" if object_ and following not in ("own", "last", "first") else "my"
        elif word in ("him", "hers", "himself", "herself"):
            other = {"him": "me", "hers": "mine", "himself": "myself", "herself": "myself"}
            out[at] = other[word]
        elif mine and word in person_words().also_verbs and before in ("and", "but", "or", ","):
            out[at] = base_form(word)
    said = "".join(out)
    return said[:1].upper() + said[1:] if text[:1].isupper() else said


def _subject(tokens: list[str], lower: list[str], out: list[str], at: int, before: str) -> bool:
    """Put "I" or "me" for the patient, and the verb's form; returns whether it is a subject."""
    words = person_words()
    acted = words.acts_on(before) and before not in words.saying
    if before in words.prepositions - words.joining or acted:
        out[at] = "me"
        return False
    out[at] = "I"
    for place in range(at + 1, len(lower)):
        if lower[place].isspace() or lower[place] in words.adverbs:
            continue
        if lower[place][0].isalpha():
            out[place] = base_form(tokens[place])
        break
    return True


def base_form(verb: str) -> str:
    """A verb of the third person as it stands after "I": takes, take; is, am."""
    low = verb.replace("’", "'").lower()
    if low in _IRREGULAR:
        return _IRREGULAR[low]
    if not low.endswith("s") or low.endswith(("ss", "us")) or len(low) < 4:
        return verb
    if low.endswith("ies") and low not in ("dies", "lies", "ties"):
        return verb[:-3] + "y"
    if low.endswith(("sses", "shes", "ches", "xes", "zzes", "oes")):
        return verb[:-2]
    return verb[:-1]


def _lower(text: str) -> str:
    """A text without the capital of its first word, unless that is a name or an abbreviation."""
    first = text.split(" ", 1)[0]
    keep = first in ("I", "I'm", "I've") or (len(first) > 1 and not first[1:].islower())
    return text if keep else text[:1].lower() + text[1:]


def _end(text: str) -> str:
    text = first_person(text.strip())
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
