"""The only reader of the environment."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from simulator.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent


def _listed(value: object) -> Any:
    """The parts of a list that is written with commas."""
    if not isinstance(value, str):
        return value
    return tuple(part for part in (p.strip() for p in value.split(",")) if part)


def _paired(value: object) -> object:
    """The parts of a list of pairs that is written with commas and equals signs."""
    if not isinstance(value, str):
        return value
    pairs = [tuple(side.strip() for side in part.split("=", 1)) for part in _listed(value)]
    if any(len(pair) != 2 or not all(pair) for pair in pairs):
        raise ValueError("write it as theirs=ours, pairs parted by commas")
    return tuple(pairs)


LocalModel = Literal["1.5b", "0.5b"]
Days = Annotated[int, Field(ge=0, le=36_500)]  # 0: for ever
Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
Paired = Annotated[tuple[tuple[str, str], ...], NoDecode, BeforeValidator(_paired)]


class Settings(BaseSettings):
    """What an installation may choose; each field is the variable VSP_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="VSP_", frozen=True, extra="ignore")

    scripts_dir: Path = ROOT / "patient_scripts"
    knowledge_dir: Path = ROOT / "knowledge"
    data_dir: Path = ROOT / "var"
    database_url: SecretStr = SecretStr("")
    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=0, le=65535)
    accounts: bool = False
    session_idle_minutes: int = Field(default=60, ge=5, le=1440)
    session_hours: int = Field(default=12, ge=1, le=168)
    hosts: Listed = ()
    proxies: Listed = ()
    root_path: str = Field(default="", pattern=r"^(/[A-Za-z0-9_-]+)*$")
    metrics_token: SecretStr = SecretStr("")
    log: Literal["plain", "json"] = "plain"
    keep_unfinished_days: Days = 180
    keep_practice_days: Days = 1095
    keep_exam_days: Days = 2190
    keep_opinions_days: Days = 1095
    keep_sent_days: Days = 180
    keep_tokens_days: Days = 90
    keep_closed_days: Days = 365
    show_unreleased: bool = False
    extra_time: int = Field(default=0, ge=0, le=300)
    max_message_chars: int = Field(default=2000, ge=100, le=2000)
    reader: Literal["auto", "strong", "small"] = "auto"
    voice: Literal["scripted", "llm", "local"] = "scripted"
    local_model: LocalModel = "1.5b"
    reads: Literal["learned", "llm"] = "learned"
    reads_s: float = Field(default=3.0, gt=0, le=60)
    speech: bool = False
    llm_model: str = ""
    llm_base_url: str = ""
    llm_api_key: SecretStr = SecretStr("")
    llm_temperature: float = Field(default=0.7, ge=0, le=2)
    llm_first_s: float = Field(default=20.0, gt=0, le=300)
    llm_idle_s: float = Field(default=15.0, gt=0, le=300)
    llm_total_s: float = Field(default=60.0, gt=0, le=600)
    llm_concurrency: int = Field(default=8, ge=1, le=1000)
    llm_price_in: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    llm_price_cached: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    llm_price_out: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    llm_user_tokens_a_day: int = Field(default=400_000, ge=0)
    llm_tokens_a_day: int = Field(default=0, ge=0)
    llm_tokens: int = Field(default=0, ge=0)
    judge: Literal["none", "llm"] = "none"
    judge_samples: int = Field(default=3, ge=1, le=9)
    judge_tokens_a_day: int = Field(default=0, ge=0)
    judge_model: str = ""
    judge_base_url: str = ""
    judge_api_key: SecretStr = SecretStr("")
    oidc_issuer: str = Field(default="", max_length=250)
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_words: str = Field(default="", max_length=80)
    oidc_hosts: Listed = ()
    oidc_domains: Listed = ()
    oidc_programme: str = ""
    oidc_role_claim: str = ""
    oidc_roles: Paired = ()
    oidc_programme_claim: str = ""
    oidc_programmes: Paired = ()
    lti_platforms: Path | None = None
    lti_key: Path | None = None
    xapi_url: str = ""
    xapi_user: str = ""
    xapi_password: SecretStr = SecretStr("")
    xapi_homepage: str = ""

    @field_validator("proxies")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in value:
            ipaddress.ip_network(proxy, strict=False)
        return value

    @property
    def database(self) -> Path:
        """The SQLite file that holds encounters."""
        return self.data_dir / "encounters.sqlite3"

    @property
    def store(self) -> Path | SecretStr:
        """Where encounters are held: the PostgreSQL database of database_url, else the file."""
        return self.database_url if self.database_url.get_secret_value().strip() else self.database

    @property
    def cases_dir(self) -> Path:
        """The folder that holds the editions of cases which were published from the studio."""
        return self.data_dir / "cases"

    @property
    def index_dir(self) -> Path:
        """The folder that holds the Chroma index."""
        return self.data_dir / "index"


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_settings(**changes: Any) -> Settings:
    """Read the settings once; a bad value is named with its variable.

    Args:
        changes: what a command was told beside the environment, by field.

    Raises:
        SettingsError: a variable holds a value that cannot be used.
    """
    try:
        return Settings(**changes)
    except ValidationError as error:
        lines = [
            f"VSP_{str(item['loc'][0]).upper()}={item['input']!r}: {item['msg']}"
            for item in error.errors()
        ]
        raise SettingsError("; ".join(lines)) from None
