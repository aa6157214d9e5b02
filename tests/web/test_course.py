"""What a course sees, without accounts: this browser's own talks, in figures and files."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from simulator.encounter.encounter import Encounters
from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter
from simulator.evaluator.report import Report
from simulator.settings import Settings
from simulator.store.assignments import AssignmentStore
from simulator.store.database import connect
from simulator.store.repository import Repository
from simulator.web.course.files import Sheet, as_csv, as_xlsx, harmless
from simulator.web.course.pictures import columns, item_map
from simulator.web.server import PATH, create
from tests.conftest import SMALL_SCRIPT, make_script
from tests.course.making import START, report_of, talk_of
from tests.encounter.conftest import Clock
from tests.web.accounts.conftest import BASE, Unread
from tests.web.conftest import Browser, Site
from tests.web.test_review import post

COURSE = f"{PATH}/course"
KNEE = f"{COURSE}/sore-knee"
ITEMS = ("onset", "fever")


@pytest.fixture(scope="module")
def site(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site on which nothing is read: its talks are put into the store as they are needed."""
    folder, clock = tmp_path_factory.mktemp("course"), Clock()
    (folder / "scripts").mkdir()
    (folder / "scripts" / "sore-knee.yaml").write_text(json.dumps(SMALL_SCRIPT), encoding="utf-8")
    services = Unread(Settings(data_dir=data_dir, scripts_dir=folder / "scripts"))
    store = Repository(connect(folder / "encounters.sqlite3"))
    encounters = Encounters(services, store, clock)
    with TestClient(create(encounters, AssignmentStore(store.engine)), base_url=BASE) as client:
        yield Site(client, encounters, store, clock)
    store.engine.dispose()


@pytest.fixture
def browser(site: Site) -> Browser:
    return site.browser()


def put(store: Repository, resident: str, report: Report, day: int = 0, **more: Any) -> str:
    """A talk that is over and scored like this."""
    at, name = START + timedelta(days=day), f"{resident[:8]}-{report.script_id[:8]}-{day}"
    script = make_script(id=report.script_id)
    store.add(Encounter(name, resident, script, "practice", Phase.FEEDBACK, at, **more))
    store.add_report(name, report.model_dump(mode="json"), at)
    return name


def knee(marks: str, **more: Any) -> Report:
    given = dict(zip(ITEMS, marks, strict=True))
    return report_of(given, critical=("fever",), case="sore-knee", **more)


def rows(answer: Any) -> list[list[str]]:
    """The rows of a CSV file, as it was sent."""
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_before_the_first_talk_the_page_says_so(browser: Browser) -> None:
    assert "Nothing to show yet" in browser.get(COURSE).text


def test_alone_one_sees_the_own_talks_and_nobody_else_s(site: Site, browser: Browser) -> None:
    put(site.store, browser.resident, knee("mn"))
    put(site.store, "somebody-else", report_of("mmm", case="secret-case"))
    page = browser.get(COURSE).text
    assert "Sore-Knee" in page and "Secret-Case" not in page
    assert "Fewer than 5 residents" in page
    assert browser.get(f"{COURSE}/secret-case").status_code == 404
    assert browser.get(f"{COURSE}/resident/somebody-else").status_code == 404
    assert browser.get(f"{COURSE}/resident/{browser.resident}").status_code == 200


def test_first_tries_are_counted_and_later_ones_told_apart(site: Site, browser: Browser) -> None:
    first = put(site.store, browser.resident, knee("mn"))
    put(site.store, browser.resident, knee("mm"), 1)
    put(site.store, browser.resident, knee("mm"), 2, branch_of=first)
    (row,) = rows(browser.get(f"{COURSE}/cases.csv"))[1:]
    assert row == ["sore-knee", "Sore-Knee", "1", "0.5", "1", "", "0", "", "0", "0", "1", "1", "1"]
    assert "1 again, 1 from a turn" in browser.get(COURSE).text
    assert rows(browser.get(f"{COURSE}/weeks.csv"))[1:] == [["2026-03-02", "1", "1", "1"]]


