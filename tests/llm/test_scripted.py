"""The scripted model, and that no library is loaded before a model is wanted."""

from __future__ import annotations

import subprocess
import sys

import pytest

from simulator.errors import ModelOutputInvalid, ModelUnavailable
from simulator.llm import ScriptedModel
from simulator.settings import ROOT
from tests.llm.serving import RATED, TALK, Rating


def test_to_import_the_module_imports_no_langchain() -> None:
    code = (
        "import sys, simulator.llm; "
        "print([m for m in sys.modules if m.split('.')[0] in "
        "('langchain', 'langchain_core', 'langchain_openai', 'openai', 'httpx2', 'langsmith')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


# The scripted model


def test_a_scripted_model_says_its_replies_word_by_word() -> None:
    model = ScriptedModel(["It hurts here.", "Yes."])
    stream = model.stream(TALK)
    assert list(stream) == ["It ", "hurts ", "here."]
    assert (stream.call.outcome, stream.call.model) == ("ok", "scripted-model")
    assert list(model.stream(TALK[1:])) == ["Yes."]
    assert model.calls == [TALK, TALK[1:]]


def test_a_scripted_model_raises_what_it_was_given_and_when_it_runs_out() -> None:
    model = ScriptedModel([ModelUnavailable("It is tired", reason="stalled")])
    with pytest.raises(ModelUnavailable, match="tired") as caught, model.stream(TALK) as stream:
        list(stream)
    assert caught.value.call.outcome == "stalled"
    with pytest.raises(ModelUnavailable, match="give it one a call"):
        list(model.stream(TALK))


def test_a_scripted_models_reply_is_read_as_typed_data() -> None:
    model = ScriptedModel([RATED, "no", ModelUnavailable("It is tired")])
    assert model.extract(TALK, Rating)[0].points == 2
    with pytest.raises(ModelOutputInvalid, match="not JSON") as caught:
        model.extract(TALK, Rating)
    assert caught.value.call.outcome == "malformed"
    with pytest.raises(ModelUnavailable, match="tired"):
        model.extract(TALK, Rating)
