"""What the page of a case shows, read in one state of the database."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.requests import Request

from services.referral.domain.case.case import Case
from services.referral.domain.case.states import HANDS, State, Trigger
from services.referral.domain.deciders.messages import has_referrer
from services.referral.handlers.errors import UnknownCaseError
from services.referral.repository import consents, coordinators, messages
from services.referral.repository import pages as queries
from services.referral.repository.reading import case_with_offers, case_within_reach, snapshot
from services.referral.web.answers import opened, require_case
from services.referral.web.cases import referrer_of
from services.referral.web.offers import listed
from services.referral.web.pages import words
from shared.service.definition import Context
from shared.web import directory_names
from shared.web.directory_names import Names

# Whose detail is an offer's id. Elsewhere it is a person's or a session's, and says nothing to a reader.
_ABOUT_AN_OFFER = frozenset(
    {
        *(Trigger.AGREE, Trigger.AGREE_AUTOMATICALLY, Trigger.OFFER_NEXT, Trigger.OFFER_PLACE, Trigger.REOPEN),
        *(Trigger.LIST, Trigger.LIST_AUTOMATICALLY, Trigger.TAKE_OFF_LIST, Trigger.LEAVE_LIST, Trigger.MOVE_UP),
    }
)


async def case_alone(context: Context, request: Request) -> Case:
    """The request's case and nothing beside it. Raises UnknownCaseError, also where it is out of reach."""
    case_id: UUID = request.path_params["id"]
    await require_case(context, request, case_id)
    async with snapshot(context.pool) as connection:
        case = await case_within_reach(connection, case_id)
    if case is None:
        raise UnknownCaseError
    return case


async def case_of(context: Context, request: Request, *, with_messages: bool = False) -> tuple[Case, dict[str, Any]]:
    """The request's case, and what its page shows; with messages, its threads and when they were written to as well.

    Raises UnknownCaseError, also where it is out of reach.
    """
    case_id: UUID = request.path_params["id"]
    await require_case(context, request, case_id)
    async with snapshot(context.pool) as connection:
        row = await queries.case(connection, case_id)
        known = await case_with_offers(connection, case_id)
        if row is None or known is None:
            raise UnknownCaseError
        case, catalogue = known
        offers = listed(context, case, catalogue)
        history = await queries.history(connection, case_id)
        names = await directory_names.names_of(connection)
        found = {
            "lineage": await queries.lineage(connection, case_id),
            "ahead": await queries.scheduled_steps(connection, case_id),
            "consents": await consents.of_case(connection, case_id),
        }
        notes = await coordinators.notes(connection, case_id)
        written = await messages.threads_of(connection, case_id) if with_messages else []
        names = await directory_names.names_of(connection)
    people = names_of(case)
    referrer = await referrer_of(context, row.pop("practitioner"))
    return case, {
        **found,
        "case": row,
        "reasons": list(case.reasons),
        "family": family_of(case, people),
        "state": words.state(row["state"]),
        "in_hands_of": HANDS[State(row["state"])],
        "referrer": referrer,
        "offers": offers,
        "people": people,
        **({"threads": threads_of(case, written, names)} if with_messages else {}),
        "history": sorted(
            [
                *reversed([line_of(entry, people, names) for entry in history]),
                *message_lines(written, people, names),
            ],
            key=lambda line: line["at"],
            reverse=True,
        ),
        "seen": len(history),
        "notes": await opened(context, notes, "text"),
    }


async def happened_since(context: Context, case_id: UUID, seen: str) -> list[str]:
    """What happened to a case after a page of it was shown, in words, the oldest first."""
    last = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else None
    if last is None:
        return []
    async with context.pool.acquire() as connection:
        history = await queries.history(connection, case_id)
        names = await directory_names.names_of(connection)
    lines = (line_of(entry, {}, names) for entry in history[last:])
    return [f"{line['what']}{': ' + line['why'] if line['why'] else ''}, by {line['by']}" for line in lines]


def names_of(case: Case) -> dict[UUID, str]:
    """What the people of a case are called on its page: by their role, since no name of theirs is known here."""
    if case.family is None:
        return {}
    roles = Counter(parent.role for parent in case.family.parents)
    numbers: Counter[str] = Counter()
    called: dict[UUID, str] = {}
    for parent in case.family.parents:
        numbers[parent.role] += 1
        number = f" {numbers[parent.role]}" if roles[parent.role] > 1 else ""
        called[parent.person_id] = words.sentence(words.plain(parent.role)) + number
    for number_of_child, child in enumerate(case.family.children, 1):
        called[child.person_id] = f"Child {number_of_child}" if len(case.family.children) > 1 else "Child"
    return called


