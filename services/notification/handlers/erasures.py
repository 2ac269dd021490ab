"""People who were erased: no mail is about them any more, and whoever has their details is asked to erase them."""

from collections.abc import Sequence

from services.notification.domain.email import email_id
from services.notification.repository import directory, emails, erasures, own_links
from services.notification.repository.emails import QueuedEmail
from shared.contracts.families import PersonErased
from shared.contracts.notification import PersonErasedShared
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context


class Erasures:
    """Follows the families service, which erases."""

    def __init__(self, context: Context) -> None:
        self._keyring = context.keyring
        self._clock = context.clock

    async def erased(self, tx: Transaction, batch: Sequence[Received[PersonErased]]) -> None:
        """Withdraws reminders and questions about these people, and tells each provider that was given their details.

        What is sealed of them opens no more; an offer that would need it waits, visibly.
        """
        self._keyring.forget()
        causes = {each.event.person_id: each for each in batch}
        await erasures.withdraw_reminders(tx.connection, list(causes))
        await erasures.withdraw_follow_ups(tx.connection, list(causes))
        await own_links.end_of_person(tx.connection, list(causes))
        given = await erasures.given_to(tx.connection, list(causes))
        providers = await directory.providers(tx.connection, {each.provider for each in given})
        mails = []
        for each in given:
            cause = causes[each.person_id]
            tx.emit(
                PersonErasedShared(
                    case_id=each.case_id,
                    occurred_at=self._clock.now(cause.event.occurred_at),
                    referral_id=each.referral_id,
                    person_id=each.person_id,
                ),
                cause=cause,
                topic=f"provider.{each.provider}.referrals",
            )
            if (provider := providers.get(each.provider)) and provider.email:
                mail = email_id(cause.id, f"provider/{each.provider}", each.case_id)
                mails.append(QueuedEmail(mail, "referral", each.case_id, provider=each.provider))
        await emails.queue(tx.connection, mails)
