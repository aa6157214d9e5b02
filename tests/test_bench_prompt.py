"""The order of a prompt lets a server keep most of it from one turn to the next."""

from __future__ import annotations

from bench.prompt import _counter, _shared, prompts_of
from simulator.services import Services


def share(prompts: list[list[tuple[str, str]]]) -> float:
    tokens, before, cached, every = _counter(), list[int](), 0, 0
    for messages in prompts:
        now = [t for role, text in messages for t in tokens(f"{role}\n{text}\n")]
        cached, every, before = cached + _shared(before, now), every + len(now), now
    return cached / every


def test_four_fifths_of_an_encounter_s_prompts_stand_as_they_did_a_turn_ago(
    services: Services,
) -> None:
    script = services.library.released()[0]
    ways = prompts_of(services.patient(script), script)
    assert share([list(p) for p in ways["ours"]]) >= 0.8
    assert share([list(p) for p in ways["notes before transcript"]]) < 0.6


def test_no_prompt_of_ours_holds_the_diagnosis_or_a_locked_line(services: Services) -> None:
    script = services.library.released()[0]
    ours = prompts_of(services.patient(script), script)["ours"]
    text = " ".join(t for messages in ours for _, t in messages)
    assert script.note_key.diagnosis not in text
    assert not [f.id for f in script.facts if f.tell == "never" and f.says in text]
