"""Notification's subscribers: lock the cases of a batch, learn what is new, tell whom it concerns."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import structlog

from services.notification.domain.case import (
    is_for_one_parent,
    learn_case_event,
    learn_screening,
    learn_taken_back,
)
from services.notification.domain.email import About, email_id
from services.notification.domain.handovers import Handover, written_to
from services.notification.domain.offers import Provider
from services.notification.domain.progress import (
    progress_of_case,
    progress_of_screening,
    progress_of_taking_back,
    progress_of_training,
    set_aside,
)
from services.notification.handlers.encryption import ProviderKey, UnusableKeyError
from services.notification.handlers.front_doors import progress_topic, self_referrals, tell
from services.notification.handlers.offers import Offers
from services.notification.handlers.provider_updates import AfterTheOffer
from services.notification.repository import cases as case_rows
from services.notification.repository import directory, emails, handovers
from services.notification.repository.cases import SealedDetails
from services.notification.repository.emails import QueuedEmail
from shared.contracts.directory import AgencyRegistered, AreaRegistered, ProviderRegistered
from shared.contracts.referral import (
    CaseEvent,
    CaseHalted,
    CaseRefused,
    CaseReturned,
    ChildParticipationChanged,
    FamilyChanged,
    FollowUpDue,
    ReferralAgreed,
    WrapAroundReminded,
)
from shared.contracts.screening import ParentDetailsSealed, ScreeningCompleted, ScreeningTakenBack, SubmissionRefused
from shared.contracts.workforce import (
    CertificateLapses,
    PractitionerHandedOver,
    PractitionerUntrained,
    TrainingFollowUpOpened,
)
from shared.messaging.core.records import Finding, Received
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context

Reminder = TrainingFollowUpOpened | CertificateLapses
Entry = AreaRegistered | AgencyRegistered | ProviderRegistered

# Only providers or practitioners are told of these.
_NOT_FOR_FRONT_DOORS = WrapAroundReminded | FollowUpDue | ChildParticipationChanged | FamilyChanged

log = structlog.get_logger()


class Handlers:
    """The notification service's handlers."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock
        self._offers = Offers(context.keyring, context.clock)
        self._after_the_offer = AfterTheOffer(self._offers)

    async def screenings(self, tx: Transaction, batch: Sequence[Received[ScreeningCompleted]]) -> None:
        """Tells the front door each decision and what to do next; a sign of abuse stops the case at once.

        Stopping does not wait for the referral service to halt the case: the two topics may be minutes apart.
        """
        locked = await self._offers.lock(tx, (each.event.case_id for each in batch))
        areas = await directory.areas(tx.connection, {each.event.area for each in batch})
        handed_over = await handovers.of(tx.connection, {each.event.practitioner.practitioner_id for each in batch})
        mails = []
        for received in batch:
            event = received.event
            case = locked.now[event.case_id]
            learn_screening(case, event)
            now = self._clock.now(event.occurred_at)
            records = case.told.screened(event, progress_of_screening(event, areas.get(event.area), now))
            tell(tx, case, event.agency, records, received, None)
            if all(record.said_again for record in records):
                continue
            sealed = written_to(event.practitioner, event.submitted_at, handed_over)
            mail = email_id(received.id, f"practitioner/{event.practitioner.practitioner_id}", event.case_id)
            mails.append(QueuedEmail(mail, "answer", event.case_id, practitioner=sealed))
        await emails.queue(tx.connection, mails)
        await self._offers.settle(tx, locked, {each.event.case_id: each for each in batch})

    async def taken_back(self, tx: Transaction, batch: Sequence[Received[ScreeningTakenBack]]) -> None:
        """Forgets the details that came with a screening that its front door took back, and says what counts now.

        A provider that has them gets those that stand again, if there are any. A sign of abuse stays.
        """
        locked = await self._offers.lock(tx, (each.event.case_id for each in batch))
        of = [(each.event.case_id, each.event.agency) for each in batch]
        own = await self_referrals(tx.connection, locked, of)
        for received in batch:
            event = received.event
            case = locked.now[event.case_id]
            learn_taken_back(case, event)
            records = case.told.taken_back(event, progress_of_taking_back(event, self._clock.now(event.occurred_at)))
            tell(tx, case, event.agency, records, received, own.get(event.agency))
        await case_rows.forget_details_of(
            tx.connection, [(each.event.case_id, each.event.submission_id) for each in batch]
        )
        causes = {each.event.case_id: each for each in batch}
        await self._offers.settle(tx, locked, causes)
        await self._after_the_offer.correct(tx, locked, causes)

    async def refused(self, tx: Transaction, batch: Sequence[Received[SubmissionRefused]]) -> None:
        """Tells a front door, and nobody else, of a record of its own that was set aside: which field, which rule."""
        for received in batch:
            event = received.event
            told = set_aside(event, self._clock.now(event.occurred_at))
            tx.emit(told, cause=received, topic=progress_topic(event.agency))

    async def parent_details(self, tx: Transaction, batch: Sequence[Received[ParentDetailsSealed]]) -> None:
        """Keeps each parent's details, and sends the referrals that waited for them."""
        usable = []
        for received in batch:
            if received.event.sealed.subject == received.event.person_id:
                usable.append(received)
            else:
                # One parent's box under the other parent's id would hand the one's address to the other's worker.
                tx.reject(received, Finding("sealed.subject", "must be the person whose details these are"))
        locked = await self._offers.lock(tx, (each.event.case_id for each in usable))
        await case_rows.save_details(
            tx.connection,
            [
                SealedDetails(
                    person_id=event.person_id,
                    submission_id=event.submission_id,
                    case_id=event.case_id,
                    sealed=event.sealed,
                    as_of=event.submitted_at or event.occurred_at,
                    revision=event.revision,
                    stands=event.stands,
                    look_first=event.look_first,
                )
                for event in (each.event for each in usable)
                if not locked.now[event.case_id].abuse
                and event.submission_id not in locked.now[event.case_id].taken_back
            ],
        )
        causes = {each.event.case_id: each for each in usable}
        await self._offers.settle(tx, locked, causes)
        await self._after_the_offer.correct(tx, locked, causes)

    async def case_events(self, tx: Transaction, batch: Sequence[Received[CaseEvent]]) -> None:
        """Tells the front door of its case's progress, and providers what follows for them."""
        locked = await self._offers.lock(tx, (each.event.case_id for each in batch))
        areas = await directory.areas(tx.connection, {each.event.area for each in batch})
        # Several topics come in one batch; within a case, the order of its own changes is the one to tell.
        in_order = sorted(batch, key=lambda each: each.event.sequence)
        own = await self_referrals(tx.connection, locked, ((each.event.case_id, each.event.agency) for each in batch))
        handed_over = await handovers.of(tx.connection, _practitioners(each.event for each in batch))
        mails = []
        for received in in_order:
            event = received.event
            case = locked.now[event.case_id]
            learn_case_event(case, event)
            if isinstance(event, _NOT_FOR_FRONT_DOORS) or (isinstance(event, CaseHalted) and event.told_already):
                continue
            now = self._clock.now(event.occurred_at)
            progress = progress_of_case(event, areas.get(event.area), now, one_parent=is_for_one_parent(case))
            ahead = event.revision > max(case.told.revision, 0)
            records = case.told.happened(event, progress)
            tell(tx, case, event.agency, records, received, own.get(event.agency), ahead=ahead)
            if isinstance(event, CaseReturned | CaseRefused) and event.practitioner:
                to = f"practitioner/{event.practitioner.practitioner_id}"
                mail = email_id(received.id, to, event.case_id)
                sealed = written_to(event.practitioner, case.told.submitted_at, handed_over)
                mails.append(QueuedEmail(mail, "answer", event.case_id, practitioner=sealed))
        await emails.queue(tx.connection, mails)
        causes = {each.event.case_id: each for each in in_order}
        await self._offers.settle(tx, locked, causes)
        changed = {case_id: causes[case_id] for case_id in causes if _has_changed_family(case_id, batch)}
        await self._after_the_offer.correct(tx, locked, changed)
        await self._after_the_offer.remind(tx, locked, in_order, handed_over)
        await self._after_the_offer.ask_again(tx, locked, in_order, causes)

    async def untrained(self, tx: Transaction, batch: Sequence[Received[PractitionerUntrained]]) -> None:
        """Tells the front door which training its practitioner is asked to book. Nothing waits for it."""
        # The cases are locked only so that what a front door is told of one leaves in the order of the commits.
        await self._offers.lock(tx, (each.event.case_id for each in batch))
        for received in batch:
            event = received.event
            progress = progress_of_training(event, self._clock.now(event.occurred_at))
            tx.emit(progress, cause=received, topic=progress_topic(event.agency), key=event.family_ref)

    async def handed_over(self, tx: Transaction, batch: Sequence[Received[PractitionerHandedOver]]) -> None:
        """From now on writes to whoever has a practitioner's cases, and to the practitioner no more."""
        usable = []
        for received in batch:
            event = received.event
            if event.to.sealed.subject == event.to.practitioner_id:
                usable.append(
                    Handover(event.practitioner_id, event.to.practitioner_id, event.to.sealed, event.occurred_at)
                )
            else:
                tx.reject(received, Finding("to.sealed.subject", "must be the practitioner who has the cases now"))
        # Whoever queues a mail to a practitioner of a case shares the directory, so none is missed here.
        await case_rows.own_directory(tx.connection)
        await handovers.save(tx.connection, usable)

    async def training_reminders(self, tx: Transaction, batch: Sequence[Received[Reminder]]) -> None:
        """Queues an e-mail to each practitioner whose training is to be followed up, or whose certificate lapses."""
        mails = []
        for received in batch:
            event = received.event
            if event.sealed.subject != event.practitioner_id:
                # Somebody's address under another's id would write to the one about the other's training.
                tx.reject(received, Finding("sealed.subject", "must be the practitioner whose training it is"))
                continue
            mail = email_id(received.id, f"practitioner/{event.practitioner_id}", event.training_id)
            about, day = _training_mail(event)
            mails.append(QueuedEmail(mail, about, practitioner=event.sealed, on_day=day, training_id=event.training_id))
        await emails.queue(tx.connection, mails)

    async def directory(self, tx: Transaction, batch: Sequence[Received[Entry]]) -> None:
        """Keeps signposts, addresses and keys, and sends the referrals that waited for a provider's key."""
        await case_rows.own_directory(tx.connection)
        areas: dict[str, tuple[AreaRegistered, int]] = {}
        agencies: dict[str, tuple[AgencyRegistered, int]] = {}
        providers: dict[str, tuple[Provider, int]] = {}
        for received in batch:
            entry, offset = received.event, received.record.offset
            if isinstance(entry, AreaRegistered):
                areas[entry.id] = (entry, offset)
            elif isinstance(entry, AgencyRegistered):
                agencies[entry.id] = (entry, offset)
            else:
                providers[entry.id] = (Provider(entry.id, entry.email, _usable_key(entry)), offset)
        await directory.save_areas(tx.connection, areas)
        await directory.save_agencies(tx.connection, agencies)
        await directory.save_providers(tx.connection, providers)
        waiting = await case_rows.cases_waiting_for(tx.connection, list(providers))
        if waiting:
            locked = await self._offers.lock(tx, waiting)
            causes = dict.fromkeys(waiting, batch[-1])
            await self._offers.settle(tx, locked, causes)
            await self._after_the_offer.correct(tx, locked, causes)


def _training_mail(event: Reminder) -> tuple[About, date]:
    if isinstance(event, TrainingFollowUpOpened):
        return "training-follow-up", event.closes_on
    return "training-renewal", event.valid_until


def _practitioners(events: Iterable[CaseEvent]) -> set[UUID]:
    found = {getattr(event, "practitioner", None) for event in events if not isinstance(event, ReferralAgreed)}
    return {each.practitioner_id for each in found if each is not None}


def _has_changed_family(case_id: UUID, batch: Sequence[Received[CaseEvent]]) -> bool:
    return any(isinstance(each.event, FamilyChanged) and each.event.case_id == case_id for each in batch)


def _usable_key(entry: ProviderRegistered) -> dict[str, Any] | None:
    if entry.public_key is None:
        return None
    try:
        return ProviderKey(entry.public_key).jwk
    except UnusableKeyError as error:
        # The entry stands without its key: referrals wait visibly, and everything else of the provider works.
        log.warning("provider's key cannot be used", provider=entry.id, rule=str(error))
        return None
