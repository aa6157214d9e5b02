from __future__ import annotations

import re
import time

import pytest

from simulator.studio import casetest
from tests.web.studio.conftest import BEN, CASE, Author


def says(author: Author, case: str) -> list[str]:
    return [f["says"] for f in author.data(case)["facts"]]


def test_a_new_patient_lacking_something_is_asked_for_it_and_keeps_what_was_typed(
    author: Author,
) -> None:
    answer = author.send("new", **{**BEN, "age": "old"})
    assert answer.status_code == 422
    assert "Age" in answer.text and 'value="Ben Harris"' in answer.text
    assert author.desk.drafts.ids() == []


def test_what_is_typed_is_saved_with_its_findings(author: Author) -> None:
    case = author.new()
    told = author.type(
        case,
        1,
        {"path": ["doorway", "minutes"], "kind": "number", "text": "20"},
        {"path": ["opening"], "kind": "text", "text": "I can't stop coughing."},
        {"do": "add", "path": ["denies"], "text": "ros.no-such"},
        {"path": ["doorway", "age"], "kind": "number", "text": "old"},
    ).json()
    assert told["version"] == 2 and told["undo"]
    assert told["refused"] == [{"path": ["doorway", "age"], "message": "'old' is not a number"}]
    assert [n["part"] for n in told["notes"]] == ["denies"]
    assert author.data(case)["doorway"]["minutes"] == 20
    assert author.data(case)["doorway"]["age"] == 46
    assert "I can&#39;t stop coughing." in author.see(f"{case}?part=opening")


def test_text_and_form_are_two_views_of_one_case_and_comments_stay(author: Author) -> None:
    case = author.new()
    text = author.desk.open(case).text.replace("opening:", "# as she said it\nopening:")
    author.client.post(f"/studio/{case}/text", json={"base": 1, "text": text})
    author.type(case, 2, {"path": ["opening"], "kind": "text", "text": "It hurts."})
    assert '# as she said it\nopening: "It hurts."' in author.desk.open(case).text


def test_items_are_added_moved_and_deleted_and_undone(author: Author) -> None:
    case = author.new()
    for n, text in enumerate(("First.", "Second.", "Third."), 1):
        author.send(f"{case}/items", base=n, path="facts", do="add", text=text)
    author.send(f"{case}/items", base=4, path="facts", do="move", place=2, to=0)
    assert says(author, case) == ["Third.", "First.", "Second."]
    answer = author.send(f"{case}/items", base=5, path="facts", do="remove", place=1, part="facts")
    assert says(author, case) == ["Third.", "Second."]
    assert answer.url.query == b"part=facts"
    author.send(f"{case}/step", base=6, by=-1)
    assert says(author, case) == ["Third.", "First.", "Second."]
    author.send(f"{case}/step", base=5, by=1)
    assert says(author, case) == ["Third.", "Second."]


def test_with_an_item_of_the_checklist_its_model_question_goes_too(author: Author) -> None:
    case = author.new()
    first = author.data(case)["checklist"][0]["id"]
    assert first in author.data(case)["debrief"]["model_questions"]
    author.send(f"{case}/items", base=1, path="checklist", do="remove", place=0)
    assert first not in author.data(case)["debrief"]["model_questions"]
    assert author.desk.open(case).checked.notes == ()


def test_an_outdated_save_is_refused_shown_beside_the_other_and_can_still_win(
    author: Author,
) -> None:
    case = author.new()
    author.type(case, 1, {"path": ["opening"], "text": "Theirs."})
    refused = author.type(case, 1, {"path": ["opening"], "text": "Mine."})
    assert refused.status_code == 409
    page = author.client.get(refused.json()["compare"]).text
    assert "Theirs." in page and "Mine." in page
    assert "came too late" in author.see(case)
    author.send(f"{case}/settle", aside=3, base=2, take="mine")
    assert author.data(case)["opening"] == "Mine."
    assert "came too late" not in author.see(case)


def test_changes_of_two_authors_in_different_places_can_both_be_taken(author: Author) -> None:
    case = author.new()
    author.type(case, 1, {"path": ["opening"], "text": "Theirs."})
    refused = author.type(case, 1, {"path": ["closing"], "text": "Mine."})
    assert "Take both changes" in author.client.get(refused.json()["compare"]).text
    author.send(f"{case}/settle", aside=3, base=2, take="both")
    assert (author.data(case)["opening"], author.data(case)["closing"]) == ("Theirs.", "Mine.")


def test_a_button_on_an_outdated_page_leads_to_both_versions(author: Author) -> None:
    case = author.new()
    author.type(case, 1, {"path": ["opening"], "text": "Theirs."})
    answer = author.send(f"{case}/items", base=1, path="facts", do="add", text="Mine.")
    assert answer.url.path.endswith("/compare")
    assert "facts" not in author.data(case) or says(author, case) == []
    assert "Mine." in answer.text


def test_a_talk_is_at_its_address_and_a_new_one_at_another(author: Author) -> None:
    case = author.new()
    author.send(f"{case}/talk", said="Any fever?", do="ask", talk="first", part="facts")
    assert "Any fever?" in author.see(f"{case}?talk=first")
    answer = author.send(f"{case}/talk", do="new", talk="first", part="facts")
    assert re.search(rb"talk=[0-9a-f]{8}", answer.url.query)
    assert "Any fever?" not in answer.text


