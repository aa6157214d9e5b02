"""A language model speaks the patient: heard as it speaks, and missed without harm."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, ViewportSize, expect

from bench.browser import ROOT, serving
from tests.e2e.conftest import Served
from tests.e2e.desk import Desk
from tests.e2e.pictures import CASE, SIZES
from tests.e2e.test_pages import LOW_CONTRAST, WIDER
from tests.model_server import ModelServer, Request, Step, delta, head, speak, stall, status

pytestmark = pytest.mark.e2e

PICTURES = ROOT / "tests-output"
QUESTION = "When did it start and what does it feel like?"
FIRST = "It came on about two hours ago, just before the children's lunch."
SECOND = "It's tight and heavy, like somebody sitting on my chest."
BOTH = f"{FIRST} {SECOND}"
AS_ARRIVED = """() => {
  (document.querySelector('#voiced') ?? document.querySelector('#chat'))
    .scrollIntoView({block: 'center'});
}"""


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with ModelServer(speak(BOTH, usage=(900, 40, 600))) as server:
        yield server


@pytest.fixture(scope="module")
def address(
    browser: Browser,
    served: Served,
    model: ModelServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The program with a model that speaks, on a copy of what the other one has built."""
    data_dir = served.copied(tmp_path_factory.mktemp("voiced"))
    variables = {
        "VSP_VOICE": "llm",
        "VSP_LLM_MODEL": "small-model",
        "VSP_LLM_BASE_URL": model.base_url,
        "VSP_LLM_IDLE_S": "10",
        "VSP_LLM_PRICE_IN": "0.15",
        "VSP_LLM_PRICE_OUT": "0.6",
    }
    with serving(data_dir, **variables) as found:
        context = browser.new_context()
        warm = Desk(context.new_page(), found)
        warm.enter(CASE)
        warm.ask(QUESTION)
        context.close()
        yield found


@pytest.fixture
def desk(browser: Browser, address: str) -> Iterator[Desk]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield Desk(context.new_page(), address)
    context.close()


def send(desk: Desk, words: str = QUESTION) -> None:
    desk.message.fill(words)
    desk.message.press("Enter")


def clock(desk: Desk) -> Locator:
    return desk.page.locator("#clock")


def in_two(go_on: threading.Event, begin: bool = True) -> Callable[[Request], Iterator[Step]]:
    """Speak the first sentence, or nothing yet, and the rest when the test allows it."""

    def behave(_: Request) -> Iterator[Step]:
        yield head()
        if begin:
            yield from (delta(f"{FIRST} "), delta("It's"))
        while not go_on.is_set():
            yield 0.02
        yield from speak(BOTH if not begin else SECOND.removeprefix("It's "))[1:]

    return behave


def look_over(desk: Desk, name: str) -> None:
    """Take a picture at a desk's and a phone's width; what holds of every page holds here, too."""
    PICTURES.mkdir(exist_ok=True)
    for size, (width, height) in reversed(SIZES.items()):
        desk.page.set_viewport_size({"width": width, "height": height})
        desk.page.evaluate(AS_ARRIVED)
        desk.page.screenshot(path=PICTURES / f"voice-{name}-{size}.png", animations="disabled")
        assert desk.page.evaluate(WIDER) == 0
        assert desk.page.evaluate(LOW_CONTRAST) == []


def test_sentences_appear_one_by_one_before_the_end(desk: Desk, model: ModelServer) -> None:
    go_on = threading.Event()
    model.plan(in_two(go_on))
    desk.enter(CASE)
    send(desk)
    expect(desk.answers).to_have_text([FIRST])
    expect(desk.said).to_have_text([QUESTION])
    expect(desk.page.locator("#thinking")).to_have_text("The patient is speaking…")
    look_over(desk, "speaking")
    go_on.set()
    expect(desk.answers).to_contain_text([SECOND.removeprefix("It's ")])
    expect(desk.notice).to_have_text("")
    expect(desk.message).to_be_focused()


