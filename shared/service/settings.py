"""The settings that every service reads from its environment."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from shared.messaging.core.settings import EventCoreSettings


class ServiceSettings(EventCoreSettings):
    """Frozen settings, each from `PARLEY_<NAME>`."""

    database_connections: int = Field(default=8, ge=2)
    keyring_url: SecretStr = SecretStr("")
    kek_file: Path = Path("kek")
    # Private keys for records that parties seal, where the service reads any.
    record_keys_file: Path | None = None
    http_port: int = 0
    operator_token: SecretStr = SecretStr("")
    clock: Literal["wall", "events"] = "wall"
    # With the events' clock: the calendar follows the newest handled event, or moves only when an operator moves it.
    calendar: Literal["follows", "held"] = "follows"
    # How far a time from an outside party may be ahead of ours: clocks differ.
    clock_tolerance_minutes: int = Field(default=5, ge=0, le=60)
    log_level: str = "INFO"
