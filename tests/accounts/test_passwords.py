"""Passwords: what is taken, what is refused, and how slow it is to try them."""

from __future__ import annotations

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from simulator.accounts.passwords import hashed, matches
from simulator.errors import NotAllowed


def test_a_password_is_kept_by_argon2id_at_no_less_than_the_minimum() -> None:
    kept = extract_parameters(hashed("seven quiet green otters"))
    assert (kept.type, kept.time_cost >= 2, kept.memory_cost >= 19_456) == (Type.ID, True, True)


@pytest.mark.parametrize(
    "password",
    [
        "seven quiet green otters",
        "Grüße aus dem Schlafwagen",
        "xK9#mQ2$vL7!pR",
        "a password nobody would think of",
        "夜の図書館で眠る三毛猫の夢を見た",
        "q" + "ab cd ef gh" * 17,
    ],
)
def test_a_long_password_is_taken_and_matches_itself_alone(password: str) -> None:
    kept = hashed(password, "ana@x.edu", "Ana Ruiz")
    assert matches(kept, password)
    assert not matches(kept, password + " ")
    assert not matches(kept, password.swapcase() if password.swapcase() != password else "other")


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "P@ssw0rd!2026",
        "passwordpassword",
        "qwertyuiop123",
        "iloveyou2026!!",
        "aaaaaaaaaaaaaaaa",
        "123456789012345",
        "abcabcabcabcabc",
        "Welcome2Bedside!",
        "anaruiz-anaruiz",
        "ana@example.edu1",
        "Summer-Winter-2026",
    ],
)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(NotAllowed, match="first that are guessed"):
        hashed(password, "ana@example.edu", "Ana Ruiz")


@pytest.mark.parametrize("password", ["", "eleven char", "x y" * 100])
def test_too_short_and_too_long_are_refused(password: str) -> None:
    with pytest.raises(NotAllowed, match="characters"):
        hashed(password)


def test_letters_written_in_another_way_are_the_same_password() -> None:
    assert matches(hashed("cafe\u0301 at the long quay"), "caf\u00e9 at the long quay")


@pytest.mark.parametrize("kept", [None, "", "not a hash"])
def test_where_none_is_kept_none_matches(kept: str | None) -> None:
    assert not matches(kept, "what nobody has chosen")
