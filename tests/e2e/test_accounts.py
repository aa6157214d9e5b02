"""A programme's first day in a real browser: invited, agreed, inside, and out again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.browser import ROOT, serving
from tests.e2e.conftest import Served
from tests.e2e.desk import SLOW
from tests.e2e.test_pages import LOW_CONTRAST, UNNAMED, WIDER

pytestmark = pytest.mark.e2e
GOOD = "seven quiet green otters"


@pytest.fixture(scope="module")
def programme(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The program with accounts, over a database of its own."""
    data_dir = served.copied(tmp_path_factory.mktemp("programme"))
    with serving(data_dir, VSP_ACCOUNTS="1") as address:
        yield Served(address, data_dir)


def invite(programme: Served, email: str, *more: str) -> str:
    """The link of an invitation made at the command line."""
    command = [sys.executable, "-m", "simulator", "accounts", "invite", email, *more]
    made = subprocess.run(
        [*command, "--address", programme.address],
        cwd=ROOT,
        env={**os.environ, "VSP_DATA_DIR": str(programme.data_dir)},
        capture_output=True,
        text=True,
        check=True,
    )
    return made.stdout.strip()


def accept(page: Page, link: str) -> None:
    """Choose a password and agree."""
    page.goto(link)
    page.get_by_label("Choose a password").fill(GOOD)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("heading", name="Before you begin")).to_be_visible()
    page.get_by_label("I have read this").check()
    page.get_by_role("button", name="Go in").click()


def test_an_admin_invites_a_resident_who_practises_and_signs_out(
    browser: Browser, programme: Served
) -> None:
    admin, resident = (browser.new_page(viewport={"width": 390, "height": 844}) for _ in range(2))
    accept(admin, invite(programme, "ada@x.edu", "--role", "admin", "--name", "Ada Lind"))
    admin.get_by_role("link", name="People").click()
    admin.get_by_label("Name").fill("Ana Ruiz")
    admin.get_by_label("E-mail address").first.fill("ana@x.edu")
    admin.get_by_label("Programme").first.fill("im-2026")
    admin.get_by_role("button", name="Make the invitation").click()
    accept(resident, admin.locator("code").inner_text())
    expect(resident.locator("#menu")).to_contain_text("Ana Ruiz")
    resident.goto(f"{programme.address}/practice/encounter?case=chest-pain-maria-lopez")
    resident.get_by_role("button", name="Knock and enter").click()
    resident.locator("#ask textarea").fill("Hello, what brings you here?")
    resident.locator("#ask textarea").press("Enter")
    expect(resident.locator("#chat .bot").first).to_be_visible(timeout=SLOW)
    address = resident.url
    resident.goto(f"{programme.address}/account/")
    resident.get_by_role("button", name="Sign out", exact=True).click()
    expect(resident.get_by_text("You are signed out.")).to_be_visible()
    resident.goto(address)
    resident.get_by_label("E-mail address").fill("ana@x.edu")
    resident.get_by_label("Password").fill(GOOD)
    resident.get_by_role("button", name="Sign in").click()
    expect(resident.locator("#chat")).to_contain_text("what brings you here")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_account_pages_fit_are_named_and_can_be_read(
    browser: Browser, programme: Served, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": 320, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page, faults = context.new_page(), []
    link = invite(programme, f"{scheme}@x.edu", "--role", "admin", "--name", "Benedikta Grünwald")
    for where in ("sign-in", link, "", "people", "log", "consent"):
        page.goto(where if where == link else f"{programme.address}/account/{where}")
        expect(page.locator("h1")).to_have_count(1)
        faults += [(where, page.evaluate(look)) for look in (UNNAMED, LOW_CONTRAST, WIDER)]
        if where == link:
            accept(page, link)
            page.wait_for_url("**/account/")
    context.close()
    assert [fault for fault in faults if fault[1]] == []
