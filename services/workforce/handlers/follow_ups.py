"""The answer of a practitioner who is asked six to twelve months after a training."""

from uuid import UUID

from services.workforce.domain.attendance import Rating
from services.workforce.domain.errors import NO_TRAINING, UnknownError
from services.workforce.domain.follow_up import Answer, check_answer
from services.workforce.handlers.session_changes import record_ratings
from services.workforce.repository import follow_ups, practitioners
from shared.contracts.workforce import ConfidenceOccasion, TrainingFollowUpAnswered
from shared.messaging.publishing.transaction import in_transaction
from shared.service.definition import Context
from shared.service.form_keys import claim_once


class FollowUps:
    """The command."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def answer(
        self, training_id: UUID, answer: Answer, *, own: UUID | None = None, key: UUID | None = None
    ) -> None:
        """Saves and publishes an answer; a later one replaces it. Raises UnknownError, and as `check_answer` does.

        `own`: the practitioner who answers for themselves; the training of another is not there for them.
        """
        now = self._context.clock.now()
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await claim_once(tx, key)
            await practitioners.lock_who_trained(tx.connection, training_id)
            asked = await follow_ups.one(tx.connection, training_id)
            if asked is None or own not in (None, asked.practitioner_id):
                raise UnknownError(NO_TRAINING)
            check_answer(asked, answer, now.date())
            await follow_ups.answer(tx.connection, training_id, now.date(), answer)
            event = TrainingFollowUpAnswered(
                practitioner_id=asked.practitioner_id,
                agency=asked.agency,
                occurred_at=now,
                training_id=training_id,
                answered_on=now.date(),
                used=answer.used,
                how_often=answer.how_often,
                trains_others=answer.trains_others,
            )
            tx.emit(event)
            ratings = [
                Rating(training_id, asked.practitioner_id, asked.agency, module, ConfidenceOccasion.FOLLOW_UP, score)
                for module, score in answer.confidence.items()
            ]
            await record_ratings(tx, ratings, now)
