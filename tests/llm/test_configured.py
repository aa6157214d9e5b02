"""Which model the settings name, and that nothing of it goes elsewhere."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pydantic import SecretStr

from simulator.errors import ModelUnavailable
from simulator.llm import ServedModel, configured_model
from simulator.settings import ROOT, Settings
from tests.llm.serving import KEY, RATED, TALK, Rating, settings
from tests.model_server import (
    ModelServer,
    answer,
    closed_url,
    status,
)


def test_without_a_name_no_model_is_configured() -> None:
    with pytest.raises(ModelUnavailable, match="VSP_LLM_MODEL") as caught:
        configured_model(Settings(llm_model=""))
    assert caught.value.reason == "not_configured"


@pytest.mark.parametrize("url", ["localhost:8000/v1", "ftp://x/v1", "http://"])
def test_an_address_that_is_none_is_named(url: str) -> None:
    with pytest.raises(ModelUnavailable, match="VSP_LLM_BASE_URL") as caught:
        configured_model(settings(url))
    assert caught.value.reason == "not_configured"


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("anthropic:claude-x", "langchain-anthropic"),
        ("google:gemini-x", "langchain-google-genai"),
        ("google_genai:gemini-x", "langchain-google-genai"),
    ],
)
def test_a_provider_whose_package_is_missing_is_told_with_the_remedy(
    name: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package.replace("-", "_"), None)
    with pytest.raises(ModelUnavailable, match=f"pip install {package}$") as caught:
        configured_model(settings("", llm_model=name))
    assert caught.value.reason == "not_configured"


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("openai:gpt-x-2026-01-01", "openai:gpt-x-2026-01-01"),
        ("llama3:8b", "openai:llama3:8b"),
        ("qwen2.5", "openai:qwen2.5"),
        ("claude-local", "openai:claude-local"),
        ("ollama:x", "openai:ollama:x"),
        ("anthropic:claude-x", "anthropic:claude-x"),
        ("google:gemini-x", "google_genai:gemini-x"),
    ],
)
def test_the_provider_is_always_named(
    name: str, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import langchain.chat_models

    loaded: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(
        langchain.chat_models, "init_chat_model", lambda model, **o: loaded.append((model, o))
    )
    model = configured_model(settings("", llm_model=name))
    assert model.name == name
    assert loaded[0][0] == asked
    assert loaded[0][1]["max_retries"] == 0
    own = loaded[0][1].get("base_url")
    assert own == ("https://api.openai.com/v1" if asked.startswith("openai:") else None)


def test_a_judge_has_its_own_model_and_falls_back_to_the_patients(server: ModelServer) -> None:
    judge = {"judge_model": "judge-7b", "judge_api_key": SecretStr("sk-judge")}
    prices = {"llm_price_in": 1.0, "llm_price_out": 1.0}
    server.default = answer(RATED)
    for more, name, cost in ((judge, "judge-7b", None), ({}, "qwen2.5", 16e-6)):
        model = ServedModel(settings(server.base_url, **more, **prices), "evaluator")
        call = model.extract(TALK, Rating)[1]
        assert (call.model, call.purpose, call.cost) == (name, "evaluator", cost)
    first, second = server.requests
    assert first.headers["authorization"] == "Bearer sk-judge"
    assert second.headers["authorization"] == f"Bearer {KEY}"
    assert first.body["temperature"] == 0


def test_a_judges_fault_names_the_judges_variables(server: ModelServer) -> None:
    server.default = status(401)
    more = {"judge_model": "judge-7b", "judge_api_key": SecretStr("sk-judge")}
    with pytest.raises(ModelUnavailable, match="VSP_JUDGE_API_KEY"):
        ServedModel(settings(server.base_url, **more), "evaluator").extract(TALK, Rating)


def test_the_environment_sends_neither_words_nor_key_elsewhere(server: ModelServer) -> None:
    code = (
        "import sys; from simulator.llm import configured_model; from simulator.settings import *;"
        "from langsmith.utils import tracing_is_enabled;"
        "m = configured_model(read_settings()); print(''.join(m.stream([('user', 'x')])));"
        "assert not tracing_is_enabled()"
    )
    environment = {
        "VSP_LLM_MODEL": "m",
        "VSP_LLM_BASE_URL": server.base_url,
        "OPENAI_API_KEY": "sk-other",
        "OPENAI_BASE_URL": closed_url(),
        "OPENAI_API_BASE": closed_url(),
        "LANGCHAIN_TRACING_V2": "true",
        "LANGSMITH_TRACING_V2": "true",
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("It hurts here.\n", "", 0)
    assert server.requests[0].headers["authorization"] == "Bearer none"
