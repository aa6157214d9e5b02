"""What the readers of clinical prose share: findings, tests and sentences that become facts."""

from __future__ import annotations

import re

from simulator.scripts.formats.drafting import Draft, short
from simulator.scripts.formats.prose import prose_words
from simulator.scripts.formats.reported import spoken
from simulator.scripts.names import names_any


def tell(
    draft: Draft, fact_id: str, sentence: str, line: int | None = None, tell: str = "asked"
) -> None:
    """A sentence about the patient as a fact in the patient's words, with what to look at."""
    said = spoken(sentence, str(draft.door.get("name") or ""))
    if not said.text:
        return
    if any(f["says"] == said.text for f in draft.facts):
        return
    draft.fact(fact_id, said.text, sentence, line, tell=tell, polarity=said.polarity)
    if said.doubt:
        draft.need(f"{said.doubt}: {short(said.text)!r}", line)


def add_finding(draft: Draft, name: str, finding: str) -> None:
    """A finding under its examination, with what was found there before."""
    _add(draft, "examination", "manoeuvre", "finding", name, finding)


def add_result(draft: Draft, name: str, result: str) -> None:
    """A result under its test, with what was found there before."""
    _add(draft, "tests", "name", "result", name, result)


def _add(draft: Draft, part: str, key: str, value: str, name: str, text: str) -> None:
    entries = draft.parts.setdefault(part, [])
    text = " ".join(text.split())
    if not text:
        return
    name = draft.title(name, f"a name in {part}")
    before = next((e for e in entries if e[key].lower() == name.lower()), None)
    if before is None:
        entries.append({key: name, value: draft.line(text, f"{part}: {name}")})
    else:
        before[value] = draft.line(f"{before[value]} {text}", f"{part}: {name}")


def region_of(text: str) -> str:
    """The name of the examination that a finding belongs to."""
    for region, words in prose_words().regions.items():
        if names_any(text, words):
            return region
    return "General examination"


def complaint_of(text: str) -> str:
    """A short complaint of a longer one: without its time and what follows the first comma."""
    text = re.sub(
        r"^(?:an? )?(?:[\w-]+[ -](?:minutes?|hours?|days?|weeks?|months?|years?)(?: history)? "
        r"of |history of |worsening |sudden |new )+",
        "", text.strip(" ."), flags=re.I,
    )  # fmt: skip
    pieces = re.split(
        r"([,;.(]| that | which | for the (?:past|last) | since | and (?:is|was|has) )", text
    )
    head = pieces[0].strip()
    if len(head.split()) <= 2 and re.match(r"an? ", head, re.I):
        while pieces[1:2] == [","]:  # adjectives, and no noun yet
            head, pieces = f"{head},{pieces[2].rstrip()}", pieces[2:]
    head = head.strip("\"' ")
    return head[:1].upper() + head[1:]
