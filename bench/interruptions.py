"""Interviews that break in the middle, in a real browser: is a word lost that was typed?

Each round types into the room (a note on the pad, a question that is sent or not, and part of the
next one), breaks something at a random place, lets it come back, and compares what the page then
holds with what was typed. Then so many keys are typed on after Enter, without waiting for answers.
"""

from __future__ import annotations

import argparse
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.browser import Program, chromium, launch
from bench.load import data_folder
from simulator.errors import SimulatorError
from simulator.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

CASE = "Chest pain on the stairs"
KINDS = ("reload", "kill", "offline", "second tab")  # in one interview; its time ends it
LATENCIES_MS = (0, 400)
BACK_MS = 120_000  # so long a step of a page may take
SETTLED_S = 240.0  # after that what is not there is lost: a killed program reads its cases first
GOAL = {"rounds": 200, "words_lost": 0, "doubled_turns": 0, "keys": 2000, "keys_lost": 0}


class Standing(NamedTuple):
    """What was said, in order, what is typed and not sent, and what is on the pad."""

    said: list[str]
    unsent: str
    pad: str

    @property
    def words(self) -> Counter[str]:
        """All words, wherever they stand."""
        return Counter(" ".join([*self.said, self.unsent, self.pad]).split())


@dataclass
class Seen:
    """What was typed, and what of it was not there afterwards."""

    rounds: Counter[str] = field(default_factory=Counter)
    words: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    doubled: Counter[str] = field(default_factory=Counter)
    misplaced: Counter[str] = field(default_factory=Counter)  # all words there, not where they were
    keys: Counter[str] = field(default_factory=Counter)
    keys_lost: Counter[str] = field(default_factory=Counter)


@dataclass
class Room:
    """An interview on a page, and what ought to stand there."""

    page: Page
    latency_ms: int
    sent: list[str] = field(default_factory=list)
    unsent: str = ""
    pad: str = ""

    @property
    def message(self) -> Locator:
        """The box for the words to the patient."""
        return self.page.get_by_label("Your words to the patient")

    @property
    def notes(self) -> Locator:
        """The pad."""
        return self.page.locator("#pad textarea")

    def slow(self) -> None:
        """Let every request take so long."""
        line = self.page.context.new_cdp_session(self.page)
        given = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
        line.send("Network.emulateNetworkConditions", {**given, "latency": self.latency_ms})

    def enter(self, address: str) -> None:
        """Begin an interview."""
        self.page.goto(address)
        self.page.locator(".case", has_text=CASE).locator("a.button").click(timeout=BACK_MS)
        self.page.get_by_role("button", name="Knock and enter").click(timeout=BACK_MS)
        self.message.wait_for(timeout=BACK_MS)
        self.page.wait_for_url("**/encounter?id=*")
        self.slow()

    def write(self, words: str) -> None:
        """Write on the pad."""
        self.notes.focus()
        self.page.keyboard.press("Control+End")
        self.page.keyboard.type(words)
        self.pad += words

    def type(self, words: str) -> None:
        """Type to the patient, wherever the keys then go."""
        self.page.keyboard.type(words)
        self.unsent += words

    def send(self) -> None:
        """Press Enter."""
        self.page.keyboard.press("Enter")
        self.sent.append(self.unsent)
        self.unsent = ""

    @property
    def wanted(self) -> Standing:
        """What the page ought to hold."""
        return Standing(self.sent, self.unsent.strip(), self.pad.strip())

    def standing(self) -> Standing:
        """What the page holds; what was not answered yet is not said yet."""
        said = self.page.locator("#chat .user.message .words").all_inner_texts()
        answered = self.page.locator("#chat .bot.message .words").count()
        typed, pad = (box.input_value(timeout=1000) for box in (self.message, self.notes))
        return Standing(said[:answered], typed.strip(), pad.strip())


