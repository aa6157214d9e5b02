"""How the HTTP API says no: one shape (RFC 9457), a sentence in it that names the remedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

API = "/api/v1"
MEDIA = "application/problem+json"


def is_api(path: str) -> bool:
    """Whether a path, without the prefix of the program, is one of the API's."""
    return path == API or path.startswith(f"{API}/")


def problem(
    status: int,
    sentence: str,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, str]] = (),
) -> JSONResponse:
    """A problem as it is sent.

    Args:
        status, sentence: what happened, and what to do about it. headers: of the answer.
        errors: of a body that does not fit, each place (`where`) with what is wrong (`what`).
    """
    return JSONResponse(told(status, sentence, errors), status, headers, media_type=MEDIA)


def told(status: int, sentence: str, errors: Sequence[Mapping[str, str]] = ()) -> dict[str, Any]:
    """A problem as data; what a request brought in and no text can hold is written as escapes."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _sendable(sentence),
    }
    if errors:
        body["errors"] = [{k: _sendable(v) for k, v in e.items()} for e in errors]
    return body


def _sendable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
