"""A resident at the keyboard: the steps of an encounter in one browser tab."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

SLOW = 150_000
"""The first answer waits until the program has read its cases (milliseconds)."""


@dataclass(frozen=True)
class Desk:
    """One tab and what a resident does in it."""

    page: Page
    address: str

    @property
    def message(self) -> Locator:
        return self.page.get_by_label("Your words to the patient")

    @property
    def notice(self) -> Locator:
        return self.page.locator("#notice")

    @property
    def said(self) -> Locator:
        return self.page.locator("#chat .user.message .words")

    @property
    def answers(self) -> Locator:
        return self.page.locator("#chat .bot.message .words")

    def library(self) -> None:
        self.page.goto(self.address)
        expect(self.page.locator(".case").first).to_be_visible(timeout=SLOW)

    def doorway(self, case: str) -> None:
        self.library()
        self.page.locator(".case", has_text=case).locator("a.button").click()
        expect(self.page.get_by_role("button", name="Knock and enter")).to_be_visible()

    def enter(self, case: str) -> None:
        self.doorway(case)
        self.page.get_by_role("button", name="Knock and enter").click()
        expect(self.message).to_be_visible()

    def ask(self, words: str) -> None:
        before = self.answers.count()
        self.message.fill(words)
        self.message.press("Enter")
        expect(self.answers).to_have_count(before + 1, timeout=SLOW)

    def order(self, name: str) -> None:
        box = self.page.get_by_label("Examine or order a test")
        before = self.page.locator(".findings li").count()
        tab = self.page.get_by_role("button", name="Findings")
        if tab.is_visible():  # on a phone it lies in a sheet
            tab.click()
        box.fill(name)
        box.press("Enter")
        expect(self.page.locator(".findings li")).to_have_count(before + 1)
        if tab.is_visible():
            tab.click()

    def leave(self) -> None:
        self.page.get_by_role("button", name="End the interview").click()
        self.page.get_by_role("button", name="Yes, leave").click()
        expect(self.page.get_by_role("heading", name="Write the note")).to_be_visible()

    def write_note(self, history: str, diagnosis: str, support: str, workup: str) -> None:
        self.page.locator("#note-history textarea").fill(history)
        self.page.locator("#dx-1 textarea").fill(diagnosis)
        self.page.locator("#dx-support-1 textarea").fill(support)
        self.page.locator("#note-workup textarea").fill(workup)

    def hand_in(self) -> None:
        self.page.get_by_role("button", name="Hand in the note").click()
        expect(self.page.get_by_role("heading", name="Before you see a score")).to_be_visible()

    def finish(self) -> int:
        """Show the review; the points of the checklist."""
        self.page.get_by_role("button", name="Show the review").click()
        self.page.wait_for_url("**/review/*", timeout=SLOW)
        expect(self.page.locator(".summary h1")).to_be_visible()
        found = re.match(r"\d+", self.page.locator(".scores .big").first.inner_text())
        return int(found.group()) if found else 0

    def interview(self, case: str, questions: list[str], orders: list[str]) -> None:
        self.enter(case)
        for words in questions:
            self.ask(words)
        for name in orders:
            self.order(name)
        self.leave()
