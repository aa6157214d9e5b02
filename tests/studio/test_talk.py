from __future__ import annotations

from simulator.studio import talk
from simulator.studio.desk import Desk
from simulator.studio.splice import Edit

CASE = "chest-pain-maria-lopez"


def test_each_answer_says_why_with_five_rivals_and_their_chances(desk: Desk) -> None:
    script = desk.services.library.get(CASE)
    patient = desk.patient(script)
    held = talk.ask(patient, talk.Talk(), "When did it start?", 0)
    why = talk.explain(held.turns[0], patient.case)
    assert why.kinds == ("told",)
    assert why.rivals[0].fact == "onset"
    assert why.rivals[0].name == script.fact("onset").says
    assert len(why.rivals) == 5
    assert [r.chance for r in why.rivals] == sorted((r.chance for r in why.rivals), reverse=True)
    assert why.acts[0][1] >= 0.5
    assert why.expect == {"facts": ["onset"]}
    assert why.trust < why.trust_needed


def test_what_is_kept_back_is_told_with_its_reason(desk: Desk) -> None:
    patient = desk.patient(desk.services.library.get(CASE))
    held = talk.ask(patient, talk.Talk(), "Have you stopped taking any of your pills?", 0)
    why = talk.explain(held.turns[0], patient.case)
    assert "withheld" in why.kinds
    assert any("stopped_statin: told only in trust" in step for step in why.steps)


def test_after_a_change_the_talk_is_put_again_and_what_differs_is_marked(desk: Desk) -> None:
    work = desk.next_edition(CASE)
    assert work.checked.script is not None
    patient, held = desk.patient(work.checked.script), talk.Talk()
    for said in ("When did it start?", "Does it spread anywhere?"):
        held = talk.ask(patient, held, said, work.version)
    place = [f.id for f in work.checked.script.facts].index("onset")
    path = ("facts", place, "says")
    changed = desk.edit(CASE, work.version, [Edit(do="set", path=path, value="Since noon.")])
    assert changed.checked.script is not None
    again = talk.ask_again(desk.patient(changed.checked.script), held, changed.version)
    assert again.version == changed.version
    assert (again.turns[0].reply, again.turns[0].was) == ("Since noon.", held.turns[0].reply)
    assert again.turns[1].was is None
    assert again.turns[1].reply == held.turns[1].reply


def test_a_talk_is_kept_under_its_name_and_goes_on(desk: Desk) -> None:
    patient = desk.patient(desk.services.library.get(CASE))
    held = talk.ask(patient, talk.Talk(), "When did it start?", 0)
    talk.keep(desk.drafts, CASE, "abc", held)
    again = talk.load(desk.drafts, CASE, "abc")
    assert again == held
    assert talk.load(desk.drafts, CASE, "other").turns == ()
    goes_on = talk.ask(patient, again, "When did it start?", 0)
    assert goes_on.turns[1].reply != held.turns[0].reply


def test_a_talk_that_another_version_of_the_program_kept_begins_anew(desk: Desk) -> None:
    patient = desk.patient(desk.services.library.get(CASE))
    held = talk.ask(patient, talk.Talk(), "When did it start?", 0)
    talk.keep(desk.drafts, CASE, "abc", held)
    kept = desk.drafts.beside(CASE, "talks/abc.json")
    kept.write_text(kept.read_text(encoding="utf-8").replace('"schema":4', '"schema":99'))
    assert talk.load(desk.drafts, CASE, "abc") == talk.Talk()
