"""The outbox and xAPI: what is told, what never is, and that it arrives whatever happens."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from simulator.accounts.people import Person
from simulator.assignments.records import Assignment, Cohort
from simulator.cli import main
from simulator.encounter.encounter import Encounters
from simulator.encounter.records import Encounter, Note, SelfAssessment
from simulator.errors import SettingsError
from simulator.platforms.opening import open_courier
from simulator.platforms.outbox import LONGEST_PAUSE, Courier, Parcel, pause
from simulator.services import Services
from simulator.settings import Settings
from simulator.store.assignments import AssignmentStore
from simulator.store.database import connect
from simulator.store.outbox import OutboxStore
from simulator.store.people import PeopleStore
from simulator.store.repository import Repository
from tests.accounts.conftest import Office
from tests.conftest import SMALL_SCRIPT
from tests.encounter.conftest import Clock
from tests.platforms.receiving import Receiving, receiving

HOME = "https://sim.example.edu"


@dataclass
class Desk:
    """Encounters of a resident, and the courier who tells of them."""

    settings: Settings
    box: OutboxStore
    encounters: Encounters
    ledger: AssignmentStore
    office: Office
    ana: Person
    clock: Clock
    store: Receiving

    def courier(self) -> Courier:
        found = open_courier(self.settings, self.box, self.encounters, self.ledger)
        assert found is not None
        return found

    def hold(self, assignment: str = "") -> Encounter:
        """An encounter of Ana's that is over."""
        new = self.encounters.open(self.ana.id, "sore-knee", "practice", "im")
        if assignment:
            new = replace(new, id=f"{new.id[:-1]}x", assignment=assignment)
            self.encounters.store.add(new)
        self.encounters.enter(new.id, self.ana.id)
        self.clock.forward(minutes=4)
        self.encounters.end_interview(new.id, self.ana.id)
        self.encounters.submit_note(new.id, self.ana.id, Note(history="Fell on ice."))
        return self.encounters.submit_self_assessment(new.id, self.ana.id, SelfAssessment())

    def set(self, release: str) -> str:
        """An assignment whose feedback is given out so."""
        cohort = Cohort("c1", "im", "lead", "All", {self.ana.id: 0})
        self.ledger.put_cohort(cohort)
        now = self.clock()
        made = Assignment(
            f"a-{release}", "im", "lead", "Knees", "c1", ("sore-knee",), "practice", "any",
            now, now + timedelta(hours=2), 0, release, now,  # type: ignore[arg-type]
        )  # fmt: skip
        self.ledger.add_assignment(made)
        return made.id

    def put(self, number: int) -> None:
        """So many statements that wait."""
        parcels = [Parcel(f"x:{n}", "xapi", {"id": str(n)}) for n in range(number)]
        self.box.put(parcels, self.clock())

    def verbs(self) -> list[str]:
        return [s["verb"]["id"].rpartition("/")[2] for s in self.store.statements()]


@pytest.fixture
def store() -> Iterator[Receiving]:
    with receiving() as taken:
        yield taken


