"""The administration service's settings, each from `PARLEY_<NAME>`."""

from collections.abc import Mapping

from pydantic import Field, SecretStr

from shared.service.settings import ServiceSettings


class AdministrationSettings(ServiceSettings):
    """Where the services answer that it oversees, and where people are administered."""

    oversees: Mapping[str, str] = Field(default_factory=dict)
    """By each service's name, the address of its HTTP. It is asked as whoever looks, with their own token."""
    oversight_timeout_s: float = Field(default=5.0, gt=0, le=30)
    """How long a service may take to answer: one that hangs must not keep the others from being seen."""
    # The identity provider's admin API, past the entrance; empty where people are administered elsewhere.
    identity_admin_url: str = ""
    identity_admin_client: str = "parley-administration"
    identity_admin_secret: SecretStr = SecretStr("")
    # To which client's address a link to set one's password leads in the end.
    identity_mail_client: str = "parley-pages"
