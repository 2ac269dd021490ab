"""Loads cases, lets the domain decide what providers get of them, publishes it and saves the cases."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.notification.domain.case import Case, InvitedParent, Referral
from services.notification.domain.children import ChildNews, awaiting_child_news, taking_part
from services.notification.domain.details import ParentDetails
from services.notification.domain.email import email_id
from services.notification.domain.offers import (
    FamilyNews,
    Offer,
    Provider,
    Stop,
    awaits_family_news,
    decide_provider_records,
    wants_details,
)
from services.notification.handlers.encryption import ProviderKey, parent_content, provider_key
from services.notification.repository import cases as case_rows
from services.notification.repository import directory, emails, shared_details, tracker
from services.notification.repository.emails import QueuedEmail
from services.notification.repository.shared_details import Shared
from shared.contracts.notification import (
    ChildParticipationShared,
    FamilyChangedShared,
    ParentDetailsShared,
    ReferralOffered,
    ReferralStopped,
)
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.messaging.timers.clock import Clock
from shared.privacy.keyring import Keyring, Keys
from shared.privacy.sealing import CannotOpenError

# A whole second, so that it is after as text, too.
_JUST_AFTER = timedelta(seconds=1)


@dataclass(frozen=True)
class LockedCases:
    """Cases that are locked from before anything is emitted until the transaction ends."""

    now: dict[UUID, Case]
    before: dict[UUID, Case]

    def changed(self) -> list[Case]:
        """The cases of which something new is known, or was published."""
        return [case for case_id, case in self.now.items() if case != self.before[case_id]]

    def changed_referrals(self) -> list[tuple[UUID, Referral]]:
        """The referrals of which something new is known, or was published, each with its case's id."""
        return [
            (case_id, each)
            for case_id, case in self.now.items()
            for key, each in case.referrals.items()
            if each != self.before[case_id].referrals.get(key)
        ]