@pytest.fixture(scope="module")
def small(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Services:
    """The shipped knowledge around one small case."""
    scripts = tmp_path_factory.mktemp("scripts")
    (scripts / "sore-knee.yaml").write_text(json.dumps(SMALL_SCRIPT), encoding="utf-8")
    return Services(Settings(data_dir=data_dir, scripts_dir=scripts))


@pytest.fixture
def desk(small: Services, tmp_path: Path, store: Receiving) -> Iterator[Desk]:
    settings = Settings(
        accounts=True,
        xapi_url=store.url,
        xapi_user="bedside",
        xapi_password=SecretStr("hush-hush"),
        xapi_homepage=HOME,
    )
    engine, clock = connect(tmp_path / "encounters.sqlite3"), Clock()
    office = Office(PeopleStore(engine), now=clock)
    encounters = Encounters(small, Repository(engine), clock)
    ana = office.hire("ana.ruiz@school.edu", "resident", "im")
    desk = Desk(
        settings,
        OutboxStore(engine),
        encounters,
        AssignmentStore(engine),
        office,
        ana,
        clock,
        store,
    )
    desk.courier().once()  # switched on
    clock.forward(minutes=1)
    yield desk
    engine.dispose()


def test_an_encounter_is_told_of_when_it_was_begun_finished_and_scored(desk: Desk) -> None:
    held = desk.hold()
    assert desk.courier().once() == 3
    assert desk.courier().once() == 0
    assert sorted(desk.verbs()) == ["completed", "launched", "scored"]
    told = {s["verb"]["id"].rpartition("/")[2]: s for s in desk.store.statements()}
    for statement in told.values():
        assert statement["context"]["registration"] == held.id
        assert statement["object"]["id"] == f"{HOME}/encounters/{held.id}"
    result = told["scored"]["result"]
    assert result["score"] == {"raw": 0.0, "min": 0, "max": 2.0, "scaled": 0.0}
    assert {k.rpartition("/")[2] for k in result["extensions"]} == {
        "checklist",
        "communication",
        "reasoning",
    }
    path, headers, body = desk.store.came[0]
    assert path == f"/xapi/statements?statementId={body['id']}"
    assert headers["x-experience-api-version"] == "1.0.3"


def test_no_statement_holds_a_name_an_address_or_what_was_said(desk: Desk) -> None:
    desk.hold()
    desk.courier().once()
    sent = json.dumps(desk.store.statements())
    for secret in (
        "Ana",
        "ana.ruiz",
        "school.edu",
        desk.ana.id,
        "ice",
        "hush",
        "onset",
        "Sprained",
    ):
        assert secret not in sent
    assert {s["actor"]["account"]["name"] for s in desk.store.statements()} == {desk.ana.pseudonym}


def test_what_was_held_before_it_was_switched_on_is_not_told(desk: Desk, tmp_path: Path) -> None:
    fresh = OutboxStore(connect(tmp_path / "later.sqlite3"))
    assert fresh.since("xapi", desk.clock()) == desk.clock()
    desk.clock.forward(minutes=5)
    assert fresh.since("xapi", desk.clock()) < desk.clock()
    fresh.engine.dispose()


@pytest.mark.parametrize(("release", "minutes"), [("by hand", 500), ("when it closes", 60)])
def test_no_score_leaves_before_the_feedback_is_given_out(
    desk: Desk, release: str, minutes: int
) -> None:
    assignment = desk.set(release)
    desk.hold(assignment)
    desk.clock.forward(minutes=minutes)
    desk.courier().once()
    assert sorted(desk.verbs()) == ["completed", "launched"]
    if release == "by hand":
        desk.ledger.release(assignment, desk.clock())
    desk.clock.forward(minutes=120)
    desk.courier().once()
    assert sorted(desk.verbs()) == ["completed", "launched", "scored"]


def test_what_does_not_arrive_is_tried_again_with_growing_pauses_under_the_same_id(
    desk: Desk,
) -> None:
    desk.put(3)
    desk.store.answers = [503] * 3
    assert desk.courier().once() == 0
    waiting = desk.box.waiting()
    assert (waiting.count, waiting.fault) == (3, "record store: status 503")
    assert desk.courier().once() == 0 and len(desk.store.came) == 3
    desk.clock.forward(minutes=2)
    desk.store.answers = [503] * 3
    desk.courier().once()
    desk.clock.forward(minutes=1)
    assert desk.courier().once() == 0 and len(desk.store.came) == 6
    desk.clock.forward(minutes=2)
    assert desk.courier().once() == 3  # another courier: as after a restart
    assert len({s["id"] for s in desk.store.statements()}) == 3
    assert desk.box.waiting().count == 0


def test_what_arrived_though_nobody_heard_of_it_has_arrived(desk: Desk) -> None:
    desk.put(3)
    desk.store.answers = [409] * 3
    assert desk.courier().once() == 3


def test_a_store_that_leads_elsewhere_is_not_followed(desk: Desk) -> None:
    desk.put(3)
    desk.store.answers, desk.store.location = [307] * 3, "http://127.0.0.1:1/"
    assert desk.courier().once() == 0
    assert desk.box.waiting().fault == "record store: status 307"


def test_two_couriers_do_not_send_the_same_at_once(desk: Desk) -> None:
    desk.box.put([Parcel("x:1", "xapi", {"id": "1"})], desk.clock())
    until = desk.clock() + timedelta(minutes=5)
    assert len(desk.box.claim(10, until, desk.clock(), early=False)) == 1
    assert desk.box.claim(10, until, desk.clock(), early=False) == []
    desk.clock.forward(minutes=6)  # the first one died with it
    assert len(desk.box.claim(10, until, desk.clock(), early=False)) == 1


def test_what_is_not_switched_on_any_more_waits_and_says_so(desk: Desk) -> None:
    desk.box.put([Parcel("x:1", "grade", {})], desk.clock())
    assert desk.courier().once() == 0
    assert desk.box.waiting().fault == "it is not switched on"


def test_what_was_sent_stands_in_the_audit_log(desk: Desk) -> None:
    held = desk.hold()
    desk.courier().once()
    rows = {line.deed.row for line in desk.office.people.log() if line.deed.what == "sent out"}
    assert rows == {f"{verb}:{held.id}" for verb in ("launched", "completed", "scored")}


def test_the_courier_goes_by_itself_until_it_is_stopped(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.platforms.outbox.LOOK_S", 0.01)
    courier = desk.courier()
    desk.put(1)
    courier.start()
    for _ in range(500):
        if desk.box.waiting().sent:
            break
        time.sleep(0.02)
    courier.stop()
    assert desk.store.statements() == [{"id": "0"}]
    desk.put(2)
    desk.courier().stop()  # one that never began


def test_the_pauses_grow_up_to_six_hours() -> None:
    assert [pause(n).total_seconds() / 60 for n in range(4)] == [1, 2, 4, 8]
    assert pause(10_000) == LONGEST_PAUSE == timedelta(hours=6)


def test_nothing_is_sent_where_nobody_is_named(desk: Desk) -> None:
    bare = desk.settings.model_copy(update={"xapi_url": ""})
    assert open_courier(bare, desk.box, desk.encounters, desk.ledger) is None


@pytest.mark.parametrize(
    "more",
    [{"xapi_url": "http://lrs.example.edu"}, {"xapi_homepage": ""}, {"accounts": False}],
)
def test_settings_that_cannot_be_used_are_told_at_the_start(
    desk: Desk, more: dict[str, object]
) -> None:
    bent = desk.settings.model_copy(update=more)
    with pytest.raises(SettingsError):
        open_courier(bent, desk.box, desk.encounters, desk.ledger)


def test_a_command_says_how_it_stands_and_sends_what_waits(
    tmp_path: Path,
    store: Receiving,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("VSP_DATA_DIR", str(tmp_path))
    box = OutboxStore(connect(tmp_path / "encounters.sqlite3"))
    box.put([Parcel("x:1", "xapi", {"id": "1"})], Clock()())
    box.failed("x:1", "status 503", Clock()() + timedelta(days=9999))
    assert main(["outbox"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("1 waiting, the oldest since 2026-03-01 09:00; 0 sent so far")
    assert "status 503" in said
    assert main(["outbox", "--drain"]) == 2
    monkeypatch.setenv("VSP_ACCOUNTS", "1")
    monkeypatch.setenv("VSP_XAPI_URL", store.url)
    monkeypatch.setenv("VSP_XAPI_HOMEPAGE", HOME)
    assert main(["outbox", "--drain"]) == 0
    assert store.statements() == [{"id": "1"}]
    box.engine.dispose()
