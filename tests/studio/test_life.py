from __future__ import annotations

import pytest

from simulator.errors import NotAllowed
from simulator.scripts.library import substance
from simulator.scripts.parsing import read_script
from simulator.studio import editions, life
from simulator.studio.casetest import CaseTest, Fault
from simulator.studio.desk import Desk, Work
from simulator.studio.splice import Edit
from simulator.studio.starter import Basics
from tests.studio.shipped import AFTER, CASE, NEXT, NOW

ANA, BEN = "Ana Ruiz", "Ben Okoye"


def with_result(desk: Desk, work: Work, *faults: Fault) -> Work:
    """The case with a result of its case test, as if it had been run."""
    assert work.checked.script is not None
    found = CaseTest(version=work.version, tested=substance(work.checked.script), questions=1,
                     seconds=1, faults=faults, tiers=(), earned=0, items=0)  # fmt: skip
    desk.drafts.keep_beside(work.id, f"tested/{work.version}.json", found.model_dump_json())
    return work


def in_review(desk: Desk) -> Work:
    """The next edition of a shipped case, one line changed, tested and handed in by Ana."""
    work = desk.next_edition(CASE)
    path = ("facts", 2, "says")
    work = desk.edit(CASE, work.version, [Edit(do="set", path=path, value="Since noon.")])
    life.move(desk, with_result(desk, work), "review", ANA)
    return desk.open(CASE)


def shut(desk: Desk, work: Work) -> list[str]:
    return [g.name for g in life.gates(desk, work, "released") if not g.holds]


def offered(desk: Desk) -> dict[str, str]:
    return {s.id: s.version for s in desk.services.library.released()}


def on_trial(desk: Desk) -> dict[str, str]:
    return {s.id: s.version for s in desk.services.library.offered(testing=True)}


def test_a_case_goes_from_draft_to_review_to_pilot_to_release_to_its_end(desk: Desk) -> None:
    shipped = desk.services.library.files[CASE].read_text(encoding="utf-8")
    work = in_review(desk)
    assert life.standing(work) == "review"
    life.move(desk, work, "pilot", ANA)
    assert not desk.drafts.has(CASE)
    assert (offered(desk)[CASE], on_trial(desk)[CASE]) == (NOW, NEXT)
    life.move(desk, desk.open(CASE), "released", BEN)
    assert offered(desk)[CASE] == NEXT
    script = desk.services.library.get(CASE)
    assert (script.status, script.reviewers) == ("released", (BEN,))
    life.move(desk, desk.open(CASE), "retired", ANA, "The guideline has changed.")
    assert CASE not in offered(desk) | on_trial(desk)
    did = [(e.who, e.did, e.edition) for e in life.events(desk.drafts, CASE)]
    assert did == [
        (ANA, "review", NEXT), (ANA, "pilot", NEXT), (BEN, "released", NEXT),
        (ANA, "retired", NEXT),
    ]  # fmt: skip
    original = desk.services.settings.scripts_dir / f"{CASE}.yaml"
    assert original.read_text(encoding="utf-8") == shipped


def test_who_wrote_a_case_does_not_release_it_however_the_name_is_typed(desk: Desk) -> None:
    work = in_review(desk)
    for name in (ANA, "ana  RUIZ", *work.checked.data["authors"]):
        with pytest.raises(NotAllowed, match="second person"):
            life.move(desk, work, "released", name)
    life.move(desk, work, "released", BEN)
    assert offered(desk)[CASE] == NEXT


def test_who_released_an_edition_may_write_the_next(desk: Desk) -> None:
    life.move(desk, in_review(desk), "released", BEN)
    work = desk.next_edition(CASE)
    assert work.checked.script is not None
    assert (work.edition, work.checked.script.reviewers) == (AFTER, ())
    life.move(desk, with_result(desk, work), "review", BEN)
    with pytest.raises(NotAllowed, match="second person"):
        life.move(desk, desk.open(CASE), "released", BEN)
    life.move(desk, desk.open(CASE), "released", ANA)


