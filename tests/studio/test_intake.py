from __future__ import annotations

import pytest

from simulator.errors import ScriptError
from simulator.patient.turn import State
from simulator.scripts.formats import write_case
from simulator.studio.desk import Desk
from simulator.studio.intake import Source, intake_of, see, take_in

VIGNETTE = b"""Cough
A 46-year-old man presents to his family doctor with a cough for three weeks.
He brings up white phlegm in the mornings. He denies fever. He smokes five cigarettes a day.
On examination his chest is clear. Temperature 36.8, pulse 76.
Diagnosis: Post-infectious cough
"""


def test_a_pasted_vignette_plays_at_once_beside_what_needs_a_human(desk: Desk) -> None:
    (work,) = take_in(desk, Source(VIGNETTE))
    assert work.checked.script is not None
    reply, _ = desk.patient(work.checked.script).reply("Any fever?", State())
    assert reply.decision.denied or reply.decision.told
    held = intake_of(desk.drafts, work.id)
    assert held.to_see == len(held.needs) > 0
    assert [n for n in held.needs if n.said.startswith(held.origin)] == []
    smokes = [f.id for f in work.checked.script.facts if "five" in f.says]
    assert "He smokes five cigarettes a day." in held.sources[smokes[0]]
    see(desk.drafts, work.id, 0)
    assert intake_of(desk.drafts, work.id).to_see == len(held.needs) - 1


def test_what_needs_a_human_leads_to_the_part_where_it_is_seen_to(desk: Desk) -> None:
    (work,) = take_in(desk, Source(b"She has had a cough for weeks. She smokes."))
    parts = {n.said.partition(";")[0]: n.part for n in intake_of(desk.drafts, work.id).needs}
    assert parts["no age was found"] == "doorway"


def test_the_same_file_twice_makes_two_drafts_and_a_library_case_is_never_met(desk: Desk) -> None:
    script = desk.services.library.get("chest-pain-maria-lopez")
    made = write_case(script, "medbiquitous")
    works = [take_in(desk, Source(made.data, made.filename))[0] for _ in range(2)]
    assert [w.id for w in works] == ["chest-pain-maria-lopez-2", "chest-pain-maria-lopez-3"]
    assert works[0].checked.script is not None
    assert works[0].checked.script.status == "draft"


def test_a_file_that_is_none_or_holds_too_many_cases_makes_no_draft(desk: Desk) -> None:
    with pytest.raises(ScriptError, match="empty"):
        take_in(desk, Source(b"  "))
    case = b'{"OSCE_Examination": {"Patient_Actor": {"Demographics": "30-year-old man"}}}\n'
    with pytest.raises(ScriptError, match="at a time"):
        take_in(desk, Source(case * 21, "many.jsonl"))
    assert desk.drafts.ids() == []


def test_a_draft_that_was_not_taken_in_has_nothing_of_the_kind(desk: Desk) -> None:
    assert intake_of(desk.drafts, "chest-pain-maria-lopez").needs == ()
