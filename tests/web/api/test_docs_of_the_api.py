"""The examples of docs/api.md, run as they stand there."""

from __future__ import annotations

import re
import shlex
from string import Template
from typing import Any

from simulator.settings import ROOT
from simulator.web.problems import API
from tests.web.api.conftest import House, Program

EXAMPLE = re.compile(r"^curl .*$", re.M)
BEDSIDE = "http://127.0.0.1:7860"


def run(house: House, line: str, known: dict[str, str]) -> Any:
    """Send what a line of curl sends."""
    words = [Template(w).substitute(known) for w in shlex.split(line)[1:]]
    headers, body, method, address = {}, None, "", ""
    while words:
        word = words.pop(0)
        if word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = words.pop(0)
        elif word == "-X":
            method = words.pop(0)
        elif word == "-o":
            words.pop(0)
        elif not word.startswith("-"):
            address = word
    assert address.startswith(f"{BEDSIDE}{API}"), line
    path = address.removeprefix(f"{BEDSIDE}{API}")
    method = method or ("POST" if body else "GET")
    return Program(house.client).ask(method, path, headers=headers, content=body)


def test_every_example_does_what_it_says(house: House) -> None:
    lead = house.office.hire("lead-docs@x.edu", "course lead", "docs")
    known = {"BEDSIDE": BEDSIDE, "TOKEN": house.program(lead).secret}
    lines = EXAMPLE.findall((ROOT / "docs" / "api.md").read_text(encoding="utf-8"))
    answers = [house.program(lead).get("/encounters")]
    for line in lines:
        answer = run(house, line, known)
        assert answer.status_code in (200, 201), (line, answer.text)
        if answer.status_code == 201:
            known["ID"] = answer.json()["id"]
        answers.append(answer)
    told = "\n".join(a.text for a in answers if "pdf" not in a.headers["content-type"])
    assert len(lines) == 13
    for promised in ("Knee pain", "three days ago", "Warm, swollen.", '"phase":"feedback"'):
        assert promised in told
    assert answers[-1].json()["items"][0]["scores"]["encounter"] == known["ID"]
