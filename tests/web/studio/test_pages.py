from __future__ import annotations

import re

import pytest

from simulator.studio import form
from tests.web.studio.conftest import CASE, Author


def test_the_list_names_every_case_with_its_state(author: Author) -> None:
    author.new()
    page = author.see("")
    assert page.index("A cough that stays") < page.index("Chest pain on the stairs")
    assert "Ben Harris" in page and "100 %" in page and "released" in page


@pytest.mark.parametrize("part", [*(s.id for s in form.sections()), "yaml"])
def test_every_part_of_a_case_has_its_page(author: Author, part: str) -> None:
    page = author.see(f"{CASE}?part={part}")
    assert f'data-part="{part}" aria-current="page"' in page
    assert page.count("<h1") == 1
    names = re.findall(r'<label[^>]* for="([^"]+)"', page)
    fields = re.findall(r'<(?:input|select|textarea) (?!type="hidden")[^>]*\bid="([^"]+)"', page)
    ticks = re.findall(r'type="checkbox" id="([^"]+)"', page)
    assert set(fields) <= {*names, *ticks}
    assert len(set(re.findall(r'\bid="([^"]+)"', page))) == len(re.findall(r'\bid="([^"]+)"', page))


def test_a_case_of_the_library_can_be_read_and_tried_but_not_changed(author: Author) -> None:
    page = author.see(CASE)
    assert 'fieldset class="bare" disabled' in page
    assert "Make a draft of its next edition" in page
    author.send(f"{CASE}/talk", said="When did it start?", do="ask", talk="first")
    assert "two hours ago" in author.see(CASE)
    typed = {"path": ["title"], "text": "x"}
    assert author.type(CASE, 0, typed).status_code == 403


def test_markup_of_an_author_is_shown_as_typed(author: Author) -> None:
    case = author.new()
    author.send(
        f"{case}/items", base=1, path="facts", do="add", text="<img src=x onerror=alert(1)>"
    )
    author.send(f"{case}/talk", said="<b>Hello</b>", do="ask", talk="first")
    page = author.see(f"{case}?part=facts")
    assert "<img src=x" not in page and "<b>Hello" not in page
    assert "&lt;img src=x" in page


@pytest.mark.parametrize(
    "path", ["nobody", "nobody/test", "nobody/misses", f"{CASE}/compare?mine=1&theirs=2"]
)
def test_what_is_not_there_is_a_sentence(author: Author, path: str) -> None:
    answer = author.client.get(f"/studio/{path}")
    assert answer.status_code == 404
    assert "That did not work" in answer.text


def test_a_text_that_is_no_yaml_leaves_the_way_to_mend_it(author: Author) -> None:
    case = author.new()
    sent = author.client.post(f"/studio/{case}/text", json={"base": 1, "text": "a: b: c"}).json()
    assert sent["notes"][0]["line"] == 1
    assert sent["playing"] == 1
    assert "Mend it as text" in author.see(f"{case}?part=facts")
    assert "a: b: c" in author.see(f"{case}?part=yaml")


def test_the_file_can_be_taken_away(author: Author) -> None:
    answer = author.client.get(f"/studio/{CASE}/file")
    assert answer.text == author.desk.services.library.files[CASE].read_text(encoding="utf-8")
    assert "attachment" in answer.headers["content-disposition"]


def test_topics_are_found_in_an_authors_own_words(author: Author) -> None:
    for words, topic in (("phlegm", "ros.sputum"), ("cigarettes", "soc.smoking"),
                         ("when it began", "hpi.onset"), ("hpi.onset", "hpi.onset")):  # fmt: skip
        found = author.client.get("/studio/topics", params={"q": words}).json()
        assert topic in [t["id"] for t in found[:3]]
    assert author.client.get("/studio/topics", params={"q": " "}).json() == []
