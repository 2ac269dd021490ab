"""What a provider gets once it has a family: corrected details and those of who is new; later reminders, questions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from services.notification.domain.corrections import decide_corrections, taking_part, with_provider
from services.notification.domain.details import ParentDetails
from services.notification.domain.email import email_id
from services.notification.domain.handovers import Handover, written_to
from services.notification.domain.reminders import has_left, may_remind
from services.notification.handlers.encryption import provider_key
from services.notification.handlers.offers import LockedCases, Offers, details_event, share
from services.notification.repository import directory, emails, shared_details
from services.notification.repository.emails import QueuedEmail
from services.notification.repository.shared_details import FollowUp, Shared
from shared.contracts.notification import FollowUpAsked
from shared.contracts.referral import FamilyChanged, FollowUpDue, WrapAroundReminded
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction


class ProviderUpdates:
    """For locked cases, after what is new of them was learnt and saved."""

    def __init__(self, offers: Offers) -> None:
        self._offers = offers

    async def correct(self, tx: Transaction, locked: LockedCases, causes: Mapping[UUID, Received[Any]]) -> None:
        """Sends the provider that has the family each parent's details that it has not: corrected, or of who is new."""
        cases = [locked.now[case_id] for case_id in causes if with_provider(locked.now[case_id])]
        if not cases:
            return
        at_work = [(case, referral, terms) for case in cases for referral, terms in with_provider(case)]
        shared = await shared_details.shared_of(tx.connection, [referral.referral_id for _, referral, _ in at_work])
        details = await self._offers.details(
            tx, {parent.person_id: case.case_id for case, referral, _ in at_work for parent in taking_part(referral)}
        )
        providers = await directory.providers(tx.connection, {terms.provider for _, _, terms in at_work})
        done, mails = [], []
        submissions = {key: each.submission_id for key, each in shared.items()}
        for case in cases:
            cause = causes[case.case_id]
            for each in decide_corrections(case, submissions, details):
                provider = providers.get(each.terms.provider)
                if provider is None or not provider.is_reached:
                    continue
                had = shared.get((each.referral.referral_id, each.parent.person_id))
                known = details.get(each.parent.person_id, ())
                now_shared = share(each.referral.referral_id, each.details, _with_time(had, known))
                done.append(now_shared)
                if not each.changed:
                    continue
                if not provider.reads_pages:
                    event = details_event(
                        case.case_id,
                        now_shared,
                        each.parent,
                        each.details,
                        provider_key(provider.public_key or {}),
                        self._offers.now(cause, each.terms.agreed_at),
                    )
                    tx.emit(event, cause=cause, topic=f"provider.{provider.provider}.referrals")
                if provider.email:
                    mail = email_id(cause.id, f"provider/{provider.provider}", case.case_id)
                    mails.append(QueuedEmail(mail, "referral", case.case_id, provider=provider.provider))
        await shared_details.save_shared(tx.connection, done)
        await emails.queue(tx.connection, mails)

    async def remind(
        self,
        tx: Transaction,
        locked: LockedCases,
        batch: Sequence[Received[Any]],
        handed_over: Mapping[UUID, Handover],
    ) -> None:
        """Queues an e-mail to one parent's practitioner for each reminder that nothing newer revoked."""
        mails = []
        for received in batch:
            event = received.event
            case = locked.now[event.case_id]
            if isinstance(event, WrapAroundReminded) and may_remind(case, event):
                # Of the parent too: one practitioner of both is reminded of each.
                mail = email_id(received.id, f"practitioner/{event.person_id}", event.case_id)
                day = event.scheduled_for.date()
                sealed, person = (
                    written_to(event.practitioner, case.progress.submitted_at, handed_over),
                    event.person_id,
                )
                mails.append(
                    QueuedEmail(mail, "reminder", event.case_id, practitioner=sealed, on_day=day, person_id=person)
                )
        await emails.queue(tx.connection, mails)
        # Nobody is reminded any more of who takes part no longer.
        changed = {received.event.case_id for received in batch if isinstance(received.event, FamilyChanged)}
        taking_part_now = {
            case_id: [
                parent.person_id
                for referral in locked.now[case_id].referrals.values()
                for parent in taking_part(referral)
            ]
            for case_id in changed
        }
        await emails.withdraw_reminders(tx.connection, taking_part_now)

    async def ask_again(
        self,
        tx: Transaction,
        locked: LockedCases,
        batch: Sequence[Received[Any]],
        causes: Mapping[UUID, Received[Any]],
    ) -> None:
        """Asks providers for the measures of follow-ups; never one that was stopped, or of a case with a sign."""
        scheduled = [
            FollowUp(event.referral_id, event.case_id, event.person_id, event.occasion, event.occurred_at)
            for event in (received.event for received in batch)
            if isinstance(event, FollowUpDue)
        ]
        await shared_details.add_follow_ups(tx.connection, scheduled)
        asked, mails = [], []
        waiting = await shared_details.to_ask(tx.connection, list(causes))
        names = {
            referral.terms.provider
            for each in waiting
            if (referral := locked.now[each.case_id].referrals.get(each.referral_id)) and referral.terms
        }
        providers = await directory.providers(tx.connection, names) if names else {}
        for each in waiting:
            case = locked.now[each.case_id]
            referral = case.referrals.get(each.referral_id)
            if case.abuse or referral is None or referral.terms is None or referral.offers <= referral.stops:
                continue
            if has_left(case, each.referral_id, each.person_id):
                continue
            cause, provider = causes[each.case_id], referral.terms.provider
            event = FollowUpAsked(
                case_id=each.case_id,
                occurred_at=self._offers.now(cause, each.due_at),
                referral_id=each.referral_id,
                person_id=each.person_id,
                occasion=each.occasion,
            )
            tx.emit(event, cause=cause, topic=f"provider.{provider}.referrals")
            asked.append(each)
            if provider in providers and providers[provider].email:
                mail = email_id(cause.id, f"provider/{provider}", each.case_id)
                mails.append(QueuedEmail(mail, "referral", each.case_id, provider=provider))
        await shared_details.save_asked(tx.connection, asked)
        await emails.queue(tx.connection, mails)


def _with_time(had: Shared | None, known: Sequence[ParentDetails]) -> Shared | None:
    """What a provider has, with the time of it: rows from before times were stored get that of their screening."""
    if had is None or had.as_of:
        return had
    return replace(had, as_of=next((each.as_of for each in known if each.submission_id == had.submission_id), None))