class Offers:
    """What goes to providers, for every handler alike."""

    def __init__(self, keyring: Keyring, clock: Clock) -> None:
        self._keyring = keyring
        self._clock = clock

    async def lock(self, tx: Transaction, case_ids: Iterable[UUID]) -> LockedCases:
        """Locks and loads cases. To be called before anything is emitted."""
        await case_rows.share_directory(tx.connection)
        now = await case_rows.lock_cases(tx.connection, case_ids)
        before = {
            case_id: replace(
                case,
                referrals={key: replace(each) for key, each in case.referrals.items()},
                children=dict(case.children),
                taken_back=dict(case.taken_back),
                progress=case.progress.model_copy(),
            )
            for case_id, case in now.items()
        }
        return LockedCases(now, before)

    async def publish_and_save(
        self, tx: Transaction, locked: LockedCases, causes: Mapping[UUID, Received[Any]]
    ) -> None:
        """Publishes to providers what follows from what is known now, and saves the cases.

        `causes` has the event that brought each case here. An offer's e-mail is queued with it. To a provider
        that reads in the pages no details are sent: it opens those that are stored as shared with it.
        """
        cases = [locked.now[case_id] for case_id in causes]
        providers = await self._providers(tx, cases)
        details = await self._details(tx, cases)
        keys: dict[str, ProviderKey] = {}
        mails: list[QueuedEmail] = []
        shared: list[Shared] = []
        had = await self._shared_before(tx, cases)
        stopped: list[tuple[UUID, str]] = []
        for case in cases:
            cause = causes[case.case_id]
            for record in decide_provider_records(case, providers, details):
                if isinstance(record, Stop):
                    self._stop(tx, case, record, cause)
                    stopped.append((case.case_id, record.terms.provider))
                    continue
                mails += _news(case, providers.get(record.terms.provider), cause)
                if isinstance(record, ChildNews):
                    self._child(tx, case, record, cause)
                elif isinstance(record, FamilyNews):
                    self._family(tx, case, record, cause)
                else:
                    name = record.provider.provider
                    if name not in keys and not record.provider.reads_pages:
                        keys[name] = provider_key(record.provider.public_key or {})
                    shared += self._offer(tx, case, record, keys.get(name), had, cause)
        await emails.withdraw(tx.connection, stopped)
        await emails.queue(tx.connection, mails)
        changed = locked.changed()
        if changed:
            await case_rows.save_cases(tx.connection, changed, locked.changed_referrals())
            await shared_details.save_shared(tx.connection, shared)
            await tracker.save(tx.connection, changed)
            await tracker.save_wrap_around(tx.connection, [each for _, each in locked.changed_referrals()])
        never_again = [case.case_id for case in changed if case.abuse]
        if never_again:
            await case_rows.remove_details(tx.connection, never_again)

    async def _providers(self, tx: Transaction, cases: Sequence[Case]) -> dict[str, Provider]:
        wanted = {terms.provider for case in cases for terms, _ in wants_details(case)}
        wanted |= {terms.provider for case in cases for terms in awaiting_child_news(case)}
        wanted |= {
            each.terms.provider
            for case in cases
            for each in case.referrals.values()
            if each.terms and awaits_family_news(case, each)
        }
        return await directory.providers(tx.connection, wanted) if wanted else {}

    async def _shared_before(self, tx: Transaction, cases: Sequence[Case]) -> dict[tuple[UUID, UUID], Shared]:
        """What providers had that were stopped, and may get an offer again."""
        again = [
            each.referral_id
            for case in cases
            for each in case.referrals.values()
            if each.offers and case.may_be_offered(each)
        ]
        return await shared_details.shared_of(tx.connection, again) if again else {}

    async def _details(self, tx: Transaction, cases: Sequence[Case]) -> dict[UUID, list[ParentDetails]]:
        return await self.details(
            tx,
            {
                parent.person_id: case.case_id
                for case in cases
                for _, family in wants_details(case)
                for parent in family.parents
            },
        )

    async def details(self, tx: Transaction, people: Mapping[UUID, UUID]) -> dict[UUID, list[ParentDetails]]:
        """These people's details, opened, from every screening; `people` has the case in which each takes part."""
        if not people:
            return {}
        rows = await case_rows.details_of(tx.connection, people)
        keys = await self._keyring.for_opening([row.sealed for row in rows])
        opened: dict[UUID, list[ParentDetails]] = {}
        for row in rows:
            content = _open(keys, row)
            opened.setdefault(row.person_id, []).append(
                ParentDetails(
                    row.person_id, row.submission_id, row.as_of, content, row.revision, row.stands, row.look_first
                )
            )
        return opened

    def _offer(
        self,
        tx: Transaction,
        case: Case,
        offer: Offer,
        key: ProviderKey | None,
        had: Mapping[tuple[UUID, UUID], Shared],
        cause: Received[Any],
    ) -> list[Shared]:
        terms, referral_id = offer.terms, offer.referral.referral_id
        family = offer.referral.family or terms
        topic, now = f"provider.{terms.provider}.referrals", self.now(cause, terms.agreed_at)
        tx.emit(
            ReferralOffered(
                case_id=case.case_id,
                occurred_at=now,
                referral_id=referral_id,
                area=terms.area,
                offer=terms.offer,
                service=terms.service,
                agreed_at=terms.agreed_at,
                parents=tuple(parent.person_id for parent in family.parents),
                children_ages=family.children_ages,
                children_expected=family.children_expected,
                children_taking_part=taking_part(case, family),
            ),
            cause=cause,
            topic=topic,
        )
        shared = []
        for parent, of_parent in offer.parents:
            now_shared = share(referral_id, of_parent, had.get((referral_id, parent.person_id)))
            if key is not None:
                event = details_event(case.case_id, now_shared, parent, of_parent, key, now)
                tx.emit(event, cause=cause, topic=topic)
            shared.append(now_shared)
        return shared

    def _family(self, tx: Transaction, case: Case, news: FamilyNews, cause: Received[Any]) -> None:
        family = news.family
        tx.emit(
            FamilyChangedShared(
                case_id=case.case_id,
                occurred_at=self.now(cause, family.changed_at),
                referral_id=news.referral.referral_id,
                area=news.terms.area,
                parents=tuple(parent.person_id for parent in family.parents),
                children_ages=family.children_ages,
                children_expected=family.children_expected,
                children_taking_part=taking_part(case, family),
            ),
            cause=cause,
            topic=f"provider.{news.terms.provider}.referrals",
        )

    def _stop(self, tx: Transaction, case: Case, stop: Stop, cause: Received[Any]) -> None:
        tx.emit(
            ReferralStopped(
                case_id=case.case_id,
                occurred_at=self.now(cause, stop.terms.agreed_at),
                referral_id=stop.referral.referral_id,
            ),
            cause=cause,
            topic=f"provider.{stop.terms.provider}.referrals",
        )

    def _child(self, tx: Transaction, case: Case, news: ChildNews, cause: Received[Any]) -> None:
        tx.emit(
            ChildParticipationShared(
                case_id=case.case_id,
                occurred_at=self.now(cause, news.terms.agreed_at),
                referral_id=news.referral.referral_id,
                person_id=news.person_id,
                takes_part=news.takes_part,
            ),
            cause=cause,
            topic=f"provider.{news.terms.provider}.referrals",
        )

    def now(self, cause: Received[Any], agreed_at: datetime) -> datetime:
        """When something is published that follows from a cause, under an agreement."""
        # Details that were sealed before the agreement, or a key, can be what an offer waited for; it is not older.
        return self._clock.now(max(agreed_at, getattr(cause.event, "occurred_at", agreed_at)))


def _news(case: Case, provider: Provider | None, cause: Received[Any]) -> list[QueuedEmail]:
    """The mail to a provider that there is something to read; none where it has no address."""
    if provider is None or not provider.email:
        return []
    mail = email_id(cause.id, f"provider/{provider.provider}", case.case_id)
    return [QueuedEmail(mail, "referral", case.case_id, provider=provider.provider)]


def share(referral_id: UUID, details: ParentDetails, had: Shared | None) -> Shared:
    """These details as a provider is to have them: their time is after that of what it had, by any clock."""
    as_of = details.as_of
    if had and had.as_of:
        as_of = had.as_of if had.submission_id == details.submission_id else max(as_of, had.as_of + _JUST_AFTER)
    return Shared(referral_id, details.person_id, details.submission_id, as_of)


def details_event(
    case_id: UUID, shared: Shared, parent: InvitedParent, details: ParentDetails, key: ProviderKey, now: datetime
) -> ParentDetailsShared:
    """One parent's details for one provider. Raises ValueError where the parent's key was erased."""
    if details.content is None:
        raise ValueError("what was erased is shared with nobody")
    return ParentDetailsShared(
        case_id=case_id,
        occurred_at=now,
        referral_id=shared.referral_id,
        person_id=parent.person_id,
        role=parent.role,
        encrypted=key.encrypt(parent_content(parent.person_id, details.content)),
        as_of=shared.as_of,
    )


def _open(keys: Keys, row: case_rows.SealedDetails) -> Mapping[str, Any] | None:
    try:
        content: Mapping[str, Any] = keys.open(row.sealed, row.submission_id)
    except CannotOpenError:
        return None
    return content
