"""Entries of the directory as hypothesis draws them: every kind, with each setting said or not."""

from typing import Any

from hypothesis import strategies as st

from shared.contracts.area_parts import AvoidableCost, Avoided, Signpost, TrainingRequired
from shared.contracts.directory import (
    AgencyRegistered,
    AreaRegistered,
    DirectoryEntry,
    OfferRegistered,
    ProgrammeRegistered,
    ProviderRegistered,
    RegionRegistered,
)
from shared.contracts.offer import Eligibility, FamilyCost, ImportedFrom, OpeningTime, Venue
from shared.contracts.population import Population
from shared.contracts.vocabulary import Audience, Delivery, FrontDoorKind, LevelOfNeed, OfferedService, Relationship
from shared.contracts.workforce import TrainingModule

WORDS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(str.strip)
SLUGS = st.from_regex(r"[a-z0-9]{2,8}(-[a-z0-9]{1,5}){0,2}", fullmatch=True)
CLOCK = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))
NUMBERS = st.none() | st.integers(0, 999)
AREAS = ("E10000014", "E08000013")
PROVIDERS = ("north", "south")
KINDS_OF_HELP = sorted(set(OfferedService) - {OfferedService.SPECIALIST_PROGRAMME})


def some(values: Any, **size: int) -> Any:
    return st.lists(st.sampled_from(list(values)), unique=True, **{"max_size": 3, **size})


@st.composite
def eligibilities(draw: Any) -> Eligibility:
    ages = sorted(draw(st.lists(st.integers(0, 25), min_size=2, max_size=2)))
    lowest, highest = (draw(st.sampled_from([age, None])) for age in ages)
    return Eligibility(
        relationship=draw(some(Relationship)),
        levels_of_need=draw(some(LevelOfNeed)),
        audience=draw(some(Audience)),
        every_parent_has_parental_responsibility=draw(st.booleans()),
        no_young_child=draw(st.booleans()),
        children_take_part=draw(st.booleans()),
        child_age_from=lowest,
        child_age_to=highest,
        every_child_of_age=draw(st.booleans()) and (lowest, highest) != (None, None),
    )


VENUES = st.builds(Venue, name=WORDS) | st.builds(
    Venue, name=WORDS, address=WORDS, city=WORDS, postcode=st.sampled_from(["SO23 8UJ", "E1 4NS"])
)
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@st.composite
def opening_times(draw: Any) -> OpeningTime:
    every = draw(st.sampled_from(["week", "month"]))
    numbers = ("", "1", "2", "3", "4", "5", "-1", "-2") if every == "month" else ("",)
    days = draw(some([number + day for number in numbers for day in DAYS]))
    month_days = draw(some([*range(1, 32), *range(-31, 0)])) if every == "month" else []
    note = draw(st.none() | WORDS) if days or month_days else draw(WORDS)
    ruled = bool(days or month_days)
    opens_at = draw(st.none() | CLOCK)
    return OpeningTime(
        every=every if ruled else "week",
        interval=draw(st.integers(1, 6)) if ruled else 1,
        days=days,
        month_days=month_days,
        first_on=draw(st.none() | st.dates()) if ruled else None,
        opens_at=opens_at,
        closes_at=draw(st.none() | CLOCK),
        utc_offset=draw(st.sampled_from([None, "+00:00", "+01:00", "-05:30"])) if opens_at else None,
        valid_from=draw(st.none() | st.dates()),
        valid_to=draw(st.none() | st.dates()),
        note=note,
    )


COSTS = st.builds(
    FamilyCost,
    amount_pence=st.integers(0, 10_000_00),
    per=st.sampled_from(["family", "parent", "session"]),
    note=st.none() | WORDS,
)
IMPORTED = st.none() | st.builds(ImportedFrom, id=st.uuids().map(str), source=st.none() | SLUGS)


