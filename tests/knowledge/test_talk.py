"""The talk: acts, reactions and set phrases agree with one another, with scripts and labels."""

from __future__ import annotations

import shutil
from pathlib import Path
from string import Template
from typing import get_args

import pytest
import yaml

from simulator.errors import KnowledgeError
from simulator.knowledge.talk import Talk, load_talk
from simulator.knowledge.topics import load_topics
from simulator.patient.turn import Act
from simulator.scripts.schema import Personality
from simulator.settings import ROOT

FOLDER = ROOT / "knowledge"
PLACE = FOLDER / "talk" / "en"
LABELS = ROOT / "training" / "labels" / "acts.yaml"
FILLED = {"line", "concern", "name", "first", "age", "pronouns", "occupation"}


@pytest.fixture(scope="module")
def talk() -> Talk:
    return load_talk(FOLDER)


def placeholders(line: str) -> set[str]:
    return {name for groups in Template.pattern.findall(line) for name in groups[1:3] if name}


def test_an_act_either_asks_or_has_its_place_in_the_order(talk: Talk) -> None:
    assert not talk.acts.asking & set(talk.acts.order)
    assert len(set(talk.acts.order)) == len(talk.acts.order)


def test_the_acts_are_those_that_turns_are_labelled_with(talk: Talk) -> None:
    labelled = yaml.safe_load(LABELS.read_text(encoding="utf-8"))
    assert talk.acts.asking | set(talk.acts.order) == set(labelled)


def test_every_group_is_of_acts_that_exist(talk: Talk) -> None:
    grouped = talk.acts.out_of_role | talk.acts.with_answer | talk.acts.kind | set(talk.acts.shown)
    assert grouped <= set(talk.acts.order)


def test_what_a_whole_turn_is_shown_as_is_an_act_of_the_trace(talk: Talk) -> None:
    assert set(talk.acts.shown.values()) <= set(get_args(Act))


def test_what_is_out_of_role_is_shown_as_such(talk: Talk) -> None:
    shown = {act for act, as_what in talk.acts.shown.items() if as_what == "out_of_role"}
    assert shown == talk.acts.out_of_role


def test_every_personality_has_words_for_every_act(talk: Talk) -> None:
    silent = [a for a in talk.acts.order if a not in talk.reactions.acts]
    wordless = [
        (act, who)
        for act, reaction in talk.reactions.acts.items()
        for who in get_args(Personality)
        if not any(line.strip() for line in reaction.lines.get(who, ()))
    ]
    assert silent == []
    assert wordless == []


def test_a_reaction_is_to_an_act_and_of_a_personality_that_exist(talk: Talk) -> None:
    assert set(talk.reactions.acts) <= talk.acts.asking | set(talk.acts.order)
    assert {who for r in talk.reactions.acts.values() for who in r.lines} <= set(
        get_args(Personality)
    )


def test_no_personality_says_the_same_line_twice_to_one_act(talk: Talk) -> None:
    twice = [
        (act, who)
        for act, reaction in talk.reactions.acts.items()
        for who, lines in reaction.lines.items()
        if len(set(lines)) < len(lines)
    ]
    assert twice == []


def test_kindness_never_costs_trust_and_rudeness_does(talk: Talk) -> None:
    assert all(talk.rapport(act) >= 0 for act in talk.acts.kind)
    assert talk.rapport("greeting") > 0 > talk.rapport("judgement") > talk.rapport("rude")


def test_an_act_without_a_reaction_changes_no_trust(talk: Talk) -> None:
    assert talk.rapport("juggling") == talk.rapport("ask") == 0.0


def test_set_phrases_are_there_and_their_gaps_can_be_filled(talk: Talk) -> None:
    phrases = talk.voice.model_dump(exclude={"identity"})
    assert [use for use, lines in phrases.items() if not lines] == []
    lines = [line for each in phrases.values() for line in each]
    lines += talk.voice.identity.values()
    lines += [x for r in talk.reactions.acts.values() for each in r.lines.values() for x in each]
    assert {name for line in lines for name in placeholders(line)} <= FILLED


def test_what_is_repeated_corrected_or_known_holds_the_line(talk: Talk) -> None:
    for line in (*talk.voice.repeat, *talk.voice.correct, *talk.voice.already_known):
        assert placeholders(line) == {"line"}


def test_what_the_patient_says_of_himself_answers_topics_that_exist(talk: Talk) -> None:
    topics = load_topics(FOLDER)
    assert [t for t in talk.voice.identity if t not in topics] == []


@pytest.mark.parametrize("name", ["acts.yaml", "reactions.yaml", "voice.yaml"])
def test_a_file_that_is_missing_is_named_with_the_remedy(tmp_path: Path, name: str) -> None:
    shutil.copytree(PLACE, tmp_path / "talk" / "en")
    (tmp_path / "talk" / "en" / name).unlink()
    with pytest.raises(KnowledgeError, match=rf"{name}: cannot be read .*; restore it"):
        load_talk(tmp_path)


@pytest.mark.parametrize("name", ["acts.yaml", "reactions.yaml", "voice.yaml"])
def test_an_entry_that_is_not_known_is_named_with_its_file(tmp_path: Path, name: str) -> None:
    shutil.copytree(PLACE, tmp_path / "talk" / "en")
    path = tmp_path / "talk" / "en" / name
    path.write_text(path.read_text(encoding="utf-8") + "\nextra: [x]\n", encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_talk(tmp_path)
    assert str(path) in str(caught.value)
    assert "extra" in str(caught.value)
