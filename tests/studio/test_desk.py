from __future__ import annotations

import pytest

from simulator.errors import DraftConflict, NotAllowed, UnknownScript
from simulator.patient.turn import State
from simulator.studio.desk import Desk
from simulator.studio.splice import Edit
from simulator.studio.starter import Basics
from tests.studio.shipped import CASE, NEXT, NOW


def says(fact: int, text: str) -> Edit:
    return Edit(do="set", path=("facts", fact, "says"), value=text)


def test_a_new_patient_plays_at_once_and_has_no_fault(desk: Desk, basics: Basics) -> None:
    work = desk.create(basics)
    assert work.id == "cough-ben-harris"
    assert work.checked.notes == ()
    assert work.checked.script is not None
    reply, _ = desk.patient(work.checked.script).reply("Any fever?", State())
    assert reply.decision.denied == ("ros.fever",)


def test_a_second_patient_of_that_name_gets_an_id_of_its_own(desk: Desk, basics: Basics) -> None:
    desk.create(basics)
    assert desk.create(basics).id == "cough-ben-harris-2"


def test_a_copy_has_its_own_title_and_says_where_it_comes_from(desk: Desk) -> None:
    work = desk.clone(CASE, "Chest pain at the bus stop")
    script = work.checked.script
    assert script is not None
    assert (script.id, script.version, script.status) == (
        "chest-pain-at-the-bus-stop", "0.1.0", "draft",
    )  # fmt: skip
    assert script.source == f"Copied from {CASE} {NOW}"
    assert work.checked.notes == ()


@pytest.mark.parametrize("title", ["", "  ", "chest pain on the stairs"])
def test_a_copy_without_a_title_of_its_own_is_refused(desk: Desk, title: str) -> None:
    with pytest.raises(NotAllowed, match="title of its own"):
        desk.clone(CASE, title)


def test_a_case_of_the_library_is_changed_in_a_draft_of_its_next_edition(desk: Desk) -> None:
    original = desk.services.library.files[CASE].read_text(encoding="utf-8")
    with pytest.raises(NotAllowed, match="next edition"):
        desk.edit(CASE, 0, [says(0, "x")])
    work = desk.next_edition(CASE)
    changed = desk.edit(CASE, work.version, [says(0, "Something else hurts.")])
    assert changed.checked.script is not None
    assert changed.checked.script.version == NEXT
    assert desk.services.library.files[CASE].read_text(encoding="utf-8") == original
    assert desk.next_edition(CASE).version == changed.version


def test_of_two_authors_the_later_save_is_refused_and_neither_text_is_lost(
    desk: Desk, basics: Basics
) -> None:
    work = desk.create(basics)
    first = Edit(do="set", path=("opening",), value="I cough all night.")
    second = Edit(do="set", path=("closing",), value="Thank you.")
    theirs = desk.edit(work.id, work.version, [first])
    with pytest.raises(DraftConflict) as refused:
        desk.edit(work.id, work.version, [second])
    mine = desk.drafts.text_of(work.id, refused.value.mine)
    assert "Thank you." in mine
    assert "all night" not in mine
    assert "all night" in desk.open(work.id).text
    assert desk.open(work.id).version == theirs.version


def test_while_the_newest_version_has_a_fault_the_one_before_it_plays(
    desk: Desk, basics: Basics
) -> None:
    work = desk.create(basics)
    broken = desk.save(work.id, work.version, work.text.replace("schema: 1", "schema: one"))
    assert broken.checked.script is None
    found = desk.playable(broken)
    assert found is not None
    assert found[1] == work.version


def test_only_changed_lines_are_encoded_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    work = desk.next_edition(CASE)
    assert work.checked.script is not None
    desk.case(work.checked.script)
    encoded: list[str] = []
    encode = desk.lines.encoder.encode
    monkeypatch.setattr(
        desk.lines.encoder, "encode", lambda texts: (encoded.extend(texts), encode(texts))[1]
    )
    changed = desk.edit(CASE, work.version, [says(2, "Since noon.")])
    assert changed.checked.script is not None
    desk.case(changed.checked.script)
    assert encoded == ["Since noon."]


def test_the_list_shows_drafts_first_and_every_case_of_the_library(
    desk: Desk, basics: Basics
) -> None:
    desk.create(basics)
    rows, problems = desk.rows()
    assert problems == []
    assert (rows[0].work.id, rows[0].status, rows[0].name) == (
        "cough-ben-harris", "draft", "Ben Harris",
    )  # fmt: skip
    assert {r.work.id for r in rows[1:]} == set(desk.services.library.scripts)
    assert all(not r.work.editable and r.work.checked.complete == 100 for r in rows[1:])


def test_what_is_nowhere_is_a_sentence(desk: Desk) -> None:
    for name in ("nobody", "../etc", ""):
        with pytest.raises(UnknownScript):
            desk.open(name)


def test_a_draft_that_cannot_be_read_is_told_and_hides_no_other(desk: Desk, basics: Basics) -> None:
    broken, well = desk.create(basics), desk.create(basics)
    desk.drafts.beside(broken.id, "1.yaml").unlink()
    rows, problems = desk.rows()
    assert [r.work.id for r in rows if r.work.editable] == [well.id]
    assert len(problems) == 1


def test_another_id_in_the_text_is_a_finding(desk: Desk, basics: Basics) -> None:
    work = desk.create(basics)
    changed = desk.save(work.id, 1, work.text.replace(f"id: {work.id}", "id: other"))
    assert [n.path for n in changed.checked.notes] == [("id",)]