def test_every_shade_of_a_heat_map_has_its_figure_in_it(site: Site, browser: Browser) -> None:
    put(site.store, browser.resident, knee("mn", fever="safety"))
    page = browser.get(COURSE).text
    cells = re.findall(r'<td class="h(\d)">(\d+)</td>', page)
    assert cells == [("4", "100"), ("0", "0")] * 2
    assert rows(browser.get(f"{COURSE}/heat.csv")) == [
        ["resident", "first tries", "Present problem", "Safety"],
        ["You", "1", "1.0", "0.0"],
    ]


def test_every_table_has_a_caption_and_every_head_a_scope(site: Site, browser: Browser) -> None:
    put(site.store, browser.resident, knee("mn"))
    for path in (COURSE, KNEE):
        page = browser.get(path).text
        tables = re.findall(r"<table.*?</table>", page, re.S)
        assert tables and all("<caption" in t for t in tables)
        assert re.findall(r"<th(?! scope| ?e)[^>]*>", page) == []
        assert page.count("<h1") == 1 and "style=" not in page


def test_a_case_says_why_a_figure_is_not_there(site: Site, browser: Browser) -> None:
    put(site.store, browser.resident, knee("mn"))
    page = text_of(browser.get(KNEE).text)
    assert "fewer than 5 talks" in page and "rough" in page
    assert "everyone meets it" in page and "no one earns it" in page


