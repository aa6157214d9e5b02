"""The clock in the browser: a word before the end, something said at the end, a step after it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Served
from tests.e2e.desk import SLOW, Desk
from tests.e2e.pictures import CASE

pytestmark = pytest.mark.e2e

LISTEN = """() => { const line = document.querySelector('#time-word'); window.heard = [];
  new MutationObserver(() => window.heard.push(line.textContent))
    .observe(line, {childList: true, characterData: true, subtree: true}); }"""
Leave = Callable[[Desk, str, int], None]


@pytest.fixture
def leave_seconds(served: Served) -> Leave:
    """Move a deadline so that so many seconds are left, and let the page see it."""

    def move(desk: Desk, column: str, seconds: int) -> None:
        desk.page.wait_for_url("**/encounter?id=*")
        deadline = datetime.now(UTC) + timedelta(seconds=seconds)
        at, encounter = deadline.strftime("%Y-%m-%d %H:%M:%S.%f"), desk.page.url.rpartition("=")[2]
        database = served.data_dir / "encounters.sqlite3"
        change = {
            "deadline": "UPDATE encounter SET deadline = ? WHERE id = ?",
            "note_deadline": "UPDATE encounter SET note_deadline = ? WHERE id = ?",
        }
        with closing(sqlite3.connect(database, timeout=10)) as connection:
            connection.execute(change[column], (at, encounter))
            connection.commit()
        desk.page.evaluate("window.room.pulse()")

    return move


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(300, "Five minutes left."), (119, "Two minutes left."), (60, "One minute left.")],
)
def test_a_word_comes_before_the_end(
    desk: Desk, leave_seconds: Leave, seconds: int, words: str
) -> None:
    desk.enter(CASE)
    leave_seconds(desk, "deadline", seconds)
    word = desk.page.locator("#time-word")
    expect(word).to_have_text(words)
    expect(word).to_have_attribute("aria-live", "polite")


def test_at_the_end_it_is_said_what_comes_next_and_the_note_opens(
    desk: Desk, leave_seconds: Leave
) -> None:
    desk.enter(CASE)
    desk.ask("When did it start?")
    desk.page.evaluate(LISTEN)
    leave_seconds(desk, "deadline", 1)
    desk.message.fill("And what about")
    expect(desk.page.get_by_role("heading", name="Write the note")).to_be_visible(timeout=SLOW)
    assert any("Next you write the note" in word for word in desk.page.evaluate("window.heard"))
    expect(desk.notice).to_contain_text("Time is up")
    expect(desk.page.locator("#leftover")).to_contain_text("And what about")


def test_at_the_end_of_its_time_the_note_is_handed_in_as_it_stands(
    desk: Desk, leave_seconds: Leave
) -> None:
    desk.enter(CASE)
    desk.leave()
    desk.page.locator("#note-history textarea").fill("Two hours of")
    leave_seconds(desk, "note_deadline", 60)
    expect(desk.page.locator("#time-word")).to_contain_text("handed in as it stands")
    leave_seconds(desk, "note_deadline", 1)
    heading = desk.page.get_by_role("heading", name="Before you see a score")
    expect(heading).to_be_visible(timeout=SLOW)
    expect(desk.notice).to_contain_text("handed in as it stood")
    desk.finish()
    expect(desk.page.locator("[aria-labelledby=h-note]")).not_to_contain_text("No note was written")
