"""Passwords: what is taken, and how one is kept (argon2id at the OWASP ASVS minimum)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from simulator.errors import NotAllowed

SHORTEST, LONGEST = 12, 200
SPELT = str.maketrans(
    {"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"}
)
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def hashed(password: str, *about: str) -> str:
    """A new password as it is kept.

    Args:
        password: as it was typed. about: what it must not be made of, such as the person's name.

    Raises:
        NotAllowed: it is too short, too long, or among the first that are guessed.
    """
    password = _as_typed(password)
    if len(password) < SHORTEST:
        raise NotAllowed(f"Choose at least {SHORTEST} characters; a few words make a good one.")
    if len(password) > LONGEST:
        raise NotAllowed(f"Choose at most {LONGEST} characters.")
    if _is_guessed(password, about):
        raise NotAllowed(
            "That is among the first that are guessed: a common word, a row of keys, or your own "
            "name. Choose a few words that do not belong together."
        )
    return _HASHER.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether a password is the one that is kept; as slow where none is kept."""
    try:
        return _HASHER.verify(kept or _nobodys(), _as_typed(password[: 2 * LONGEST])) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _HASHER.hash("what nobody has chosen")


def _as_typed(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _is_guessed(password: str, about: tuple[str, ...]) -> bool:
    """Whether nothing is left of it once common words, the person's own and repeats are taken."""
    own = {part for text in about for part in re.findall(r"\w{3,}", text.lower())}
    words = sorted(common() | own, key=len, reverse=True)
    left = min(
        (_without(p, words) for p in (password.lower(), password.lower().translate(SPELT))), key=len
    )
    return len(left) < 4 or len(set(left)) < 4


def _without(text: str, words: list[str]) -> str:
    """What remains of a text without these words, digits and signs."""
    for word in words:
        text = text.replace(word, "")
    return re.sub(r"[\W\d_]", "", text)


@cache
def common() -> frozenset[str]:
    """The words and rows of keys that the passwords guessed first are made of."""
    text = Path(__file__).with_name("common.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.split() if line)
