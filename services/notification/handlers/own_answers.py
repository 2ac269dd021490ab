"""What a parent does on their own pages: a consent given or taken back, a complaint.

A consent is referral's to decide: it goes there as an event. What is stored here is what they answered, for them to
read again.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from services.notification.repository import directory, emails, own_answers
from services.notification.repository.emails import QueuedEmail
from services.notification.repository.own_answers import Complaint, OwnAnswer
from services.notification.repository.own_links import OwnSession
from shared.access.scopes import EVERYWHERE
from shared.contracts.notification import ParentAnswered
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import in_transaction
from shared.postgres.row_reach import reading_within
from shared.service.definition import Context
from shared.service.form_keys import claim_once

Purpose = Literal["referral", "evaluation"]
BOX = "complaint"


class NowhereError(Exception):
    """It is not known which area the case is in, so nobody would read it."""


class OwnAnswers:
    """One parent's answers at a time: whose they are, the session says and no form."""

    def __init__(self, context: Context, notice: str) -> None:
        """`notice`: the version of the privacy notice that the pages show."""
        self._context = context
        self._notice = notice

    async def consent(self, session: OwnSession, purpose: Purpose, gives: bool, key: UUID) -> None:
        """Stores an answer and sends it to the referral service. Raises AlreadySentError and NowhereError."""
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await claim_once(tx, key)
            where = await own_answers.whereabouts(tx.connection, session.case_id)
            if where is None:
                raise NowhereError
            now = datetime.now(UTC)
            answer = OwnAnswer(
                new_id(), session.link_id, session.case_id, session.person_id, purpose, gives, now, self._notice
            )
            await own_answers.add_answer(tx.connection, answer)
            event = ParentAnswered(
                case_id=session.case_id,
                occurred_at=now,
                area=where.area,
                agency=where.agency,
                family_ref=where.family_ref,
                answer_id=answer.answer_id,
                person_id=session.person_id,
                purpose=purpose,
                gives=gives,
                notice_version=self._notice,
            )
            tx.emit(event)

    async def complain(self, session: OwnSession, words: str, key: UUID, *, about_team: bool) -> None:
        """Stores a complaint, sealed, for the area's coordinators; the area's lead gets a mail that has nothing of it.

        `about_team`: it may be about one of them, and is for the lead and whoever administers the area alone.
        Raises AlreadySentError and NowhereError.
        """
        keys = await self._context.keyring.for_sealing([session.person_id], "person")
        complaint_id = new_id()
        box = keys.seal(session.person_id, BOX, {"words": words}, complaint_id)
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await claim_once(tx, key)
            where = await own_answers.whereabouts(tx.connection, session.case_id)
            if where is None:
                raise NowhereError
            now = datetime.now(UTC)
            complaint = Complaint(
                complaint_id, session.case_id, session.person_id, where.area, now, box, about_team=about_team
            )
            await own_answers.add_complaint(tx.connection, complaint)
            if where.area in await directory.leads(tx.connection, {where.area}):
                mail = QueuedEmail(complaint_id, "complaint", session.case_id, area=where.area)
                await emails.queue(tx.connection, [mail])

    async def answered(self, session: OwnSession) -> Mapping[str, OwnAnswer]:
        """By purpose, what this parent answered last."""
        with reading_within(EVERYWHERE):
            async with self._context.pool.acquire() as connection:
                return await own_answers.newest_answers(connection, session.case_id, session.person_id)

    async def see_to(self, complaint_id: UUID, who: str, key: UUID) -> bool:
        """Marks a complaint as seen to; false where somebody did before. Raises AlreadySentError."""
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await claim_once(tx, key)
            return await own_answers.mark_seen(tx.connection, complaint_id, who, datetime.now(UTC))
