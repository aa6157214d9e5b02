"""The drawn face: the author's, or within the bounds of age and sex by a stable chance."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest

from simulator.scripts.schema import Affection, Hair, HairColour, PatientScript, Skin
from simulator.web import portrait, views
from tests.conftest import SMALL_SCRIPT, make_script

AGES = (0, 3, 9, 16, 25, 40, 55, 70, 99)


def patient(number: int, age: int, sex: str, **changes: Any) -> PatientScript:
    door = {**SMALL_SCRIPT["doorway"], "age": age, "sex": sex}
    return make_script(id=f"case-{number}", doorway=door, **changes)


def test_the_same_id_has_the_same_face_and_a_name_or_occupation_changes_nothing() -> None:
    renamed = {**SMALL_SCRIPT["doorway"], "name": "Fatima Wu"}
    other = make_script(doorway=renamed, patient={"occupation": "judge"})
    assert portrait.face_of(other) == portrait.face_of(make_script())
    faces = {portrait.face_of(patient(n, 30, "female")) for n in range(20)}
    assert len(faces) > 10


@pytest.mark.parametrize("sex", ["female", "male", "other"])
def test_chance_keeps_within_the_bounds_of_age_and_sex(sex: str) -> None:
    faces = [portrait.face_of(patient(n, age, sex)) for n in range(30) for age in AGES]
    assert {f.beard for f in faces if f.sex != "male" or f.age < 22} == {"none"}
    assert not {f.hair for f in faces} & {"headscarf"}
    assert {f.hair_colour for f in faces if f.age >= 76} == {"white"}
    assert not {"grey", "white"} & {f.hair_colour for f in faces if f.age < 42}
    if sex == "female":
        assert not {"bald", "receding"} & {f.hair for f in faces}


def test_what_the_author_chose_is_drawn() -> None:
    wish = {"skin": "deep", "hair": "headscarf", "glasses": True}
    face = portrait.face_of(patient(1, 50, "female", portrait=wish))
    assert (face.skin, face.hair, face.glasses) == ("deep", "headscarf", True)


@pytest.mark.parametrize("hair", get_args(Hair))
@pytest.mark.parametrize("beard", ["none", "stubble", "moustache", "full"])
def test_every_face_is_a_drawing_with_all_affects(hair: Hair, beard: str) -> None:
    for skin, colour in zip(get_args(Skin), get_args(HairColour), strict=False):
        wish = {"skin": skin, "hair": hair, "hair_colour": colour, "beard": beard}
        drawn = portrait.draw(portrait.face_of(patient(1, 60, "male", portrait=wish)))
        assert re.findall(r'data-of="([^"]+)"', drawn) == list(get_args(Affection))
        assert drawn.count("<g") == drawn.count("</g>")


def test_the_words_beside_the_face_name_every_affect() -> None:
    assert set(views.words()["portrait"]) == set(get_args(Affection))
    html = portrait.at_first(make_script(portrait={"looks": "uneasy"}), "card")
    assert 'aria-label="Alva Berg, looks uneasy"' in html
