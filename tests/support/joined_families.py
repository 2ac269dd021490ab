"""Screenings of one family through several front doors, and what families tells of it."""

from typing import Any
from uuid import UUID

from shared.contracts.families import Family, FamilyLinked, FamilyUnlinked, Member
from tests.support.referral_families import START, screening, some_id
from tests.support.referral_service import DIRECTORY, Referral

POLICE = {
    "kind": "agency",
    "id": "police",
    "name": "Police",
    "areas": ["E10000014", "E10000030"],
    "sources": ["police"],
    "legal_basis": "public-task",
}
ENTRIES = (*DIRECTORY, POLICE, {**POLICE, "id": "mash", "name": "MASH", "sources": ["mash"]})


def sent(name: str, agency: str = "hants-schools", decision: str = "refer", **changes: Any) -> Any:
    """A screening of the family that an agency knows by this name."""
    case_id = some_id(f"{name}-{agency}")
    submission = some_id(f"submission-{name}-{agency}-{changes.get('number', 1)}")
    return screening(decision, **{"case_id": case_id, "family_ref": name, "agency": agency, **changes}).model_copy(
        update={"submission_id": submission}
    )


def members(*events: Any) -> tuple[Member, ...]:
    return tuple(Member(agency=e.agency, family_ref=e.family_ref, cases=(e.case_id,)) for e in events)


def linked(*events: Any, revision: int = 10) -> FamilyLinked:
    return FamilyLinked(
        case_id=events[0].case_id,
        occurred_at=START,
        revision=revision,
        family_id=some_id(f"family-{events[0].family_ref}"),
        members=members(*events),
        confirmed_by="automatic",
        weight=60.0,
    )


def unlinked(stays: Any, goes: Any, revision: int = 20) -> FamilyUnlinked:
    return FamilyUnlinked(
        case_id=stays.case_id,
        occurred_at=START,
        revision=revision,
        family_id=some_id(f"family-{stays.family_ref}"),
        members=members(stays),
        separated=(Family(family_id=some_id(f"family-alone-{goes.family_ref}"), members=members(goes)),),
    )


async def waits_for(service: Referral, case_id: UUID) -> str:
    reason: str = await service.pool.fetchval("SELECT waiting_reason FROM referral_case WHERE case_id = $1", case_id)
    return reason


async def published_about(service: Referral, case_id: UUID) -> list[tuple[str, dict[str, Any]]]:
    return [(topic, event) for topic, event in await service.published() if event["case_id"] == str(case_id)]
