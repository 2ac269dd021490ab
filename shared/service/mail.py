"""By which server mail goes out: read the same way by the service that sends it and by the stack that starts that."""

import ipaddress

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class MailSettings(BaseSettings):
    """A mail server, each setting from `PARLEY_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="PARLEY_", frozen=True, extra="ignore")

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 18025
    smtp_from: str = Field(default="no-reply@parley.example", pattern=r"^[^@\s]+@[^@\s]+$")
    # Whether mail goes out by TLS alone, its certificate checked. Unset: to every host but this machine itself.
    smtp_starttls: bool | None = None
    smtp_username: str | None = None
    smtp_password: SecretStr = SecretStr("")

    @property
    def mails_by_tls(self) -> bool:
        """Whether a mail server that offers no TLS, or has another's certificate, gets nothing."""
        return not _is_this_machine(self.smtp_host) if self.smtp_starttls is None else self.smtp_starttls


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
