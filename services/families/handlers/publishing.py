"""From what was decided about links to the events that tell of it, saved in the same transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime

from services.families.domain.family_events import Screened, Telling
from services.families.domain.links import Links, Outcome
from services.families.repository import identities
from services.families.repository import links as rows
from shared.contracts.families import FamilyEvent
from shared.postgres.connection import Connection

_IN_DOUBT: tuple[Outcome, ...] = ("doubtful",)


async def save_and_tell(
    connection: Connection,
    links: Links,
    now: datetime,
    fresh: Collection[Screened] = (),
    *,
    again: Collection[Outcome] = _IN_DOUBT,
) -> Sequence[FamilyEvent]:
    """Saves the links and gives the events: what was joined or fell apart, then every screening told anew.

    A screening that waited for a doubt to be settled is told again once it is: one of which `again` was told, and
    which is otherwise now. `fresh` were never told before.
    """
    await rows.save(connection, links)
    waiting = await rows.told_to_be(connection, links.members, again)
    looked_at = {(each.member.agency, each.submission_id): each for each in waiting}
    looked_at |= {(each.member.agency, each.submission_id): each for each in fresh}
    screened = [each for each in looked_at.values() if links.outcome(each.member) != each.told]
    count = len(links.joined) + len(links.separated) + len(screened)
    telling = Telling(await rows.cases(connection, links.members), now, await rows.revisions(connection, count))
    events: list[FamilyEvent] = [telling.linked(each) for each in links.joined]
    events += [telling.unlinked(each) for each in links.separated]
    events += [telling.recognised(each, links) for each in screened]
    await identities.tell(
        connection, {(each.member.agency, each.submission_id): links.outcome(each.member) for each in screened}
    )
    return events
