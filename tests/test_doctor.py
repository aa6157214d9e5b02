"""The doctor says in plain words what a configured model is fit for, by trying it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from simulator import doctor
from simulator.doctor import (
    CASE,
    VERDICTS,
    Finding,
    VerdictChecks,
    examine_models,
    examine_speech,
)
from simulator.knowledge.topics import read_model
from simulator.scripts.parsing import read_script
from simulator.services import Services
from simulator.settings import Settings
from simulator.speech import Speech
from simulator.validation import examine
from tests.model_server import ModelServer, Request, answer, closed_url, speak


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


def findings(services: Services, **settings: Any) -> list[Finding]:
    return list(examine_models(Settings(voice="llm", **settings), services))


def by_subject(found: list[Finding]) -> dict[str, Finding]:
    return {f.what: f for f in found}


def obedient(request: Request) -> Any:
    """A model that says just what its notes hold, and gives right verdicts."""
    said = request.body["messages"][-1]["content"]
    if not request.body.get("stream"):
        checks = read_model(VERDICTS, VerdictChecks).checks
        check = next(c for c in checks if c.item in said and c.said in said)
        quote = check.said if check.verdict == "met" else ""
        return answer(json.dumps({"verdict": check.verdict, "quote": quote}))
    notes = re.findall(r"^- [^:\n]+: (.+)$", said, re.M)
    return speak(" ".join(notes) or "Good morning.")


def test_without_a_model_all_is_well_and_it_says_what_to_set(services: Services) -> None:
    (found,) = list(examine_models(Settings(), services))
    assert found.well and "VSP_LLM_MODEL" in found.says and "author's lines" in found.says


def test_a_model_that_keeps_to_its_notes_is_fit(services: Services, server: ModelServer) -> None:
    server.default = obedient
    found = by_subject(findings(services, llm_model="good-model", llm_base_url=server.base_url))
    assert found["fitness"].well and "100% of 16" in found["fitness"].says
    assert "Fit to play the patient" in found["fitness"].says
    assert found["evaluator"].well and "6 of 6" in found["evaluator"].says
    assert "certified for no kind of item" in found["judge"].says
    assert "not certified to read turns" in found["reader"].says


def test_a_model_that_leaves_its_role_is_not_fit_and_it_says_what_was_stopped(
    services: Services, server: ModelServer
) -> None:
    server.default = speak("As an AI language model I cannot be a patient.")
    found = by_subject(findings(services, llm_model="bad-model", llm_base_url=server.base_url))
    assert not found["fitness"].well
    assert "Not fit" in found["fitness"].says and "role" in found["fitness"].says
    assert not found["evaluator"].well


def test_a_model_that_cannot_be_reached_is_a_sentence_with_a_remedy(services: Services) -> None:
    key = SecretStr("sk-very-secret")
    found = findings(
        services, llm_model="away", llm_base_url=closed_url(), llm_api_key=key, llm_total_s=5
    )
    assert [f.well for f in found] == [False, False]
    assert "VSP_LLM_BASE_URL" in found[0].says and "author's lines" in found[0].says
    assert "sk-very-secret" not in " ".join(map(str, found))


def test_its_case_passes_its_own_tests_and_its_questions_have_known_answers(
    services: Services,
) -> None:
    assert read_script(CASE)[0].tests_of_the_script
    assert examine(CASE, services).findings == ()
    checks = read_model(VERDICTS, VerdictChecks).checks
    assert {c.verdict for c in checks} == {"met", "not met"}


def test_of_a_voice_that_is_off_nothing_is_said() -> None:
    assert list(examine_speech(Settings())) == []


def test_a_voice_is_tried_by_having_a_sentence_spoken_and_written_down(
    speech: Speech, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "open_speech", lambda _: speech)
    monkeypatch.setattr(speech, "close", lambda: None)  # other tests go on with it
    found = by_subject(list(examine_speech(Settings(speech=True))))
    assert found["voice"].well and "can be heard after" in found["voice"].says
    assert found["listening"].well and "throat" in found["listening"].says
    assert "speech" not in found


def test_what_a_voice_lacks_is_said_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = Speech(())
    bare.lacks = "faster-whisper, hibari-tts not installed; run 'make voice'"
    monkeypatch.setattr(doctor, "open_speech", lambda _: bare)
    (found,) = list(examine_speech(Settings(speech=True)))
    assert not found.well and "run 'make voice'" in found.says
