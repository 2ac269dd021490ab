"""Settings that every service takes from its environment."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from shared.messaging.core.settings import EventCoreSettings


class ServiceSettings(EventCoreSettings):
    """Frozen settings, each from `PARLEY_<NAME>`."""

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
