"""The life of a case in the pages: handed in, commented on, published, compared, scored anew."""

from __future__ import annotations

import io

from simulator.encounter.records import Note, SelfAssessment
from simulator.scripts.library import substance
from simulator.studio.casetest import CaseTest
from tests.studio.shipped import NEXT, NOW
from tests.web.studio.conftest import CASE, Author


def passed(author: Author, case: str) -> None:
    """Keep a result of the case test that found nothing, as if it had been run."""
    work = author.desk.open(case)
    assert work.checked.script is not None
    found = CaseTest(version=work.version, tested=substance(work.checked.script), questions=1,
                     seconds=1, faults=(), tiers=(), earned=0, items=0)  # fmt: skip
    author.desk.drafts.keep_beside(case, "tested/1.json", found.model_dump_json())


def move(author: Author, to: str, name: str, of: str = "draft") -> str:
    version = author.desk.open(CASE).version if of == "draft" else 0
    answer = author.send(f"{CASE}/move", to=to, of=of, base=version, name=name)
    return str(answer.text)


def published(author: Author) -> None:
    """The next edition of a shipped case with one item fewer, released by a second person."""
    author.send(f"{CASE}/edition")
    author.send(f"{CASE}/items", base=1, path="checklist", do="remove", place=0)
    passed(author, CASE)
    move(author, "review", "Ana Ruiz")
    move(author, "released", "Ben Okoye")


def test_a_case_is_handed_in_commented_released_by_a_second_person_and_offered(
    author: Author,
) -> None:
    author.send(f"{CASE}/edition")
    assert "this text has not been tested yet" in author.see(f"{CASE}/life")
    passed(author, CASE)
    assert "Give your name" in move(author, "review", " ")
    assert "Ana Ruiz" in move(author, "review", "Ana Ruiz")
    author.send(f"{CASE}/comments", text="Is 'radiate' her word?", name="Ben Okoye")
    page = author.see(f"{CASE}/life")
    assert "1 open" in page and 'value="Ben Okoye"' in page
    assert "No comment is open" in move(author, "released", "Ben Okoye")
    author.send(f"{CASE}/settled", place=1, name="Ana Ruiz")
    assert "A second person must release it" in move(author, "released", "Ana Ruiz")
    page = move(author, "released", "Ben Okoye")
    assert "released it" in page and NEXT in page
    assert author.desk.services.library.get(CASE).version == NEXT
    assert not author.desk.drafts.has(CASE)


def test_a_page_that_is_outdated_moves_nothing(author: Author) -> None:
    author.send(f"{CASE}/edition")
    author.type(CASE, 1, {"path": ["closing"], "text": "Bye."})
    answer = author.send(f"{CASE}/move", to="review", of="draft", base=1, name="Ana")
    assert answer.status_code == 403 and "changed meanwhile" in answer.text
    answer = author.send(f"{CASE}/move", to="pilot", of="draft", base=2, name="Ana")
    assert answer.status_code == 403 and "stands elsewhere" in answer.text


def test_editions_are_compared_and_earlier_interviews_scored_once_it_is_said_what_changes(
    author: Author,
) -> None:
    held = author.encounters.open("ana", CASE, "practice").id
    author.encounters.enter(held, "ana")
    author.encounters.end_interview(held, "ana")
    author.encounters.submit_note(held, "ana", Note())
    author.encounters.submit_self_assessment(held, "ana", SelfAssessment())
    published(author)
    page = author.see(f"{CASE}/differences?before={NOW}&after={NEXT}")
    assert "1 difference." in page and "scores of earlier interviews" in page
    page = author.see(f"{CASE}/rescore")
    assert "1 of 1 interviews would change" in page and "Score 1 interview by edition" in page
    author.send(f"{CASE}/rescore")
    assert "scored by this edition already" in author.see(f"{CASE}/rescore")
    old = author.see(f"{CASE}/editions/{NOW}.yaml")
    assert f"version: {NOW}" in old
    assert author.client.get(f"/studio/{CASE}/editions/9.9.9.yaml").status_code == 404


def test_a_retired_case_is_offered_to_nobody_and_its_page_says_so(author: Author) -> None:
    page = move(author, "retired", "Ana Ruiz", of="library")
    assert "offered to nobody" in page
    assert CASE not in {s.id for s in author.desk.services.library.released()}
    assert "Make a draft of its next edition" in page


def test_a_vignette_is_pasted_seen_to_and_taken_out_again(author: Author) -> None:
    text = "A 46-year-old man has had a cough for three weeks. He smokes five a day."
    answer = author.send("import", pasted=text, kind="")
    assert "What needs a human" in answer.text
    case = answer.url.path.rpartition("/")[2]
    answer = author.send(f"{case}/seen", place=0, talk="first")
    assert "Seen to" in answer.text
    assert "From: <q>He smokes five a day.</q>" in author.see(f"{case}?part=facts")
    page = author.see(f"{case}/export")
    assert "Not in this file" in page
    for kind, head in (("word", b"PK"), ("pdf", b"%PDF"), ("text", b"[CASE]"), ("yaml", b"schema")):
        answer = author.client.get(f"/studio/{case}/export/{kind}")
        assert answer.content.startswith(head)
        assert "attachment" in answer.headers["content-disposition"]


def test_a_file_is_taken_in_by_what_it_holds_and_what_cannot_be_read_is_a_sentence(
    author: Author,
) -> None:
    word = author.client.get(f"/studio/{CASE}/export/word").content
    answer = author.client.post("/studio/import", files={"file": ("Case.docx", io.BytesIO(word))})
    assert "Taken in from Case.docx" in answer.text
    for data, why in ((b"", "Paste a case"), (b"x" * 520_000, "Leave pictures out"),
                      (b"PK\x03\x04broken", "zip")):  # fmt: skip
        answer = author.client.post("/studio/import", files={"file": ("f.docx", io.BytesIO(data))})
        assert answer.status_code == 422 and why in answer.text
    answer = author.send("import", pasted="no sections here", kind="text")
    assert answer.status_code == 422 and "no sections here" in answer.text
