"""The words of a language: those shipped load and agree; a file that lacks or is wrong is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from simulator.errors import KnowledgeError
from simulator.language.words import Words, load_words
from simulator.settings import ROOT

FOLDER = ROOT / "knowledge"


@pytest.fixture(scope="module")
def words() -> Words:
    return load_words(FOLDER)


def test_the_words_know_noes_numbers_and_units(words: Words) -> None:
    assert {"no", "not", "never"} <= words.negations
    assert words.numbers["three"] == 3
    assert {"week", "weeks"} <= words.units


def test_every_unit_stands_as_one_and_as_many(words: Words) -> None:
    assert {u.removesuffix("s") for u in words.units} | {
        u.removesuffix("s") + "s" for u in words.units
    } == words.units


def test_words_are_in_lower_case_and_nothing_is_its_own_opposite(words: Words) -> None:
    sides = [word for pair in words.opposites for word in pair]
    every = [*words.units, *words.numbers, *words.negations, *sides]
    assert [w for w in every if w != w.lower().strip()] == []
    assert [pair for pair in words.opposites if pair[0] == pair[1]] == []


def test_a_language_that_is_not_there_is_named_with_the_remedy() -> None:
    with pytest.raises(KnowledgeError, match=r"talk.xx.words\.yaml: cannot be read .*; restore it"):
        load_words(FOLDER, "xx")


@pytest.mark.parametrize(
    ("more", "named"), [("unitss: [ell]\n", "unitss"), ("numbers: {three: drei}\n", "numbers")]
)
def test_a_wrong_entry_is_named_with_its_file(tmp_path: Path, more: str, named: str) -> None:
    path = tmp_path / "talk" / "en" / "words.yaml"
    path.parent.mkdir(parents=True)
    shutil.copy(FOLDER / "talk" / "en" / "words.yaml", path)
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_words(tmp_path)
    assert str(path) in str(caught.value)
    assert named in str(caught.value)
