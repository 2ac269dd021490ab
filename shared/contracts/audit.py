"""What a service publishes of its audit: the head of its chain, so that nobody changes unseen what came before."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.contracts.base import Part, Slug, UtcDatetime


class AuditAnchored(Part):
    """The last entry of a service's audit at a time: its number and its hash, and nothing of what it holds."""

    event_name: ClassVar[str] = "audit-anchored"

    service: Slug
    sequence: Annotated[int, Field(ge=1)]
    hash: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    at: UtcDatetime

    @classmethod
    def ce_type(cls) -> str:
        """CloudEvents `type`."""
        return f"parley.{cls.event_name}.v1"
