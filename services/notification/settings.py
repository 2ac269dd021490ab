"""The notification service's settings, each from `PARLEY_<NAME>`."""

from pathlib import Path

from pydantic import Field

from shared.service.mail import MailSettings
from shared.service.settings import ServiceSettings


class NotificationSettings(ServiceSettings, MailSettings):
    """Where e-mail and webhooks go out, and how patiently."""

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
