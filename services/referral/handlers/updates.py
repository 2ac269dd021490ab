"""Providers' updates: each is decided once, and what is refused is answered."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.referral.domain.agreement.context import DecisionContext
from services.referral.domain.case.case import Case
from services.referral.domain.case.states import Trigger
from services.referral.domain.deciders.refusals import EXPLANATIONS, UpdateRefusedError
from services.referral.domain.deciders.updates import decide_update, is_safety_concern
from services.referral.domain.safety.halting import halt_others
from services.referral.handlers import unit_of_work
from services.referral.handlers.unit_of_work import UnitOfWork
from services.referral.repository import cases, directory, parent_views, provider_updates, views_given
from services.referral.repository.views_given import View
from shared.contracts.provider import CaseClosedByProvider, ProviderUpdate, ReferralDeclined
from shared.contracts.referral import ViewGiven
from shared.contracts.refusals import UpdateRefused
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.privacy.keyring import Keys
from shared.privacy.sealing import CannotOpenError
from shared.service.definition import Context

UPDATES = r"^provider\.[a-z0-9-]+\.updates$"
# How far events may be later than a calendar that they move.
_CALENDAR_LEAD = timedelta(days=731)
_PROVIDER = re.compile(r"provider\.(?P<provider>[a-z0-9-]+)\.updates")

Update = Received[ProviderUpdate]
# An update with the provider that sent it.
Named = tuple[str, Update]


class Updates:
    """Follows the providers."""

    def __init__(self, context: Context) -> None:
        self._keyring = context.keyring
        self._clock = context.clock

    async def received(self, tx: Transaction, batch: Sequence[Update]) -> None:
        """Decides each provider's update once. What is refused changes nothing, and the provider is answered why."""
        await directory.lock_for_reading(tx.connection)
        fresh = await _not_seen(tx, batch)
        work = await unit_of_work.lock(
            tx, await cases.families_of(tx.connection, {each.event.case_id for _, each in fresh})
        )
        loaded = work.cases.values()
        await work.use_directory(
            {case.area for case in loaded},
            {case.agency for case in loaded},
            to_agree=any(isinstance(each.event, ReferralDeclined) for _, each in fresh),
        )
        work.expect_signs(
            case.key
            for provider, each in fresh
            if is_safety_concern(each.event)
            and (case := work.find(each.event.case_id))
            and case.was_ever_with(provider)
        )
        keys = await self._keyring.for_sealing(_speakers(work, fresh), "person")
        own = await _own_views(tx, work, fresh)
        latest = self._clock.now()
        refused, given = [], list[View]()
        for provider, each in fresh:
            reported_at = self._reported_at(each, latest)
            latest = max(latest, reported_at)
            now = self._clock.now(reported_at)
            reported = _views(keys, each.event)
            try:
                views = _with_own(reported, _of_latest(own, work.find(each.event.case_id)))
                self._decide(work, (provider, each), views, now=now, latest=latest)
                given += _given(work, each, reported, now)
            except UpdateRefusedError as refusal:
                _answer(tx, (provider, each), refusal, now)
                refused.append((provider, each.event.update_id, refusal))
        await work.save()
        await views_given.add(tx.connection, given)
        await provider_updates.refuse(tx.connection, refused)

    def _reported_at(self, received: Update, latest: datetime) -> datetime:
        """The time that an update is decided at.

        A clock that the events move goes with them, but not to where no work with a family can be.
        """
        follows = self._clock.movable and received.event.occurred_at <= latest + _CALENDAR_LEAD
        return received.event.occurred_at if follows else latest

    def _decide(
        self, work: UnitOfWork, named: Named, views: tuple[ViewGiven, ...], *, now: datetime, latest: datetime
    ) -> None:
        provider, received = named
        case = work.find(received.event.case_id)
        if case is None:
            raise UpdateRefusedError("not-this-providers-case")
        context = replace(work.context(case, now, received.id, provider), as_of=self._clock.now, latest=latest)
        record_update(work, case, (provider, received.event), context, received, views)


