"""Settings: defaults that work, variables that change them, and bad values named."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from simulator.errors import SettingsError
from simulator.settings import ROOT, Settings, read_settings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"VSP_{name.upper()}", raising=False)


def test_without_any_variable_the_shipped_folders_are_used_and_no_model() -> None:
    settings = read_settings()
    assert settings.scripts_dir == ROOT / "patient_scripts"
    assert (settings.knowledge_dir / "topics").is_dir()
    assert (settings.host, settings.llm_model) == ("127.0.0.1", "")


def test_a_variable_changes_its_field_and_what_follows_from_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VSP_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("VSP_PORT", "8000")
    settings = read_settings()
    assert settings.port == 8000
    assert settings.database.parent == tmp_path
    assert settings.index_dir.parent == tmp_path
    assert settings.database != settings.index_dir


def test_an_address_of_a_server_is_where_everything_is_stored_and_is_never_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VSP_DATABASE_URL", "postgresql://ana:hush@db/bedside")
    settings = read_settings()
    assert settings.store == settings.database_url
    assert "hush" not in repr(settings) + str(settings.store)
    monkeypatch.setenv("VSP_PORT", "abc")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("VSP_PORT", "abc", "integer"),
        ("VSP_PORT", "70000", "65535"),
        ("VSP_PORT", "-1", "0"),
        ("VSP_MAX_MESSAGE_CHARS", "5", "100"),
        ("VSP_VOICE", "loud", "'scripted', 'llm' or 'local'"),
        ("VSP_SPEECH", "loud", "boolean"),
        ("VSP_LLM_FIRST_S", "0", "greater than 0"),
        ("VSP_LLM_FIRST_S", "nan", "equal to 300"),
        ("VSP_LLM_IDLE_S", "soon", "number"),
        ("VSP_LLM_TOTAL_S", "601", "less than or equal to 600"),
        ("VSP_LLM_CONCURRENCY", "0", "greater than or equal to 1"),
        ("VSP_LLM_TEMPERATURE", "2.1", "less than or equal to 2"),
        ("VSP_LLM_PRICE_IN", "-1", "greater than or equal to 0"),
        ("VSP_LLM_PRICE_CACHED", "free", "number"),
        ("VSP_LLM_PRICE_OUT", "", "number"),
        ("VSP_LLM_USER_TOKENS_A_DAY", "-1", "greater than or equal to 0"),
        ("VSP_LLM_TOKENS_A_DAY", "1e3", "integer"),
    ],
)
def test_a_bad_value_is_named_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, why: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert f"{variable}={value!r}: " in str(caught.value)
    assert why in str(caught.value)


def test_two_bad_values_are_both_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VSP_PORT", "x")
    monkeypatch.setenv("VSP_LLM_TOTAL_S", "-2")
    with pytest.raises(SettingsError, match=r"VSP_PORT='x'.*; VSP_LLM_TOTAL_S='-2'"):
        read_settings()


def test_a_variable_without_the_prefix_is_not_listened_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9")
    assert read_settings().port == 7860


def test_settings_cannot_be_changed_once_read() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        read_settings().port = 1  # type: ignore[misc]


def test_a_model_is_chosen_with_its_address_prices_and_allowances(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen = {
        "VSP_VOICE": "llm",
        "VSP_LLM_MODEL": "qwen2.5",
        "VSP_LLM_BASE_URL": "http://127.0.0.1:11434/v1",
        "VSP_LLM_PRICE_IN": "0.15",
        "VSP_LLM_USER_TOKENS_A_DAY": "0",
        "VSP_JUDGE_MODEL": "judge",
    }
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    settings = read_settings()
    assert (settings.voice, settings.llm_model, settings.judge_model) == ("llm", "qwen2.5", "judge")
    assert (settings.llm_price_in, settings.llm_price_out) == (0.15, None)
    assert settings.llm_user_tokens_a_day == 0


def test_without_any_variable_the_patient_is_scripted_and_a_resident_s_day_has_a_limit() -> None:
    settings = read_settings()
    assert (settings.voice, settings.llm_tokens_a_day) == ("scripted", 0)
    assert settings.llm_user_tokens_a_day > 0


@pytest.mark.parametrize("variable", ["VSP_LLM_API_KEY", "VSP_JUDGE_API_KEY"])
def test_a_key_is_used_and_never_shown(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "sk-secret-123")
    settings = read_settings()
    key = getattr(settings, variable.removeprefix("VSP_").lower())
    assert key.get_secret_value() == "sk-secret-123"
    shown = (repr(settings), str(settings), repr(settings.model_dump()), settings.model_dump_json())
    assert not [text for text in shown if "sk-secret" in text]


def test_a_key_is_not_shown_where_another_value_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VSP_LLM_API_KEY", "sk-secret-123")
    monkeypatch.setenv("VSP_VOICE", "loud")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert "sk-secret" not in str(caught.value)


@pytest.mark.parametrize("variable", ["VSP_LLM_PRICE_IN", "VSP_LLM_PRICE_OUT"])
def test_a_price_that_is_no_number_to_reckon_with_is_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "inf")
    with pytest.raises(SettingsError, match=variable):
        read_settings()