def test_on_a_phone_what_is_said_lies_next_to_the_box(
    browser: Browser, address: str, model: ModelServer
) -> None:
    width, height = SIZES["phone"]
    size: ViewportSize = {"width": width, "height": height}
    with browser.new_context(viewport=size, has_touch=True, is_mobile=True) as context:
        desk, go_on = Desk(context.new_page(), address), threading.Event()
        model.plan(in_two(go_on))
        desk.enter(CASE)
        send(desk)
        expect(desk.answers).to_have_text([FIRST])
        expect(desk.answers.last).to_be_in_viewport()
        said, box = desk.answers.last.bounding_box(), desk.message.bounding_box()
        assert said and box and 0 < box["y"] - said["y"] - said["height"] < 140
        go_on.set()
        expect(desk.answers).to_contain_text([SECOND.removeprefix("It's ")])


def test_a_server_that_fails_is_a_banner_and_the_interview_goes_on(
    desk: Desk, model: ModelServer
) -> None:
    desk.enter(CASE)
    model.plan(status(401))
    desk.ask(QUESTION)
    expect(desk.notice).to_contain_text("The language model refused the key it was given.")
    expect(desk.notice).to_be_in_viewport()
    expect(desk.answers).to_have_text([BOTH])
    look_over(desk, "banner")
    desk.ask("When did it start?")
    expect(desk.notice).to_have_text("")


def test_in_a_long_silence_the_clock_shows_that_it_stands_still(
    desk: Desk, model: ModelServer
) -> None:
    go_on = threading.Event()
    model.plan(in_two(go_on, begin=False))
    desk.enter(CASE)
    send(desk)
    expect(clock(desk)).to_contain_text("paused")
    face = clock(desk).locator(".clock-time").inner_text()
    expect(desk.notice).to_contain_text("Your clock has stopped until the first word")
    look_over(desk, "paused")
    desk.page.wait_for_timeout(1_200)
    assert clock(desk).locator(".clock-time").inner_text() == face
    go_on.set()
    expect(desk.answers).to_have_text([BOTH])
    expect(clock(desk)).not_to_contain_text("paused")
    expect(clock(desk)).to_contain_text("left")
    expect(desk.notice).to_have_text("")


def test_a_stalled_server_is_given_up_and_the_clock_gets_its_time_back(
    desk: Desk, model: ModelServer
) -> None:
    desk.enter(CASE)
    model.plan(stall(head(), delta(f"{FIRST} It's")))
    send(desk)
    expect(desk.answers).to_have_text([BOTH], timeout=30_000)
    expect(desk.notice).to_contain_text("fell silent in the middle")
    expect(desk.notice).to_contain_text("Your clock got the time back.")


def test_a_reload_while_the_patient_speaks_loses_nothing(desk: Desk, model: ModelServer) -> None:
    go_on = threading.Event()
    model.plan(in_two(go_on))
    desk.enter(CASE)
    desk.page.wait_for_url("**/encounter?id=*")
    send(desk)
    expect(desk.answers).to_have_text([FIRST])
    desk.page.reload()
    expect(desk.message).to_be_visible()
    go_on.set()
    desk.page.wait_for_timeout(1_000)
    desk.page.reload()
    expect(desk.said).to_have_text([QUESTION])
    expect(desk.answers).to_have_count(1)


def test_a_test_ordered_while_the_patient_speaks_leaves_the_conversation_as_it_is(
    desk: Desk, model: ModelServer
) -> None:
    go_on = threading.Event()
    model.plan(in_two(go_on))
    desk.enter(CASE)
    send(desk)
    expect(desk.answers).to_have_text([FIRST])
    desk.order("ECG")
    try:
        expect(desk.said).to_have_text([QUESTION], timeout=2_000)
        expect(desk.answers).to_have_text([FIRST], timeout=2_000)
    finally:
        go_on.set()
        expect(desk.answers).to_have_count(1)


def test_the_review_says_who_spoke_and_what_it_cost(desk: Desk, model: ModelServer) -> None:
    desk.enter(CASE)
    desk.ask(QUESTION)
    model.plan(status(401))
    desk.ask("Do you smoke?")
    desk.leave()
    desk.hand_in()
    desk.finish()
    section = desk.page.locator("#voiced")
    section.locator("summary").click()
    expect(section).to_contain_text("(small-model) spoke the patient in 1 of 2 turns")
    expect(section).to_contain_text("It did not answer in 1 turn.")
    section.scroll_into_view_if_needed()
    look_over(desk, "review")
