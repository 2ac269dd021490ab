"""The directory: areas, agencies, providers and offers, as the operator registers them on the topic `directory`.

The topic is compacted and its key is `<kind>/<id>`, so a service that starts afresh reads the whole directory.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from shared.contracts.base import AreaCode, Slug
from shared.contracts.vocabulary import FrontDoorKind, LevelOfNeed, Relationship


class Entry(BaseModel):
    """One entry of the directory, as written in the file and as sent. Unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    event_name: ClassVar[str]
    owner: ClassVar[str] = "directory"
    topic: ClassVar[str] = "directory"

    def key(self) -> str:
        """Record key on the compacted topic: `<kind>/<id>`."""
        return "{kind}/{id}".format(**self.model_dump(include={"kind", "id"}))

    @classmethod
    def ce_type(cls) -> str:
        """CloudEvents `type`."""
        return f"parley.{cls.event_name}.v1"


class Signpost(BaseModel):
    """Where a practitioner finds help for the family."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    phone: str | None = None
    url: str | None = None


class AreaRegistered(Entry):
    """A local authority and its settings. Every rule of the pathway that is an area's own stands here."""

    event_name: ClassVar[str] = "area-registered"

    kind: Literal["area"] = "area"
    id: AreaCode
    name: str
    screening_valid_days: Annotated[int, Field(ge=1, le=730)] = 90
    young_child_age: Annotated[int, Field(ge=0, le=18)] = 8
    automatic_agreement: bool = False
    universal_offer: Signpost
    specialist_support: Signpost


class AgencyRegistered(Entry):
    """A front door. `legal_basis` is the recorded basis on which it shares both parents' information."""

    event_name: ClassVar[str] = "agency-registered"

    kind: Literal["agency"] = "agency"
    id: Slug
    name: str
    areas: Annotated[list[AreaCode], Field(min_length=1)]
    sources: Annotated[list[FrontDoorKind], Field(min_length=1)]
    legal_basis: Slug | None = None


class ProviderRegistered(Entry):
    """Who delivers offers. `public_key` is a JWK (EC P-256 or X25519) that contact details are encrypted for."""

    event_name: ClassVar[str] = "provider-registered"

    kind: Literal["provider"] = "provider"
    id: Slug
    name: str
    email: str | None = None
    public_key: dict[str, Any] | None = Field(
        default=None, description="JWK; made on first registration where none is given"
    )


class Eligibility(BaseModel):
    """Who an offer is for. An empty list means no restriction."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    relationship: list[Relationship] = []
    every_parent_has_parental_responsibility: bool = False
    no_young_child: bool = False
    children_take_part: bool = False
    levels_of_need: list[LevelOfNeed] = []


class OfferRegistered(Entry):
    """A provider's service in an area: one row of the catalogue."""

    event_name: ClassVar[str] = "offer-registered"

    kind: Literal["offer"] = "offer"
    id: Slug
    provider: Slug
    service: Slug
    areas: Annotated[list[AreaCode], Field(min_length=1)]
    eligibility: Eligibility = Eligibility()
    delivery: list[Literal["in-person", "online", "telephone", "app"]] = []
    languages: list[Slug] = []
    capacity: Annotated[int, Field(ge=0)] | None = None
    sessions: Annotated[int, Field(ge=1)] | None = None
    priority: int = 100


DirectoryEntry = Annotated[
    AreaRegistered | AgencyRegistered | ProviderRegistered | OfferRegistered, Field(discriminator="kind")
]
directory_entry: TypeAdapter[DirectoryEntry] = TypeAdapter(DirectoryEntry)