def record_update(
    work: UnitOfWork,
    case: Case,
    named: tuple[str, ProviderUpdate],
    context: DecisionContext,
    cause: Received[Any],
    views: tuple[ViewGiven, ...] = (),
) -> None:
    """Decides an update of a provider. A sign of abuse in it halts every case of the family.

    Raises UpdateRefusedError.
    """
    provider, update = named
    work.record(decide_update(case, provider, update, context, views), cause)
    if is_safety_concern(update):
        halted = halt_others(work.of_family(case.key), case, Trigger.SAFETY_CONCERN, context)
        work.record_each(halted, cause, of=case.key)


def _answer(tx: Transaction, named: Named, refusal: UpdateRefusedError, now: datetime) -> None:
    provider, received = named
    tx.emit(
        UpdateRefused(
            case_id=received.event.case_id,
            occurred_at=now,
            update_id=received.event.update_id,
            update=received.event.update,
            reason=refusal.reason,
            explanation=EXPLANATIONS[refusal.reason],
            findings=refusal.findings,
        ),
        topic=f"provider.{provider}.refusals",
    )


async def _not_seen(tx: Transaction, batch: Sequence[Update]) -> list[Named]:
    """Each update with its provider, without those whose update id that provider has used before."""
    named = [(provider_of(each.record.topic), each) for each in batch]
    claimed = await provider_updates.claim(
        tx.connection, [(provider, each.event.update_id) for provider, each in named]
    )
    fresh = []
    for provider, each in named:
        if (provider, each.event.update_id) in claimed:
            claimed.discard((provider, each.event.update_id))
            fresh.append((provider, each))
    return fresh


def provider_of(topic: str) -> str:
    """Whose topic of updates it is. Only the provider can write there, so the record is not asked."""
    match = _PROVIDER.fullmatch(topic)
    if match is None:
        raise ValueError("an update came from a topic that is no provider's")
    return match["provider"]


def _speakers(work: UnitOfWork, fresh: Sequence[Named]) -> set[UUID]:
    """The people whose words are to be sealed: only those of a case that is this provider's.

    A key is made for whoever has none, so nobody outside may name a person who is not there.
    """
    return {
        view.person
        for provider, each in fresh
        if isinstance(each.event, CaseClosedByProvider)
        and (case := work.find(each.event.case_id))
        and case.family
        and case.belongs_to(provider)
        for view in each.event.views
        if view.words and view.person in case.family.people()
    }


def _given(work: UnitOfWork, received: Update, views: tuple[ViewGiven, ...], at: datetime) -> list[View]:
    """The views of an update that was accepted, with the referral that it ended."""
    case = work.find(received.event.case_id)
    if case is None or case.latest is None:
        return []
    return [View(received.id, case.case_id, case.latest.referral_id, each, at) for each in views]


def _views(keys: Keys, update: ProviderUpdate) -> tuple[ViewGiven, ...]:
    """What people report to have changed, their words sealed. Words of a person whose key was erased are left out."""
    if not isinstance(update, CaseClosedByProvider):
        return ()
    given = []
    for view in update.views:
        words = None
        if view.words:
            try:
                words = keys.seal(view.person, "view-words", view.words)
            except CannotOpenError:
                words = None
        given.append(ViewGiven(person_id=view.person, change=view.change, words=words))
    return tuple(given)


async def _own_views(tx: Transaction, work: UnitOfWork, fresh: Sequence[Named]) -> Mapping[UUID, Sequence[ViewGiven]]:
    """What parents said on their own pages under the referrals of the cases that are closed, by referral."""
    closing = {each.event.case_id for _, each in fresh if isinstance(each.event, CaseClosedByProvider)}
    known = [case for case_id in closing if (case := work.find(case_id))]
    # All of a case's: which of them is the latest when its update is decided depends on the updates before it.
    referrals = [referral.referral_id for case in known for referral in case.referrals]
    return await parent_views.newest(tx.connection, closing, referrals) if referrals else {}


def _of_latest(own: Mapping[UUID, Sequence[ViewGiven]], case: Case | None) -> Sequence[ViewGiven]:
    """What was said to an earlier provider of the case is no view of the work that is closed now."""
    return own.get(case.latest.referral_id, ()) if case and case.latest else ()


def _with_own(views: tuple[ViewGiven, ...], own: Sequence[ViewGiven]) -> tuple[ViewGiven, ...]:
    """What parents said on their own pages takes the place of what their provider wrote down for them."""
    themselves = {each.person_id for each in own}
    return (*(each for each in views if each.person_id not in themselves), *own)
