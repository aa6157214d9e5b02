from __future__ import annotations

from pathlib import Path

import pytest

from simulator.errors import DraftConflict, NotAllowed, UnknownScript
from simulator.studio.drafts import MOST_KEPT, Drafts


@pytest.fixture
def drafts(tmp_path: Path) -> Drafts:
    found = Drafts(tmp_path / "drafts")
    found.create("knee", "one")
    return found


def test_each_save_is_a_version_and_undo_and_redo_walk_them(drafts: Drafts) -> None:
    second = drafts.save("knee", "two", 1)
    assert (second.version, second.text, second.can_undo, second.can_redo) == (
        2,
        "two",
        True,
        False,
    )
    back = drafts.step("knee", 2, -1)
    assert (back.version, back.text, back.can_undo, back.can_redo) == (1, "one", False, True)
    assert drafts.step("knee", 1, 1).text == "two"


def test_what_is_saved_after_an_undo_goes_on_from_there(drafts: Drafts) -> None:
    drafts.save("knee", "two", 1)
    drafts.step("knee", 2, -1)
    other = drafts.save("knee", "three", 1)
    assert (other.text, other.can_redo) == ("three", False)
    assert drafts.step("knee", other.version, -1).text == "one"


def test_a_save_on_an_outdated_version_is_refused_and_both_are_kept(drafts: Drafts) -> None:
    theirs = drafts.save("knee", "theirs", 1)
    with pytest.raises(DraftConflict) as refused:
        drafts.save("knee", "mine", 1)
    assert drafts.get("knee").text == "theirs"
    assert drafts.text_of("knee", refused.value.mine) == "mine"
    assert refused.value.theirs == theirs.version
    assert drafts.get("knee").aside == (refused.value.mine,)
    assert drafts.settle("knee", refused.value.mine).aside == ()
    assert drafts.text_of("knee", refused.value.mine) == "mine"


def test_the_same_text_makes_no_new_version_whoever_sends_it(drafts: Drafts) -> None:
    drafts.save("knee", "two", 1)
    assert drafts.save("knee", "two", 1).version == 2


def test_undo_by_one_who_has_not_seen_the_newest_is_refused(drafts: Drafts) -> None:
    drafts.save("knee", "two", 1)
    with pytest.raises(NotAllowed, match="Somebody else"):
        drafts.step("knee", 1, -1)
    with pytest.raises(NotAllowed, match="nothing to undo|Nothing"):
        drafts.step("knee", 2, 1)


def test_an_id_that_is_taken_or_leads_elsewhere_is_refused(drafts: Drafts) -> None:
    with pytest.raises(NotAllowed, match="already"):
        drafts.create("knee", "x")
    for name in ("../knee", "", "a/b", ".discarded"):
        with pytest.raises(NotAllowed):
            drafts.create(name, "x")
        with pytest.raises(UnknownScript):
            drafts.get(name)


def test_a_discarded_draft_is_gone_from_the_list_and_kept_on_disk(drafts: Drafts) -> None:
    away = drafts.discard("knee")
    assert drafts.ids() == []
    assert (away / "1.yaml").read_text() == "one"
    drafts.create("knee", "again")
    assert drafts.get("knee").version == 1


def test_the_oldest_versions_go_when_there_are_very_many(drafts: Drafts) -> None:
    version = 1
    for n in range(MOST_KEPT + 3):
        version = drafts.save("knee", f"text {n}", version).version
    folder = drafts.beside("knee", "1.yaml").parent
    assert len(list(folder.glob("*.yaml"))) == MOST_KEPT
    assert drafts.get("knee").can_undo
