"""Sign-in by an institution: a real little provider, people who are invited, and attacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.accounts.people import Role
from simulator.errors import PlatformUnavailable, SettingsError
from simulator.platforms.oidc import Provider as OpenId
from simulator.store.identities import IdentityStore
from simulator.web.accounts.institution import open_institution
from tests.accounts.conftest import GOOD
from tests.encounter.conftest import Clock
from tests.provider import CLIENT, SECRET, Provider, query_of, signed
from tests.web.accounts.conftest import BASE, Visitor
from tests.web.accounts.schooling import (
    NUMBERS,
    START,
    School,
    by_another,
    hs256,
    opened,
    own_key,
    refused,
    unsigned,
)


@pytest.fixture(scope="module")
def provider_clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def running(provider_clock: Clock) -> Iterator[Provider]:
    with Provider(lambda: provider_clock().timestamp()) as provider:
        yield provider


@pytest.fixture
def provider(running: Provider) -> Iterator[Provider]:
    yield running
    running.sign, running.said, running.broken, running.published = signed, {}, 0, ["first"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("school")


@pytest.fixture(scope="module")
def plain(
    data_dir: Path, folder: Path, running: Provider, provider_clock: Clock
) -> Iterator[School]:
    with opened(folder, data_dir, running, provider_clock) as school:
        yield school


@pytest.fixture
def school(plain: School, provider: Provider) -> School:
    plain.clock.forward(minutes=16)  # what failed in the test before is forgotten
    return plain


def test_an_invited_person_comes_in_by_the_verified_address_and_goes_where_they_wanted(
    school: School,
) -> None:
    ana, visitor = school.invited(), school.visitor()
    page = visitor.see("/account/sign-in?next=/practice/progress").text
    assert 'href="/account/institution?next=/practice/progress"' in page
    back = school.provider.sign_in(school.sent(visitor, "/practice/progress"), **school.as_(ana))
    answer = visitor.see(back.removeprefix(BASE))
    assert (answer.status_code, answer.headers["location"]) == (303, "/practice/progress")
    assert visitor.see("/practice/progress").headers["location"].startswith("/account/consent")
    assert school.last() == ("signed in", ana.id, "by institution")
    found = school.office.people.person(ana.id)
    assert found is not None and found.joined


def test_what_is_asked_of_the_institution_holds_a_challenge_and_no_secret(school: School) -> None:
    asked = query_of(school.sent(school.visitor()))
    assert asked["code_challenge_method"] == "S256" and len(asked["code_challenge"]) == 43
    assert asked["scope"] == "openid email profile"
    assert asked["redirect_uri"] == f"{BASE}/account/institution/back"
    assert SECRET not in str(asked) and "code_verifier" not in asked


def test_once_linked_a_person_is_known_by_the_subject_whatever_the_address(school: School) -> None:
    ana = school.invited()
    assert school.enter(school.visitor(), **school.as_(ana)).status_code == 303
    moved = school.as_(ana, email="new@elsewhere.edu", email_verified=False)
    visitor = school.visitor()
    assert school.enter(visitor, **moved).status_code == 303
    assert visitor.see("/account/consent").status_code == 200


def test_an_address_that_went_to_somebody_else_opens_nobody_s_account(school: School) -> None:
    ana = school.invited()
    school.enter(school.visitor(), **school.as_(ana))
    heir = school.as_(ana, sub="somebody-else")
    refused(school, school.enter(school.visitor(), **heir), "another subject")


def test_whoever_was_not_invited_stays_out_and_no_account_is_made(school: School) -> None:
    claims = {"sub": "stranger", "email": "who@school.edu", "email_verified": True}
    refused(school, school.enter(school.visitor(), **claims), "nobody who was invited")
    assert school.office.people.by_email("who@school.edu") is None


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_is_not_verified_links_nobody(school: School, verified: object) -> None:
    claims = school.as_(school.invited(), email_verified=verified)
    refused(school, school.enter(school.visitor(), **claims), "nobody who was invited")


def test_a_closed_account_stays_closed_before_and_after_it_was_linked(school: School) -> None:
    new, old = school.invited(), school.invited()
    school.enter(school.visitor(), **school.as_(old))
    for person in (new, old):
        school.office.close(None, person.id)
        answer = school.enter(school.visitor(), **school.as_(person))
        refused(school, answer, "an account that is closed")
        assert school.last()[1] == person.id


@pytest.mark.parametrize(
    ("bent", "why"),
    [
        ({"nonce": "another"}, "does not fit"),
        ({"nonce": None}, "does not fit"),
        ({"aud": "another-client"}, "does not fit"),
        ({"aud": [CLIENT, "another-client"]}, "does not fit"),
        ({"azp": "another-client"}, "does not fit"),
        ({"iss": "https://evil.example"}, "does not fit"),
        ({"exp": 1}, "does not fit"),
        ({"exp": "soon"}, "does not fit"),
        ({"exp": None}, "does not fit"),
        ({"at_hash": "bent"}, "does not fit"),
        ({"sub": ""}, "without a subject"),
        ({"sub": ["u1"]}, "does not fit"),
    ],
)
def test_an_id_token_that_says_something_else_is_refused(
    school: School, bent: dict[str, Any], why: str
) -> None:
    claims = school.as_(school.invited()) | bent
    refused(school, school.enter(school.visitor(), **claims), why)


@pytest.mark.parametrize(
    ("sign", "why"),
    [
        (unsigned, "an algorithm"),
        (hs256, "an algorithm"),
        (by_another, "a signature"),
        (own_key, "a signature"),
        (lambda claims: signed(claims, "unpublished"), "not published"),
        (lambda claims: signed(claims)[:-8], "a signature"),
        (lambda claims: "x", "a signature"),
        (lambda claims: "a" * 40_000, "too long"),
        (lambda claims: None, "without an ID token"),
    ],
)
def test_an_id_token_that_the_institution_did_not_sign_is_refused(
    school: School, sign: Callable[[dict[str, Any]], str], why: str
) -> None:
    school.provider.sign = sign
    refused(school, school.enter(school.visitor(), **school.as_(school.invited())), why)


def test_clocks_may_be_two_minutes_apart_and_not_more(school: School) -> None:
    now = int(school.clock().timestamp())
    for apart, let_in in ((100, True), (200, False)):
        claims = school.as_(school.invited(), iat=now + apart, exp=now + apart + 300)
        assert (school.enter(school.visitor(), **claims).status_code == 303) is let_in
        claims = school.as_(school.invited(), iat=now - 900, exp=now - apart)
        assert (school.enter(school.visitor(), **claims).status_code == 303) is let_in


def test_a_new_key_of_the_institution_s_is_asked_for_once(school: School) -> None:
    school.enter(school.visitor(), **school.as_(school.invited()))
    school.clock.forward(seconds=30)
    school.provider.published = ["second", "first"]
    school.provider.sign = lambda claims: signed(claims, "second")
    school.provider.asked.clear()
    for _ in range(2):
        assert school.enter(school.visitor(), **school.as_(school.invited())).status_code == 303
    school.provider.sign = lambda claims: signed(claims, "third")
    for _ in range(3):  # made-up names of keys bring no storm of questions
        school.enter(school.visitor(), **school.as_(school.invited()))
    assert school.provider.asked.count("/keys") == 1


def test_an_answer_is_taken_once_and_from_the_browser_that_asked_alone(school: School) -> None:
    visitor, thief, ana = school.visitor(), school.visitor(), school.invited()
    back = school.provider.sign_in(school.sent(visitor), **school.as_(ana)).removeprefix(BASE)
    assert visitor.see(back).status_code == 303
    refused(school, visitor.see(back), "nobody waits for")
    theirs = school.provider.sign_in(school.sent(visitor), **school.as_(ana)).removeprefix(BASE)
    school.sent(thief)
    refused(school, thief.see(theirs), "another browser")
    refused(school, visitor.see(theirs), "nobody waits for")


def test_a_code_that_was_used_is_not_taken_under_another_state(school: School) -> None:
    visitor, ana = school.visitor(), school.invited()
    back = school.provider.sign_in(school.sent(visitor), **school.as_(ana))
    code = query_of(back)["code"]
    visitor.see(back.removeprefix(BASE))
    state = query_of(school.sent(visitor))["state"]
    again = visitor.see(f"{START}/back?code={code}&state={state}")
    refused(school, again, "a code that is not taken")


def test_one_s_own_code_under_another_s_state_brings_nobody_in(school: School) -> None:
    mallory, ana = school.invited(), school.visitor()
    bought = school.provider.sign_in(school.sent(school.visitor()), **school.as_(mallory))
    state = query_of(school.sent(ana))["state"]
    answer = ana.see(f"{START}/back?code={query_of(bought)['code']}&state={state}")
    refused(school, answer, "a code that is not taken")


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("", "nobody waits for"),
        ("?code=abc", "nobody waits for"),
        ("?code=abc&state=made-up", "nobody waits for"),
        ("?error=access_denied&state={state}", "said no"),
        ("?code=abc&state={state}&iss=https://evil.example", "another issuer"),
        ("?code=abc&state={state}", "a code that is not taken"),
    ],
)
def test_an_answer_that_is_none_is_refused(school: School, query: str, why: str) -> None:
    visitor = school.visitor()
    state = query_of(school.sent(visitor))["state"]
    refused(school, visitor.see(f"{START}/back{query.format(state=state)}"), why)


def test_the_audit_log_is_not_filled_from_one_machine(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.accounts.institution.MOST_FAILED_FROM", 2)
    before = len(list(school.office.people.log()))
    for _ in range(4):
        assert school.visitor().see(f"{START}/back?code=x&state=y").status_code == 403
    assert len(list(school.office.people.log())) == before + 2


def test_an_answer_that_comes_late_is_refused(school: School) -> None:
    visitor, ana = school.visitor(), school.invited()
    sent = school.sent(visitor)
    school.clock.forward(minutes=11)
    back = school.provider.sign_in(sent, **school.as_(ana))
    refused(school, visitor.see(back.removeprefix(BASE)), "nobody waits for")


def test_the_session_is_a_new_one_and_the_one_before_has_ended(school: School) -> None:
    ana, bea = school.invited(), school.office.hire("bea@school.edu", "resident", "im")
    visitor = Visitor(school.client, school.office.sign_in(bea.email, GOOD, "here"))
    before = visitor.secret
    assert school.enter(visitor, **school.as_(ana)).status_code == 303
    assert visitor.secret != before
    assert school.office.session(before) is None
    found = school.office.session(visitor.secret)
    assert found is not None and found.id == ana.id


def test_an_invitation_s_link_is_void_once_its_person_came_by_the_institution(
    school: School,
) -> None:
    email = f"s{next(NUMBERS)}@school.edu"
    ana, token = school.office.invite(None, email, "Ana", "resident", "im")
    school.enter(school.visitor(), **school.as_(ana))
    assert school.visitor().see(f"/account/invitation/{token}").status_code == 403


def test_nobody_is_led_away_after_the_sign_in(school: School) -> None:
    visitor, ana = school.visitor(), school.invited()
    sent = school.sent(visitor, "https://evil.example/")
    back = school.provider.sign_in(sent, **school.as_(ana))
    assert visitor.see(back.removeprefix(BASE)).headers["location"] == "/practice/"


def test_whoever_signs_out_is_signed_out_at_the_institution_too(school: School) -> None:
    visitor, admin = school.visitor(), school.invited("admin")
    school.enter(visitor, **school.as_(admin))
    school.office.consent(admin, "1")
    assert "/account/password" not in visitor.see("/account/").text  # none was ever chosen
    out = visitor.send("/account/", "/account/sign-out")
    assert out.headers["location"] == "/account/institution/out"
    assert visitor.see("/account/").status_code == 303
    page = visitor.see("/account/institution/out").text
    assert f"{school.provider.issuer}/bye?client_id=bedside" in page
    local = school.office.hire("local@school.edu", "admin", "")
    visitor = Visitor(school.client, school.office.sign_in(local.email, GOOD, "here"))
    out = visitor.send("/account/", "/account/sign-out")
    assert out.headers["location"] == "/account/sign-in?out=1"


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "https://evil.example/token"},
        {"jwks_uri": "http://127.0.0.1:1/keys"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": 7},
    ],
)
def test_an_institution_that_leads_elsewhere_is_not_followed(
    school: School, said: dict[str, Any]
) -> None:
    school.provider.said = said
    with pytest.raises(PlatformUnavailable):
        OpenId(school.settings, school.clock).begin(f"{BASE}{START}/back")


def test_an_institution_that_is_down_leaves_the_password_and_one_sentence(school: School) -> None:
    visitor, ana = school.visitor(), school.invited()
    back = school.provider.sign_in(school.sent(visitor), **school.as_(ana))
    school.provider.broken = 500
    answer = visitor.see(back.removeprefix(BASE))
    assert (answer.status_code, "did not answer as it should" in answer.text) == (503, True)
    assert 'name="password"' in answer.text
    assert school.last()[0] == "failed to sign in"


def test_where_a_domain_is_named_its_people_join_as_residents_and_claims_may_say_more(
    data_dir: Path, tmp_path: Path, provider: Provider, provider_clock: Clock
) -> None:
    more = {
        "oidc_domains": ("school.edu",),
        "oidc_programme": "im",
        "oidc_role_claim": "realm.groups",
        "oidc_roles": (("writers", "author"), ("leads", "course lead")),
        "oidc_programme_claim": "dept",
        "oidc_programmes": (("surgery", "surgery"),),
    }
    with opened(tmp_path, data_dir, provider, provider_clock, **more) as school:

        def now(email: str, verified: bool = True, **claims: Any) -> tuple[str, str] | None:
            sent = {"sub": email, "email": email, "email_verified": verified, **claims}
            school.enter(school.visitor(), **sent)
            found = school.office.people.by_email(email)
            return (found.role.value, found.programme) if found else None

        assert now("new@school.edu") == ("resident", "im")
        groups = {"realm": {"groups": ["writers", "leads", "bakers"]}}
        assert now("new@school.edu", **groups) == ("course lead", "im")
        assert now("new@school.edu", dept="surgery") == ("resident", "surgery")
        assert now("new@school.edu", dept="nowhere") == ("resident", "surgery")
        assert now("far@evil.edu") is None
        assert now("far@sub.school.edu") is None
        assert now("unproven@school.edu", verified=False) is None
        chief = school.invited("admin")
        school.enter(school.visitor(), **school.as_(chief))
        kept = school.office.people.person(chief.id)
        assert kept is not None and kept.role == Role.ADMIN


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"oidc_issuer": "http://sso.example.edu"}, "no https://"),
        ({"oidc_client_id": ""}, "VSP_OIDC_CLIENT_ID"),
        ({"oidc_roles": (("a", "admin"),), "oidc_role_claim": "g"}, "nobody becomes admin"),
        ({"oidc_roles": (("a", "author"),)}, "go together"),
        ({"oidc_programmes": (("a", "im"),)}, "go together"),
        ({"oidc_domains": ("x.edu",)}, "no programme"),
    ],
)
def test_settings_that_cannot_be_used_are_told_at_the_start(
    school: School, more: dict[str, Any], why: str
) -> None:
    bent = school.settings.model_copy(update=more)
    with pytest.raises(SettingsError, match=why):
        open_institution(bent, school.office, IdentityStore(school.office.people.engine))  # type: ignore[attr-defined]


def test_without_accounts_there_is_no_institution(school: School) -> None:
    identities = IdentityStore(school.office.people.engine)  # type: ignore[attr-defined]
    with pytest.raises(SettingsError, match="VSP_ACCOUNTS=1"):
        open_institution(school.settings, None, identities)
    bare = school.settings.model_copy(update={"oidc_issuer": ""})
    assert open_institution(bare, None, identities) is None
