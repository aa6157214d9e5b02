"""Amounts of time in a text, and words that say the opposite of one another."""

from __future__ import annotations

import re

from simulator.language.tokens import words_of
from simulator.language.words import Words

BEFORE_UNIT = 3
_OVER = re.compile(r"(?<![\d.])(\d+)\s?/\s?(7|52|12)\b")
_GLUED = re.compile(r"(?<![\d.])(\d+)\s?([a-z]{1,4})\b")


def quantities(text: str, words: Words) -> dict[str, set[int]]:
    """For each unit of time the numbers that stand before it: {'week': {2}}."""
    found: dict[str, set[int]] = {}
    tokens = re.findall(r"[a-z]+|\d+", _written_out(text.lower(), words))
    for i, token in enumerate(tokens):
        if token not in words.units:
            continue
        unit = token.removesuffix("s")
        for before in tokens[max(0, i - BEFORE_UNIT) : i]:
            number = int(before) if before.isdigit() else words.numbers.get(before)
            if number is not None and number < 10_000:
                found.setdefault(unit, set()).add(number)
    return found


def _written_out(text: str, words: Words) -> str:
    """Times as clinicians shorten them, in words: '3/7' is 3 days, '2h' and 'x6y' are units too."""
    text = _OVER.sub(lambda m: f"{m[1]} {words.over[m[2]]}", text)
    return _GLUED.sub(lambda m: f"{m[1]} {words.short_units.get(m[2], m[2])}", text)


def opposed(ours: str, theirs: str, words: Words) -> bool:
    """Whether two texts say opposite things: left and right, better and worse."""
    said, known = set(words_of(ours)), set(words_of(theirs))
    return any(
        a in said and b not in said and b in known and a not in known
        for first, second in words.opposites
        for a, b in ((first, second), (second, first))
    )


def miscounted(ours: str, theirs: str, words: Words) -> bool:
    """Whether a text gives another number of the same unit, or another unit of the same number."""
    said, known = quantities(ours, words), quantities(theirs, words)
    if not said or not known:
        return False
    if set(said) & set(known):
        return all(not said[unit] & known[unit] for unit in set(said) & set(known))
    return bool({n for v in said.values() for n in v} & {n for v in known.values() for n in v})


def agree(ours: str, theirs: str, words: Words) -> bool:
    """Whether two texts give the same number of the same unit."""
    said, known = quantities(ours, words), quantities(theirs, words)
    return any(said[unit] & known.get(unit, set()) for unit in said)
