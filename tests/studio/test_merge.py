from __future__ import annotations

import pytest

from simulator.studio.merge import merge

BASE = "title: A\nfacts:\n  - one\n  - two\nclosing: Bye\n"
TA = BASE.replace("Bye", "Ta")


@pytest.mark.parametrize(
    ("mine", "theirs", "both"),
    [
        (
            BASE.replace(": A", ": B"),
            BASE.replace("Bye", "Ta"),
            BASE.replace(": A", ": B").replace("Bye", "Ta"),
        ),
        (BASE, TA, TA),
        (BASE.replace(": A", ": B"), BASE.replace(": A", ": B"), BASE.replace(": A", ": B")),
        (
            BASE.replace("  - two\n", "  - two\n  - mine\n"),
            BASE.replace("  - two\n", "  - two\n  - theirs\n"),
            BASE.replace("  - two\n", "  - two\n  - theirs\n  - mine\n"),
        ),
        (
            BASE.replace("  - one\n", ""),
            BASE.replace("Bye", "Ta"),
            BASE.replace("  - one\n", "").replace("Bye", "Ta"),
        ),
    ],
    ids=["different lines", "one only", "the same", "two new items", "a deletion"],
)
def test_what_two_authors_changed_apart_is_in_the_merged_text(
    mine: str, theirs: str, both: str
) -> None:
    assert merge(BASE, mine, theirs) == both


def test_what_both_changed_is_left_to_them() -> None:
    assert merge(BASE, BASE.replace(": A", ": B"), BASE.replace(": A", ": C")) is None


def test_what_would_be_no_readable_text_is_not_merged() -> None:
    mine = BASE.replace("closing: Bye\n", "closing: Bye\nend: x\n")
    theirs = BASE.replace("closing: Bye\n", "closing: Bye\nend: y\n")
    assert merge(BASE, mine, theirs) is None
