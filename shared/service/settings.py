"""The settings that every service reads from its environment."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from shared.access.roles import Purpose
from shared.messaging.core.settings import EventCoreSettings


def _listed(value: Any) -> Any:
    """Names that are separated by commas."""
    return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value


class ServiceSettings(EventCoreSettings):
    """Frozen settings, each from `PARLEY_<NAME>`."""

    database_connections: int = Field(default=8, ge=2)
    keyring_url: SecretStr = SecretStr("")
    # What wraps data keys: `file:PATH`, `vault:KEY` in a vault's transit engine, or `awskms:KEY` in AWS KMS; empty:
    # `kek_file`. With a vault or a KMS the file opens what was wrapped before.
    kek: str = ""
    kek_file: Path = Path("kek")
    vault_address: str = ""
    vault_token_file: Path | None = None
    vault_ca_file: Path | None = None
    # The key of keyed digests, which outlives every key-encryption key. Without one it is derived from the oldest.
    fingerprint_key_file: Path | None = None
    # Private keys for records that parties seal, where the service reads any.
    record_keys_file: Path | None = None
    http_port: int = 0
    # What its HTTP speaks TLS with; without them it speaks in clear, for whoever puts TLS before it.
    http_certificate_file: Path | None = None
    http_key_file: Path | None = None
    # The authority of what services ask inside the stack: each other, and the identity provider past its entrance.
    internal_ca_file: Path | None = None
    # The `Host` that a request may have: a page of a stranger's must not reach a service by a name of its own.
    http_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = ("localhost", "127.0.0.1")
    # Whose access tokens are taken; without an issuer nobody's. Its keys are where its discovery document says, or at
    # `identity_jwks_url`.
    identity_issuer: str = ""
    identity_audience: str = "parley"
    identity_ca_file: Path | None = None
    identity_jwks_url: str = ""
    # By purpose, the SHA-256 of each token of the stack's own.
    machine_tokens: Mapping[Purpose, str] = Field(default_factory=dict)
    clock: Literal["wall", "events"] = "wall"
    # With the events' clock: the calendar follows the newest handled event, or moves only when an operator moves it.
    calendar: Literal["follows", "held"] = "follows"
    # How far a time from an outside party may be ahead of ours: clocks differ.
    clock_tolerance_minutes: int = Field(default=5, ge=0, le=60)
    log_level: str = "INFO"
