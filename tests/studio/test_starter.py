from __future__ import annotations

import pytest

from simulator.scripts.parsing import parse_script
from simulator.services import Services
from simulator.studio.desk import Desk
from simulator.studio.questions import answer, questions_of, see
from simulator.studio.starter import Basics, propose, starter, template


def basics(**changes: object) -> Basics:
    known = {"title": "t", "name": "n", "age": 40, "sex": "female", "concern": "Headache"}
    return Basics.model_validate({**known, **changes})


def proposed(services: Services, **changes: object) -> dict[str, bool]:
    found = propose(basics(**changes), services.field, services.encoder)
    return {p.topic: p.denied for p in found}


@pytest.mark.parametrize("concern", ["Headache", "Feeling low", "A rash on my arm", "xyz"])
def test_sixty_likely_questions_are_proposed(services: Services, concern: str) -> None:
    found = proposed(services, concern=concern)
    assert len(found) == starter().most
    assert 20 <= sum(found.values()) <= 40


def test_the_complaint_itself_and_its_details_are_left_open(services: Services) -> None:
    found = proposed(services)
    assert not found["ros.headache"]
    assert not found["hpi.location"]
    assert found["ros.vision"]


@pytest.mark.parametrize(
    ("concern", "open_", "never_denied"),
    [
        ("Rash", {"ros.rash", "ros.itching", "pmh.skin", "soc.sun"}, {"ros.rash"}),
        ("Pregnant, contractions", {"ros.pregnancy-now", "ros.contractions", "ros.waters",
         "ros.fetal-movements", "pmh.antenatal"}, {"ros.pregnancy-now", "ros.contractions"}),
        ("Dizzy", {"ros.dizziness"}, {"ros.dizziness", "ros.vertigo", "ros.light-headed"}),
    ],
)  # fmt: skip
def test_the_complaint_is_never_denied_and_brings_the_questions_of_its_kind(
    services: Services, concern: str, open_: set[str], never_denied: set[str]
) -> None:
    found = proposed(services, concern=concern, age=29)
    assert {t for t, denied in found.items() if not denied} >= open_
    assert not {t for t, denied in found.items() if denied} & never_denied


def test_what_the_opening_speaks_of_is_not_denied(services: Services) -> None:
    assert proposed(services, age=40)["ros.fever"]
    found = proposed(services, age=40, opening="I've had a headache and a fever since Monday.")
    assert not found.get("ros.fever")


def test_a_child_is_asked_for_birth_and_development_and_a_worker_for_exposure(
    services: Services,
) -> None:
    child = proposed(services, age=3, concern="Cough")
    assert {"pmh.birth", "pmh.development", "pmh.vaccination", "identity.companion"} <= set(child)
    assert "soc.occupation" not in child
    worker = proposed(services, sex="male", concern="Spilt acid on my hand at work")
    assert not worker["soc.chemical-contact"]
    assert {"soc.protective-clothing", "soc.decontamination"} <= set(worker)
    assert "soc.chemical-contact" not in proposed(services, sex="male", concern="Cough")


def test_nobody_is_asked_what_does_not_fit_their_sex_or_age(services: Services) -> None:
    man = proposed(services, sex="male", concern="Pain low down in the belly")
    assert not {t for t in man if "vaginal" in t or t in ("ros.lmp", "ros.pregnancy-now")}
    child = proposed(services, age=6)
    assert not {"soc.alcohol", "soc.drugs"} & set(child)


def test_the_template_is_a_script_without_faults(services: Services) -> None:
    made = propose(basics(), services.field, services.encoder)
    script, _ = parse_script(template("x", basics(), made), "x")
    assert script.opening == "It's about this, doctor: headache."
    assert script.doorway.pronouns == "she/her"
    assert set(script.debrief.model_questions) == {i.id for i in script.checklist}


def test_every_topic_that_new_cases_begin_with_is_known(services: Services) -> None:
    data, topics = starter(), services.field.topics
    named = [*data.asked, *data.pain, *data.denied]
    named += [t for kind in data.kinds for t in (*kind.asked, *kind.denied)]
    named += [t for item in data.checklist for t in item.get("topics", ())]
    assert [t for t in named if t not in topics] == []


def test_questions_are_gone_through_by_telling_denying_or_leaving_open(desk: Desk) -> None:
    work, topics = desk.create(basics()), desk.services.field.topics

    def go(topic: str, how: str, says: str = "") -> None:
        now = desk.open(work.id)
        desk.edit(work.id, now.version, answer(now.checked.data, topic, how, says))
        see(desk.drafts, work.id, topic)

    go("hpi.onset", "told", "Since Monday.")
    go("ros.vision", "told", "I see worse.")
    go("ros.fever", "open")
    go("hpi.why-now", "no")
    data = desk.open(work.id).checked.data
    found = {q.topic: q for q in questions_of(desk.drafts, work.id, data, topics)}
    assert (found["hpi.onset"].answer, found["hpi.onset"].says) == ("told", "Since Monday.")
    assert "ros.vision" not in data["denies"]
    assert (found["ros.fever"].answer, found["ros.fever"].seen) == ("open", True)
    assert found["hpi.why-now"].answer == "no"
    assert not found["ros.weight-loss"].seen
    assert desk.open(work.id).checked.notes == ()
