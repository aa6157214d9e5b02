"""JSON that somebody else wrote: read, or refused with what is wrong, never a crash."""

from __future__ import annotations

import json

import pytest

from simulator.language.jsontext import MAX_DEPTH, read_json


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 900, 100_000])
@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"a":', "}")])
def test_what_is_nested_too_deeply_is_refused(depth: int, opens: str, closes: str) -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        read_json(opens * depth + "1" + closes * depth)


def test_what_is_nested_as_people_nest_is_read() -> None:
    assert read_json("[" * 50 + "]" * 50)


def test_a_number_that_no_one_can_read_is_refused() -> None:
    with pytest.raises(ValueError, match="number too long"):
        read_json("9" * 5000)


def test_half_characters_are_marked_and_whole_ones_kept() -> None:
    read = read_json(r'{"a": ["\ud800 x", "\ud83d\ude00"], "\udfff": 1}')
    assert read == {"a": ["\ufffd x", "\U0001f600"], "\ufffd": 1}
    json.dumps(read, ensure_ascii=False).encode()


def test_what_is_not_json_says_where() -> None:
    with pytest.raises(json.JSONDecodeError) as caught:
        read_json("[1,\n}")
    assert caught.value.lineno == 2
