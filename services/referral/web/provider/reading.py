"""What a provider's pages show of a referral, and what comes next with it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.requests import Request

from services.referral.domain.case.shown_to_provider import AT_WORK, ShownReferral, Stage, shown_to_provider
from services.referral.handlers.errors import NotThereError
from services.referral.repository import provider_referrals
from services.referral.repository.reading import snapshot
from services.referral.web.provider import words
from services.referral.web.provider.questions import time_of
from shared.access.principal import Principal
from shared.postgres.connection import Connection
from shared.service.definition import Context
from shared.service.gate import check_reach
from shared.service.recording import concerns
from shared.web.rendering import day


class UnknownReferralError(NotThereError):
    """There is no such referral to this provider."""

    def __init__(self) -> None:
        super().__init__("There is no referral with this address to your organisation.")


def provider_of(request: Request) -> str:
    """The provider whose people asked. Raises UnknownReferralError for somebody of none."""
    caller = request.state.caller
    if not isinstance(caller, Principal) or not caller.provider:
        raise UnknownReferralError
    return caller.provider


async def referral_of(context: Context, request: Request) -> ShownReferral:
    """The referral of the path, as its provider sees it. Raises UnknownReferralError where it is not theirs."""
    referral_id: UUID = request.path_params["referral"]
    provider_of(request)
    await check_reach(
        request,
        context.pool,
        lambda connection: provider_referrals.belonging(connection, referral_id),
        UnknownReferralError(),
    )
    async with snapshot(context.pool) as connection:
        case_id = await provider_referrals.case_of(connection, referral_id)
        if case_id is None:
            raise UnknownReferralError
        shown = (await shown_of(connection, [(referral_id, case_id)]))[0]
    concerns(request, cases=[case_id])
    return shown


async def shown_of(connection: Connection, pairs: Sequence[tuple[UUID, UUID]]) -> list[ShownReferral]:
    """These referrals, each with its case's id, as their provider sees them, in the same order."""
    found = await provider_referrals.cases_of(connection, {case_id for _, case_id in pairs})
    return [
        shown_to_provider(case, next(each for each in case.referrals if each.referral_id == referral_id))
        for referral_id, case_id in pairs
        if (case := found.get(case_id))
    ]


def line_of(shown: ShownReferral, now: datetime) -> dict[str, Any]:
    """A line of the list."""
    what, link = next_of(shown, now)
    return {
        "referral_id": shown.referral_id,
        "called": called(shown),
        "service": words.service(shown.service),
        "offer": shown.offer,
        "agreed_at": shown.agreed_at,
        "days": max(0, (now - shown.agreed_at).days),
        "stage": words.STAGES[shown.stage],
        "colour": words.COLOURS.get(shown.stage, ""),
        "next": what,
        "link": link,
    }


def called(shown: ShownReferral) -> str:
    """What a referral is called: names are read on a page of their own, each with a reason."""
    return f"Referral {str(shown.referral_id)[-6:].upper()}"


def next_of(shown: ShownReferral, now: datetime) -> tuple[str, str]:
    """What comes next in words, and the form for it below the referral's page; empty where there is none."""
    if shown.stage is Stage.NEW:
        return "Accept or decline", ""
    if shown.stage not in AT_WORK:
        return "", ""
    course = shown.course
    late = next((each for each in course.planned if each.scheduled_for <= now), None)
    if late and shown.stage is not Stage.ACCEPTED:
        return f"Say who came to session {late.number}", f"attendance?about={late.number}"
    unreached = [each for each in shown.parents if not (has := course.contact_of(each.person_id)) or not has.reached]
    if unreached:
        return f"Reach the {unreached[0].called.lower()}", "contact"
    if shown.stage is Stage.ACCEPTED:
        unseen = [each for each in shown.parents if course.outcome_of(each.person_id) is None]
        return f"Assess the {unseen[0].called.lower()}" if unseen else "Record the assessment", "assessment"
    if course.planned:
        coming = min(course.planned, key=lambda each: each.scheduled_for)
        return f"Session {coming.number} on {day(coming.scheduled_for)}", f"attendance?about={coming.number}"
    return "Plan a session, or close", "session"


def person_rows(shown: ShownReferral) -> list[dict[str, Any]]:
    """Each of the family under their own heading, with what was recorded of each alone."""
    rows = []
    for each in shown.people:
        contact = shown.course.contact_of(each.person_id)
        outcome = shown.course.outcome_of(each.person_id)
        rows.append(
            {
                "called": each.called,
                "is_parent": each.is_parent,
                "takes_part": each.takes_part,
                "tried": contact.in_vain if contact else 0,
                "reached": bool(contact and contact.reached),
                "assessed": words.OUTCOMES[outcome] if outcome else "",
                "came": sum(each.person_id in held.came for held in shown.course.sessions),
            }
        )
    return rows


def session_rows(shown: ShownReferral) -> list[dict[str, Any]]:
    """Its sessions by number: planned, or held with who came."""
    names = {each.person_id: each.called for each in shown.people}
    held = [
        {
            "number": each.number,
            "on": day(each.held_on),
            "kind": words.KINDS[each.kind],
            "who": [names[person] for person in names if person in each.came],
            "held": True,
            "moved": 0,
        }
        for each in shown.course.sessions
    ]
    planned = [
        {
            "number": each.number,
            "on": f"{day(each.scheduled_for)}, {time_of(each.scheduled_for)}",
            "kind": words.KINDS[each.kind],
            "who": [names[person] for person in names if person in each.expected],
            "held": False,
            "moved": each.moved,
        }
        for each in shown.course.planned
    ]
    return sorted([*held, *planned], key=lambda row: int(str(row["number"])))
