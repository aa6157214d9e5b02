"""`python -m simulator accounts …`: the first admin, and what an operator does with people."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from simulator.accounts.accounts import Accounts
from simulator.cli import main
from simulator.store.database import connect
from simulator.store.people import PeopleStore

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VSP_DATA_DIR", str(tmp_path))
    return tmp_path


def run(*words: str) -> int:
    return main(["accounts", *words])


def test_the_first_admin_is_invited_from_the_command_line(here: Path, capsys: Capture) -> None:
    at = ("--address", "https://sim.example.edu/")
    assert run("invite", "ada@x.edu", "--role", "admin", "--name", "Ada", *at) == 0
    link, said = capsys.readouterr()
    assert link.startswith("https://sim.example.edu/account/invitation/")
    assert "works once" in said and "VSP_ACCOUNTS=1" in said
    people = PeopleStore(connect(here / "encounters.sqlite3"))
    accounts = Accounts(people)
    secret = accounts.accept(link.strip().rpartition("/")[2], "seven quiet green otters")
    ada = accounts.session(secret)
    assert ada is not None and ada.role == "admin"
    people.engine.dispose()


def test_people_are_listed_changed_shut_out_and_let_in_again(capsys: Capture) -> None:
    run("invite", "ana@x.edu", "--name", "Ana", "--programme", "im")
    assert run("role", "ana@x.edu", "reviewer") == 0
    assert run("close", "ana@x.edu") == 0
    capsys.readouterr()
    run("list")
    assert capsys.readouterr().out == "ana@x.edu\tAna\treviewer\tim\tclosed\n"
    assert run("reopen", "ana@x.edu") == 0
    capsys.readouterr()
    run("log")
    deeds = [line.split("\t")[2] for line in capsys.readouterr().out.splitlines()]
    expected = ["invited", "made a link", "changed a role", "closed an account"]
    assert deeds == [*expected, "reopened an account"]


@pytest.mark.parametrize(
    "words",
    [
        ("close", "nobody@x.edu"),
        ("link", "not an address"),
        ("invite", "ana@x.edu", "--name", "Ana"),
        ("invite", "ana@x.edu", "--name", "Ana", "--programme", "Not A Name!"),
    ],
)
def test_what_does_not_fit_is_one_sentence(words: tuple[str, ...], capsys: Capture) -> None:
    assert run(*words) == 2
    said = capsys.readouterr().err.strip()
    assert said and "\n" not in said


def test_the_log_is_looked_through_for_lines_that_were_changed(here: Path, capsys: Capture) -> None:
    run("invite", "ana@x.edu", "--name", "Ana", "--programme", "im")
    capsys.readouterr()
    assert run("log", "--check") == 0
    said = capsys.readouterr().out
    assert "2 lines, whole" in said
    seal = said.strip().rpartition(" ")[2]
    assert run("log", "--check", "--seal", seal) == 0
    with closing(sqlite3.connect(here / "encounters.sqlite3")) as opened:
        opened.execute("DROP TRIGGER log_no_update")
        opened.execute("UPDATE log SET who = 'somebody else' WHERE id = 1")
        opened.commit()
    assert run("log", "--check") == 1
    assert "line 1 was changed" in capsys.readouterr().out
    assert main(["check"]) == 1
    assert "line 1 was changed" in capsys.readouterr().out


def test_a_token_is_made_listed_and_taken_back_from_the_command_line(
    here: Path, capsys: Capture
) -> None:
    run("invite", "ana@x.edu", "--name", "Ana", "--programme", "im")
    capsys.readouterr()
    made = ("--name", "Night script", "--scope", "cases:read", "--scope", "scores:read")
    assert run("token", "make", "ana@x.edu", *made, "--days", "7") == 0
    secret, said = capsys.readouterr()
    assert secret.startswith("vsp_") and "not shown again" in said
    run("token", "list", "ana@x.edu")
    number, name, scopes, _, used, state = capsys.readouterr().out.strip().split("\t")
    assert (name, scopes, used, state) == (
        "Night script",
        "cases:read scores:read",
        "never used",
        "open",
    )
    assert run("token", "end", "ana@x.edu", number) == 0
    assert run("token", "end", "ana@x.edu", number) == 2
    assert "no such token" in capsys.readouterr().err
    run("token", "list", "ana@x.edu")
    assert capsys.readouterr().out.strip().endswith("ended")
