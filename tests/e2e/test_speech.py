"""Speaking and listening in a real browser: a microphone that says a question, and a voice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bench.browser import ARGUMENTS, ROOT, chromium, serving
from simulator.speech import Speech
from simulator.speech.sound import RATE, as_wave, from_wave
from simulator.web import views
from tests.conftest import make_script
from tests.e2e.conftest import Served
from tests.e2e.desk import SLOW, Desk
from tests.e2e.pictures import CASE
from tests.e2e.test_pages import LOW_CONTRAST, UNNAMED, WIDER

pytestmark = pytest.mark.e2e

WORDS = views.words()["speech"]
QUESTION = "When did the pain start?"
HEARD = re.compile("start")  # a listener of this size may take one word for another
BEFORE_S, SAYING_MS = 0.8, 3400  # what the microphone waits, and until it has said it all
PICTURES = ROOT / "tests-output"


@pytest.fixture(scope="module")
def microphone(
    browser: Browser, speech: Speech, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """A browser whose microphone says the question, once a recording."""
    said = speech.say(make_script(), QUESTION, 0)
    assert said is not None
    quiet = bytes(2 * int(BEFORE_S * RATE))
    file: Path = tmp_path_factory.mktemp("microphone") / "question.wav"
    file.write_bytes(as_wave(quiet + from_wave(said.sound) + bytes(20 * RATE), RATE))
    fake = [
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={file}%noloop",
    ]
    opened = browser.browser_type.launch(executable_path=chromium(), args=[*ARGUMENTS, *fake])
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def address(speech: Speech, served: Served) -> Iterator[str]:
    """The program with speech switched on, on the data of the one that the package serves."""
    with serving(served.data_dir, VSP_SPEECH="on") as found:
        yield found


def room(microphone: Browser, address: str, *allowed: str) -> Desk:
    """In the interview, the switch on; what the browser may use besides."""
    context = microphone.new_context(
        viewport={"width": 1280, "height": 900}, permissions=list(allowed)
    )
    desk = Desk(context.new_page(), address)
    desk.enter(CASE)
    expect(hold(desk.page)).to_be_hidden()
    turned = desk.page.get_by_role("switch", name=WORDS["switch"])
    turned.focus()
    turned.press("Space")
    expect(turned).to_have_attribute("aria-checked", "true")
    return desk


def hold(page: Page) -> Locator:
    return page.locator("#speech-hold")


def says(page: Page) -> Locator:
    return page.locator("#speech-says")


def test_held_button_and_held_key_put_words_into_the_box_and_answers_can_be_heard(
    microphone: Browser, address: str
) -> None:
    desk = room(microphone, address, "microphone")
    page = desk.page
    hold(page).hover()
    page.mouse.down()
    expect(says(page)).to_have_text(WORDS["listening"])
    expect(hold(page)).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(SAYING_MS)
    page.mouse.up()
    expect(desk.message).to_have_value(HEARD, timeout=SLOW)
    expect(desk.message).to_be_focused()
    expect(says(page)).to_have_text(WORDS["there"])
    expect(hold(page)).to_have_attribute("aria-pressed", "false")
    expect(desk.said).to_have_count(0)  # nothing is said that was not sent
    desk.message.fill("When did the chest pain start?")
    desk.message.press("Enter")
    expect(desk.answers).to_have_count(1, timeout=SLOW)

    hear = page.get_by_role("button", name=WORDS["hear"], exact=True)
    with page.expect_response(lambda r: "/sound/0" in r.url, timeout=SLOW) as sound:
        hear.click()
    assert sound.value.ok and sound.value.headers["content-type"] == "audio/wav"
    stop = page.get_by_role("button", name=WORDS["stop"], exact=True)
    expect(stop).to_have_attribute("aria-pressed", "true")
    stop.click()
    expect(hear).to_have_attribute("aria-pressed", "false")

    page.get_by_label(WORDS["every"]).check()
    with page.expect_response(lambda r: "/sound/0" in r.url, timeout=SLOW):
        desk.ask("Do you smoke?")
    page.keyboard.down("Space")  # the box is empty and has the focus: the voice stops, one listens
    expect(says(page)).to_have_text(WORDS["listening"])
    expect(page.get_by_role("button", name=WORDS["stop"], exact=True)).to_have_count(0)
    page.wait_for_timeout(SAYING_MS)
    page.keyboard.up("Space")
    expect(desk.message).to_have_value(HEARD, timeout=SLOW)
    page.context.close()


def test_a_space_among_words_is_a_space_and_escape_takes_nothing_down(
    microphone: Browser, address: str
) -> None:
    desk = room(microphone, address, "microphone")
    desk.message.press_sequentially("do you smoke")
    expect(desk.message).to_have_value("do you smoke")
    hold(desk.page).focus()
    desk.page.keyboard.press("Enter")  # pressed once, it goes on until it is pressed again
    expect(says(desk.page)).to_have_text(WORDS["latched"])
    desk.page.keyboard.press("Escape")
    expect(hold(desk.page)).to_have_attribute("aria-pressed", "false")
    expect(says(desk.page)).to_have_text("")
    expect(desk.message).to_have_value("do you smoke")
    desk.page.context.close()


def test_a_microphone_that_is_refused_is_a_sentence(microphone: Browser, address: str) -> None:
    desk = room(microphone, address)
    hold(desk.page).click()
    expect(says(desk.page)).to_have_text(WORDS["refused"])
    expect(hold(desk.page)).to_have_attribute("aria-pressed", "false")
    desk.page.context.close()


def test_the_switch_is_remembered_and_everything_fits_a_phone(
    microphone: Browser, address: str
) -> None:
    desk = room(microphone, address)
    desk.ask("When did it start?")
    page = desk.page
    page.wait_for_url("**/encounter?id=*")
    page.reload()
    expect(hold(page)).to_be_visible()
    for width, height in ((1440, 900), (390, 844), (320, 640)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(WIDER) <= 0
        assert page.evaluate(UNNAMED) == []
        assert page.evaluate(LOW_CONTRAST) == []
        page.screenshot(path=PICTURES / f"speech-{width}.png")
        assert page.locator("#chat").bounding_box()["height"] > 120  # type: ignore[index]
    page.context.close()