def test_a_question_of_the_talk_becomes_a_wording_a_fact_or_a_test(author: Author) -> None:
    case = author.new()
    author.send(f"{case}/items", base=1, path="facts", do="add", text="I smoke five a day.")
    fact = author.data(case)["facts"][0]["id"]
    author.send(f"{case}/teach", base=2, do="wording", said="Fancy a smoke?", fact=fact)
    assert author.data(case)["facts"][0]["asks"] == ["Fancy a smoke?"]
    author.send(
        f"{case}/teach", base=3, do="fact", said="Any pets?", says="A dog.", topic="soc.pets"
    )
    assert author.data(case)["facts"][1] == {
        "id": "item", "says": "A dog.", "topic": "soc.pets", "asks": ["Any pets?"],
    }  # fmt: skip
    author.send(f"{case}/teach", base=4, do="test", said="Any pets?", expect="told: item")
    author.send(f"{case}/teach", base=5, do="test", said="Any fever?", expect="denied")
    assert author.data(case)["tests_of_the_script"] == [
        {"ask": "Any pets?", "expect": {"facts": ["item"]}},
        {"ask": "Any fever?", "expect": "denied"},
    ]
    assert author.desk.open(case).checked.notes == ()


def test_after_a_change_the_talk_is_put_again_and_marked(author: Author) -> None:
    case = author.new()
    author.send(f"{case}/items", base=1, path="facts", do="add", text="I smoke five a day.")
    author.type(case, 2, {"path": ["facts", 0, "topic"], "text": "soc.smoking"})
    author.send(f"{case}/talk", said="Do you smoke?", do="ask", talk="first")
    author.type(case, 3, {"path": ["facts", 0, "says"], "text": "Ten a day."})
    assert "The case has changed since" in author.see(case)
    author.send(f"{case}/talk", do="again", talk="first")
    page = author.see(case)
    assert "Ten a day." in page
    assert "<del>I smoke five a day.</del>" in page


def test_likely_questions_lead_from_one_to_the_next(author: Author) -> None:
    case = author.new()
    assert "Likely questions" in author.see(case)
    answer = author.send(f"{case}/question", base=1, topic="hpi.onset", how="told", says="Monday.")
    assert author.data(case)["facts"][0]["topic"] == "hpi.onset"
    assert answer.status_code == 200
    author.send(f"{case}/question", base=2, topic="ros.fever", how="open")
    assert "ros.fever" not in author.data(case)["denies"]


def test_a_case_test_runs_and_its_result_stays_at_its_address(
    author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = casetest.questions
    without = lambda case: [p for p in every(case) if p.source != "topic"]  # noqa: E731
    monkeypatch.setattr(casetest, "questions", without)
    case = author.new()
    author.send(f"{case}/test")
    for _ in range(600):
        if author.client.get(f"/studio/{case}/test/progress").json()["over"]:
            break
        time.sleep(0.2)
    page = author.see(f"{case}/test")
    assert "items earned" in page and "The case as it stands now" in page
    assert "Test what changed" not in page
    author.type(case, 1, {"path": ["closing"], "text": "Bye."})
    page = author.see(f"{case}/test?version=1")
    assert "Version 1; the case has changed since" in page
    assert "Test what changed" in page
    author.send(f"{case}/test", quick="1")
    for _ in range(600):
        if author.client.get(f"/studio/{case}/test/progress").json()["over"]:
            break
        time.sleep(0.2)
    assert "on what changed: nothing that a test looks at" in author.see(f"{case}/test")


def test_misses_of_residents_are_taken_up_written_or_dismissed(author: Author) -> None:
    found = author.encounters.open("r", CASE, "practice")
    author.encounters.enter(found.id, "r")
    asked = ("What is your blood group?", "Do you believe in astrology?", "How tall are you?")
    for said in asked:
        author.encounters.ask(found.id, "r", said, said)
    page = author.see(f"{CASE}/misses")
    missed = [said for said in asked if said in page]
    assert len(missed) >= 2
    assert "Accept as its wording" not in page
    author.send(f"{CASE}/edition")
    author.send(f"{CASE}/misses", base=1, do="accept", said=missed[0], fact="onset")
    author.send(f"{CASE}/misses", base=2, do="write", said=missed[1], says="Yes, a bit.", topic="")
    left = author.see(f"{CASE}/misses")
    assert missed[0] not in left and missed[1] not in left
    onset = next(f for f in author.data(CASE)["facts"] if f["id"] == "onset")
    assert onset["asks"][-1] == missed[0]
    for said in missed[2:]:
        author.send(f"{CASE}/misses", base=3, do="dismiss", said=said)
    assert "Nothing was missed" in author.see(f"{CASE}/misses")


@pytest.mark.parametrize("title", ["", "Chest pain on the stairs"])
def test_a_copy_asks_for_a_title_of_its_own(author: Author, title: str) -> None:
    answer = author.send(f"{CASE}/clone", title=title)
    assert answer.status_code == 403
    assert "title of its own" in answer.text


def test_a_draft_that_is_put_away_leaves_the_list(author: Author) -> None:
    case = author.new()
    author.send(f"{case}/discard")
    assert case not in author.see("")