def measure(arguments: list[str], settings: Settings) -> dict[str, Any]:
    """Break interviews and count what was lost.

    Raises:
        SimulatorError: there is no browser here.
    """
    wish, path = _wish(arguments), chromium()
    if find_spec("playwright") is None:
        raise SimulatorError(
            "Playwright drives the browser and is not here; run 'make install-dev'."
        )
    if path is None:
        raise SimulatorError("There is no Chromium here; install the package 'chromium'.")
    from playwright.sync_api import sync_playwright

    seen, began = Seen(), time.monotonic()
    rng = random.Random(wish.seed)  # noqa: S311 - draws where to break
    with (
        data_folder(settings, "interruptions") as folder,
        sync_playwright() as playwright,
        _running(Program(folder)) as program,
        closing(launch(playwright, path)) as browser,
    ):
        for number in range(-(-wish.rounds // (len(KINDS) + 1))):
            if time.monotonic() - began < wish.minutes * 60:
                latency = LATENCIES_MS[number % 2]
                _break_interview(browser, program, latency, seen, rng, wish.longest)
        for latency in LATENCIES_MS:
            _type_on(browser, program, latency, seen, wish.keys // len(LATENCIES_MS))
    figures = _told(seen, wish)
    for name, value in figures.items():
        print(f"{name:22} {value}")
    return {**figures, "goal": GOAL}


def _wish(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator bench interruptions")
    parser.add_argument("--rounds", type=int, default=100, help="five make an interview")
    parser.add_argument("--keys", type=int, default=2000, help="typed on after Enter")
    parser.add_argument("--longest", type=float, default=10.0, metavar="SECONDS", help="offline")
    parser.add_argument("--minutes", type=float, default=60.0, help="begin no interview after")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(arguments)


@contextmanager
def _running(program: Program) -> Iterator[Program]:
    program.start()
    try:
        yield program
    finally:
        program.stop(signal.SIGKILL)


def _break_interview(
    browser: Browser,
    program: Program,
    latency_ms: int,
    seen: Seen,
    rng: random.Random,
    longest: float,
) -> None:
    """One interview, broken once in each way, until its time is up."""
    with closing(browser.new_context(viewport={"width": 1280, "height": 900})) as context:
        room = Room(context.new_page(), latency_ms)
        room.enter(program.address)
        breaks: dict[str, Callable[[str], None]] = {
            "reload": lambda rest: _reload(room, rest),
            "kill": lambda rest: _kill(room, rest, program),
            "offline": lambda rest: _offline(room, rest, rng.uniform(1, longest)),
            "second tab": lambda rest: _second_tab(room, rest),
        }
        for kind in rng.sample(KINDS, len(KINDS)):
            number = sum(seen.rounds.values())
            room.write(f"note {number} ")
            room.message.focus()
            question = f"Do you have pain number {number}?"
            if rng.random() < 0.5:
                room.type(question)
                room.send()
            cut = rng.randrange(len(question))
            room.type(question[:cut])
            breaks[kind](question[cut:])
            _count(seen, f"{kind}, {latency_ms} ms", room.wanted, _settled(room))
            if room.unsent.strip():
                room.message.focus()
                room.send()
        _time_up(room, program, seen, rng)


def _reload(room: Room, rest: str) -> None:
    room.type(rest)
    room.page.reload()


def _kill(room: Room, rest: str, program: Program) -> None:
    program.stop(signal.SIGKILL)
    room.type(rest)
    program.start()


def _offline(room: Room, rest: str, seconds: float) -> None:
    room.page.context.set_offline(True)
    room.type(rest)
    room.page.wait_for_timeout(seconds * 1000)
    room.page.context.set_offline(False)
    room.slow()  # the browser forgets it


def _second_tab(room: Room, rest: str) -> None:
    """The same address opens once more, and one goes on there."""
    first, second = room.page, room.page.context.new_page()
    room.type(rest)
    second.goto(first.url)
    room.page = second
    room.slow()
    room.message.wait_for(timeout=BACK_MS)
    first.close()


def _time_up(room: Room, program: Program, seen: Seen, rng: random.Random) -> None:
    """The interview's time ends in the middle of a word; what was not sent stays in view."""
    number = sum(seen.rounds.values())
    room.write(f"note {number} ")
    room.message.focus()
    question = f"Do you have pain number {number}?"
    _leave_a_second(room.page.url.rpartition("=")[2], program)
    room.page.evaluate("window.room.pulse()")
    room.type(question[: rng.randrange(8, len(question))])
    room.page.get_by_role("heading", name="Write the note").wait_for(timeout=BACK_MS)
    room.page.locator("#leftover q").wait_for(timeout=BACK_MS)
    left, pad = room.page.locator("#leftover q").inner_text(), room.notes.input_value()
    wanted = room.wanted._replace(said=[])
    _count(seen, f"time up, {room.latency_ms} ms", wanted, Standing([], left.strip(), pad.strip()))


def _leave_a_second(encounter: str, program: Program) -> None:
    at = f"{datetime.now(UTC) + timedelta(seconds=1):%Y-%m-%d %H:%M:%S.%f}"
    with closing(sqlite3.connect(program.data_dir / "encounters.sqlite3", timeout=10)) as database:
        database.execute("UPDATE encounter SET deadline = ? WHERE id = ?", (at, encounter))
        database.commit()


def _type_on(browser: Browser, program: Program, latency_ms: int, seen: Seen, keys: int) -> None:
    """Ask one thing after the other without waiting; every key behind the first Enter counts."""
    with closing(browser.new_context(viewport={"width": 1280, "height": 900})) as context:
        room, typed, kind = Room(context.new_page(), latency_ms), 0, f"{latency_ms} ms"
        room.enter(program.address)
        room.message.focus()
        room.type("When did it start?")
        room.send()
        while typed < keys:
            room.type(f"Do you have pain number {len(room.sent)}?")
            typed += len(room.unsent) + 1
            room.send()
        room.type("And not yet sent")
        typed += len(room.unsent)
        said, unsent, _ = _settled(room)
    wanted = Counter("\n".join([*room.sent, room.unsent]))
    seen.keys[kind] += typed
    seen.keys_lost[kind] += (wanted - Counter("\n".join([*said, unsent]))).total()
    seen.doubled[f"after Enter, {kind}"] += (Counter(said) - Counter(room.sent)).total()


def _settled(room: Room) -> Standing:
    """What the page holds once it holds what was typed, or after so long that it will not."""
    from playwright.sync_api import Error

    last, found = time.monotonic() + SETTLED_S, Standing([], "", "")
    while time.monotonic() < last and found != room.wanted:
        room.page.wait_for_timeout(200)
        try:
            found = room.standing()
        except Error:  # the page is on its way
            continue
    return found


def _count(seen: Seen, kind: str, wanted: Standing, found: Standing) -> None:
    seen.rounds[kind] += 1
    seen.words += wanted.words.total()
    lost = (wanted.words - found.words).total()
    seen.lost[kind] += lost
    seen.doubled[kind] += (Counter(found.said) - Counter(wanted.said)).total()
    seen.misplaced[kind] += not lost and found != wanted


def _told(seen: Seen, wish: argparse.Namespace) -> dict[str, Any]:
    return {
        "rounds": seen.rounds.total(),
        "rounds_by_kind": dict(sorted(seen.rounds.items())),
        "offline_s": f"1 to {wish.longest:g}",
        "words": seen.words,
        "words_lost": seen.lost.total(),
        "doubled_turns": seen.doubled.total(),
        "misplaced": seen.misplaced.total(),
        "where": {
            name: dict(+count)
            for name, count in (
                ("lost", seen.lost), ("doubled", seen.doubled), ("misplaced", seen.misplaced)
            )
        },
        "keys": seen.keys.total(),
        "keys_lost": seen.keys_lost.total(),
        "reader": "small",
        "seed": wish.seed,
    }  # fmt: skip