def test_a_release_waits_for_the_case_test_of_the_very_text(desk: Desk) -> None:
    work = in_review(desk)
    assert shut(desk, work) == []
    path = ("facts", 3, "says")
    work = desk.edit(CASE, work.version, [Edit(do="set", path=path, value="Since dawn.")])
    assert [g for g in shut(desk, work) if "case test" in g]
    with pytest.raises(NotAllowed, match="not been tested"):
        life.move(desk, work, "pilot", ANA)
    leak = Fault(kind="leak", about="fear", message="it came")
    assert [g for g in shut(desk, with_result(desk, work, leak)) if "case test" in g]
    mere = Fault(kind="collision", about="fear", message="another answers")
    assert shut(desk, with_result(desk, work, mere)) == []


def test_an_open_comment_and_a_number_that_is_taken_keep_a_case_back(desk: Desk) -> None:
    work = in_review(desk)
    life.comment(desk, work, BEN, "Would she say 'radiate'?")
    assert shut(desk, work) == ["No comment is open"]
    life.settle(desk.drafts, CASE, 1, ANA)
    assert shut(desk, work) == []
    edit = Edit(do="set", path=("version",), value=NOW)
    assert shut(desk, desk.edit(CASE, work.version, [edit])) == [
        "Its edition has a number of its own"
    ]
    with pytest.raises(NotAllowed, match="no such comment"):
        life.settle(desk.drafts, CASE, 0, ANA)
    with pytest.raises(NotAllowed, match="Write the comment"):
        life.comment(desk, work, BEN, "  ")


def test_a_text_under_another_id_is_not_published(desk: Desk) -> None:
    work = in_review(desk)
    work = with_result(desk, desk.save(CASE, work.version, work.text.replace(CASE, "other")))
    with pytest.raises(NotAllowed, match="names 'other'"):
        life.move(desk, work, "released", BEN)


def test_a_draft_that_lacks_much_is_told_what_and_is_not_published(
    desk: Desk, basics: Basics
) -> None:
    work = desk.create(basics)
    with pytest.raises(NotAllowed, match="goes from 'draft' to 'review'"):
        life.move(desk, work, "released", BEN)
    life.move(desk, work, "review", ANA)
    work = with_result(desk, desk.open(work.id))
    missing = [m for g in life.gates(desk, work, "pilot") for m in g.missing]
    assert ("facts: a released case has 35 facts or more", "facts") in missing
    with pytest.raises(NotAllowed, match="Not yet"):
        life.move(desk, work, "pilot", ANA)
    assert not desk.services.settings.cases_dir.exists()
    life.move(desk, work, "draft", BEN, "Read it once more.")
    assert life.standing(desk.open(work.id)) == "draft"


def test_every_edition_stays_to_be_read_and_begun_anew(desk: Desk) -> None:
    life.move(desk, in_review(desk), "released", BEN)
    services = desk.services
    assert editions.versions(services, CASE) == [NOW, NEXT]
    assert "Since noon." in editions.text_of(services, CASE, NEXT)
    assert "Since noon." not in editions.text_of(services, CASE, NOW)
    begun = desk.next_edition(CASE, NOW)
    assert (begun.edition, "Since noon." in begun.text) == (AFTER, False)
    for path in services.settings.cases_dir.glob("*/*.yaml"):
        assert read_script(path)[0].version == path.stem


def test_a_shipped_case_can_be_retired_without_a_change_to_its_file(desk: Desk) -> None:
    life.move(desk, desk.in_library(CASE), "retired", ANA)
    assert CASE not in offered(desk)
    assert desk.services.library.get(CASE).status == "retired"
    assert life.NEXT[life.standing(desk.open(CASE))] == ()
    assert desk.next_edition(CASE).edition == NEXT


def test_what_was_put_away_unpublished_takes_its_comments_along(desk: Desk, basics: Basics) -> None:
    work = desk.create(basics)
    life.comment(desk, work, BEN, "Nice.")
    desk.discard(work.id)
    assert life.events(desk.drafts, work.id) == ()


def test_what_happened_to_a_case_of_the_library_outlives_a_draft_that_is_put_away(
    desk: Desk,
) -> None:
    life.comment(desk, desk.next_edition(CASE), BEN, "Nice.")
    desk.discard(CASE)
    assert not desk.drafts.has(CASE)
    assert [e.text for e in life.events(desk.drafts, CASE)] == ["Nice."]
