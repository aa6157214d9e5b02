"""Whatever breaks in the middle, nothing typed is lost and the interview goes on."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from bench.browser import Program
from tests.e2e.conftest import Served
from tests.e2e.desk import SLOW, Desk
from tests.e2e.pictures import CASE

pytestmark = pytest.mark.e2e

STOP_S = 5.0
WAITING = "No connection. Go on typing"


@pytest.fixture(scope="module")
def program(
    browser: Browser, served: Served, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Program]:
    """A program of its own, which may be ended, on a copy of what the other one has built."""
    warm = Desk(browser.new_page(), served.address)
    warm.enter(CASE)
    warm.ask("When did it start?")
    warm.page.close()
    own = Program(served.copied(tmp_path_factory.mktemp("interrupted")))
    own.start()
    yield own
    own.stop(signal.SIGKILL)


@pytest.fixture
def desk(browser: Browser, program: Program) -> Iterator[Desk]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield Desk(context.new_page(), program.address)
    context.close()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_restart_is_a_short_pause_for_an_open_page(
    desk: Desk, program: Program, how: signal.Signals
) -> None:
    desk.enter(CASE)
    desk.ask("When did it start?")
    pad = desk.page.locator("#pad textarea")
    took = program.stop(how)
    assert took < STOP_S
    desk.message.fill("Do you smoke?")
    desk.message.press("Enter")
    desk.page.keyboard.type("half a wo")
    pad.fill("written while nobody was there")
    expect(desk.page.locator("#link")).to_contain_text(WAITING)
    program.start()
    expect(desk.page.locator("#link")).to_contain_text("Nothing was lost")
    expect(desk.answers).to_have_count(2, timeout=SLOW)
    expect(desk.said).to_have_text(["When did it start?", "Do you smoke?"])
    expect(desk.message).to_have_value("half a wo")
    expect(pad).to_have_value("written while nobody was there")
    desk.order("ECG")
    desk.page.wait_for_timeout(1_000)
    desk.page.reload()
    expect(desk.message).to_have_value("half a wo")
    expect(pad).to_have_value("written while nobody was there")


def test_a_stop_leaves_one_file_with_everything_in_it(desk: Desk, program: Program) -> None:
    desk.enter(CASE)
    desk.message.fill("When did it start?")
    desk.message.press("Enter")
    desk.page.wait_for_timeout(50)
    program.stop()
    left = [path.name for path in program.data_dir.glob("encounters.sqlite3*")]
    program.start()
    expect(desk.answers).to_have_count(1, timeout=SLOW)
    assert left == ["encounters.sqlite3"]


def test_words_sent_without_a_connection_go_out_once_when_it_is_back(desk: Desk) -> None:
    desk.enter(CASE)
    desk.page.context.set_offline(True)
    for words in ("When did it start?", "Do you smoke?"):
        desk.page.keyboard.type(words)
        desk.page.keyboard.press("Enter")
    desk.page.keyboard.type("And")
    expect(desk.page.locator("#link")).to_contain_text(WAITING)
    expect(desk.page.locator("#chat .waits")).to_have_count(2)
    desk.page.get_by_role("button", name="Give me a hint").click()
    expect(desk.page.locator("#link")).to_contain_text("works again as soon as it is back")
    desk.page.context.set_offline(False)
    expect(desk.answers).to_have_count(2, timeout=SLOW)
    expect(desk.said).to_have_text(["When did it start?", "Do you smoke?"])
    expect(desk.message).to_have_value("And")


@pytest.mark.parametrize("latency", [0, 400])
def test_keys_after_enter_belong_to_the_next_turn(desk: Desk, latency: int) -> None:
    desk.enter(CASE)
    line = desk.page.context.new_cdp_session(desk.page)
    line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    asked = [f"Do you have pain number {n}?" for n in range(6)]
    for words in asked:
        desk.page.keyboard.type(words)
        desk.page.keyboard.press("Enter")
    desk.page.keyboard.type("not yet sent")
    expect(desk.answers).to_have_count(len(asked), timeout=SLOW)
    expect(desk.said).to_have_text(asked)
    expect(desk.message).to_have_value("not yet sent")


def test_note_and_own_view_are_saved_as_they_are_typed(desk: Desk) -> None:
    desk.enter(CASE)
    desk.leave()
    history, well = desk.page.locator("#note-history textarea"), desk.page.locator("#self-well")
    history.fill("Two hours of chest pain")
    desk.page.reload()
    expect(history).to_have_value("Two hours of chest pain")
    expect(desk.page.locator("#draft")).to_contain_text("Draft saved")
    desk.hand_in()
    well.locator("textarea").fill("I listened")
    desk.page.reload()
    expect(well.locator("textarea")).to_have_value("I listened")


def test_the_room_keeps_chart_findings_and_notes_through_note_and_own_view(desk: Desk) -> None:
    desk.enter(CASE)
    desk.order("ECG")
    desk.page.locator("#pad textarea").fill("brother died young")
    desk.leave()
    for _ in range(2):
        expect(desk.page.locator("#chart .vitals")).to_be_visible()
        expect(desk.page.locator(".findings li")).to_have_count(1)
        expect(desk.page.locator("#pad textarea")).to_have_value("brother died young")
        if desk.page.locator("#hand-in").is_visible():
            desk.hand_in()
