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