def family_of(case: Case, called: Mapping[UUID, str]) -> dict[str, Any] | None:
    """What its screening gives of a family, each parent under their own heading; None where there is none yet."""
    family = case.family
    if family is None:
        return None
    return {
        "level_of_need": family.level_of_need,
        "relationship": family.relationship,
        "parents": [
            {
                "called": called[parent.person_id],
                "agrees_to_referral": parent.agrees_to_referral,
                "privacy_notice_on": parent.privacy_notice_on,
                "parental_responsibility": parent.parental_responsibility,
                "first_language": parent.first_language,
            }
            for parent in family.parents
        ],
        "children": [
            {
                "called": called[child.person_id],
                "age": child.age,
                "expected_on": child.expected_on,
                "takes_part": child.takes_part,
                "views_source": child.views_source,
            }
            for child in family.children
        ],
    }


def threads_of(case: Case, written: Sequence[Mapping[str, Any]], names: Names) -> list[dict[str, Any]]:
    """With whom messages about a case are exchanged, each apart: its front door, its provider, and those of before."""
    known = {each["referral_id"]: each for each in written}
    agency = names.of("agency", case.agency)
    with_whom: list[tuple[UUID | None, str]] = [(None, f"the front door, {agency}")] if has_referrer(case) else []
    with_whom += [
        (each.referral_id, f"the provider, {names.of('provider', each.provider)}")
        for each in case.referrals
        if each.referral_id in known or each is case.out
    ]
    found = []
    for referral_id, party in with_whom:
        thread = known.get(referral_id, {"written": 0, "area_unread": 0})
        under = f"referrals/{referral_id}/" if referral_id else ""
        found.append(
            {
                "party": party,
                "to": f"{under}messages",
                "written": thread["written"],
                "unread": thread["area_unread"],
            }
        )
    return found


def message_lines(
    written: Sequence[Mapping[str, Any]], people: Mapping[UUID, str], names: Names
) -> list[dict[str, Any]]:
    """When messages were exchanged with whom, as lines of the timeline. Their words are on the thread's own page."""
    lines = []
    for thread in written:
        kind, party = (
            ("front door", names.of("agency", thread["agency"]))
            if thread["agency"]
            else ("provider", names.of("provider", thread["provider"]))
        )
        lines += [
            {
                "at": datetime.fromisoformat(each["at"]),
                "what": f"Message {'to' if each['by_area'] else 'from'} the {kind}",
                "why": "",
                "to": "",
                "by": f"{each['who']} ({'coordinator' if each['by_area'] else party})",
                "about": people.get(UUID(each["about"]), "") if each["about"] else "",
            }
            for each in thread["messages"]
        ]
    return lines


def line_of(entry: Mapping[str, Any], people: Mapping[UUID, str], names: Names) -> dict[str, Any]:
    """A line of the history in words."""
    trigger = Trigger(entry["trigger"])
    reasons = [each for each in entry["why"].split(", ") if each and each != trigger]
    moved = entry["from"] != entry["to"]
    return {
        "at": entry["at"],
        "what": words.happened(trigger),
        "why": ", ".join(map(words.worded, reasons)),
        "to": words.state(entry["to"]) if moved else "",
        "by": _actor(entry["by"], entry["who"] or "", names),
        "about": names.of("offer", entry["detail"])
        if trigger in _ABOUT_AN_OFFER
        else _person(entry["detail"] or "", people),
    }


def _person(detail: str, people: Mapping[UUID, str]) -> str:
    found = []
    for part in detail.split("/"):
        try:
            found.append(people[UUID(part)])
        except (ValueError, KeyError):
            continue
    return ", ".join(found)


def _actor(by: str, who: str, names: Names) -> str:
    kind = words.worded(by)
    try:
        UUID(who)
    except ValueError:
        called = names.of("agency", names.of("provider", who))
        return f"{called} ({kind})" if who and who != by else kind
    return kind


def offers_to_choose(offers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The offers that a person may choose, or wait for, with every reason why not in words."""
    found = []
    for offer in offers:
        against = [str(code) for code in offer["why_not"]]
        waits = "full" in against and offer["waiting"] is not None
        found.append(
            {
                **offer,
                "against": [words.why_not(code) for code in against],
                "choose": offer["eligible"] or offer["person_may_choose"],
                "wait": waits,
            }
        )
    return found
