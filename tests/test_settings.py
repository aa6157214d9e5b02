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


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("VSP_PORT", "abc", "integer"),
        ("VSP_PORT", "70000", "65535"),
        ("VSP_PORT", "-1", "0"),
        ("VSP_MAX_MESSAGE_CHARS", "5", "100"),
        ("VSP_LLM_TIMEOUT_S", "0", "greater than 0"),
        ("VSP_LLM_TIMEOUT_S", "soon", "number"),
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
    monkeypatch.setenv("VSP_LLM_TIMEOUT_S", "-2")
    with pytest.raises(SettingsError, match=r"VSP_PORT='x'.*; VSP_LLM_TIMEOUT_S='-2'"):
        read_settings()


def test_a_variable_without_the_prefix_is_not_listened_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9")
    assert read_settings().port == 7860


def test_settings_cannot_be_changed_once_read() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        read_settings().port = 1  # type: ignore[misc]
