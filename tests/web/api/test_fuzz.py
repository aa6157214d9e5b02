"""Requests made up from the API's own description: no answer to them is a server's error."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.encounter.phases import Phase
from simulator.web.access import RULES
from simulator.web.problems import API, MEDIA
from tests.web.api.conftest import House, Program

DESCRIBED = sorted(n for n in RULES if f" {API}/" in n and RULES[n].may is not None)
EXAMPLES = 12
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)


@pytest.fixture(scope="module")
def schema(house: House) -> Any:
    return schemathesis.openapi.from_dict(Program(house.client).get("/openapi.json").json())


@pytest.mark.parametrize("address", DESCRIBED)
def test_what_is_made_up_brings_no_server_error(house: House, schema: Any, address: str) -> None:
    """What fits and what does not; mostly with a real encounter, so that bodies are looked at."""
    method, _, path = address.partition(f" {API}")
    lead = house.office.hire(f"fuzz-{DESCRIBED.index(address)}@x.edu", "course lead", "fuzz")
    phases = [Phase.INTERVIEW, Phase.NOTE, Phase.SELF_ASSESSMENT]
    real = [house.held(lead, phase).id for phase in phases] if "encounter_id" in path else []
    program = house.program(lead)
    wrong: list[tuple[int, str, Any]] = []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        made=st.one_of(schema[path][method].as_strategy(generation_mode=m) for m in MODES),
        which=st.sampled_from([*real, ""]),
    )
    def ask(made: Any, which: str) -> None:
        if which:
            made.path_parameters = {**made.path_parameters, "encounter_id": which}
        sent = made.as_transport_kwargs(base_url=f"http://127.0.0.1:7860{API}")
        sent["headers"] = {k: v for k, v in sent["headers"].items() if k.lower() != "authorization"}
        if len(sent["url"]) > 4000:
            return
        answer = program.ask(**at(sent))
        failed = answer.status_code >= 400
        if answer.status_code >= 500 or failed != (answer.headers["content-type"] == MEDIA):
            wrong.append((answer.status_code, answer.text[:200], sent))

    ask()
    assert wrong == []


def at(sent: dict[str, Any]) -> dict[str, Any]:
    """A made-up request as a program sends it."""
    known = {k: sent[k] for k in ("method", "params", "json", "headers") if sent.get(k) is not None}
    if sent.get("data") is not None:
        known["content"] = sent["data"]
    return {**known, "path": sent["url"].partition(API)[2]}
