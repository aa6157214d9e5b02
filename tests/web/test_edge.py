"""The edge: whom the application answers, whom it believes, and how much it takes in."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from simulator.encounter.encounter import Encounters
from simulator.encounter.phases import Phase
from simulator.errors import StoreError
from simulator.services import Services
from simulator.settings import Settings
from simulator.store.assignments import AssignmentStore
from simulator.store.database import connect
from simulator.store.repository import Repository
from simulator.web import edge
from simulator.web.cookies import COOKIE, COOKIE_S
from simulator.web.server import PATH, create
from tests.encounter.conftest import Clock
from tests.web.conftest import BASE, Site

JOIN = f"{PATH}/gradio_api/queue/join"
ORIGIN = {"origin": BASE}


def site_of(**chosen: Any) -> TestClient:
    """A small application behind the edge, as its proxy or a browser beside it reaches it."""
    app = FastAPI()

    @app.get("/me")
    def me(request: Request) -> dict[str, Any]:
        return {"url": str(request.url), "client": request.client.host, **request.headers}

    @app.post("/take")
    async def take(request: Request) -> int:
        return len(await request.body())

    edge.harden(app, Settings(**chosen))
    return TestClient(app, base_url=BASE, client=("10.0.0.2", 50000))


def test_programs_on_one_machine_are_told_apart_by_their_tokens() -> None:
    def sent(*headers: tuple[bytes, bytes]) -> str:
        scope = {"type": "http", "headers": list(headers), "client": ("10.0.0.2", 50000)}
        return edge.browser_of(Request(scope))

    first, second = (sent((b"authorization", f"Bearer vsp_{n}".encode())) for n in "ab")
    assert len({first, second, sent(), sent((b"cookie", b"a=b"))}) == 4


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:7860", "[::1]:7860", "LOCALHOST"])
def test_the_names_of_this_machine_are_answered(site: Site, host: str) -> None:
    assert site.client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil", ""])
@pytest.mark.parametrize("path", ["/healthz", f"{PATH}/", f"{PATH}/config"])
def test_a_name_that_was_not_configured_is_not_answered(site: Site, host: str, path: str) -> None:
    answer = site.client.get(path, headers={"host": host})
    assert (answer.status_code, "VSP_HOSTS" in answer.text) == (400, True)


def test_a_configured_name_is_answered() -> None:
    client = site_of(hosts="sim.example.edu, other.example.edu")
    assert client.get("/me", headers={"host": "sim.example.edu"}).status_code == 200
    assert client.get("/me", headers={"host": "third.example.edu"}).status_code == 400


SAID = {
    "x-forwarded-host": "sim.example.edu",
    "x-forwarded-proto": "https",
    "x-forwarded-for": "192.0.2.7",
    "x-gradio-server": "http://evil.example",
}


def test_what_a_proxy_says_is_believed_of_a_configured_proxy_alone() -> None:
    stranger = site_of(hosts="sim.example.edu").get("/me", headers=SAID).json()
    assert not [name for name in SAID if name in stranger]
    assert (stranger["url"], stranger["client"]) == (f"{BASE}/me", "10.0.0.2")
    proxied = site_of(hosts="sim.example.edu", proxies="10.0.0.0/24").get("/me", headers=SAID)
    assert proxied.json()["x-forwarded-host"] == "sim.example.edu"
    assert proxied.json()["url"].startswith("https://")
    assert proxied.json()["client"] == "192.0.2.7"
    assert "x-gradio-server" not in proxied.json()


def test_a_proxy_cannot_bring_a_name_that_was_not_configured() -> None:
    client = site_of(proxies="10.0.0.2")
    assert client.get("/me", headers={"x-forwarded-host": "evil.example"}).status_code == 400


def test_the_addresses_that_a_page_is_given_are_not_a_stranger_s_to_choose(site: Site) -> None:
    said = {
        **site.browser().headers,
        "x-forwarded-host": "localhost",
        "x-gradio-server": "http://e",
    }
    config = site.client.get(f"{PATH}/config", headers=said).json()
    assert config["root"] == f"{BASE}{PATH}"


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://evil.example", "null"])
def test_a_page_elsewhere_can_change_nothing_and_read_nothing(site: Site, origin: str) -> None:
    headers = {**site.browser().headers, "origin": origin}
    posted = site.client.post(JOIN, json={"data": [], "fn_index": 0}, headers=headers)
    assert (posted.status_code, "not Bedside's" in posted.text) == (403, True)
    read = site.client.get(f"{PATH}/config", headers=headers)
    assert "access-control-allow-origin" not in read.headers
    assert "access-control-allow-credentials" not in read.headers
    asked = {**headers, "access-control-request-method": "POST"}
    assert "access-control-allow-origin" not in site.client.options(JOIN, headers=asked).headers


def test_a_page_of_its_own_may_post() -> None:
    assert site_of().post("/take", content=b"1234", headers=ORIGIN).json() == 4
    away = site_of(hosts="sim.example.edu")
    assert away.post("/take", headers={"origin": "https://sim.example.edu"}).json() == 0


def test_a_body_that_says_it_is_too_long_is_refused_unread() -> None:
    read: list[int] = []

    def bomb() -> Iterator[bytes]:
        for n in range(1000):
            read.append(n)
            yield b"x" * 100_000

    long = {"content-length": str(200_000_000)}
    answer = site_of().post("/take", content=bomb(), headers=long)
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")
    assert "524,288 bytes" in answer.text


@pytest.mark.parametrize("length", ["-1", "x", "٣"])
def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    headers = {"content-length": length.encode()}
    answer = site_of().post("/take", content=iter([b"x"]), headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 413


def arriving(*parts: bytes, then: float = 0) -> tuple[int, int]:
    """The status, and how many parts were read, of a body that never ends or, after all, rests."""
    left = list(parts)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        if not left:
            await asyncio.sleep(then)
        return {"type": "http.request", "body": left.pop(0), "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    async def app(*_: Any) -> None:
        raise AssertionError("what is too much must not arrive")

    scope = {"type": "http", "method": "POST", "headers": [(b"transfer-encoding", b"chunked")]}
    asyncio.run(edge.Limits(app)(scope, receive, send))
    return sent[0]["status"], len(parts) - len(left)


def test_a_body_in_parts_is_read_no_further_than_the_limit() -> None:
    assert arriving(*[b"x" * 100_000] * 50) == (413, 6)


def test_a_body_that_does_not_go_on_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "BODY_S", 0.05)
    assert arriving(b"half", then=60) == (408, 1)


def test_a_browser_has_only_so_many_requests_open_and_others_are_not_held_up() -> None:
    async def crowd() -> list[int]:
        gate, statuses = asyncio.Event(), []

        async def app(_: Any, __: Any, send: Any) -> None:
            await gate.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        async def ask(cookie: bytes) -> None:
            headers = [(b"cookie", cookie)]
            await limits({"type": "http", "method": "GET", "headers": headers}, None, send)  # type: ignore[arg-type]

        limits = edge.Limits(app)
        many = [asyncio.create_task(ask(b"one")) for _ in range(edge.MAX_OPEN_EACH + 3)]
        many += [asyncio.create_task(ask(b"two"))]
        await asyncio.sleep(0.01)
        gate.set()
        await asyncio.gather(*many)
        await ask(b"one")
        assert not limits.open, "nothing is remembered of who has gone"
        return sorted(statuses)

    assert asyncio.run(crowd()) == [200] * (edge.MAX_OPEN_EACH + 2) + [503] * 3


def test_under_a_prefix_pages_and_their_calls_work_whether_or_not_the_proxy_takes_it_away(
    small: Services, tmp_path: Path
) -> None:
    settings = Settings(
        data_dir=small.settings.data_dir,
        scripts_dir=small.settings.scripts_dir,
        root_path="/vsp",
        proxies=("10.0.0.2",),
        hosts=("sim.example.edu",),
    )
    services = Services(settings, small.encoder)
    store = Repository(connect(tmp_path / "encounters.sqlite3"))
    app = create(Encounters(services, store, Clock()), AssignmentStore(store.engine))
    said = {"x-forwarded-host": "sim.example.edu", "x-forwarded-proto": "https"}
    with TestClient(app, base_url=BASE, client=("10.0.0.2", 1), headers=said) as client:
        for gone in ("", "/vsp"):
            home = client.get(f"{gone}/", follow_redirects=False)
            assert home.headers["location"] == f"/vsp{PATH}/"
            config = client.get(f"{gone}{PATH}/config").json()
            assert config["root"] == f"https://sim.example.edu/vsp{PATH}"
            assert client.get(f"{gone}{PATH}/encounter").status_code == 200
            address = f"{gone}{PATH}/gradio_api/call/library"
            one = {"cookie": f"{COOKIE}={'0' * 32}"}
            called = client.post(address, json={"data": ["All", "All", ""]}, headers=one).json()
            heard = client.get(f"{address}/{called['event_id']}", headers=one)
            assert "A sore knee" in heard.text
        cookie = client.get(f"/vsp{PATH}/").headers["set-cookie"]
        assert "Path=/vsp/;" in cookie and cookie.endswith("; Secure")
    store.engine.dispose()


def test_the_cookie_lasts_a_month_from_the_last_page(site: Site) -> None:
    browser = site.browser()
    renewed = browser.get(f"{PATH}/").headers["set-cookie"]
    assert renewed.startswith(f"{COOKIE}={browser.secret}; Path=/; Max-Age={COOKIE_S};")
    assert COOKIE_S == 30 * 24 * 3600


def test_a_browser_can_be_forgotten(site: Site) -> None:
    browser = site.browser()
    left = site.client.post(f"{PATH}/leave", headers=browser.headers, follow_redirects=False)
    assert left.status_code == 303
    assert left.headers["set-cookie"].startswith(f"{COOKIE}=; Path=/; Max-Age=0;")
    site.client.cookies.clear()


def test_nothing_is_forgotten_by_a_link_alone(site: Site) -> None:
    assert site.browser().get(f"{PATH}/leave").status_code in (404, 405)


def test_health_is_well_and_readiness_waits_for_the_reader(site: Site) -> None:
    site.encounters.services.warm()
    assert site.client.get("/healthz").json() == {"status": "ok", "store": "ok"}
    ready = site.client.get("/readyz")
    parts = {"store": "ok", "index": "ok", "reader": "ok"}
    assert (ready.status_code, ready.json()) == (200, {"status": "ok", **parts})


def test_health_says_what_is_broken_and_not_where_it_lies(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(site.store, "_file", (0, 0))
    for path in ("/healthz", "/readyz"):
        answer = site.client.get(path)
        assert (answer.status_code, answer.json()["store"]) == (503, "failing")
        assert "sqlite3" not in answer.text
    assert "sqlite3 was replaced" in caplog.text


def broken(*_: object, **__: object) -> None:
    raise StoreError("The database /srv/secret.sqlite3 cannot be used (SELECT script)")


def test_a_store_that_fails_is_a_sentence_with_a_reference_everywhere(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    browser = site.browser()
    mine = site.at(Phase.INTERVIEW, browser)
    monkeypatch.setattr(Repository, "get", broken)
    monkeypatch.setattr(Repository, "of_resident", broken)
    monkeypatch.setattr(Repository, "standing", broken)
    shown = [
        browser.call("library", "All", "All", "", session="failing"),
        browser.call("arrive", session="failing", query=f"?id={mine}"),
        browser.get(f"{PATH}/reports/{mine}.pdf").text,
        browser.get(f"{PATH}/room/{mine}").text,
        browser.put(f"{PATH}/room/{mine}/typed", {"pad": "p"}).text,
    ]
    for text in shown:
        found = re.search(r"could not be stored \(reference ([0-9a-f]{8})\)", text)
        assert found, text
        assert "secret" not in text and "SELECT" not in text
        assert f"reference {found[1]}: The database /srv/secret.sqlite3" in caplog.text


def test_a_report_that_cannot_be_written_is_a_sentence_with_a_reference(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ValueError("inside")

    owner = site.browser()
    done = site.at(Phase.FEEDBACK, owner)
    monkeypatch.setattr("simulator.web.pdf.as_pdf", fails)
    answer = owner.get(f"{PATH}/reports/{done}.pdf")
    assert (answer.status_code, "reference" in answer.text) == (503, True)
    assert "inside" not in answer.text
