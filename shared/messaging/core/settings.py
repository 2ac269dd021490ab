"""Settings of the event core, which every service takes from its environment."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class EventCoreSettings(BaseSettings):
    """Frozen settings, each from `PARLEY_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="PARLEY_", frozen=True, extra="ignore")

    kafka_bootstrap: str = "127.0.0.1:19092"
    kafka_username: str = ""
    kafka_password: SecretStr = SecretStr("")
    kafka_security_protocol: Literal["SASL_PLAINTEXT", "SASL_SSL"] = "SASL_PLAINTEXT"
    kafka_ca_file: Path | None = None
    database_url: SecretStr = SecretStr("")

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
