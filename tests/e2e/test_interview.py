"""In the room: what is typed is never lost, and every refusal is a sentence."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Served
from tests.e2e.desk import SLOW, Desk
from tests.e2e.pictures import CASE

pytestmark = pytest.mark.e2e


def test_a_reload_in_the_middle_loses_nothing(desk: Desk) -> None:
    desk.enter(CASE)
    desk.ask("When did it start?")
    desk.order("ECG")
    pad = desk.page.locator("#pad textarea")
    pad.fill("ask about aspirin")
    answer = desk.answers.first.inner_text()
    desk.page.wait_for_url("**/encounter?id=*")
    desk.page.reload()
    expect(desk.said).to_have_text(["When did it start?"])
    expect(desk.answers).to_have_text([answer])
    expect(desk.page.locator(".findings li")).to_have_count(1)
    expect(pad).to_have_value("ask about aspirin")


def test_two_tabs_show_one_conversation(desk: Desk) -> None:
    desk.enter(CASE)
    desk.ask("When did it start?")
    second = Desk(desk.page.context.new_page(), desk.address)
    desk.page.wait_for_url("**/encounter?id=*")
    second.page.goto(desk.page.url)
    expect(second.answers).to_have_count(1)
    second.ask("Do you smoke?")
    desk.message.fill("Are you allergic to anything?")
    desk.message.press("Enter")
    expect(desk.said).to_have_text(
        ["When did it start?", "Do you smoke?", "Are you allergic to anything?"], timeout=SLOW
    )
    expect(desk.answers).to_have_count(3, timeout=SLOW)


def test_after_the_deadline_the_note_opens_with_a_clear_word(desk: Desk, served: Served) -> None:
    desk.enter(CASE)
    desk.ask("When did it start?")
    desk.page.wait_for_url("**/encounter?id=*")
    past = (datetime.now(UTC) - timedelta(minutes=1)).strftime("%Y-%m-%d %H:%M:%S.%f")
    encounter = desk.page.url.rpartition("=")[2]
    database = served.data_dir / "encounters.sqlite3"
    with closing(sqlite3.connect(database, timeout=10)) as connection:
        connection.execute("UPDATE encounter SET deadline = ? WHERE id = ?", (past, encounter))
        connection.commit()
    desk.message.fill("One more question")
    desk.message.press("Enter")
    expect(desk.page.get_by_role("heading", name="Write the note")).to_be_visible()
    expect(desk.notice).to_contain_text("Time is up")
    expect(desk.page.locator("#leftover")).to_contain_text("One more question")
    desk.page.reload()
    expect(desk.notice).to_contain_text("Time is up")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("why " * 25_000, "characters; a patient can take in"),
        ("   ", "Write a question first"),
        ("\u0007\u200b\u0008", "Write a question first"),
    ],
    ids=["100,000 characters", "empty", "control characters"],
)
def test_a_message_that_cannot_be_sent_stays_in_the_box(
    desk: Desk, words: str, sentence: str
) -> None:
    desk.enter(CASE)
    desk.message.fill(words)
    desk.message.press("Enter")
    expect(desk.notice).to_contain_text(sentence)
    expect(desk.message).to_have_value(words)
    expect(desk.said).to_have_count(0)


def test_a_message_shows_at_once_and_the_box_is_free_again(desk: Desk) -> None:
    desk.enter(CASE)
    desk.message.fill("When did it start?")
    desk.message.press("Enter")
    expect(desk.said).to_have_text(["When did it start?"])
    expect(desk.message).to_have_value("")
    expect(desk.message).to_be_focused()
    expect(desk.answers).to_have_count(1, timeout=SLOW)
    expect(desk.page.locator("#thinking")).to_have_text("")


def test_shift_enter_breaks_a_line_and_enter_sends_both(desk: Desk) -> None:
    desk.enter(CASE)
    desk.message.focus()
    desk.page.keyboard.type("When did it start?")
    desk.page.keyboard.press("Shift+Enter")
    desk.page.keyboard.type("Please tell me.")
    expect(desk.message).to_have_value("When did it start?\nPlease tell me.")
    expect(desk.said).to_have_count(0)
    desk.page.keyboard.press("Enter")
    expect(desk.said).to_have_count(1)
    expect(desk.answers).to_have_count(1, timeout=SLOW)


def test_enter_that_ends_an_input_methods_word_sends_nothing(desk: Desk) -> None:
    desk.enter(CASE)
    desk.message.fill("kyo")
    desk.message.evaluate(
        "box => ['keydown', 'keypress'].forEach(kind => box.dispatchEvent(new KeyboardEvent("
        "kind, {key: 'Enter', isComposing: true, bubbles: true, cancelable: true})))"
    )
    desk.order("ECG")
    expect(desk.message).to_have_value("kyo")
    expect(desk.said).to_have_count(0)


def test_the_send_button_sends_and_gives_the_focus_back(desk: Desk) -> None:
    desk.enter(CASE)
    desk.message.fill("When did it start?")
    desk.page.get_by_role("button", name="Send").click()
    expect(desk.answers).to_have_count(1, timeout=SLOW)
    expect(desk.message).to_be_focused()


def test_one_can_think_again_before_leaving(desk: Desk) -> None:
    desk.enter(CASE)
    desk.page.get_by_role("button", name="End the interview").click()
    desk.page.get_by_role("button", name="Stay with the patient").click()
    expect(desk.message).to_be_focused()
    expect(desk.page.locator("#end-yes")).to_have_count(0)


def test_markup_in_a_message_is_shown_as_typed(desk: Desk) -> None:
    desk.enter(CASE)
    desk.ask("<img src=x onerror=alert(1)> When **did** it start?")
    expect(desk.said).to_have_text(["<img src=x onerror=alert(1)> When **did** it start?"])
    expect(desk.page.locator("#chat .user.message img")).to_have_count(0)
