"""Settings that every service takes from its environment."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Frozen settings, each from `PARLEY_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="PARLEY_", frozen=True, extra="ignore")

    kafka_bootstrap: str = "127.0.0.1:19092"
    kafka_username: str = ""
    kafka_password: SecretStr = SecretStr("")
    kafka_security_protocol: Literal["SASL_PLAINTEXT", "SASL_SSL"] = "SASL_PLAINTEXT"
    kafka_ca_file: Path | None = None
    database_url: SecretStr = SecretStr("")
    database_connections: int = Field(default=8, ge=2)
    keyring_url: SecretStr = SecretStr("")
    kek_file: Path = Path("kek")
    http_port: int = 0
    operator_token: SecretStr = SecretStr("")
    clock: Literal["wall", "events"] = "wall"
    # With the events' clock: timers go by the newest event that was handled, or only where an operator moves them to.
    calendar: Literal["follows", "held"] = "follows"
    # By how much a time that a party outside gives may be ahead of ours: their clocks are not ours.
    clock_tolerance_minutes: int = Field(default=5, ge=0, le=60)
    log_level: str = "INFO"

    # A batch must be done well within the interval after which the broker takes a silent consumer's partitions away.
    max_poll_interval_s: int = 300
    batch_size: int = Field(default=1_000, ge=1)
    # This process's own name among those of the service, the same after a restart: its partitions then wait for it.
    instance: str = ""
    # More dead letters of our own making than this in so many seconds, and a subscription makes no more of them.
    dead_letter_limit: int = Field(default=100, ge=1)
    dead_letter_window_s: int = Field(default=600, ge=1)
    # How long after an event was sent it may still be sent again, and how long readers remember ids at the least.
    duplicate_window_days: int = Field(default=14, ge=2)
    # How soon a new front door's or provider's topic is noticed.
    metadata_max_age_ms: int = 2_000
