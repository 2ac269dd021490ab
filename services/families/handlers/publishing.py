"""Saves what was decided about links and publishes the events that follow, in the transaction it is given."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from services.families.domain.family_events import FamilyEvents, Screened
from services.families.domain.links import Links, Outcome
from services.families.repository import identities
from services.families.repository import links as rows
from services.families.repository.identities import SubmissionKey
from shared.contracts.families import FamilyEvent, FamilyRecognised
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction

_IN_DOUBT: tuple[Outcome, ...] = ("doubtful",)
_NO_CAUSES: Mapping[SubmissionKey, Received[Any]] = {}


async def save_and_publish(
    tx: Transaction,
    links: Links,
    now: datetime,
    screened: Collection[Screened] = (),
    *,
    causes: Mapping[SubmissionKey, Received[Any]] = _NO_CAUSES,
    also: Collection[Outcome] = _IN_DOUBT,
) -> None:
    """Saves the links; publishes what was joined or fell apart, then the new outcome of each screening.

    `screened` were just looked for. Of the other screenings of these families, those whose last published outcome is
    one of `also` are published again where it is another now: a doubt was decided, or evidence was taken back. `causes`
    are the records that brought screenings here. Another agency's family has an event of its own and no cause, so no
    correlation ties the two together.
    """
    await rows.save(tx.connection, links)
    waiting = await rows.last_published_as(tx.connection, links.members, also)
    by_key = {(each.member.agency, each.submission_id): each for each in (*waiting, *screened)}
    changed = [each for each in by_key.values() if links.outcome(each.member) != each.published]
    count = len(links.joined) + len(links.separated) + len(changed)
    of = FamilyEvents(await rows.cases(tx.connection, links.members), now, await rows.revisions(tx.connection, count))
    events: list[FamilyEvent] = [of.linked(each) for each in links.joined]
    events += [of.unlinked(each) for each in links.separated]
    events += [of.recognised(each, links) for each in changed]
    await identities.save_published(
        tx.connection, {(each.member.agency, each.submission_id): links.outcome(each.member) for each in changed}
    )
    for event in events:
        key = (event.agency, event.submission_id) if isinstance(event, FamilyRecognised) else None
        tx.emit(event, cause=causes.get(key) if key else None)