@st.composite
def offers(draw: Any, **fixed: Any) -> OfferRegistered:
    service = draw(st.sampled_from(KINDS_OF_HELP))
    both = service in ("mediation", "couple-support")
    return draw(
        st.builds(
            OfferRegistered,
            **{
                "id": SLUGS,
                "name": st.none() | WORDS,
                "description": st.none() | WORDS,
                "programme": st.none(),
                "provider": st.sampled_from(PROVIDERS),
                "service": st.just(service),
                "areas": some(AREAS, min_size=1),
                "eligibility": eligibilities(),
                "delivery": some(Delivery),
                "languages": some(["en", "pl", "ur", "cym"]),
                "interpreter": st.sampled_from(["as-spoken", "after-spoken", "none"]),
                "access": st.sampled_from(["referral", "open"]),
                "parents_needed": st.just("both") if both else st.sampled_from(["one", "both"]),
                "minimum_age": st.none() | st.integers(0, 150) | st.just(0.5),
                "maximum_age": st.none() | st.integers(0, 150),
                "eligibility_description": st.none() | WORDS,
                "cost_to_family": st.none() | COSTS,
                "cost_in_words": st.none() | WORDS,
                "unit_cost_pence": st.none() | st.integers(0, 10_000_00),
                "unit_cost_for": st.sampled_from(["completed-case", "started-case", "session"]),
                "assured_on": st.none() | st.dates(),
                "venues": st.lists(VENUES, max_size=2),
                "opening_times": st.lists(opening_times(), max_size=2),
                "capacity": NUMBERS,
                "waiting_list": NUMBERS,
                "sessions": st.none() | st.integers(1, 40),
                "priority": st.integers(0, 999),
                **fixed,
            },
        )
    )


SIGNPOSTS = st.builds(Signpost, name=WORDS, phone=st.none() | WORDS, url=st.none() | WORDS)
TRAINING = st.builds(
    TrainingRequired,
    modules=some(TrainingModule, min_size=1),
    since=st.dates(),
    grace_days=st.integers(0, 730),
    renew_after_months=st.none() | st.integers(1, 120),
)
POPULATIONS = st.builds(
    Population,
    as_of=st.dates(),
    source=WORDS,
    of=WORDS,
    disability=st.just({}) | st.builds(lambda a, b: {"yes": a, "no": b}, st.integers(1, 99), st.integers(0, 99)),
)
AVOIDED = st.builds(
    Avoided,
    per=st.sampled_from(["completed-case", "started-parent"]),
    low=st.floats(0, 0.25),
    central=st.floats(0.25, 0.5),
    high=st.floats(0.5, 10),
    source=WORDS,
)
AVOIDABLE = st.builds(
    AvoidableCost,
    outcome=WORDS,
    pence=st.integers(100, 99_999),
    pence_low=st.none() | st.integers(1, 100),
    pence_high=st.none() | st.integers(99_999, 200_000),
    source=WORDS,
    avoided=st.none() | AVOIDED,
)


def areas(code: str) -> Any:
    return st.builds(
        AreaRegistered,
        id=st.just(code),
        name=WORDS,
        automatic_agreement=st.booleans(),
        worklist_days=st.integers(1, 365),
        when_full=st.sampled_from(["next-offer", "waiting-list"]),
        assured_within_days=st.none() | st.integers(1, 3650),
        minimum_parent_age=st.integers(10, 21),
        training_required=st.none() | TRAINING,
        population=st.none() | POPULATIONS,
        avoidable_costs=st.lists(AVOIDABLE, max_size=2),
        own_services=some(["drumming", "peer-group"]),
        universal_offer=SIGNPOSTS,
        specialist_support=SIGNPOSTS,
    )


PROGRAMMES = st.builds(
    ProgrammeRegistered,
    id=st.just("parents-together"),
    name=WORDS,
    provider_name=WORDS,
    service=st.sampled_from(KINDS_OF_HELP),
    eligibility=eligibilities(),
    delivery=some(Delivery),
    sessions=st.none() | st.integers(1, 40),
    cost_to_family=st.none() | COSTS,
)
AGENCIES = st.builds(
    AgencyRegistered,
    id=SLUGS,
    name=WORDS,
    areas=some(AREAS, min_size=1),
    sources=some(FrontDoorKind, min_size=1),
    legal_basis=st.none() | st.just("public-task"),
)


@st.composite
def directories(draw: Any) -> list[DirectoryEntry]:
    """A whole directory, whose references hold."""
    key = {"kty": "EC", "crv": "P-256", "x": "1", "y": "2"}
    providers = [
        ProviderRegistered(
            id=name, name=draw(WORDS), email=draw(st.none() | WORDS), public_key=key, imported_from=draw(IMPORTED)
        )
        for name in PROVIDERS
    ]
    offered = draw(
        st.lists(
            offers(
                programme=st.sampled_from([None, "parents-together"]),
                regions=some(["both"]),
                imported_from=IMPORTED,
                ended=st.booleans(),
            ),
            max_size=3,
            unique_by=lambda each: each.id,
        )
    )
    return [
        *(draw(areas(code)) for code in AREAS),
        RegionRegistered(id="both", name=draw(WORDS), areas=list(AREAS)),
        *draw(st.lists(AGENCIES, max_size=2, unique_by=lambda each: each.id)),
        *providers,
        draw(PROGRAMMES),
        *offered,
    ]
