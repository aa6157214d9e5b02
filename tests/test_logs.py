"""The log: plain lines or one object a line, faults with their reference, nobody's words."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from simulator import logs
from simulator.errors import StoreError
from simulator.web import faults

SAID = "my mother's name is Agnes"


Capture = pytest.CaptureFixture[str]


@pytest.fixture
def written(capsys: Capture) -> Iterator[Capture]:
    """What is written; how the log was set up before comes back."""
    root, own = logging.getLogger(), logging.getLogger(logs.PROGRAM)
    before, levels = list(root.handlers), (root.level, own.level)
    yield capsys
    root.handlers[:] = before
    root.setLevel(levels[0])
    own.setLevel(levels[1])


def failing() -> Exception:
    try:
        raise ValueError(f"invalid literal: {SAID}")
    except ValueError as error:
        return error


def events(written: Capture) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.readouterr().err.splitlines()]


def test_a_fault_stands_in_the_log_under_the_reference_that_the_page_shows(
    written: Capture,
) -> None:
    logs.set_up("json")
    shown = faults.sentence(StoreError("the disk is full"))
    (line,) = events(written)
    assert line["reference"] in shown
    assert (line["event"], line["kind"], line["level"]) == ("fault", "StoreError", "error")
    assert line["message"].endswith("the disk is full")


@pytest.mark.parametrize("form", ["plain", "json"])
def test_an_unexpected_error_is_told_by_type_and_place_and_without_its_words(
    form: Any, written: Capture
) -> None:
    logs.set_up(form)
    reference = logs.fault(failing())
    text = written.readouterr().err
    assert reference in text and "ValueError" in text and "in failing" in text
    assert "Agnes" not in text


def test_words_of_an_error_behind_another_are_not_told_either() -> None:
    try:
        try:
            raise KeyError(SAID)
        except KeyError as inner:
            raise StoreError("it cannot be read") from inner
    except StoreError as error:
        told = logs.told(error)
    assert "KeyError" in told and "it cannot be read" in told
    assert "Agnes" not in told


def test_a_line_says_by_which_request_and_for_whom_and_stays_one_line(
    written: Capture,
) -> None:
    logs.set_up("json")
    token = logs.TRAIL.set(logs.Trail("abc12345", lambda: "P-7"))
    logging.getLogger("simulator.web").warning("first\nsecond")
    logs.TRAIL.reset(token)
    logging.getLogger("simulator.web").info("without a request")
    first, second = events(written)
    assert (first["request"], first["person"]) == ("abc12345", "P-7")
    assert first["message"] == "first\nsecond"
    assert "request" not in second and second["event"] == "message"


def test_plain_lines_hold_what_is_worth_a_warning_alone(written: Capture) -> None:
    logs.set_up("plain")
    logging.getLogger("simulator.web").info("a request")
    logging.getLogger("simulator.web").warning("refused to P-7")
    (line,) = written.readouterr().err.splitlines()
    assert line.endswith("WARNING simulator.web: refused to P-7")


def test_faults_and_what_was_kept_back_are_counted_while_they_are_watched(
    written: Capture,
) -> None:
    lines: list[str] = []
    failed: list[str] = []
    kept_back: list[int] = []
    with logs.counted(logs.Counting(lines.append, failed.append, lambda: kept_back.append(1))):
        faults.sentence(StoreError("gone"))
        logs.fault(failing())
        logging.getLogger("simulator.web.gate").error("kept back", extra=logs.KEPT_BACK)
    logs.fault(failing())
    assert (lines, failed, kept_back) == (["error"] * 3, ["StoreError", "unexpected"], [1])
