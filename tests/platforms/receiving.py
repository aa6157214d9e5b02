"""A small server for tests that takes what it is sent, and answers as a test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiving:
    """What came, and what is answered."""

    url: str = ""
    came: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)  # the next ones; 204 from then on
    location: str = ""

    def statements(self) -> list[dict[str, Any]]:
        return [body for _, __, body in self.came]


@contextmanager
def receiving() -> Iterator[Receiving]:
    """The server, on this machine."""
    taken = Receiving()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            taken.came.append(
                (self.path, {k.lower(): v for k, v in self.headers.items()}, json.loads(body))
            )
            self.send_response(taken.answers.pop(0) if taken.answers else 204)
            if taken.location:
                self.send_header("Location", taken.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_PUT

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    taken.url = f"http://127.0.0.1:{server.server_port}/xapi"
    try:
        yield taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
