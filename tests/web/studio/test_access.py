from __future__ import annotations

import pytest

from simulator.settings import Settings
from simulator.web.studio.access import is_open
from tests.web.studio.conftest import BEN, CASE, Author

WRITES = ("new", "import", f"{CASE}/edition", f"{CASE}/clone", f"{CASE}/talk", f"{CASE}/test",
          f"{CASE}/items", f"{CASE}/teach", f"{CASE}/step", f"{CASE}/misses", f"{CASE}/settle",
          f"{CASE}/question", f"{CASE}/discard", f"{CASE}/changes", f"{CASE}/text",
          f"{CASE}/move", f"{CASE}/seen", f"{CASE}/comments",
          f"{CASE}/settled", f"{CASE}/rescore")  # fmt: skip


@pytest.mark.parametrize(
    ("host", "open_"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("", False)],
)
def test_the_studio_is_there_only_where_this_computer_alone_is_served(
    host: str, open_: bool
) -> None:
    assert is_open(Settings(host=host)) is open_


@pytest.mark.parametrize(
    "proxied",
    [{"hosts": "sim.example.edu"}, {"proxies": "10.0.0.1"}, {"root_path": "/vsp"}],
)
def test_the_studio_is_not_there_behind_a_proxy(proxied: dict[str, str]) -> None:
    assert not is_open(Settings.model_validate(proxied))


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize("origin", ["", "null", "http://evil.example", "http://127.0.0.1:9999"])
def test_what_another_page_sends_is_refused_and_changes_nothing(
    author: Author, path: str, origin: str
) -> None:
    answer = author.client.post(f"/studio/{path}", data=BEN, headers={"origin": origin})
    assert answer.status_code == 403
    assert author.desk.drafts.ids() == []


def test_every_write_is_tried_above(author: Author) -> None:
    studio = next(r.app for r in author.client.app.routes if getattr(r, "path", "") == "/studio")
    writes = {r.path for r in studio.routes if "POST" in (getattr(r, "methods", None) or ())}
    assert writes == {f"/{w}".replace(CASE, "{case_id}") for w in WRITES}


def test_a_name_of_somebody_elses_that_leads_here_is_refused(author: Author) -> None:
    host = {"host": "evil.example", "origin": "http://evil.example"}
    assert author.client.get("/studio/", headers=host).status_code == 403
    assert author.client.post("/studio/new", data=BEN, headers=host).status_code == 403


def test_pages_run_no_script_but_the_studios_own_and_are_not_framed(author: Author) -> None:
    headers = author.client.get("/studio/").headers
    assert "script-src 'self';" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
