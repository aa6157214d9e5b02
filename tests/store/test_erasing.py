"""Somebody is erased: their words go, marks stay as nobody's, on both databases and in the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from simulator.encounter.phases import Phase
from simulator.errors import NotAllowed
from simulator.evaluator.report import Report
from simulator.store.database import connect
from simulator.store.engines import Place
from simulator.store.erasing import LIFTED, Erasing, nobody
from simulator.store.outbox import OutboxStore
from simulator.store.people import PeopleStore
from simulator.store.record import RecordRows
from simulator.store.repository import Repository
from simulator.store.soundness import check
from simulator.store.tables import APPEND_ONLY
from tests.accounts.conftest import GOOD, Office
from tests.encounter.conftest import Clock
from tests.store.lives import WORD, Life, everything, lived
from tests.store.records import NOON, turn

LATER = NOON + timedelta(days=9)


@pytest.fixture
def engine(place: Place) -> Iterator[Engine]:
    made = connect(place)
    yield made
    made.dispose()


def traces_of(life: Life, engine: Engine) -> set[str]:
    """The tables, but for the log, in which anything still leads to somebody or was typed."""
    known = [WORD, life.id, *((life.email, life.person.pseudonym) if life.person else ())]
    known += [f'"{life.id}"'] + [f"ana-{n}" for n in range(3)] + ["subject of ana"]
    rows = {name: json.dumps(rows, default=str) for name, rows in everything(engine).items()}
    return {name for name, text in rows.items() if name != "log" and any(k in text for k in known)}


@pytest.mark.parametrize("account", [True, False], ids=["an account", "a browser"])
def test_after_it_nothing_but_the_log_leads_to_whoever_was_erased(
    engine: Engine, account: bool
) -> None:
    ana = lived(engine, "ana", account=account)
    assert {"encounter", "turn", "report", "asked", "cohort"} <= traces_of(ana, engine)
    done = Erasing(engine).erase(ana.id, nobody(), LATER)
    assert traces_of(ana, engine) == set() and everything(engine)["opinion"] == []
    assert done.nameless == 1 and done.gone["turn"] == 3 and done.gone["encounter"] == 3
    last = everything(engine)["log"][-1]
    assert (last["what"], last["row"]) == ("erased a record", ana.id)
    log = json.dumps(everything(engine)["log"])
    assert "@x.edu" not in log and WORD not in log


def test_the_marks_of_a_finished_talk_stay_for_the_course_as_nobody_s(engine: Engine) -> None:
    ana, store = lived(engine, "ana"), Repository(engine)
    before = Report.model_validate(store.latest_report("ana-0"))
    instead = nobody()
    Erasing(engine).erase(ana.id, instead, LATER)
    (talk,) = store.scored("im", "", "", 9)
    report = Report.model_validate(talk.report)
    assert (talk.resident, talk.case, talk.held_at) == (instead, "sore-knee", NOON)
    assert [i.verdict for i in report.items] == [i.verdict for i in before.items]
    assert (report.totals, report.scores) == (before.totals, before.scores)
    assert [r.verdict for r in talk.rulings] == ["met"] and talk.rulings[0].comment == ""
    kept = store.read(talk.id)
    assert kept.nameless and kept.turns == kept.orders == () and kept.note.empty
    assert (kept.added_percent, kept.started_at) == (0, None)
    assert store.finished("im", "", 9) == []
    assert OutboxStore(engine).waiting().count == 0


def test_of_somebody_who_is_no_resident_no_marks_stay(engine: Engine) -> None:
    ana = lived(engine, "ana")
    Office(PeopleStore(engine)).change_role(None, ana.id, "author", "im")
    assert Erasing(engine).erase(ana.id, nobody(), LATER).nameless == 0
    assert everything(engine)["encounter"] == everything(engine)["report"] == []


def test_all_that_is_kept_of_others_stays_as_it_was(engine: Engine) -> None:
    lived(engine, "ben")
    ana = RecordRows(engine).whose("ben@x.edu")
    assert ana is not None
    before = RecordRows(engine).record(ana)
    Erasing(engine).erase(lived(engine, "ana").id, nobody(), LATER)
    assert RecordRows(engine).record(ana) == before


def test_a_trial_says_what_would_go_and_nothing_goes(engine: Engine) -> None:
    ana = lived(engine, "ana")
    before = everything(engine)
    tried = Erasing(engine).erase(ana.id, nobody(), LATER, trial=True)
    assert everything(engine) == before
    assert tried == Erasing(engine).erase(ana.id, nobody(), LATER)


def test_afterwards_the_database_refuses_changes_as_before_and_the_log_is_whole(
    engine: Engine, place: Place
) -> None:
    Erasing(engine).erase(lived(engine, "ana").id, nobody(), LATER)
    lived(engine, "ben")
    assert set(LIFTED) == set(APPEND_ONLY) - {"log"}
    for table in APPEND_ONLY:
        with pytest.raises(IntegrityError, match="never changed"), engine.begin() as connection:
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own names
    assert check(place)[1] == []


def test_whoever_was_erased_is_out_and_can_be_invited_as_somebody_new(engine: Engine) -> None:
    office = Office(PeopleStore(engine), now=Clock())
    ana = office.hire("ana@x.edu", "resident", "im")
    secret = office.sign_in(ana.email, GOOD, "here")
    Erasing(engine).erase(ana.id, nobody(), LATER)
    assert office.session(secret) is None
    with pytest.raises(NotAllowed, match="do not belong together"):
        office.sign_in(ana.email, GOOD, "here")
    assert office.hire("ana@x.edu", "resident", "im").id != ana.id


def test_an_interview_that_goes_on_meanwhile_stores_nothing_more(engine: Engine) -> None:
    ana, store = lived(engine, "ana"), Repository(engine)
    running = store.read("ana-1")
    Erasing(engine).erase(ana.id, nobody(), LATER)
    with pytest.raises(NotAllowed):
        store.add_turn("ana-1", turn(2))
    with pytest.raises(NotAllowed):
        store.update(running, Phase.INTERVIEW)
    assert not store.keep("ana-1", ana.id, [Phase.INTERVIEW], {"pad": WORD})


def test_what_was_erased_does_not_lie_in_the_file_any_more(tmp_path: Path) -> None:
    path = tmp_path / "encounters.sqlite3"
    engine = connect(path)
    ana = lived(engine, "ana")
    Erasing(engine).erase(ana.id, nobody(), LATER)
    engine.dispose()
    left = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    assert WORD.encode() not in left and b"ana@x.edu" not in left
    assert ana.id.encode() in left  # of the log, and so the search finds what is there
