"""The one service that scores: once, kept, and again beside what was kept."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from simulator.encounter.encounter import Encounters
from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter, Note, Ruling, SelfAssessment
from simulator.errors import NotAllowed
from simulator.evaluator.report import ItemReport, Report
from simulator.feedback import Feedback
from simulator.services import Services
from simulator.settings import Settings
from simulator.store.database import connect
from simulator.store.erasing import Erasing, nobody
from simulator.store.repository import Repository
from simulator.store.tables import ReportRow
from simulator.studio import rescoring
from tests.encounter.conftest import Clock
from tests.judges import certify_for, doubt, judging, says
from tests.model_server import ModelServer, answer, status

CASE = "chest-pain-maria-lopez"


class Place:
    """An installation with one resident, and the service that scores."""

    def __init__(self, services: Services, database: Path) -> None:
        self.store = Repository(connect(database))
        self.encounters = Encounters(services, self.store, Clock())
        self.feedback = Feedback(services, self.store, self.encounters.now)

    def held(self, *said: str) -> Encounter:
        """An encounter that is over, in which this was said."""
        new = self.encounters.open("ana", CASE, "practice").id
        self.encounters.enter(new, "ana")
        for number, words in enumerate(said):
            self.encounters.ask(new, "ana", words, str(number))
        self.encounters.end_interview(new, "ana")
        self.encounters.submit_note(new, "ana", Note())
        self.encounters.submit_self_assessment(new, "ana", SelfAssessment())
        return self.encounters.get(new, "ana")

    def kept(self) -> int:
        with Session(self.store.engine) as session:
            return session.scalar(select(func.count()).select_from(ReportRow)) or 0


@pytest.fixture
def place(services: Services, tmp_path: Path) -> Iterator[Place]:
    place = Place(services, tmp_path / "encounters.sqlite3")
    yield place
    place.store.engine.dispose()


def test_an_encounter_is_scored_once_however_many_ask(place: Place) -> None:
    encounter = place.held("When did the pain start?")
    with ThreadPoolExecutor(4) as tabs:
        reports = list(tabs.map(place.feedback.of, [encounter] * 8))
    assert place.kept() == 1
    assert all(r == reports[0] for r in reports)


def test_a_new_scoring_stands_beside_the_old_one_and_is_shown(place: Place) -> None:
    encounter = place.held("When did the pain start?")
    first = place.feedback.of(encounter)
    again = place.feedback.again(encounter)
    assert again.items == first.items
    assert place.kept() == 2
    assert place.feedback.of(encounter) == again


def test_a_report_of_another_version_is_kept_and_a_new_one_made(place: Place) -> None:
    encounter = place.held("When did the pain start?")
    place.store.add_report(encounter.id, {"made": "long ago"}, place.encounters.now())
    assert place.feedback.of(encounter).totals.met > 0
    assert place.kept() == 2


def test_a_crash_while_scoring_leaves_nothing_half_done(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    encounter = place.held("When did the pain start?")
    with monkeypatch.context() as broken:
        broken.setattr("simulator.feedback.compose", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            place.feedback.of(encounter)
    assert place.kept() == 0
    assert place.feedback.of(encounter).totals.met > 0
    assert place.kept() == 1


def test_nothing_is_scored_before_its_end(place: Place) -> None:
    running = replace(place.held(), phase=Phase.INTERVIEW)
    with pytest.raises(NotAllowed, match="finish the encounter first"):
        place.feedback.again(running)


def test_the_best_score_of_a_case_is_that_of_the_best_attempt(place: Place) -> None:
    poor, good = place.held(), place.held("When did the pain start?", "Do you smoke?")
    assert place.feedback.best([poor, good]) == {}, "neither has been scored"
    for encounter in (good, poor):
        place.feedback.of(encounter)
    assert place.feedback.best([poor, good])[CASE] == place.feedback.of(good).scores.checklist


def test_the_command_shows_what_is_kept_and_writes_it_as_a_document(
    place: Place,
    services: Services,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import json

    from simulator.cli import main

    encounter = place.held("When did the pain start?")
    report = place.feedback.of(encounter)
    monkeypatch.setattr(Settings, "database", tmp_path / "encounters.sqlite3")
    monkeypatch.setenv("VSP_DATA_DIR", str(services.settings.data_dir))
    document = tmp_path / "report.pdf"
    assert main(["feedback", encounter.id, "--pdf", str(document), "--name", "Łucja"]) == 0
    assert json.loads(capsys.readouterr().out) == report.model_dump(mode="json")
    assert document.read_bytes().startswith(b"%PDF-")
    assert main(["feedback", encounter.id, "--again"]) == 0
    assert place.kept() == 2
    assert main(["feedback", "none"]) == 2


def test_an_encounter_is_scored_by_another_edition_beside_its_own(
    place: Place, services: Services
) -> None:
    encounter = place.held("When did the pain start?")
    script = services.library.get(CASE)
    fewer = script.model_copy(update={"version": "2.0.0", "checklist": script.checklist[:3]})
    first = place.feedback.of(encounter)
    assert len(place.feedback.would(encounter, fewer).items) == 3
    assert place.kept() == 1
    again = place.feedback.again(encounter, fewer)
    assert (again.script_version, first.script_version) == ("2.0.0", script.version)
    assert place.feedback.of(encounter) == again
    assert place.kept() == 2


def test_a_teacher_s_word_holds_in_a_forecast_too(place: Place, services: Services) -> None:
    encounter = place.held("When did the pain start?")
    script = services.library.get(CASE)
    onset = "onset", "not met"
    assert onset not in {(i.id, i.verdict) for i in place.feedback.would(encounter, script).items}
    ruling = Ruling(f"checklist:{onset[0]}", onset[1], "", None, "dr-b", place.feedback.now())
    place.store.add_rulings(encounter.id, [ruling])
    assert onset in {(i.id, i.verdict) for i in place.feedback.would(encounter, script).items}


def test_what_a_new_checklist_would_change_is_counted_before_anything_is_scored(
    place: Place, services: Services
) -> None:
    place.held("When did the pain start?")
    place.held()
    script = services.library.get(CASE)
    only = tuple(i for i in script.checklist if i.id == "onset")
    fewer = script.model_copy(update={"version": "2.0.0", "checklist": only})
    told = rescoring.forecast(place.store, place.feedback, fewer)
    assert (len(told.outcomes), told.turning("passes"), told.turning("fails")) == (2, 1, 0)
    assert len(told.changed) == 2, "the others' items are gone"
    assert place.kept() == 2
    assert rescoring.rescore(place.store, place.feedback, fewer) == 2
    assert place.kept() == 4
    after = rescoring.forecast(place.store, place.feedback, fewer)
    assert (after.outcomes, after.standing) == ((), 2)


def test_an_item_that_no_earlier_interview_could_earn_is_named(
    place: Place, services: Services
) -> None:
    place.held("When did the pain start?")
    script = services.library.get(CASE)
    fact = script.facts[0].model_copy(update={"id": "brand-new"})
    item = script.checklist[0].model_copy(
        update={"id": "new-item", "facts": ("brand-new",), "topics": (), "acts": (), "cue": None}
    )
    later = script.model_copy(
        update={"facts": (*script.facts, fact), "checklist": (*script.checklist, item)}
    )
    told = rescoring.forecast(place.store, place.feedback, later)
    assert told.not_asked_for == ("new-item",)
    assert told.outcomes[0].items == ("new-item",)


@pytest.fixture
def judged(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Place, ModelServer]]:
    """A place where a certified model judges; the rules doubt two items of every talk."""
    doubt(monkeypatch, "onset", "smoking")
    (tmp_path / "var").mkdir()
    with ModelServer(answer(says(ASKED, {}), usage=(900, 60))) as server:
        own = judging(services, server.base_url, data_dir=tmp_path / "var")
        certify_for(own, "asked")
        place = Place(own, tmp_path / "judged.sqlite3")
        yield place, server
        place.store.engine.dispose()


ASKED = {"turn": 1, "quote": "When did the pain start?", "done": True}


def item(report: Report, item_id: str) -> ItemReport:
    return next(i for i in report.items if i.id == item_id)


def test_a_certified_model_settles_what_is_doubted_once_and_its_cost_is_counted_apart(
    judged: tuple[Place, ModelServer],
) -> None:
    place, server = judged
    encounter = place.held("When did the pain start?")
    report = place.feedback.of(encounter)
    assert place.feedback.of(encounter) == report
    assert len(server.requests) == 1
    onset, smoking = item(report, "onset"), item(report, "smoking")
    assert (onset.verdict, onset.quote, onset.turn) == ("met", "When did the pain start?", 1)
    assert onset.judged and (onset.judged.rules, onset.judged.model) == ("not met", "judge-model")
    assert smoking.judged and smoking.judged.verdict == "not met"
    assert report.judge == "judge-model"
    assert report.judged and (report.judged.put, report.judged.calls) == (2, 1)
    before = datetime(2000, 1, 1, tzinfo=UTC)
    assert place.store.tokens_since(before, purpose="evaluator") == 960
    assert place.store.tokens_since(before) == 0, "the patient's budget pays nothing of it"


def test_a_judge_s_budget_that_is_spent_leaves_the_marks_to_the_rules(
    judged: tuple[Place, ModelServer],
) -> None:
    place, server = judged
    encounter = place.held("When did the pain start?")
    place.feedback.of(encounter)
    capped = place.feedback.services.settings.model_copy(update={"judge_tokens_a_day": 960})
    place.feedback.services.settings = capped
    again = place.feedback.again(encounter)
    assert len(server.requests) == 1
    assert again.judged and again.judged.away == "spent"
    onset = item(again, "onset")
    assert (onset.verdict, onset.unsure) == ("not met", True)
    assert onset.judged and (onset.judged.verdict, onset.judged.why) == ("unscored", "away")


def test_a_forecast_keeps_what_the_judge_said_and_asks_nobody(
    judged: tuple[Place, ModelServer],
) -> None:
    place, server = judged
    encounter = place.held("When did the pain start?")
    report = place.feedback.of(encounter)
    script = place.feedback.services.library.get(CASE)
    assert place.feedback.would(encounter, script).items == report.items
    other = [i.model_copy(update={"text": f"{i.text}, today"}) for i in script.checklist]
    reworded = script.model_copy(update={"checklist": tuple(other)})
    assert item(place.feedback.would(encounter, reworded), "onset").verdict == "not met"
    assert len(server.requests) == 1


def test_a_judge_that_fails_keeps_nobody_from_their_review(
    judged: tuple[Place, ModelServer],
) -> None:
    place, server = judged
    server.default = status(401)
    report = place.feedback.of(place.held("When did the pain start?"))
    assert report.judged and report.judged.away == "unauthorized"
    assert item(report, "onset").verdict == "not met"
    nobody = place.feedback.services
    nobody.settings = nobody.settings.model_copy(update={"judge_model": "", "llm_model": ""})
    nobody.__dict__.pop("judge_model", None)
    assert place.feedback.of(place.held("When did the pain start?")).judge == "none"


def test_what_was_said_is_gone_of_a_talk_of_nobody_s_and_it_is_never_scored_anew(
    place: Place,
) -> None:
    encounter = place.held("When did the pain start?")
    first = place.feedback.of(encounter)
    Erasing(place.store.engine).erase("ana", nobody(), place.encounters.now())
    (left,) = place.store.scored("", "", "", 9)
    bare = place.store.read(left.id)
    assert place.feedback.of(bare).totals == first.totals
    assert [t.said for t in bare.turns] == [] and rescoring.over(place.store, CASE) == []
    with pytest.raises(NotAllowed, match="was erased"):
        place.feedback.again(bare)
