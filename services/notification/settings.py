"""The notification service's settings, each from `PARLEY_<NAME>`."""

import ipaddress
from pathlib import Path

from pydantic import Field, SecretStr

from shared.service.settings import ServiceSettings


class NotificationSettings(ServiceSettings):
    """Where e-mail and webhooks go out, and how patiently."""

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 18025
    smtp_from: str = Field(default="no-reply@parley.example", pattern=r"^[^@\s]+@[^@\s]+$")
    # Whether mail goes out by TLS alone, its certificate checked. Unset: to every host but this machine itself.
    smtp_starttls: bool | None = None
    smtp_username: str | None = None
    smtp_password: SecretStr = SecretStr("")
    # A clean stop waits for the mail in flight, so this must be below the time that a stop may take.
    smtp_timeout_s: float = Field(default=6.0, gt=0, le=8)
    email_batch_size: int = Field(default=20, ge=1, le=500)
    email_poll_s: float = Field(default=0.5, gt=0)
    # After a temporary refusal the wait doubles from the first to the longest.
    email_first_wait_s: float = Field(default=5.0, gt=0)
    email_longest_wait_s: float = Field(default=900.0, gt=0)
    email_attempts: int = Field(default=24, ge=1)
    # A webhook is never sent to an address that is not the internet's, unless a stack on one machine is to show it.
    webhook_private_addresses: bool = False
    # Whose certificates webhooks' servers may have, beside none other; unset: those that browsers trust.
    webhook_ca_file: Path | None = None
    # One attempt, all of it. A clean stop waits for those under way.
    webhook_timeout_s: float = Field(default=6.0, gt=0, le=8)
    webhook_poll_s: float = Field(default=0.5, gt=0)
    # To so many providers at a time, one record each.
    webhooks_at_once: int = Field(default=16, ge=1, le=100)
    # After a failure the wait doubles from the first to the longest: of that record, and of all of its provider.
    webhook_first_wait_s: float = Field(default=5.0, gt=0)
    webhook_longest_wait_s: float = Field(default=3600.0, gt=0)
    webhook_longest_pause_s: float = Field(default=300.0, gt=0)
    link_days: int = Field(default=7, ge=1, le=30)
    """For how many days a parent's one-time link can be opened."""

    @property
    def mails_by_tls(self) -> bool:
        """Whether a mail server that offers no TLS, or has another's certificate, gets nothing."""
        return not _is_this_machine(self.smtp_host) if self.smtp_starttls is None else self.smtp_starttls


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
