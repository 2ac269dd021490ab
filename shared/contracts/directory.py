"""The directory: areas and regions, agencies, providers, programmes and offers, as the operator registers them on the
topic `directory`.

The topic is compacted and its key is `<kind>/<id>`, so a service that starts afresh reads the whole directory.
"""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator, model_validator

from shared.contracts.area_parts import AreaLead, AvoidableCost, RetentionMonths, Signpost, TrainingRequired
from shared.contracts.base import AreaCode, ShortText, Slug, Text
from shared.contracts.offer import Eligibility, FamilyCost, ImportedFrom, OpeningTime, Pence, Venue
from shared.contracts.population import Population
from shared.contracts.vocabulary import Delivery, FrontDoorKind, OfferedService

WhenFull = Literal["next-offer", "next-offer-then-waiting-list", "waiting-list"]
AttendingAge = Annotated[int | float, Field(ge=0, le=150, description="Years")]
UnitCostFor = Literal["completed-case", "started-case", "session"]

NEED_BOTH_PARENTS = frozenset({OfferedService.MEDIATION, OfferedService.COUPLE_SUPPORT})
"""What is always between two: no offer of it can take one parent alone."""


class Entry(BaseModel):
    """One entry of the directory, as written in the file and as sent. Unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    event_name: ClassVar[str]
    owner: ClassVar[str] = "directory"
    topic: ClassVar[str] = "directory"

    def key(self) -> str:
        """Record key on the compacted topic: `<kind>/<id>`."""
        return "{kind}/{id}".format(**self.model_dump(include={"kind", "id"}))

    def subject(self) -> str:
        """CloudEvents `subject`: the key."""
        return self.key()

    @classmethod
    def ce_type(cls) -> str:
        """CloudEvents `type`."""
        return f"parley.{cls.event_name}.v1"


class AreaRegistered(Entry):
    """A local authority and its settings. Every rule of the pathway that is an area's own stands here.

    Each setting says in its description what it decides: `parley directory show AREA` prints them.
    """

    event_name: ClassVar[str] = "area-registered"

    kind: Literal["area"] = "area"
    id: AreaCode
    name: str
    screening_valid_days: int = Field(
        default=90, ge=1, le=730, description="Days for which a safety conversation stands before a family is referred"
    )
    young_child_age: int = Field(default=8, ge=0, le=18, description="A child below this age is young")
    minimum_parent_age: int = Field(
        default=16,
        ge=10,
        le=21,
        description="A parent below this age, in whole years on the day of the screening, is for a person to look at",
    )
    automatic_agreement: bool = Field(
        default=False, description="Whether a clean case is referred without a coordinator's agreement"
    )
    when_full: WhenFull = Field(
        default="next-offer",
        description="Where the first eligible offer is full: the next eligible one with a place; that, else the "
        "waiting list of the first; or the waiting list of the first at once",
    )
    assured_within_days: int | None = Field(
        default=None,
        ge=1,
        le=3650,
        description="An offer not assured within so many days is chosen by a person only; none asks for no assurance",
    )
    paid_offers: Literal["by-a-person", "automatic"] = Field(
        default="by-a-person", description="Who may choose an offer that costs the family something"
    )
    worklist_days: int = Field(
        default=10, ge=1, le=365, description="Days that a case may wait for a person before it is urgent"
    )
    panel_every_days: int = Field(default=14, ge=1, le=365, description="Days from one panel meeting to the next")
    panel_quorum: int = Field(
        default=2, ge=1, le=6, description="Agencies that must attend for the panel to decide about a case"
    )
    consent_valid_days: int = Field(
        default=365, ge=1, le=3650, description="Days after which a consent that was given has expired"
    )
    case_retention_months: RetentionMonths = Field(
        default=72, description="Months after a family's last case has ended after which it is erased"
    )
    practitioner_retention_months: RetentionMonths = Field(
        default=72,
        description="Months after a practitioner last screened or was trained after which their name is erased",
    )
    certificate_retention_months: RetentionMonths = Field(
        default=72,
        description="Months after a practitioner's last certificate has lapsed before which their name stays with it",
    )
    training_required: TrainingRequired | None = Field(
        default=None,
        description="Training that whoever screens is asked to have; who lacks it is flagged, never held up",
    )
    first_contact_working_days: int = Field(
        default=5, ge=1, le=60, description="Working days within which a provider first contacts each parent"
    )
    contact_attempts: int = Field(
        default=3, ge=1, le=20, description="Attempts without reaching a parent after which there is no contact"
    )
    contact_days: int = Field(
        default=28, ge=1, le=365, description="Days without reaching every parent after which there is no contact"
    )
    reminder_days: int = Field(
        default=2, ge=0, le=28, description="Days before a session on which wrap-around practitioners are reminded"
    )
    reopen_days: int = Field(
        default=56, ge=0, le=365, description="Days after its end within which a case may be opened again"
    )
    first_follow_up_months: int = Field(
        default=6,
        ge=1,
        le=60,
        description="Months after the end in which the first follow-up is asked, as `follow-up-6-months`",
    )
    second_follow_up_months: int = Field(
        default=12,
        ge=2,
        le=60,
        description="Months after the end in which the second follow-up is asked, as `follow-up-12-months`",
    )
    avoidable_costs: list[AvoidableCost] = Field(
        default=[],
        description="What outcomes that support may prevent cost the area each, with the source of the figure",
    )
    population: Population | None = Field(
        default=None,
        description="Who lives in the area, from its own source, to hold who is reached against",
    )
    smallest_group: int = Field(
        default=10,
        ge=1,
        le=1000,
        description="Families that must look alike to analysts before they get facts of any of these; 1 holds nothing "
        "back, and is for invented families alone",
    )
    fact_retention_months: int = Field(
        default=180,
        ge=60,
        le=300,
        description="Months after a case's newest fact after which analysts have none of its facts any more",
    )
    own_services: list[Slug] = Field(
        default=[],
        description="Codes of the area's own for kinds of help that have none yet; its offers may use them",
    )
    lead: AreaLead | None = Field(
        default=None,
        description="Who answers for the area, and is told at once where a case of it is opened in an emergency",
    )
    safety_numbers: list[Signpost] = Field(
        default=[],
        max_length=10,
        description="Whom to call at once where a parent or child may be in danger, beside the emergency services",
    )
    universal_offer: Signpost = Field(description="What a family is supported to use first")
    specialist_support: Signpost = Field(description="Where a practitioner turns with a sign of domestic abuse")

    @field_validator("own_services")
    @classmethod
    def _are_not_taken(cls, codes: list[str]) -> list[str]:
        if taken := sorted(set(codes) & set(OfferedService)):
            raise ValueError(f"{', '.join(taken)}: everybody has this code already")
        return codes

    @model_validator(mode="after")
    def _follow_ups_are_in_order(self) -> Self:
        if self.second_follow_up_months <= self.first_follow_up_months:
            raise ValueError("second_follow_up_months: must be more than first_follow_up_months")
        return self


def default_of(setting: str) -> int:
    """What a number among an area's settings is where the area does not give it."""
    value: int = AreaRegistered.model_fields[setting].default
    return value