@pytest.mark.parametrize("name", ["cases", "weeks", "missed", "heat", "case-heat", "faculty"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_table_comes_as_a_file(site: Site, browser: Browser, name: str, kind: str) -> None:
    put(site.store, browser.resident, knee("mn"))
    answer = browser.get(f"{COURSE}/{name}.{kind}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.{kind}"'
    if kind == "xlsx":
        assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
    else:
        assert len(rows(answer)) > 1


@pytest.mark.parametrize("name", ["items", "reliability", "faculty", "angoff"])
def test_every_table_of_a_case_comes_as_a_file(site: Site, browser: Browser, name: str) -> None:
    put(site.store, browser.resident, knee("mn"))
    assert len(rows(browser.get(f"{KNEE}/{name}.csv"))) > 1
    book = zipfile.ZipFile(io.BytesIO(browser.get(f"{KNEE}/{name}.xlsx").content))
    assert book.testzip() is None


def test_there_are_no_other_files(site: Site, browser: Browser) -> None:
    put(site.store, browser.resident, knee("mn"))
    for path in ("/cases.pdf", "/people.csv", "/sore-knee/cases.csv", "/nowhere/items.csv"):
        answer = browser.get(COURSE + path)
        assert answer.status_code == 404 and "<html" in answer.text


def test_no_cell_of_a_csv_file_is_a_formula_and_numbers_stay_numbers() -> None:
    bad = ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx")
    assert [harmless(b) for b in bad] == [f"'{b}" for b in bad]
    assert [harmless(g) for g in ("a=1", "", -0.5, 3, None)] == ["a=1", "", -0.5, 3, None]
    sheet = Sheet("x", ("=head",), [("=cmd|' /C calc'!A0", -0.25), (None, 7)])
    text = as_csv(sheet).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [
        ["'=head"],
        ["'=cmd|' /C calc'!A0", "-0.25"],
        ["", "7"],
    ]


def test_a_workbook_holds_texts_as_texts_and_numbers_as_numbers() -> None:
    made = as_xlsx(Sheet("items", ("name", "n"), [("=1+1", 0.25), ("Ünal", None)]))
    with zipfile.ZipFile(io.BytesIO(made)) as book:
        page = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in page and "=1+1" in texts and "Ünal" in texts
    assert re.search(r'<c r="B2"[^>]*><v>0.25</v></c>', page)
    assert 'r="B3"' not in page


def test_what_a_title_says_is_text_on_the_page_and_in_a_file(site: Site, browser: Browser) -> None:
    title = "=<img src=x onerror=alert(1)>"
    evil = knee("mn").model_copy(update={"title": title})
    put(site.store, browser.resident, evil)
    assert "<img" not in browser.get(COURSE).text
    assert rows(browser.get(f"{COURSE}/cases.csv"))[1][1] == f"'{title}"


def test_a_judge_s_estimates_make_a_cut_score_beside_the_mark_in_use(browser: Browser) -> None:
    assert "Nobody has judged this case yet" in browser.get(KNEE).text
    sent = {"item-onset": "80", "item-fever": "50,5"}
    status, where, _ = post(browser, "/course/sore-knee/angoff", **sent)
    assert (status, where) == (303, f"{KNEE}#h-standard")
    page = text_of(browser.get(KNEE).text)
    assert "Cut score: 1.3 of 2 points (65 %)" in page
    assert "The mark in use: 60 %" in page and "Fewer than 5 judges" in page
    assert rows(browser.get(f"{KNEE}/angoff.csv"))[1:] == [
        ["onset", "Asks when the pain began", "1", "80.0"],
        ["fever", "Asks about fever", "1", "50.5"],
        ["", "Points", "2", "1.305"],
    ]
    post(browser, "/course/sore-knee/angoff", **{"item-onset": "0", "item-fever": "100"})
    assert "Cut score: 1.0 of 2 points (50 %)" in text_of(browser.get(KNEE).text)


@pytest.mark.parametrize("wrong", ["", "101", "-1", "x", "nan", "inf"])
def test_without_a_number_for_every_item_nothing_is_kept_and_what_was_typed_stays(
    site: Site, browser: Browser, wrong: str
) -> None:
    kept = len(site.store.judgements(None, "sore-knee"))
    sent = {"item-onset": "81.5", "item-fever": wrong}
    status, _, page = post(browser, "/course/sore-knee/angoff", **sent)
    assert status == 200 and "Every item needs a number" in page and 'value="81.5"' in page
    assert len(site.store.judgements(None, "sore-knee")) == kept


def test_another_browser_s_estimates_are_not_shown(site: Site, browser: Browser) -> None:
    post(browser, "/course/sore-knee/angoff", **{"item-onset": "1", "item-fever": "1"})
    assert "Nobody has judged" in site.browser().get(KNEE).text


def test_no_case_that_is_not_there_can_be_judged(site: Site, browser: Browser) -> None:
    assert post(browser, "/course/nowhere/angoff", **{"item-a": "1"})[0] == 404
    assert site.store.judgements(None, "nowhere") == []


def test_evidence_is_headed_so_is_no_level_and_leads_to_the_turn(
    site: Site, browser: Browser
) -> None:
    made = put(site.store, browser.resident, knee("mn", fever="safety"))
    address = f"{COURSE}/resident/{browser.resident}"
    page = browser.get(address).text
    heads = [text_of(h) for h in re.findall(r"<h[12].*?</h[12]>", page, re.S)]
    assert heads and all(h.startswith("Evidence toward") for h in heads)
    assert "What about onset?" in page and f"/practice/review/{made}#turn-1" in page
    assert "the machine's mark" in unescape(page) and "no level" in page
    data = browser.get(f"{address}.json").json()
    assert data["heading"] == "Evidence toward competencies: You" and data["talks"] == 1
    history = data["evidence"][0]
    assert history["toward"].startswith("ACGME-PC1") and history["talks"] == 1
    (onset,) = history["supporting"]
    assert onset["quotes"] == [{"words": "What about onset?", "turn": 1}]
    assert [p["mark"] for p in history["against"]] == ["checklist:fever"]


def test_a_column_is_as_high_as_its_talks_and_an_item_lies_between_easy_and_hard() -> None:
    from simulator.course.cohort import weeks
    from simulator.course.items import item_figures

    talks = [talk_of(f"r{n}", m, n) for n, m in enumerate(("mmn", "mnn", "mnm", "nnm", "mmm"))]
    (column,) = columns(weeks(talks, 4))
    assert column.height == column.firsts_height == 102
    found = item_map(item_figures(talks))
    assert [s.number for s in found.spots] == [1, 2, 3]
    assert found.left < found.spots[1].x < found.spots[0].x < found.right
    assert "0" in [name for _, name in found.lines]
    assert item_map(()).spots == () and columns(()) == ()
