"""The administration service's settings, each from `PARLEY_<NAME>`."""

from collections.abc import Mapping

from pydantic import Field

from shared.service.settings import ServiceSettings


class AdministrationSettings(ServiceSettings):
    """Where the services answer that it oversees."""

    oversees: Mapping[str, str] = Field(default_factory=dict)
    """By each service's name, the address of its HTTP. It is asked as whoever looks, with their own token."""
    oversight_timeout_s: float = Field(default=5.0, gt=0, le=30)
    """How long a service may take to answer: one that hangs must not keep the others from being seen."""
