"""Listening over a real socket: what is said when, and how long half a request may take."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Thread
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

import app as program
from simulator.cli import main
from simulator.errors import SettingsError
from simulator.settings import Settings
from simulator.web import listening
from simulator.web.listening import listen, listening_place

Capture = pytest.CaptureFixture[str]


def of_this_machine(**chosen: Any) -> Settings:
    return Settings(port=0, **chosen)


@contextmanager
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A small application, served; gives the port."""
    app = FastAPI()

    @app.get("/")
    def home() -> str:
        return "here"

    made: list[uvicorn.Server] = []
    monkeypatch.setattr(uvicorn.Server, "capture_signals", lambda _: _quietly(made, _))
    place = listening_place(of_this_machine())
    port = place.getsockname()[1]
    thread = Thread(target=listen, args=(app, place, of_this_machine()))
    thread.start()
    try:
        while not (made and made[0].started):
            asyncio.run(asyncio.sleep(0.01))
        yield port
    finally:
        made[0].should_exit = True
        thread.join()


@contextmanager
def _quietly(made: list[uvicorn.Server], server: uvicorn.Server) -> Iterator[None]:
    made.append(server)
    yield


def said_back(port: int, *parts: bytes) -> bytes:
    """All that comes back for these bytes until the other side closes."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=20)) as wire:
        for part in parts:
            wire.sendall(part)
        return b"".join(iter(lambda: wire.recv(65536), b""))


def test_where_it_is_is_said_once_it_listens(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    with served(monkeypatch) as port:
        assert f"Bedside is at http://127.0.0.1:{port}  " in capsys.readouterr().out


@pytest.mark.parametrize(
    "half",
    [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HT"],
    ids=["nothing", "half a head", "half a second head"],
)
def test_a_head_that_does_not_come_whole_is_given_up(
    monkeypatch: pytest.MonkeyPatch, half: bytes
) -> None:
    monkeypatch.setattr(listening, "HEAD_S", 0.2)
    with served(monkeypatch) as port:
        assert said_back(port, half).count(b"200 OK") == half.count(b"\r\n\r\n")
        whole = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        assert b"200 OK" in said_back(port, whole)


def test_headers_without_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(monkeypatch) as port:
        long = b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * (listening.MAX_HEAD + 1000)
        assert b" 400 " in said_back(port, long).splitlines()[0]


AWAY: list[dict[str, Any]] = [
    {"host": "0.0.0.0"},
    {"host": "::"},
    {"host": "192.0.2.1"},
    {"hosts": "sim.example.edu"},
    {"proxies": "127.0.0.1"},
]


@pytest.mark.parametrize("chosen", AWAY, ids=str)
def test_an_address_that_others_reach_is_refused_in_one_sentence_until_accounts_are_on(
    chosen: dict[str, Any],
) -> None:
    with pytest.raises(SettingsError, match=r"VSP_ACCOUNTS=1") as caught:
        listening_place(of_this_machine(**chosen))
    assert "\n" not in str(caught.value)


def test_with_accounts_others_may_come_and_passwords_in_clear_are_warned_of(
    capsys: Capture,
) -> None:
    listening_place(of_this_machine(host="0.0.0.0", accounts=True)).close()
    assert "Warning: passwords travel unencrypted to 0.0.0.0" in capsys.readouterr().err
    listening_place(of_this_machine(hosts="sim.example.edu", accounts=True)).close()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.5"])
def test_an_address_of_this_machine_alone_needs_no_leave(host: str, capsys: Capture) -> None:
    listening_place(of_this_machine(host=host)).close()
    assert capsys.readouterr().err == ""


def test_a_port_that_is_taken_is_a_sentence_before_anything_is_loaded(capsys: Capture) -> None:
    with closing(listening_place(of_this_machine())) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 2
    captured = capsys.readouterr()
    assert f"Nothing can listen on 127.0.0.1:{port}" in captured.err
    assert "Bedside is at" not in captured.out


@pytest.mark.parametrize("port", ["70000", "-1"])
def test_a_port_that_is_none_is_refused(
    port: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "compose", lambda _: pytest.fail("nothing is to be loaded"))
    assert main(["serve", f"--port={port}"]) == 2
    captured = capsys.readouterr()
    assert (f"VSP_PORT={port}: " in captured.err, captured.out) == (True, "")


def test_no_host_opens_the_program_without_leave_on_the_command_line(capsys: Capture) -> None:
    assert main(["serve", "--host", "0.0.0.0"]) == 2
    assert "while accounts are off" in capsys.readouterr().err
