"""The repository: what was answered is stored once, never changed, and nobody else's to see."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from simulator.encounter.phases import Phase
from simulator.encounter.records import Dispute, Note, NoteDiagnosis, Order, SelfAssessment
from simulator.errors import NotAllowed, StoreError
from simulator.store.database import connect
from simulator.store.engines import Place
from simulator.store.repository import Repository
from simulator.store.tables import TurnRow
from tests import outside
from tests.store.records import ENCOUNTER, NOON, turn
from tests.traces import PLAIN


@pytest.fixture
def store(place: Place) -> Iterator[Repository]:
    repository = Repository(connect(place))
    repository.add(ENCOUNTER)
    yield repository
    repository.engine.dispose()


def test_every_connection_to_a_file_logs_ahead_syncs_in_full_and_checks_references(
    tmp_path: Path,
) -> None:
    store = Repository(connect(tmp_path / "deep" / "folder" / "encounters.sqlite3"))

    def pragmas(_: int) -> list[object]:
        with store.engine.connect() as connection:
            names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            return [connection.execute(text(f"PRAGMA {n}")).scalar_one() for n in names]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(pragmas, range(4))) == [["wal", 2, 1, 5000]] * 4


def test_an_encounter_comes_back_whole_from_a_second_program(
    store: Repository, place: Place
) -> None:
    later = replace(
        ENCOUNTER,
        phase=Phase.NOTE,
        mode="exam",
        started_at=NOON,
        deadline=NOON + timedelta(minutes=10),
        ended_at=NOON + timedelta(minutes=9, seconds=1, microseconds=5),
        note_deadline=NOON + timedelta(minutes=15),
        hints=("Asks about fever",),
        pad="Knie, 3 Tage — größer ♥",
        note=Note(history="Fell.", diagnoses=(NoteDiagnosis(name="Sprain"),), workup="X-ray"),
        self_assessment=SelfAssessment(history=5, went_well="All"),
    )
    store.update(later, expected=Phase.INTERVIEW)
    store.add_turn("e1", turn(1))
    order = Order("test", "CRP", "4 mg/L", 1, NOON)
    store.add_order("e1", order)
    second = Repository(connect(place))
    assert second.get("e1", "ana") == replace(later, turns=(turn(1),), orders=(order,))
    second.engine.dispose()


def test_a_turn_of_an_older_program_is_read(store: Repository) -> None:
    first = {k: v for k, v in turn(1).trace.stored().items() if k in PLAIN}
    del first["schema"], first["acts"]
    add_raw(store, 1, first)
    (read,) = store.get("e1", "ana").turns
    assert (read.trace.told, read.trace.acts, read.trace.calls) == (("knee",), {}, ())


def test_a_turn_whose_trace_cannot_be_read_is_a_sentence_that_names_it(store: Repository) -> None:
    store.add_turn("e1", turn(1))
    add_raw(store, 2, {**turn(2).trace.stored(), "colour": "red"})
    with pytest.raises(StoreError, match=r"Turn 2 of encounter e1: .*colour"):
        store.get("e1", "ana")
    assert [e.id for e in store.of_resident("ana")] == ["e1"]


def add_raw(store: Repository, seq: int, trace: dict[str, Any]) -> None:
    """Store a turn with this trace as another version of the program left it."""
    row = {c: getattr(turn(seq), c) for c in ("seq", "client_turn_id", "said", "reply", "state")}
    with store.engine.begin() as connection:
        connection.execute(insert(TurnRow).values(**row, encounter="e1", trace=trace, at=NOON))


def test_a_turn_sent_twice_stands_once_and_the_first_answer_is_returned(store: Repository) -> None:
    first = store.add_turn("e1", turn(1, "same", "It hurts."))
    again = store.add_turn("e1", turn(2, "same", "Something else."))
    assert again == first
    assert store.get("e1", "ana").turns == (first,)


def test_a_turn_from_sixteen_threads_stands_once(store: Repository) -> None:
    with ThreadPoolExecutor(16) as pool:
        replies = pool.map(lambda n: store.add_turn("e1", turn(1, "same", f"Reply {n}")), range(16))
        returned = {t.reply for t in replies}
    kept = store.get("e1", "ana").turns
    assert len(kept) == 1
    assert returned == {kept[0].reply}


def test_two_different_turns_of_one_number_are_not_both_stored(store: Repository) -> None:
    store.add_turn("e1", turn(1, "one"))
    with pytest.raises(NotAllowed, match="Another tab was faster. Reload the page"):
        store.add_turn("e1", turn(1, "two"))
    assert [t.client_turn_id for t in store.get("e1", "ana").turns] == ["one"]


def test_the_same_client_id_in_another_encounter_is_another_turn(store: Repository) -> None:
    store.add(replace(ENCOUNTER, id="e2", resident="ben"))
    store.add_turn("e1", turn(1, "same", "One."))
    store.add_turn("e2", turn(1, "same", "Two."))
    assert [store.get(*who).turns[0].reply for who in (("e1", "ana"), ("e2", "ben"))] == [
        "One.",
        "Two.",
    ]


def test_a_turn_is_found_by_its_client_id_and_only_then(store: Repository) -> None:
    store.add_turn("e1", turn(1, "mine"))
    assert store.find_turn("e1", "mine") == turn(1, "mine")
    assert store.find_turn("e1", "other") is None
    assert store.find_turn("e2", "mine") is None


@pytest.mark.parametrize("table", ["turn", "report"])
@pytest.mark.parametrize("change", ["UPDATE {} SET at = '2001-01-01'", "DELETE FROM {}"])
def test_turns_and_reports_cannot_be_updated_or_deleted(
    store: Repository, table: str, change: str
) -> None:
    store.add_turn("e1", turn(1))
    store.add_report("e1", {"score": 1}, NOON)
    with (
        pytest.raises(IntegrityError, match=f"{table} rows are never changed"),
        store.engine.begin() as connection,
    ):
        connection.execute(text(change.format(table)))
    assert store.get("e1", "ana").turns == (turn(1),)
    assert store.latest_report("e1") == {"score": 1}


def test_another_program_cannot_delete_a_turn_either(store: Repository, place: Place) -> None:
    store.add_turn("e1", turn(1))
    with pytest.raises(Exception, match="turn rows are never changed"):
        outside.run(place, "DELETE FROM turn")
    assert len(store.get("e1", "ana").turns) == 1


@pytest.mark.parametrize(
    ("encounter", "resident"),
    [("e1", "ben"), ("e1", ""), ("e1", "ANA"), ("e2", "ana"), ("", "ana"), ("e1' OR '1'='1", "x")],
)
def test_an_encounter_of_somebody_else_and_one_that_is_not_there_read_alike(
    store: Repository, encounter: str, resident: str
) -> None:
    with pytest.raises(NotAllowed) as caught:
        store.get(encounter, resident)
    assert str(caught.value) == "There is no such encounter of yours. Choose a case to begin."


def test_a_resident_s_encounters_are_listed_newest_first_and_nobody_else_s(
    store: Repository,
) -> None:
    store.add(replace(ENCOUNTER, id="e2", created_at=NOON + timedelta(hours=1)))
    store.add(replace(ENCOUNTER, id="e3", resident="ben"))
    assert [e.id for e in store.of_resident("ana")] == ["e2", "e1"]
    assert [e.id for e in store.of_resident("ben")] == ["e3"]
    assert store.of_resident("nobody") == []


def test_what_an_encounter_began_with_is_not_changed_by_an_update(store: Repository) -> None:
    other = ENCOUNTER.script.model_copy(update={"title": "Another"})
    store.update(replace(ENCOUNTER, resident="ben", script=other, pad="x"), Phase.INTERVIEW)
    assert store.get("e1", "ana") == replace(ENCOUNTER, pad="x")


def test_an_update_from_an_old_phase_changes_nothing(store: Repository) -> None:
    with pytest.raises(NotAllowed, match="moved on in another tab"):
        store.update(replace(ENCOUNTER, pad="late"), expected=Phase.BRIEFING)
    assert store.get("e1", "ana").pad == ""


def test_an_order_given_from_sixteen_threads_stands_once(store: Repository) -> None:
    order = Order("test", "CRP", "4 mg/L", 0, NOON)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: store.add_order("e1", order), range(16)))
    assert store.get("e1", "ana").orders == (order,)


def test_a_new_report_stands_beside_the_old_and_is_the_one_shown(store: Repository) -> None:
    assert store.latest_report("e1") is None
    store.add_report("e1", {"score": 1}, NOON)
    store.add_report("e1", {"score": 2}, NOON)
    assert store.latest_report("e1") == {"score": 2}
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM report")).scalar_one() == 2


def test_what_is_said_against_a_mark_is_kept_in_order_and_never_changed(store: Repository) -> None:
    first = Dispute("checklist:fever", "I did ask this.", 2, NOON)
    again = replace(first, turn=None, at=NOON + timedelta(minutes=1))
    for dispute in (first, again):
        store.add_dispute("e1", dispute)
    assert store.disputes("e1") == [first, again]
    with pytest.raises(IntegrityError, match="never changed"), store.engine.begin() as connection:
        connection.execute(text("DELETE FROM dispute"))


def test_an_encounter_may_begin_with_turns_and_orders(store: Repository) -> None:
    order = Order("test", "CRP", "4 mg/L", 1, NOON)
    begun = replace(
        ENCOUNTER, id="e2", branch_of="e1", branch_turn=2, turns=(turn(1),), orders=(order,)
    )
    store.add(begun)
    assert store.get("e2", "ana") == begun
