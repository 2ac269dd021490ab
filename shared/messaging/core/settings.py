"""The event core's settings, which every service reads from its environment."""

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
    kafka_security_protocol: Literal["SASL_PLAINTEXT", "SASL_SSL"] = "SASL_SSL"
    # The authority (PEM) that signed the brokers' certificates; by default those that the system trusts.
    kafka_ca_file: Path | None = None
    database_url: SecretStr = SecretStr("")

    # A batch must finish well within this interval, after which the broker reassigns a silent consumer's partitions.
    max_poll_interval_s: int = 300
    batch_size: int = Field(default=1_000, ge=1)
    # A stable name for this process among those of the service: after a restart it gets its partitions back.
    instance: str = ""
    # A subscription pauses when it makes more dead letters of our own than this within the window.
    dead_letter_limit: int = Field(default=100, ge=1)
    dead_letter_window_s: int = Field(default=600, ge=1)
    # How long after an event was sent it may be sent again; readers keep ids at least this long.
    duplicate_window_days: int = Field(default=14, ge=2)
    # The audit's head is published after so many entries, and after so many minutes in which there was one.
    audit_anchor_entries: int = Field(default=10, ge=1)
    audit_anchor_minutes: float = Field(default=1.0, gt=0)
    # How soon a new topic of a front door or provider is noticed.
    metadata_max_age_ms: int = 2_000