class RegionRegistered(Entry):
    """Areas that share offers and evaluate together. They never share a case: nothing of a family follows from it."""

    event_name: ClassVar[str] = "region-registered"

    kind: Literal["region"] = "region"
    id: Slug
    name: str
    areas: Annotated[list[AreaCode], Field(min_length=1)]

    @field_validator("id")
    @classmethod
    def _is_not_every_area(cls, value: str) -> str:
        if value == "all":
            raise ValueError("must not be `all`, which means every area")
        return value


class AgencyRegistered(Entry):
    """A front door. `legal_basis` is the recorded basis on which it shares both parents' information.

    `agreement_signed_on`: the day on which its sharing agreement was signed. Without one nobody of it gets an account.
    `left`: it takes part no longer, and loses its credential and its rights.
    `email`: the address of its team, which is written to where a parent has asked it for help.
    """

    event_name: ClassVar[str] = "agency-registered"

    kind: Literal["agency"] = "agency"
    id: Slug
    name: str
    areas: Annotated[list[AreaCode], Field(min_length=1)]
    sources: Annotated[list[FrontDoorKind], Field(min_length=1)]
    legal_basis: Slug | None = None
    left: bool = False
    agreement_signed_on: date | None = None
    email: Annotated[str, Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$")] | None = None


class ProviderRegistered(Entry):
    """Who delivers offers. `public_key` is a JWK (EC P-256 or X25519) that contact details are encrypted for.

    `reads`: on its topic, or in Parley's pages. One that reads in the pages needs no key: nothing is encrypted for it,
    and each opening of a parent's details there needs a reason.
    `left`: it takes part no longer, and loses its credential and its rights; end its offers too.
    """

    event_name: ClassVar[str] = "provider-registered"

    kind: Literal["provider"] = "provider"
    id: Slug
    name: str
    email: str | None = None
    public_key: dict[str, Any] | None = Field(
        default=None,
        description="JWK; a provider that reads its topic and has none is told nothing, and its referrals wait",
    )
    reads: Literal["topic", "pages"] = "topic"
    imported_from: ImportedFrom | None = None
    left: bool = False


class ProgrammeRegistered(Entry):
    """What somebody delivers, and for whom: a line of a catalogue. It has no area and no places, so nobody is referred
    to it; an offer that names it takes from it what the offer itself leaves out.
    """

    event_name: ClassVar[str] = "programme-registered"

    kind: Literal["programme"] = "programme"
    id: Slug
    name: ShortText
    provider_name: ShortText
    service: Slug
    audience: ShortText | None = Field(default=None, description="For whom, in the source's own words")
    delivered: ShortText | None = Field(default=None, description="How and where, in the source's own words")
    eligibility: Eligibility = Eligibility()
    delivery: list[Delivery] = []
    sessions: Annotated[int, Field(ge=1)] | None = None
    cost_to_family: FamilyCost | None = None
    source: ShortText | None = None


class OfferRegistered(Entry):
    """A provider's service in an area: one row of the catalogue.

    `interpreter`: how one counts for a parent whose first language the provider does not speak: as spoken, after every
    offer that is spoken, or not at all. `access`: by referral, or open to everybody, so that a family uses it itself
    and nothing of it is told to the provider. `assured_on`: when somebody last looked at it and found it good.
    `parents_needed`: whether one parent alone can take part, or it needs both. Nobody guesses that one is enough: what
    says nothing needs both, and mediation and couple support always do.
    `minimum_age`, `maximum_age` and `eligibility_description`: who may attend, as the provider's own directory says it;
    for people to read, and no rule. `cost_in_words`: where no amount is known; a person then chooses the offer, as one
    that costs. `ended`: no new family gets it, and those who wait for it go back to a person; who has it keeps it.
    `capacity`: families at once. `waiting_list`: families that may wait at once; None is no limit, 0 no list.
    `unit_cost_pence`: what the commissioner pays, and `unit_cost_for` for what: each completed case, each case that
    started, or each session. What is not of that kind costs nothing more.
    """

    event_name: ClassVar[str] = "offer-registered"

    kind: Literal["offer"] = "offer"
    id: Slug
    name: ShortText | None = None
    description: Text | None = None
    programme: Slug | None = None
    provider: Slug
    service: Slug
    areas: list[AreaCode] = []
    regions: list[Slug] = []
    eligibility: Eligibility = Eligibility()
    delivery: list[Delivery] = []
    languages: list[Slug] = []
    interpreter: Literal["as-spoken", "after-spoken", "none"] = "as-spoken"
    access: Literal["referral", "open"] = "referral"
    parents_needed: Literal["one", "both"] = "both"
    minimum_age: AttendingAge | None = None
    maximum_age: AttendingAge | None = None
    eligibility_description: Text | None = None
    cost_to_family: FamilyCost | None = None
    cost_in_words: Text | None = None
    unit_cost_pence: Pence | None = None
    unit_cost_for: UnitCostFor = "completed-case"
    assured_on: date | None = None
    venues: list[Venue] = []
    opening_times: list[OpeningTime] = []
    capacity: Annotated[int, Field(ge=0)] | None = None
    waiting_list: Annotated[int, Field(ge=0)] | None = None
    sessions: Annotated[int, Field(ge=1)] | None = None
    priority: int = 100
    imported_from: ImportedFrom | None = None
    ended: bool = False

    @property
    def is_over(self) -> bool:
        """Whether no new family gets it: somebody here ended it, or it is gone where it came from."""
        return self.ended or (self.imported_from is not None and self.imported_from.gone)

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if not self.areas and not self.regions:
            raise ValueError("areas, regions: an offer must be in at least one")
        return self

    @model_validator(mode="after")
    def _takes_two_where_it_is_between_two(self) -> Self:
        if self.parents_needed == "one" and self.service in NEED_BOTH_PARENTS:
            raise ValueError(f"parents_needed: {self.service} needs both parents")
        return self

    @field_validator("service")
    @classmethod
    def _is_no_way_round_the_safety_rule(cls, service: str) -> str:
        if service == OfferedService.SPECIALIST_PROGRAMME:
            raise ValueError("a specialist programme is no offer: nobody with a sign of abuse is referred from here")
        return service


DirectoryEntry = Annotated[
    AreaRegistered | RegionRegistered | AgencyRegistered | ProviderRegistered | ProgrammeRegistered | OfferRegistered,
    Field(discriminator="kind"),
]
directory_entry: TypeAdapter[DirectoryEntry] = TypeAdapter(DirectoryEntry)
