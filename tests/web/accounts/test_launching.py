"""LTI: a real little platform sends people to what was set, takes their scores, and is attacked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from simulator.accounts.institution import REFUSED, Known, Vouched
from simulator.accounts.people import Role
from simulator.cli import main
from simulator.encounter.records import Note, SelfAssessment
from simulator.errors import SettingsError
from simulator.platforms.lti import ENDPOINT, SCORE, open_tool
from simulator.platforms.opening import open_courier
from simulator.platforms.outbox import Parcel
from simulator.store.identities import IdentityStore
from simulator.web.server import create
from tests.accounts.conftest import GOOD
from tests.provider import query_of, signed
from tests.web.accounts.conftest import BASE, Visitor
from tests.web.accounts.launching import MEMBER, NUMBERS, School, described, opened


@pytest.fixture
def school(plain: School) -> School:
    plain.clock.forward(minutes=16)  # what failed in the test before is forgotten
    return plain


@pytest.fixture(scope="module")
def plain(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with opened(tmp_path_factory.mktemp("lti"), data_dir) as found:
        yield found


def test_the_program_publishes_the_public_half_of_its_key_alone(school: School) -> None:
    (published,) = school.platform.tool["keys"]
    assert {"kty", "n", "e", "kid"} <= set(published) and "d" not in published


def test_a_learner_comes_in_as_a_resident_of_the_deployment_s_programme(school: School) -> None:
    visitor, subject = Visitor(school.client), f"u{next(NUMBERS)}"
    assignment = school.set()
    answer = school.launch(visitor, sub=subject, custom={"assignment": assignment})
    assert (answer.status_code, answer.headers["location"]) == (303, "/practice/assigned")
    ana = school.who(visitor)
    assert (ana.role.value, ana.programme, ana.name) == ("resident", "im", "Ana Ruiz")
    assert ana.email.endswith("@platform.invalid")
    school.office.consent(ana, "1")
    assert "Knees" in visitor.see("/practice/assigned").text
    again = Visitor(school.client)
    school.launch(again, sub=subject, custom={"case": "sore-knee"})
    assert school.who(again).id == ana.id


def test_a_patient_is_opened_by_name_and_nothing_named_leads_to_the_library(
    school: School,
) -> None:
    to = [
        school.launch(Visitor(school.client), custom=custom).headers["location"]
        for custom in ({"case": "sore-knee"}, {"case": "//evil.example"}, {}, None, "x")
    ]
    assert to[0] == "/practice/encounter?case=sore-knee"
    assert to[1] == "/practice/encounter?case=%2F%2Fevil.example"
    assert to[2:] == ["/practice/"] * 3


def test_whoever_teaches_is_led_to_how_it_stands_and_is_set_nothing(school: School) -> None:
    visitor, assignment = Visitor(school.client), school.set()
    school.launch(visitor, sub="reviews")
    teacher = school.who(visitor)
    school.office.change_role(None, teacher.id, "reviewer", "im")
    answer = school.launch(visitor, sub="reviews", custom={"assignment": assignment})
    assert answer.headers["location"] == f"/practice/assignments/{assignment}"
    found = school.ledger.assignment(assignment)
    cohort = school.ledger.cohort(found.cohort) if found else None
    assert cohort is not None and cohort.members == {}


def test_an_instructor_gets_the_role_that_the_operator_gave_and_sets_nothing_by_coming(
    school: School,
) -> None:
    visitor, assignment = Visitor(school.client), school.set()
    roles = [f"{MEMBER}Instructor"]
    answer = school.launch(visitor, sub="teacher", roles=roles, custom={"assignment": assignment})
    assert answer.headers["location"] == f"/practice/assignments/{assignment}"
    assert school.who(visitor).role.value == "course lead"
    admin = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"
    visitor = Visitor(school.client)
    school.launch(visitor, sub="elsewhere-teacher", roles=[admin])
    assert school.who(visitor).role.value == "resident"


def test_a_platform_s_word_for_an_address_opens_nobody_s_account(school: School) -> None:
    chief = school.office.hire("chief@school.edu", "admin", "")
    ana = school.office.hire("ana@school.edu", "resident", "im")
    for victim in (chief, ana):
        visitor = Visitor(school.client)
        school.launch(visitor, sub=f"thief-of-{victim.id}", email=victim.email)
        assert school.who(visitor).id != victim.id


def test_an_address_that_a_platform_says_is_not_taken_before_its_owner_comes(
    school: School,
) -> None:
    visitor, email = Visitor(school.client), f"later{next(NUMBERS)}@school.edu"
    school.launch(visitor, sub=f"early-{email}", email=email)
    assert school.who(visitor).email.endswith("@platform.invalid")
    invited, _ = school.office.invite(None, email, "Later", "course lead", "im")
    assert invited.id != school.who(visitor).id


@pytest.mark.parametrize(
    ("links", "role", "programme", "linked"),
    [
        (True, "resident", "im", True),
        (False, "resident", "im", False),
        (True, "resident", "surgery", False),
        (True, "admin", "im", False),
    ],
)
def test_addresses_are_believed_where_that_is_set_and_of_the_programme_s_own_people_alone(
    school: School, links: bool, role: str, programme: str, linked: bool
) -> None:
    ana = school.office.hire(f"own{next(NUMBERS)}@school.edu", role, programme)
    vouched = Vouched(school.office, IdentityStore(school.box.engine))
    known = Known("https://lms.example.edu", f"s-{ana.id}", ana.email, "Ana")
    found = vouched.launched(known, Role.RESIDENT, "im", links)
    assert (found.id == ana.id) is linked
    assert vouched.launched(known, Role.RESIDENT, "im", links).id == found.id


@pytest.mark.parametrize(
    ("bent", "why"),
    [
        ({"nonce": "another"}, "does not fit"),
        ({"aud": "another"}, "does not fit"),
        ({"aud": ["bedside", "another"]}, "another client"),
        ({"aud": ["bedside", "another"], "azp": "another"}, "another client"),
        ({"iss": "https://evil.example"}, "does not fit"),
        ({"exp": 1}, "does not fit"),
        ({"iat": 9_999_999_999}, "does not fit"),
        ({"sub": None}, "does not fit"),
        ({"sub": ["u1"]}, "does not fit"),
        ({"deployment_id": "d2"}, "a deployment"),
        ({"deployment_id": ["d1"]}, "a deployment"),
        ({"message_type": "LtiSubmissionReviewRequest"}, "no launch"),
        ({"version": "1.1"}, "no launch"),
        ({"target_link_uri": "https://evil.example/lti/launch"}, "another address"),
        ({"resource_link": {}}, "no link"),
    ],
)
def test_a_proof_that_says_something_else_is_refused(
    school: School, bent: dict[str, Any], why: str
) -> None:
    visitor = Visitor(school.client)
    answer = school.launch(visitor, **bent)
    assert (answer.status_code, REFUSED in answer.text) == (403, True)
    assert visitor.secret == "" and why in school.last()


def test_a_proof_is_taken_once_of_its_own_browser_and_its_own_platform(school: School) -> None:
    visitor, thief = Visitor(school.client), Visitor(school.client)
    kept: list[str] = []

    def noted(claims: dict[str, Any]) -> str:
        kept.append(signed(claims))
        return kept[-1]

    assert school.launch(visitor, noted).status_code == 303
    state = query_of(school.login(visitor).headers["location"])["state"]
    assert school.bring(visitor, kept[0], state).status_code == 403  # an old proof, a new state
    assert "does not fit" in school.last()
    assert school.bring(visitor, kept[0], state).status_code == 403
    assert "nobody waits" in school.last()
    theirs = query_of(school.login(visitor).headers["location"])["state"]
    school.login(thief)
    assert school.bring(thief, kept[0], theirs).status_code == 403
    assert "another browser" in school.last()
    assert school.launch(visitor, lambda c: signed(c, "stranger")).status_code == 403


@pytest.mark.parametrize(
    "said",
    [
        {"iss": "https://evil.example"},
        {"client_id": "another"},
        {"target_link_uri": "https://evil.example/lti/launch"},
        {"target_link_uri": f"{BASE}/account/"},
        {"login_hint": ""},
    ],
)
def test_a_login_that_is_not_ours_goes_nowhere(school: School, said: dict[str, str]) -> None:
    assert school.login(Visitor(school.client), **said).status_code == 403


def test_a_closed_account_stays_closed_and_another_programme_s_assignment_shut(
    school: School,
) -> None:
    visitor, subject = Visitor(school.client), f"u{next(NUMBERS)}"
    school.launch(visitor, sub=subject)
    for more in ({"programme": "surgery"}, {"order": "bell"}):
        custom = {"assignment": school.set(**more)}
        answer = school.launch(Visitor(school.client), sub=subject, custom=custom)
        assert (answer.status_code, "no such assignment" in answer.text) == (403, True)
    school.office.close(None, school.who(visitor).id)
    assert school.launch(Visitor(school.client), sub=subject).status_code == 403
    assert "closed" in school.last()


def test_the_session_before_ends_with_a_launch(school: School) -> None:
    bea = school.office.hire(f"b{next(NUMBERS)}@school.edu", "resident", "im")
    visitor = Visitor(school.client, school.office.sign_in(bea.email, GOOD, "here"))
    before = visitor.secret
    school.launch(visitor)
    assert school.office.session(before) is None and school.who(visitor).id != bea.id


def test_over_tls_the_proof_s_cookie_comes_with_the_platform_s_own_form(school: School) -> None:
    secure = TestClient(school.client.app, base_url="https://127.0.0.1:7860")
    about = {"iss": school.platform.url, "login_hint": "u"}
    about["target_link_uri"] = "https://127.0.0.1:7860/lti/launch"
    sent = secure.get("/lti/login", params=about, follow_redirects=False)
    (cookie,) = sent.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-vsp_away=")
    assert "SameSite=None" in cookie and "; Secure" in cookie and "HttpOnly" in cookie


def test_no_other_address_takes_what_a_page_elsewhere_sends(school: School) -> None:
    visitor = Visitor(school.client)
    answer = visitor.ask("POST", "/account/sign-in", origin=school.platform.url, data={})
    assert answer.status_code == 403 and "not Bedside" in answer.text


def finished(school: School, assignment: str, subject: str, **more: Any) -> str:
    """An encounter that somebody held for an assignment to which a launch led them."""
    visitor = Visitor(school.client)
    endpoint = {"lineitem": f"{school.platform.url}/line/7?type=x", "scope": [SCORE], **more}
    school.launch(visitor, sub=subject, custom={"assignment": assignment}, **{ENDPOINT: endpoint})
    ana = school.who(visitor)
    held = school.encounters.open(ana.id, "sore-knee", "practice", "im")
    held = replace(held, id=f"{held.id[:-1]}x", assignment=assignment)
    school.encounters.store.add(held)
    school.encounters.enter(held.id, ana.id)
    school.clock.forward(minutes=4)
    school.encounters.end_interview(held.id, ana.id)
    school.encounters.submit_note(held.id, ana.id, Note(history="Fell on ice."))
    school.encounters.submit_self_assessment(held.id, ana.id, SelfAssessment())
    return held.id


def test_a_score_goes_to_the_gradebook_once_the_feedback_is_given_out_and_nothing_else(
    school: School,
) -> None:
    courier = school.courier()
    assert courier is not None
    courier.once()  # switched on
    assignment = school.set()
    finished(school, assignment, "graded")
    finished(school, assignment, "unscored-line", scope=[])
    assert courier.once() == 0
    school.ledger.release(assignment, school.clock())
    school.platform.broken = True
    assert courier.once() == 0
    assert school.box.waiting().fault == "status 500"
    school.platform.broken = False
    school.clock.forward(minutes=3)
    assert courier.once() == 1
    assert courier.once() == 0
    ((path, score),) = school.platform.scores
    assert path == "/line/7/scores?type=x" and school.platform.scopes[-1] == SCORE
    assert score.pop("timestamp")
    assert score == {
        "userId": "graded",
        "scoreGiven": 0.0,
        "scoreMaximum": 100,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
    }


def test_a_line_that_leads_elsewhere_gets_nothing(school: School) -> None:
    courier = school.courier()
    assert courier is not None
    assignment = school.set("at once")
    finished(school, assignment, "led-away", lineitem="http://127.0.0.1:1/line")
    assert courier.once() == 0
    assert school.box.waiting().fault == "an address that is not configured"


def test_an_admin_sees_how_the_outbox_stands(school: School) -> None:
    courier = school.courier()
    school.box.put([Parcel("x:1", "xapi", {})], school.clock())
    site = create(school.encounters, school.ledger, school.office, courier=courier)
    admin = school.office.hire("looks@school.edu", "admin", "")
    secret = school.office.sign_in(admin.email, GOOD, "here")
    visitor = Visitor(TestClient(site, base_url=BASE), secret)  # its courier does not begin
    assert "waiting, the oldest since 2026-03-01" in visitor.see("/account/log").text
    assert courier is not None
    courier.once()
    assert "What went wrong last: it is not switched on" in visitor.see("/account/log").text
    school.box.sent("x:1", school.clock())


def test_no_score_leaves_where_that_is_not_switched_on(school: School, tmp_path: Path) -> None:
    file = tmp_path / "platforms.yaml"
    file.write_text(json.dumps([described(school.platform, grades=False)]), encoding="utf-8")
    settings = school.settings.model_copy(update={"lti_platforms": file})
    tool = open_tool(settings, school.clock)
    assert open_courier(settings, school.box, school.encounters, school.ledger, tool) is None


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"token_url": "http://lms.example.edu/token"}, "no https://"),
        ({"deployments": {}}, "deployments"),
        ({"deployments": {"d1": "Not A Name!"}}, "no programme"),
        ({"roles": {"Instructor": "admin"}}, "roles"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_file_of_platforms_that_cannot_be_used_is_told_at_the_start(
    school: School, tmp_path: Path, more: dict[str, Any], why: str
) -> None:
    file = tmp_path / "platforms.yaml"
    file.write_text(json.dumps([described(school.platform, **more)]), encoding="utf-8")
    with pytest.raises(SettingsError, match=why):
        open_tool(school.settings.model_copy(update={"lti_platforms": file}), school.clock)


@pytest.mark.parametrize("text", ["", "[", "x", "[1]"])
def test_a_file_that_is_no_list_of_platforms_is_one_sentence(
    school: School, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "platforms.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError):
        open_tool(school.settings.model_copy(update={"lti_platforms": file}), school.clock)
    key_file = tmp_path / "key.pem"
    key_file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError):
        open_tool(school.settings.model_copy(update={"lti_key": key_file}), school.clock)


def test_a_key_is_written_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    assert main(["lti-key", str(file)]) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert main(["lti-key", str(file)]) == 2
