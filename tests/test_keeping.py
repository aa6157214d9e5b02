"""`python -m simulator records …`: a copy, an end, and an age for what is kept of a person."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator.cli import main
from simulator.store.database import connect
from simulator.store.people import PeopleStore
from simulator.studio.drafts import Drafts
from simulator.studio.life import Event, add, events, signed_by
from tests.accounts.conftest import Office
from tests.store.lives import WORD, Life, lived

Capture = pytest.CaptureFixture[str]
NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VSP_DATA_DIR", str(tmp_path))
    return tmp_path


def life(here: Path, name: str, ago: int = 0, account: bool = True) -> Life:
    engine = connect(here / "encounters.sqlite3")
    made = lived(engine, name, NOW - timedelta(days=ago), account)
    engine.dispose()
    return made


def records(*words: str) -> int:
    return main(["records", *words])


def said(capsys: Capture) -> str:
    return "".join(capsys.readouterr())


@pytest.mark.parametrize("account", [True, False], ids=["an account", "a browser"])
def test_a_copy_holds_all_that_was_typed_and_no_secret_and_no_case(
    here: Path, capsys: Capture, account: bool
) -> None:
    ana = life(here, "ana", account=account)
    assert records("list") == 0
    assert capsys.readouterr().out.startswith(f"{ana.id}\t{ana.email or 'no account'}\t3\t")
    file = here / "copy.json"
    assert records("export", ana.email or ana.id, str(file)) == 0
    assert "3 encounters" in said(capsys) and file.stat().st_mode & 0o077 == 0
    text = file.read_text(encoding="utf-8")
    copy = json.loads(text)
    first = copy["encounters"][0]
    assert first["pad"] == first["turn"][0]["said"] == first["note"]["history"] == WORD
    assert first["case"] == {"title": "A sore knee", "version": "1.0.0"} and first["report"]
    assert copy["opinions"][0]["form"] == "sus" and copy["cohorts"][0]["added_percent"] == 25
    assert copy["cohorts"][0]["left"] == "2026-03-01"
    assert {"members", "listed"} & set(copy["work"]["cohort"][0]) == set()  # others' to be given
    assert "argon2" not in text and "Sprained ligament" not in text and "other" not in text
    assert bool(copy["account"]) == bool(copy["token"]) == account
    assert records("export", ana.id, str(file)) == 2
    assert "is there already" in said(capsys)
    main(["accounts", "log"])
    assert capsys.readouterr().out.splitlines()[-1].split("\t")[1:4] == [
        "the command line", "exported a record", ana.id,
    ]  # fmt: skip


def test_erasing_is_shown_first_then_done_in_the_studio_s_files_too(
    here: Path, capsys: Capture
) -> None:
    ana = life(here, "ana")
    drafts = Drafts(here / "drafts" / "@im")
    drafts.create("sore-knee", "id: sore-knee")
    for who in ("Ana", "Ben"):
        add(
            drafts, "sore-knee", Event(at=NOW, who=who, did="comment", text="Hm.", settled_by="ana")
        )
    assert len(signed_by(here / "drafts", "Ana")) == 2
    assert records("erase", "ANA@x.edu") == 0
    assert "3\tturn\n" in (shown := said(capsys)) and "2\tcomments" in shown
    assert "Nothing was done" in shown and events(drafts, "sore-knee")[0].who == "Ana"
    assert records("erase", ana.email, "--yes") == 0
    assert "1 talks stay as marks of nobody's" in said(capsys)
    left = events(drafts, "sore-knee")
    assert left[0].who.startswith("nameless-") and left[1].who == "Ben"
    assert left[0].settled_by == left[0].who and left[0].text == "Hm."
    assert records("erase", ana.email, "--yes") == 2
    assert "Nothing is kept of 'ana@x.edu'" in said(capsys)
    assert main(["check"]) == main(["accounts", "log", "--check"]) == 0


def test_what_people_ask_for_waits_until_it_is_done(here: Path, capsys: Capture) -> None:
    ana, engine = life(here, "ana"), connect(here / "encounters.sqlite3")
    office = Office(PeopleStore(engine))
    assert ana.person is not None
    for what in ("asked for a copy of the own record", "asked to have the own record erased"):
        for _ in range(2):
            office.ask_for(ana.person, what)
    engine.dispose()
    records("asked")
    asked = [line.split("\t")[1:] for line in capsys.readouterr().out.splitlines()]
    assert asked == [
        [ana.email, "asked for a copy of the own record"],
        [ana.email, "asked to have the own record erased"],
    ]
    records("export", ana.email, str(here / "copy.json"))
    capsys.readouterr()
    records("asked")
    assert capsys.readouterr().out.count("\n") == 1
    records("erase", ana.email, "--yes")
    capsys.readouterr()
    records("asked")
    assert capsys.readouterr().out == ""


def test_expiry_takes_its_periods_from_the_settings_and_shows_what_would_go(
    here: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    life(here, "ana", ago=40)
    monkeypatch.setenv("VSP_KEEP_PRACTICE_DAYS", "30")
    monkeypatch.setenv("VSP_KEEP_EXAM_DAYS", "0")
    assert records("expire") == 0
    shown = said(capsys)
    assert "2\tpractice\tfrom before " in shown and "-\texam\tkept for ever" in shown
    assert "0\tunfinished" in shown and "Nothing was done" in shown
    assert records("expire", "--yes") == 0
    assert said(capsys).replace("Nothing was done; with --yes it is.\n", "") in shown
    records("expire")
    assert "0\tpractice" in said(capsys)


def test_whoever_was_shut_out_long_enough_is_erased_with_what_expires(
    here: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, engine = life(here, "ana", ago=40), connect(here / "encounters.sqlite3")
    long_ago = NOW - timedelta(days=20)
    Office(PeopleStore(engine), now=lambda: long_ago).close(None, ana.id)
    engine.dispose()
    monkeypatch.setenv("VSP_KEEP_CLOSED_DAYS", "10")
    assert records("expire", "--yes") == 0
    assert "1\tclosed\tfrom before " in said(capsys)
    records("list")
    assert said(capsys) == ""
