"""What the bench of interruptions calls lost, doubled and out of place."""

from __future__ import annotations

import pytest

from bench.interruptions import Seen, Standing, _count, _told, _wish

WANTED = Standing(["Any fever?", "Any fever?"], "And do", "note 1 note 2")


@pytest.mark.parametrize(
    ("found", "lost", "doubled", "misplaced"),
    [
        (WANTED, 0, 0, 0),
        (WANTED._replace(unsent="And"), 1, 0, 0),
        (WANTED._replace(said=["Any fever?"]), 2, 0, 0),
        (WANTED._replace(said=["Any fever?"] * 3), 0, 1, 1),
        (WANTED._replace(said=[*WANTED.said, "And do"], unsent=""), 0, 1, 1),
        (WANTED._replace(unsent="", pad="note 1 note 2 And do"), 0, 0, 1),
        (Standing([], "", ""), 10, 0, 0),
    ],
)
def test_a_word_is_lost_wherever_it_is_missing_and_a_turn_doubled_that_was_sent_once(
    found: Standing, lost: int, doubled: int, misplaced: int
) -> None:
    seen = Seen()
    _count(seen, "reload, 0 ms", WANTED, found)
    told = _told(seen, _wish([]))
    assert (told["words_lost"], told["doubled_turns"], told["misplaced"]) == (
        lost,
        doubled,
        misplaced,
    )
    assert (told["rounds"], told["words"]) == (1, 10)
