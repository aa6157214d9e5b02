"""The page of all parts: every part of the sheet stands on it, and each colour is measured."""

from __future__ import annotations

import re

import pytest

from simulator.accounts.people import Person, Role
from simulator.web import theme
from simulator.web.access import RULES, allows
from simulator.web.design import tokens
from simulator.web.design.pages import page, words
from tests.conftest import make_script

CLASS = re.compile(r"\.([a-z][\w-]*)")
INSIDE = re.compile(r"\{[^{}]*\}")


@pytest.fixture(scope="module")
def html() -> str:
    scripts = [make_script(id=name) for name in ("one", "two", "three")]
    return bytes(page(scripts, "/vsp").body).decode()


def sheet(name: str) -> str:
    return re.sub(r"/\*.*?\*/", "", (theme.STATIC / name).read_text("utf-8"), flags=re.S)


def classes(html: str) -> set[str]:
    return {name for found in re.findall(r'class="([^"]*)"', html) for name in found.split()}


def test_every_part_of_the_sheet_stands_on_the_page(html: str) -> None:
    assert set(CLASS.findall(INSIDE.sub("{}", sheet("parts.css")))) - classes(html) == set()


def test_the_room_s_own_parts_stand_on_it_too(html: str) -> None:
    assert {"clock", "low", "tip", "findings", "sheet-tabs", "case", "dot", "portrait"} <= classes(
        html
    )


def test_a_card_shows_each_state_that_a_patient_can_be_in(html: str) -> None:
    for state in ("Not tried yet", "In the room: 9 min left", "best 21 of 34"):
        assert state in html


def test_every_text_colour_stands_out_from_its_ground_and_says_so(html: str) -> None:
    pairs = words()["pairs"]
    measured = [c for pair in pairs for c in tokens.contrasts(*pair)]
    assert min(c.ratio for c in measured) >= tokens.AA
    assert html.count('class="chip ok">AA') == len(measured)


@pytest.mark.parametrize(
    ("text", "ground", "ratio"), [("#000", "#ffffff", 21.0), ("#767676", "#fff", 4.54)]
)
def test_contrast_is_reckoned_as_wcag_has_it(text: str, ground: str, ratio: float) -> None:
    assert tokens.contrast(text, ground).ratio == pytest.approx(ratio, abs=0.01)


def test_a_colour_that_is_too_faint_does_not_hold() -> None:
    assert not tokens.contrast("#999", "#fff").holds


def test_the_page_loads_nothing_from_elsewhere(html: str) -> None:
    assert set(re.findall(r'(?:src|href)="(https?:)?//', html)) == set()
    linked = re.findall(r'<link rel="stylesheet" href="/vsp/static/([\w.]+)"', html)
    assert "parts.css" in linked
    assert all((theme.STATIC / name).is_file() for name in linked)


def test_no_two_sheets_define_the_same_part() -> None:
    """What parts.css draws whole, no other page's sheet draws again."""
    shared = ("button", "chip", "badge", "notice", "card")
    for name in ("review.css", "studio.css", "account.css", "assign.css"):
        drawn = re.findall(r"(?:^|\})\s*\.([\w-]+) \{([^}]*background[^}]*)\}", sheet(name))
        assert [part for part, _ in drawn if part in shared] == []


@pytest.mark.parametrize(
    ("role", "opens"),
    [
        ("author", True),
        ("course lead", True),
        ("admin", True),
        ("resident", False),
        ("auditor", False),
    ],
)
def test_whoever_writes_cases_or_manages_people_opens_it(role: str, opens: bool) -> None:
    assert allows(RULES["GET /design"], Person("x", Role(role), "im")) == opens
