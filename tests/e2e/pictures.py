"""Take the README's pictures: python -m tests.e2e.pictures OUTDIR."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import get_args

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from bench.browser import chromium, launch, serving
from simulator.scripts.library import load_library
from simulator.scripts.schema import Affection
from simulator.settings import Settings
from simulator.web import portrait, theme
from tests.e2e.desk import SLOW, Desk

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
CASE = "Chest pain on the stairs"
QUESTIONS = [
    "Hello, I'm Dr. Brown, one of the residents. What brings you in today?",
    "That sounds frightening. Can you tell me more about it?",
    "When did it start?",
    "Where exactly is the pain, and does it go anywhere?",
    "What does it feel like?",
    "Did you feel sick or sweaty with it?",
    "Have you had anything like this before?",
    "What medicines do you take?",
    "Does anyone in your family have heart problems?",
    "What worries you most about this?",
]
STUDIO_QUESTIONS = [
    "When did it start?",
    "Any fever?",
    "Have you stopped taking any of your tablets?",
]


def take(desk: Desk, folder: Path, suffix: str) -> None:
    """Walk through an encounter and take a picture at each step."""

    def shoot(name: str) -> None:
        desk.page.evaluate("document.activeElement?.blur(); window.scrollTo(0, 0)")
        save(desk.page.screenshot(animations="disabled"), folder / f"{name}-{suffix}.png")

    desk.library()
    shoot("library")
    desk.doorway(CASE)
    shoot("doorway")
    desk.page.get_by_role("button", name="Knock and enter").click()
    for question in QUESTIONS:
        desk.ask(question)
    for name in ("12 lead ECG", "listen to the heart"):
        desk.order(name)
    shoot("interview")
    desk.leave()
    desk.write_note(
        "58-year-old woman with two hours of pressing central chest pain going to the left arm "
        "and jaw, with sweating and nausea. Shorter spells on the stairs for three weeks.\n"
        "Hypertension and high cholesterol. Brother died of a heart attack at 52.",
        "NSTEMI",
        "pain on effort going to the arm and jaw, cold sweat, ST depression",
        "Troponin\nRepeat ECG\nAspirin",
    )
    shoot("note")
    desk.hand_in()
    shoot("self-assessment")
    desk.finish()
    shoot("review")
    desk.page.goto(f"{desk.address}/practice/progress")
    shoot("progress")
    take_assigned(desk)
    shoot("assigned")
    if suffix == "desktop":
        desk.page.goto(f"{desk.address}/practice/desk")
        desk.page.get_by_role("link", name="Look at it").click()
        shoot("teacher")


def take_assigned(desk: Desk) -> None:
    """Set oneself a circuit by the bell, and look at what was set."""
    desk.page.goto(f"{desk.address}/practice/assignments")
    desk.page.get_by_label("Title").fill("Evening circuit")
    for station in desk.page.locator("input[name=station]").all()[1:4]:
        station.check()
    desk.page.get_by_label("A circuit by the bell").check()
    desk.page.get_by_role("button", name="Set it").click()
    desk.page.goto(f"{desk.address}/practice/assigned")


def take_studio(page: Page, address: str, folder: Path) -> None:
    """Make a draft, ask it something, and take a picture of the author's desk."""
    page.goto(f"{address}/studio/chest-pain-maria-lopez")
    page.get_by_role("button", name="Make a draft of its next edition").click()
    page.get_by_role("link", name="What the patient knows").click()
    for number, question in enumerate(STUDIO_QUESTIONS, 1):
        page.get_by_label("Your words to the patient").fill(question)
        page.keyboard.press("Enter")
        page.locator(f"#turn-{number}").wait_for(timeout=SLOW)
    page.locator(f"#turn-{len(STUDIO_QUESTIONS)}").get_by_text("Why", exact=True).click()
    page.locator(".talk").evaluate("talk => { talk.scrollTop = talk.scrollHeight; }")
    page.evaluate("document.activeElement?.blur(); window.scrollTo(0, 0)")
    save(page.screenshot(animations="disabled"), folder / "studio-desktop.png")


def take_portraits(page: Page, folder: Path) -> None:
    """Draw the patients of the library, each with every affect."""
    sheets = [(theme.STATIC / name).read_text("utf-8") for name in ("tokens.css", "portrait.css")]
    faces = [portrait.face_of(s) for s in load_library(Settings().scripts_dir).offered(False)]
    cells = "".join(
        f'<span class="portrait" data-affect="{affect}">{portrait.draw(face, (affect,))}</span>'
        for face in faces
        for affect in get_args(Affection)
    )
    page.set_content(
        f"<style>{''.join(sheets)} body {{ --face: 132px; width: 832px; margin: 8px; gap: 8px; "
        f"display: flex; flex-wrap: wrap; background: var(--paper) }}</style>{cells}"
    )
    save(page.screenshot(full_page=True, animations="disabled"), folder / "portraits.png")


def save(picture: bytes, path: Path) -> None:
    """Write a PNG with a palette, so that it stays small."""
    path.with_suffix(".tmp").write_bytes(picture)
    with Image.open(path.with_suffix(".tmp")) as image:
        image.convert("RGB").quantize(128).save(path, optimize=True)
    path.with_suffix(".tmp").unlink()


def photograph(browser: Browser, address: str, folder: Path) -> None:
    """Take all pictures at each size, each in a fresh browser profile."""
    for suffix, (width, height) in SIZES.items():
        context = browser.new_context(viewport={"width": width, "height": height})
        take(Desk(context.new_page(), address), folder, suffix)
        context.close()
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    take_studio(context.new_page(), address, folder)
    context.close()
    context = browser.new_context(viewport={"width": 848, "height": 600})
    take_portraits(context.new_page(), folder)
    context.close()


def main(folder: Path) -> None:
    """Serve the program from an empty folder and take the pictures."""
    path = chromium()
    if path is None:
        raise SystemExit("No Chromium on this machine; install one and try again.")
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as data_dir,
        serving(Path(data_dir)) as address,
        sync_playwright() as playwright,
    ):
        photograph(launch(playwright, path), address, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
