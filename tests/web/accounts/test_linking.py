"""Deep linking: a course lead chooses for a real little platform what its link leads to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from simulator.accounts.institution import REFUSED
from simulator.platforms.claims import CLAIM
from simulator.platforms.linking import DATA, ITEMS, SETTINGS
from simulator.web.cookies import SESSION
from tests.web.accounts.conftest import Visitor
from tests.web.accounts.launching import HERE, MEMBER, NUMBERS, School, opened

STATE = re.compile(r'name="state" value="([\w-]{43})"')
BRINGS = re.compile(
    r'<form method="post" action="([^"]+)">\s*<input[^>]*name="JWT" value="([^"]+)"'
)


@pytest.fixture(scope="module")
def plain(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with opened(tmp_path_factory.mktemp("links"), data_dir) as found:
        yield found


@pytest.fixture
def school(plain: School) -> School:
    plain.clock.forward(minutes=16)
    plain.platform.links.clear()
    return plain


def asked(school: School, visitor: Visitor, bent: dict[str, Any] | None = None, **who: Any) -> Any:
    """Go and choose a link on the platform; the page on which that is done."""
    settings = {
        "deep_link_return_url": f"{school.platform.url}/return?to=c1",
        "accept_types": ["link", "ltiResourceLink"],
        "accept_presentation_document_targets": ["window"],
        "data": "opaque",
    } | (bent or {})
    about = {"roles": [f"{MEMBER}Instructor"], "sub": "chooses", "resource_link": None, **who}
    about[SETTINGS] = {k: v for k, v in settings.items() if v is not None}
    return school.launch(visitor, message_type="LtiDeepLinkingRequest", **about)


def choose(visitor: Visitor, page: Any, *what: str, state: str = "") -> Any:
    found = STATE.search(page.text)
    assert found is not None, page.text
    data = {"state": state or found[1], "what": list(what)}
    return visitor.ask("POST", "/lti/choose", data=data)


def brought(school: School, answer: Any) -> dict[str, Any]:
    """What the platform gets when the browser sends the form of the answer there."""
    found = BRINGS.search(answer.text)
    assert found is not None, answer.text
    where = unescape(found[1])
    assert where.startswith(f"{school.platform.url}/return")
    assert httpx2.post(where, data={"JWT": found[2]}).status_code == 200
    return school.platform.links[-1]


def test_a_case_that_is_chosen_is_what_the_platform_then_launches(school: School) -> None:
    visitor = Visitor(school.client)
    page = asked(school, visitor)
    assert page.status_code == 200 and 'type="radio"' in page.text
    told = brought(school, choose(visitor, page, "case:sore-knee"))
    assert told[f"{CLAIM}/message_type"] == "LtiDeepLinkingResponse"
    assert (told[f"{CLAIM}/version"], told[f"{CLAIM}/deployment_id"]) == ("1.3.0", "d1")
    assert told[DATA] == "opaque"
    (item,) = told[ITEMS]
    assert item == {
        "type": "ltiResourceLink",
        "title": "A sore knee",
        "url": HERE,
        "custom": {"case": "sore-knee"},
        "window": {"targetName": "_blank"},
    }
    learner = Visitor(school.client)
    answer = school.launch(learner, sub="opens", custom=item["custom"], target_link_uri=item["url"])
    assert answer.headers["location"] == "/practice/encounter?case=sore-knee"


def test_an_assignment_that_is_chosen_has_a_line_for_its_scores_and_is_set_by_its_link(
    school: School,
) -> None:
    visitor, assignment = Visitor(school.client), school.set()
    told = brought(school, choose(visitor, asked(school, visitor), f"assignment:{assignment}"))
    (item,) = told[ITEMS]
    line = {"label": "Knees", "scoreMaximum": 100, "resourceId": assignment}
    assert (item["custom"], item["lineItem"]) == ({"assignment": assignment}, line)
    learner = Visitor(school.client)
    school.launch(learner, sub="is-set", custom=item["custom"])
    found = school.ledger.assignment(assignment)
    cohort = school.ledger.cohort(found.cohort) if found else None
    assert cohort is not None and school.who(learner).id in cohort.members
    no_lines = asked(school, visitor, {"accept_lineitem": False})
    told = brought(school, choose(visitor, no_lines, f"assignment:{assignment}"))
    assert "lineItem" not in told[ITEMS][0]


def test_several_are_chosen_where_the_platform_takes_several_and_one_where_it_takes_one(
    school: School,
) -> None:
    visitor, assignment = Visitor(school.client), school.set()
    both = ("case:sore-knee", f"assignment:{assignment}")
    page = asked(school, visitor)
    refused = choose(visitor, page, *both)
    assert (refused.status_code, "one thing where" in refused.text) == (422, True)
    for nothing in ((), ("case:nobody",), ("x",)):
        assert choose(visitor, page, *nothing).status_code == 422
    assert choose(visitor, page, both[0]).status_code == 200  # the page stayed good
    page = asked(school, visitor, {"accept_multiple": True, "data": None})
    assert 'type="checkbox"' in page.text
    told = brought(school, choose(visitor, page, *both))
    assert [i["custom"] for i in told[ITEMS]] == [
        {"case": "sore-knee"}, {"assignment": assignment}
    ]  # fmt: skip
    assert DATA not in told


def test_what_no_launch_can_join_is_not_offered(school: School) -> None:
    over = school.clock() - timedelta(days=1)
    shut = [school.set(order="bell"), school.set(withdrawn_at=over), school.set(closes_at=over)]
    shut.append(school.set(programme="surgery"))
    page = asked(school, Visitor(school.client)).text
    assert [s for s in shut if f"assignment:{s}" in page] == []


def test_choosing_signs_nobody_in_and_the_log_says_who_chose_what(school: School) -> None:
    visitor = Visitor(school.client)
    answer = choose(visitor, asked(school, visitor), "case:sore-knee")
    assert visitor.secret == "" and SESSION not in str(answer.headers.get_list("set-cookie"))
    deed = next(school.office.people.log(newest=1)).deed
    chooser = school.vouched.identities.person_of(school.platform.url, "chooses")
    assert chooser is not None and deed.who == chooser.id
    assert (deed.what, deed.detail) == ("chose what a platform's link leads to", "case sore-knee")


def test_the_pages_stand_within_the_platform_s_own_and_nobody_else_s(school: School) -> None:
    visitor, own = Visitor(school.client), school.platform.url
    page = asked(school, visitor)
    answer = choose(visitor, page, "case:sore-knee")
    for shown in (page, answer):
        assert f"frame-ancestors {own};" in f"{shown.headers['content-security-policy']};"
    assert "form-action 'self';" in page.headers["content-security-policy"]
    assert f"form-action {own};" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "strict-origin"
    secure = TestClient(school.client.app, base_url="https://127.0.0.1:7860")
    about = {"iss": own, "login_hint": "u", "target_link_uri": HERE.replace("http:", "https:")}
    for dest, partitioned in (("iframe", True), ("document", False)):
        sent = secure.get(
            "/lti/login", params=about, headers={"sec-fetch-dest": dest}, follow_redirects=False
        )
        (cookie,) = sent.headers.get_list("set-cookie")
        assert "SameSite=None; Secure" in cookie and ("Partitioned" in cookie) == partitioned


def test_a_choice_is_taken_once_in_time_and_of_its_own_browser(school: School) -> None:
    visitor, thief = Visitor(school.client), Visitor(school.client)
    page = asked(school, visitor)
    asked(school, thief)
    assert choose(thief, page, "case:sore-knee").status_code == 403
    assert "another browser" in school.last()
    assert choose(visitor, page, "case:sore-knee").status_code == 200
    again = choose(visitor, page, "case:sore-knee")
    assert (again.status_code, REFUSED in again.text) == (403, True)
    late = asked(school, visitor)
    school.clock.forward(minutes=11)
    assert choose(visitor, late, "case:sore-knee").status_code == 403
    state = "x" * 43
    assert choose(visitor, asked(school, visitor), "case:sore-knee", state=state).status_code == 403
    assert school.platform.links == []
    foreign = visitor.ask("POST", "/lti/choose", origin=school.platform.url, data={"state": state})
    assert foreign.status_code == 403 and "not Bedside" in foreign.text


def test_only_a_course_lead_of_the_programme_chooses(school: School) -> None:
    learner = Visitor(school.client)
    answer = asked(school, learner, roles=[f"{MEMBER}Learner"], sub=f"u{next(NUMBERS)}")
    assert (answer.status_code, "Only a course lead" in answer.text) == (403, True)
    visitor, subject = Visitor(school.client), f"u{next(NUMBERS)}"
    page = asked(school, visitor, sub=subject)
    found = school.vouched.identities.person_of(school.platform.url, subject)
    assert found is not None
    school.office.change_role(None, found.id, "resident", "im")  # meanwhile
    assert choose(visitor, page, "case:sore-knee").status_code == 403
    assert "somebody who may not" in school.last()
    school.office.change_role(None, found.id, "course lead", "surgery")
    assert asked(school, visitor, sub=subject).status_code == 403


@pytest.mark.parametrize(
    ("bent", "why"),
    [
        ({"deep_link_return_url": "https://evil.example/return"}, "not configured"),
        ({"deep_link_return_url": "javascript:alert(1)"}, "not configured"),
        ({"deep_link_return_url": None}, "not configured"),
        ({"deep_link_return_url": ["x"]}, "not configured"),
        ({"accept_types": ["file"]}, "no link"),
        ({"accept_types": "ltiResourceLink"}, "no link"),
    ],
)
def test_a_request_that_leads_elsewhere_or_wants_something_else_is_refused(
    school: School, bent: dict[str, Any], why: str
) -> None:
    answer = asked(school, Visitor(school.client), bent)
    assert (answer.status_code, REFUSED in answer.text) == (403, True)
    assert why in school.last()


def test_a_site_without_platforms_says_so(campus: Any) -> None:
    answer = campus.visitor().ask("POST", "/lti/choose", data={})
    assert (answer.status_code, "no learning platform here" in answer.text) == (404, True)
