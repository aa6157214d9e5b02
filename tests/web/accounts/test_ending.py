"""Back-channel sign-out: the institution says that somebody is out, and their sessions end here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.accounts.people import Person
from tests.accounts.conftest import GOOD
from tests.encounter.conftest import Clock
from tests.provider import CLIENT, Provider, signed
from tests.web.accounts.conftest import Campus, Visitor
from tests.web.accounts.schooling import School, by_another, hs256, opened, own_key, unsigned

ENDED = "/oidc/ended"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture(scope="module")
def plain(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    clock, folder = Clock(), tmp_path_factory.mktemp("ending")
    with (
        Provider(lambda: clock().timestamp()) as provider,
        opened(folder, data_dir, provider, clock) as school,
    ):
        yield school


@pytest.fixture
def school(plain: School) -> Iterator[School]:
    plain.clock.forward(minutes=16)  # what was said in the test before is forgotten
    yield plain
    plain.provider.sign = signed


def inside(school: School, person: Person, **claims: Any) -> Visitor:
    """A browser in which somebody came in by the institution."""
    visitor = school.visitor()
    assert school.enter(visitor, **school.as_(person, **claims)).status_code == 303
    return visitor


def is_in(school: School, visitor: Visitor) -> bool:
    return school.office.session(visitor.secret) is not None


def say(school: School, token: str, name: str = "logout_token") -> Any:
    """What the institution says, from its own computer, and what it is answered."""
    school.client.cookies.clear()
    return school.client.post(ENDED, data={name: token})


def test_a_person_who_is_named_is_out_in_every_browser_and_nobody_else(school: School) -> None:
    ana, ben = school.invited(), school.invited()
    hers = [inside(school, ana, sid="s1"), inside(school, ana, sid="s2"), inside(school, ana)]
    his = inside(school, ben, sid="s1-of-ben")
    answer = say(school, school.provider.signs_out(sub=f"sub-{ana.id}"))
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["cache-control"] == "no-store"
    assert [is_in(school, v) for v in (*hers, his)] == [False, False, False, True]
    assert hers[0].see("/account/").headers["location"].startswith("/account/sign-in")
    assert school.last() == ("was signed out", ana.id, "by institution")


def test_a_session_that_is_named_ends_alone(school: School) -> None:
    ana, ben = school.invited(), school.invited()
    ended, other, his = (
        inside(school, ana, sid="left"), inside(school, ana, sid="stays"),
        inside(school, ben, sid="bens"),
    )  # fmt: skip
    assert say(school, school.provider.signs_out(sid="left")).status_code == 200
    assert [is_in(school, v) for v in (ended, other, his)] == [False, True, True]
    both = school.provider.signs_out(sid="stays", sub=f"sub-{ana.id}")
    unnamed = inside(school, ana)  # of which session there it is was never said
    assert say(school, both).status_code == 200
    assert [is_in(school, v) for v in (other, unnamed, his)] == [False, False, True]


def test_a_session_that_began_with_a_password_is_not_the_institution_s_to_end(
    school: School,
) -> None:
    ana = school.office.hire(f"both{school.clock().timestamp()}@school.edu", "resident", "im")
    by_password = school.visitor()
    by_password.secret = school.office.sign_in(ana.email, GOOD, "here")
    inside(school, ana)
    assert say(school, school.provider.signs_out(sub=f"sub-{ana.id}")).status_code == 200
    assert is_in(school, by_password)


def test_somebody_who_is_not_known_here_is_out_already(school: School) -> None:
    for claims in ({"sub": "nobody"}, {"sid": "nothing"}):
        assert say(school, school.provider.signs_out(**claims)).status_code == 200


@pytest.mark.parametrize(
    ("bent", "why"),
    [
        ({"iss": "https://evil.example"}, "does not fit"),
        ({"iss": None}, "does not fit"),
        ({"aud": "another"}, "does not fit"),
        ({"aud": None}, "does not fit"),
        ({"iat": None}, "does not fit"),
        ({"iat": 9_999_999_999}, "does not fit"),
        ({"iat": "now"}, "does not fit"),
        ({"iat": float("nan")}, "does not fit"),
        ({"iat": 1_000_000_000}, "too old"),
        ({"exp": 1}, "does not fit"),
        ({"jti": None}, "does not fit"),
        ({"jti": 7}, "does not fit"),
        ({"nonce": "n"}, "with a nonce"),
        ({"nonce": ""}, "with a nonce"),
        ({"events": None}, "no sign-out"),
        ({"events": {"https://other.example/event": {}}}, "no sign-out"),
        ({"events": {EVENT: True}}, "no sign-out"),
        ({"events": EVENT}, "no sign-out"),
        ({"sub": None, "sid": None}, "nobody"),
        ({"sub": "", "sid": ""}, "nobody"),
        ({"sub": ["x"]}, "does not fit"),
        ({"sid": "s" * 256}, "nobody"),
    ],
)
def test_a_sign_out_that_does_not_hold_ends_nothing(
    school: School, caplog: pytest.LogCaptureFixture, bent: dict[str, Any], why: str
) -> None:
    ana = school.invited()
    visitor = inside(school, ana, sid="s1")
    about: dict[str, Any] = {"sub": f"sub-{ana.id}", "sid": "s1"}
    answer = say(school, school.provider.signs_out(**about | bent))
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})
    assert is_in(school, visitor) and why in caplog.text


@pytest.mark.parametrize("sign", [by_another, hs256, unsigned, own_key])
def test_a_sign_out_that_the_institution_did_not_sign_ends_nothing(
    school: School, sign: Callable[[dict[str, Any]], str]
) -> None:
    ana = school.invited()
    visitor = inside(school, ana)
    school.provider.sign = sign
    assert say(school, school.provider.signs_out(sub=f"sub-{ana.id}")).status_code == 400
    assert is_in(school, visitor)


def test_a_sign_out_is_taken_once_and_its_own_kind_of_token_alone(school: School) -> None:
    ana = school.invited()
    visitor, kept = inside(school, ana), list[str]()

    def noted(claims: dict[str, Any]) -> str:
        kept.append(signed(claims))
        return kept[-1]

    token = school.provider.signs_out(sub=f"sub-{ana.id}")
    assert say(school, token).status_code == 200
    school.provider.sign = noted
    visitor = inside(school, ana)  # with an ID token that somebody may have kept
    school.provider.sign = signed
    for old in (token, kept[0], "", "x.y.z"):
        assert say(school, old).status_code == 400
    assert say(school, school.provider.signs_out(sub="x"), "id_token").status_code == 400
    school.clock.forward(minutes=9)
    assert say(school, token).status_code == 400  # older than what was said is remembered
    assert is_in(school, visitor)


def test_what_is_signed_for_several_of_whom_we_are_one_is_for_us(school: School) -> None:
    ana = school.invited()
    visitor = inside(school, ana)
    token = school.provider.signs_out(sub=f"sub-{ana.id}", aud=[CLIENT, "another"])
    assert say(school, token).status_code == 200 and not is_in(school, visitor)


def test_a_site_without_an_institution_says_so(campus: Campus) -> None:
    answer = campus.client.post(ENDED, data={"logout_token": "x"})
    assert (answer.status_code, "no sign-in by an institution" in answer.text) == (404, True)
