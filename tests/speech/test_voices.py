"""Whose voice a patient has: always the same, of their sex and age, as fast as their manner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulator.scripts.library import load_library
from simulator.scripts.schema import PatientScript
from simulator.settings import ROOT
from simulator.speech.voices import Manner, manner_of
from tests.conftest import SMALL_SCRIPT

Making = Callable[..., PatientScript]
BOTH = ("piper", "hibari")


def somebody(make_script: Making, *, of: str = "sore-knee", **door: Any) -> PatientScript:
    return make_script(id=of, doorway={**SMALL_SCRIPT["doorway"], **door})


def manner(script: PatientScript, *engines: str) -> Manner:
    found = manner_of(script, engines or BOTH)
    assert found is not None
    return found


def test_a_patient_always_sounds_the_same_and_hardly_like_another(make_script: Making) -> None:
    women = [somebody(make_script, of=f"case-{n}", age=50) for n in range(20)]
    voices = [manner(woman) for woman in women]
    assert voices == [manner(woman) for woman in women]
    assert len(set(voices)) == len(women)


def test_men_have_the_man_s_voice_and_where_it_is_not_there_a_deep_one(make_script: Making) -> None:
    man, woman = (somebody(make_script, sex=sex) for sex in ("male", "female"))
    assert (manner(man).engine, manner(woman).engine) == BOTH
    bent = manner(man, "hibari")
    assert bent.tune * bent.pitch < 0.7 < 0.85 < manner(woman).tune * manner(woman).pitch


@pytest.mark.parametrize("sex", ["female", "male", "intersex"])
@pytest.mark.parametrize("age", [0, 4, 13, 14, 39, 40, 64, 65, 120])
@pytest.mark.parametrize("engine", BOTH)
def test_everybody_has_a_voice_with_whichever_engine(
    make_script: Making, engine: str, age: int, sex: str
) -> None:
    assert manner(somebody(make_script, age=age, sex=sex), engine).engine == engine


def test_a_child_sounds_higher_and_an_old_person_deeper_and_slower(make_script: Making) -> None:
    child, young, old = (manner(somebody(make_script, age=age), "hibari") for age in (6, 25, 80))
    assert child.tune * child.pitch > young.tune * young.pitch > old.tune * old.pitch
    assert old.pace < young.pace == child.pace == 1.0


def test_who_speaks_for_the_patient_is_the_one_who_is_heard(make_script: Making) -> None:
    father = {"name": "Luca Rossi", "relation": "father", "age": 36, "sex": "male"}
    boy = make_script(
        doorway={**SMALL_SCRIPT["doorway"], "age": 4, "sex": "male"},
        informant=father,
        patient={"personality": "impatient"},
    )
    assert manner(boy).engine == "piper" and manner(boy).pace == 1.0


def test_the_persona_decides_how_fast(make_script: Making) -> None:
    def pace(**patient: str) -> float:
        return manner(make_script(patient=patient)).pace

    assert pace(personality="impatient") > pace() == 1.0 > pace(personality="reserved")
    assert pace(speech="C") < pace(speech="B") < 1.0


def test_without_an_engine_there_is_no_voice(make_script: Making) -> None:
    assert manner_of(make_script(), ()) is None


def test_every_shipped_patient_has_a_voice_at_a_pace_that_can_be_followed() -> None:
    for script in load_library(ROOT / "patient_scripts").scripts.values():
        for engines in (BOTH, ("hibari",), ("piper",)):
            found = manner(script, *engines)
            assert 0.75 < found.pace < 1.2, script.id
