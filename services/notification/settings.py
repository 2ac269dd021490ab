"""The notification service's settings, each from `PARLEY_<NAME>`."""

from pydantic import Field, SecretStr

from shared.service.settings import ServiceSettings


class NotificationSettings(ServiceSettings):
    """Where e-mail goes out, and how patiently."""

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 18025
    smtp_from: str = Field(default="no-reply@parley.example", pattern=r"^[^@\s]+@[^@\s]+$")
    smtp_starttls: bool = False
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
