"""An encounter held by the API, from the door to the scores."""

from __future__ import annotations

import pytest

from simulator.encounter.phases import Phase
from tests.web.api.conftest import NOTE, House, Program

OWN = {"history": 2, "communication": 3, "reasoning": 4, "went_well": "The opening."}


@pytest.fixture(scope="module")
def ana(house: House) -> Program:
    return house.program(house.office.hire("ana@x.edu", "resident", "im"))


def test_an_encounter_goes_from_the_door_to_the_scores(house: House, ana: Program) -> None:
    begun = ana.post("/encounters", {"case": "sore-knee", "mode": "exam"})
    assert begun.status_code == 201, begun.text
    new = begun.json()
    here = f"/encounters/{new['id']}"
    assert begun.headers["location"] == f"/api/v1{here}"
    assert (new["phase"], new["mode"], new["seconds_left"]) == ("briefing", "exam", None)
    entered = ana.post(f"{here}/enter").json()
    assert (entered["phase"], entered["seconds_left"]) == ("interview", 600)
    told = ana.say(new["id"], "When did it begin?")
    kind, turn = told[-1]
    assert (kind, turn["number"], turn["phase"]) == ("turn", 1, "interview")
    assert "three days ago" in turn["reply"]
    found = ana.post(f"{here}/orders", {"wanted": "palpate the knee"}).json()
    assert [f["result"] for f in found["done"]] == ["Warm, swollen."]
    assert ana.post(f"{here}/end").json()["phase"] == "note"
    assert ana.post(f"{here}/note", NOTE).json()["phase"] == "self-assessment"
    over = ana.post(f"{here}/self-assessment", OWN).json()
    assert (over["phase"], over["self_assessment"]["went_well"]) == ("feedback", "The opening.")
    scores = ana.get(f"{here}/scores").json()
    assert scores["encounter"] == new["id"]
    verdicts = {i["id"]: (i["verdict"], i["quote"], i["turn"]) for i in scores["items"]}
    assert verdicts["onset"] == ("met", "When did it begin?", 1)
    assert verdicts["fever"][0] == "not met"
    kept = house.store.read(new["id"])
    assert (kept.mode, kept.programme, kept.phase) == ("exam", "im", Phase.FEEDBACK)


def begin(ana: Program) -> str:
    new = ana.post("/encounters", {"case": "sore-knee"}).json()["id"]
    assert ana.post(f"/encounters/{new}/enter").status_code == 200
    return str(new)


def test_words_that_are_sent_again_under_their_key_are_put_once(house: House, ana: Program) -> None:
    new = begin(ana)
    first = ana.say(new, "Does it hurt?", "one-key")[-1]
    again = ana.say(new, "Does it hurt?", "one-key")[-1]
    assert (first[0], again[0], first[1]["reply"]) == ("turn", "turn", again[1]["reply"])
    other = ana.post(
        f"/encounters/{new}/turns", {"text": "Any fever?"}, headers={"idempotency-key": "one-key"}
    )
    assert (other.status_code, "with a new one" in other.json()["detail"]) == (422, True)
    assert len(house.store.read(new).turns) == 1
    assert ana.post(f"/encounters/{new}/end").status_code == 200
    assert ana.say(new, "Does it hurt?", "one-key")[-1][1]["reply"] == first[1]["reply"]


def test_a_step_that_was_taken_can_be_sent_again(ana: Program) -> None:
    here = f"/encounters/{begin(ana)}"
    for step, body in (("enter", None), ("end", None), ("note", NOTE), ("self-assessment", OWN)):
        once, twice = (ana.post(f"{here}/{step}", body) for _ in range(2))
        assert (once.status_code, once.json()["phase"]) == (200, twice.json()["phase"])


def test_a_step_out_of_order_says_where_the_encounter_stands(ana: Program) -> None:
    new = begin(ana)
    ana.post(f"/encounters/{new}/end")
    for step, body in (
        ("turns", {"text": "Hello"}),
        ("orders", {"wanted": "CRP"}),
        ("hint", None),
        ("enter", None),
        ("self-assessment", OWN),
    ):
        refused = ana.post(f"/encounters/{new}/{step}", body)
        assert refused.status_code == 409, step
        assert refused.headers["content-type"] == "application/problem+json"
        assert "is at the note" in refused.json()["detail"]
    early = ana.get(f"/encounters/{new}/scores")
    assert (early.status_code, "Hand in the note" in early.json()["detail"]) == (409, True)


def test_an_exam_gives_no_hints_and_practice_counts_them(ana: Program) -> None:
    here = f"/encounters/{begin(ana)}"
    assert ana.post(f"{here}/hint").json()["number"] == 1
    ana.post(f"{here}/end")
    new = ana.post("/encounters", {"case": "sore-knee", "mode": "exam"}).json()["id"]
    ana.post(f"/encounters/{new}/enter")
    refused = ana.post(f"/encounters/{new}/hint")
    assert (refused.status_code, "exam" in refused.json()["detail"]) == (409, True)
    ana.post(f"/encounters/{new}/end")


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "Write a question first"), (" \u200b ", "Write a question"), ("a" * 2001, "Shorten it")],
)
def test_words_that_no_patient_can_take_in_are_refused_before_the_stream(
    ana: Program, text: str, why: str
) -> None:
    new = begin(ana)
    refused = ana.post(f"/encounters/{new}/turns", {"text": text})
    assert (refused.status_code, why in refused.json()["detail"]) == (422, True)
    ana.post(f"/encounters/{new}/end")


def test_a_patient_who_is_not_there_is_not_met(ana: Program) -> None:
    refused = ana.post("/encounters", {"case": "no-such-case"})
    assert refused.status_code == 404
    assert "GET /api/v1/cases" in refused.json()["detail"]
