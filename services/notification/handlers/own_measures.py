"""A questionnaire that a provider asked a parent to answer by themselves: it goes to referral as an event, once.

Nothing of the answers is stored here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from services.notification.handlers.own_answers import NowhereError
from services.notification.repository import directory, own_answers, own_links
from services.notification.repository.own_links import AskedQuestions, OwnSession
from shared.access.scopes import EVERYWHERE
from shared.contracts.area_parts import Signpost
from shared.contracts.instruments import Instrument, instrument, score
from shared.contracts.notification import ParentMeasured
from shared.contracts.vocabulary import Occasion
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import in_transaction
from shared.postgres.row_reach import reading_within
from shared.service.definition import Context


class NothingAskedError(Exception):
    """The link of this parent asks nothing, or it was answered."""


@dataclass(frozen=True)
class Questions:
    """What a link asks, and the instrument that it is."""

    asked: AskedQuestions
    known: Instrument


class OwnMeasures:
    """One parent's answers at a time: whose they are, the session says and no form."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def asked(self, session: OwnSession) -> Questions | None:
        """What the link asks and nobody has answered; None where there is nothing."""
        with reading_within(EVERYWHERE):
            async with self._context.pool.acquire() as connection:
                found = await own_links.asked_by(connection, session.link_id)
        known = instrument(found.instrument) if found else None
        return Questions(found, known) if found and known and known.texts else None

    async def answer(
        self, session: OwnSession, asked: Questions, items: Mapping[int, float], change: str = "", words: str = ""
    ) -> None:
        """Sends the answers to the referral service, which decides on them as on a provider's measure.

        `change` is what they say has changed, and `words` why, which are sealed here. Raises NotScoredError where too
        many are missing, NothingAskedError where they were answered, NowhereError.
        """
        known, total = asked.known, score(asked.known, items)
        keys = await self._context.keyring.for_sealing([session.person_id], "person")
        sealed = keys.seal(session.person_id, "view-words", words) if words else None
        async with in_transaction(self._context.pool, self._context.service) as tx:
            now = datetime.now(UTC)
            if not await own_links.mark_answered(tx.connection, session.link_id, now):
                raise NothingAskedError
            where = await own_answers.whereabouts(tx.connection, session.case_id)
            if where is None:
                raise NowhereError
            tx.emit(
                ParentMeasured(
                    case_id=session.case_id,
                    occurred_at=now,
                    area=where.area,
                    agency=where.agency,
                    family_ref=where.family_ref,
                    answer_id=new_id(),
                    provider=asked.asked.provider,
                    person_id=session.person_id,
                    instrument=known.code,
                    version="1",
                    occasion=Occasion(asked.asked.occasion),
                    score=total,
                    items=keys.seal(
                        session.person_id, "measure-items", {str(number): value for number, value in items.items()}
                    ),
                    change=change or None,
                    words=sealed,
                )
            )

    async def help_of(self, session: OwnSession) -> Signpost | None:
        """The area's own support, whose number is on the page after the answers."""
        with reading_within(EVERYWHERE):
            async with self._context.pool.acquire() as connection:
                where = await own_answers.whereabouts(connection, session.case_id)
                known = await directory.areas(connection, [where.area]) if where else {}
        found = known.get(where.area) if where else None
        return found.specialist_support if found else None
