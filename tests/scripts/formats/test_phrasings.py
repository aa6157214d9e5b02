from __future__ import annotations

import pytest

from simulator.scripts.formats.phrasings import phrasing, phrasings


@pytest.mark.parametrize("name", phrasings())
def test_each_pattern_catches_its_sentence_and_lets_the_other_pass(name: str) -> None:
    row = phrasings()[name]
    assert phrasing(name).search(row.catches)
    assert not phrasing(name).search(row.passes)
