"""Referral's subscribers: lock and load, decide, save, emit; a batch at a time."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.referral.domain.agreement.agreeing import agree_or_wait
from services.referral.domain.agreement.consent import expire
from services.referral.domain.agreement.offers import Catalogue
from services.referral.domain.calendar.wrap_around import halt_by_practitioner
from services.referral.domain.case.case import Case, FamilyKey
from services.referral.domain.case.progress import Moment, Progress
from services.referral.domain.case.states import Trigger
from services.referral.domain.deciders.screenings import decide_screening, withdraws
from services.referral.domain.deciders.updates import EXPLANATIONS, UpdateRefusedError, decide_update, is_safety_concern
from services.referral.domain.safety.halting import halt_with_family
from services.referral.domain.safety.joining import withdraw_family
from services.referral.handlers.keeping_as_one import keep_as_one
from services.referral.handlers.unit_of_work import Work
from services.referral.repository import cases, consents, courses, directory, links, waiting_list
from services.referral.repository import signs as unmatched
from services.referral.repository.consents import ConsentKey
from services.referral.repository.signs import UnmatchedSign
from shared.contracts.directory import (
    AgencyRegistered,
    AreaRegistered,
    OfferRegistered,
    ProviderRegistered,
    RegionRegistered,
)
from shared.contracts.provider import CaseClosedByProvider, ProviderUpdate, ReferralDeclined
from shared.contracts.referral import ViewGiven, WrapAroundReminded
from shared.contracts.refusals import UpdateRefused
from shared.contracts.screening import ScreeningCompleted
from shared.contracts.vocabulary import Decision
from shared.messaging.core.envelope import new_id
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.messaging.timers.scheduled import Due
from shared.privacy.keyring import Keys
from shared.privacy.sealing import CannotOpenError
from shared.service.definition import Context

UPDATES = r"^provider\.[a-z0-9-]+\.updates$"
# So far may events run ahead of a calendar that they move.
_AHEAD = timedelta(days=731)
_PROVIDER = re.compile(r"provider\.(?P<provider>[a-z0-9-]+)\.updates")

Entries = AreaRegistered | RegionRegistered | AgencyRegistered | ProviderRegistered | OfferRegistered


class Handlers:
    """The referral service's handlers."""

    def __init__(self, context: Context) -> None:
        self._keyring = context.keyring
        self._clock = context.clock

    async def screenings(self, tx: Transaction, batch: Sequence[Received[ScreeningCompleted]]) -> None:
        """Decides each screening upon its family's case, and agrees at once what the area lets through.

        A sign of abuse anywhere in the batch keeps everything of its family from being agreed: it is known already.
        """
        await directory.lock_for_reading(tx.connection)
        families = {FamilyKey(each.event.agency, each.event.family_ref) for each in batch}
        work = await locked(tx, families)
        kept = await unmatched.of_families(tx.connection, families)
        catalogue = await directory.catalogue(
            tx.connection,
            {each.event.area for each in batch},
            {each.event.agency for each in batch},
            to_agree=any(each.event.decision is Decision.REFER for each in batch),
        )
        signs = work.families_with_sign() | work.with_links(
            {FamilyKey(each.event.agency, each.event.family_ref) for each in batch if each.event.shows_sign_of_abuse}
            | {sign.family for sign in kept}
        )
        recognised = await links.recognised(tx.connection, [each.event for each in batch])
        for each in batch:
            event = each.event
            case = work.cases.get(event.case_id) or Case(event.case_id, event.area, event.agency, event.family_ref)
            case = work.around(replace(case, recognised=recognised.get((event.agency, event.submission_id))))
            who = str(event.practitioner.practitioner_id)
            moment = Moment(self._clock.now(event.occurred_at), each.id, new_id, who)
            earlier = [other for other in work.of_family(case.key) if other.case_id != case.case_id]
            progress = decide_screening(case, event, moment, catalogue, sign_at_hand=case.key in signs, earlier=earlier)
            follow(tx, work, catalogue, progress, each)
            if event.shows_sign_of_abuse:
                halt_family(tx, work, catalogue, case, Trigger.ABUSE_SIGN, moment, each)
            elif withdraws(case, event):
                for stopped in withdraw_family(work.of_family(case.key), case, moment):
                    follow(tx, work, catalogue, stopped, each if stopped.case.key == case.key else None)
            for follows in keep_as_one(work, case.key, moment):
                follow(tx, work, catalogue, follows, each if follows.case.key == case.key else None)
        await self._count(tx, work, catalogue, kept)
        await save(tx, work)

    async def _count(self, tx: Transaction, work: Work, catalogue: Catalogue, kept: Sequence[UnmatchedSign]) -> None:
        """Signs that came before their family count now. Nothing was agreed of it in between."""
        effective = []
        for sign in kept:
            begun = [case for case in work.of_family(sign.family) if case.key == sign.family and case.has_begun]
            if not begun:
                continue
            moment = Moment(self._clock.now(sign.held_at), sign.event_id, new_id, sign.agency)
            halted = halt_by_practitioner(begun, moment)
            follow(tx, work, catalogue, halted, None)
            halt_family(tx, work, catalogue, halted.case, Trigger.HALT, moment, None)
            effective.append(sign)
        if effective:
            await unmatched.matched(tx.connection, effective, self._clock.now())

    async def updates(self, tx: Transaction, batch: Sequence[Received[ProviderUpdate]]) -> None:
        """Decides each provider's update once. What is refused changes nothing, and the provider is told."""
        await directory.lock_for_reading(tx.connection)
        fresh = await _not_seen(tx, batch)
        work = await locked(tx, await cases.families_of(tx.connection, {each.event.case_id for _, each in fresh}))
        loaded = work.cases.values()
        catalogue = await directory.catalogue(
            tx.connection,
            {case.area for case in loaded},
            {case.agency for case in loaded},
            to_agree=any(isinstance(each.event, ReferralDeclined) for _, each in fresh),
        )
        signs = work.families_with_sign() | {
            case.key
            for provider, each in fresh
            if is_safety_concern(each.event)
            and (case := work.cases.get(each.event.case_id))
            and case.was_ever_with(provider)
        }
        signs = work.with_links(signs)
        rules = await work.rules(tx.connection)
        keys = await self._keyring.for_sealing(_speakers(work, fresh), "person")
        latest = self._clock.now()
        for provider, each in fresh:
            known = work.cases.get(each.event.case_id)
            case = work.around(known) if known else None
            # A clock that the events tell goes with them, but not to where no work with a family can be.
            follows = self._clock.movable and each.event.occurred_at <= latest + _AHEAD
            told = each.event.occurred_at if follows else latest
            latest = max(latest, told)
            moment = Moment(self._clock.now(told), each.id, new_id, provider)
            try:
                progress = decide_update(
                    case,
                    provider,
                    each.event,
                    _views(keys, each.event),
                    moment,
                    catalogue,
                    rules=rules[case.area] if case else None,
                    when=self._clock.now,
                    sign_at_hand=case is not None and case.key in signs,
                    has_newer_case=case is not None and work.has_newer(case),
                    latest=latest,
                )
            except UpdateRefusedError as refusal:
                tx.emit(
                    UpdateRefused(
                        case_id=each.event.case_id,
                        occurred_at=moment.now,
                        update_id=each.event.update_id,
                        update=each.event.update,
                        reason=refusal.reason,
                        explanation=EXPLANATIONS[refusal.reason],
                        findings=refusal.findings,
                    ),
                    topic=f"provider.{provider}.refusals",
                )
                continue
            follow(tx, work, catalogue, progress, each)
            if is_safety_concern(each.event):
                halt_family(tx, work, catalogue, progress.case, Trigger.SAFETY_CONCERN, moment, each)
        await save(tx, work)

    async def lock_cases(self, tx: Transaction, case_ids: Sequence[str]) -> None:
        """Takes the locks that every decision about these cases takes, in the same order."""
        await directory.lock_for_reading(tx.connection)
        families = await cases.families_of(tx.connection, [UUID(each) for each in case_ids])
        await cases.lock_families(tx.connection, families)

    async def consents_over(self, tx: Transaction, batch: Sequence[Due], _now: datetime) -> None:
        """Ends the consents whose time is over, and shows what a provider has in hand to a coordinator."""
        times = {ConsentKey.parse(each.key): self._clock.now(each.at) for each in batch}
        over = await consents.expire(tx.connection, times)
        families = await cases.families_of(tx.connection, {key.case_id for key in over})
        work = Work(await cases.load(tx.connection, families))
        for key in sorted(over, key=lambda each: (each.case_id, each.text())):
            progress = Progress(work.cases[key.case_id], Moment(times[key], None, new_id))
            expire(progress, key.person_id, key.purpose, key.child_id)
            follow(tx, work, Catalogue(), progress, None)
        await save(tx, work)

    async def directory(self, tx: Transaction, batch: Sequence[Received[Entries]]) -> None:
        """Keeps the directory, and looks again at the cases that waited for what it now holds."""
        await directory.lock_for_change(tx.connection)
        # Of one entry's versions in a batch, only the last counts.
        entries = {each.event.key(): (each.event, each.record.offset) for each in batch}.values()
        await directory.save_areas(tx.connection, [(e, at) for e, at in entries if isinstance(e, AreaRegistered)])
        await directory.save_regions(tx.connection, [(e, at) for e, at in entries if isinstance(e, RegionRegistered)])
        await courses.save_rules(tx.connection, [(e, at) for e, at in entries if isinstance(e, AreaRegistered)])
        await directory.save_agencies(tx.connection, [(e, at) for e, at in entries if isinstance(e, AgencyRegistered)])
        await directory.save_providers(
            tx.connection, [(e, at) for e, at in entries if isinstance(e, ProviderRegistered)]
        )
        await directory.save_offers(tx.connection, [(e, at) for e, at in entries if isinstance(e, OfferRegistered)])
        # More places, other terms, other settings: whoever waits is looked at again.
        await waiting_list.tend_all(tx.connection, self._clock.now())
        waiting, families = await directory.waiting_for_directory(tx.connection)
        if not waiting:
            return
        work = await locked(tx, families)
        catalogue = await directory.catalogue(
            tx.connection,
            {work.cases[case_id].area for case_id in waiting},
            {key.agency for key in families},
            to_agree=True,
        )
        signs = work.families_with_sign()
        for case_id in sorted(waiting):
            case = work.around(work.cases[case_id])
            since = case.waiting.since if case.waiting else None
            progress = Progress(case, Moment(self._clock.now(since), batch[-1].id, new_id))
            agree_or_wait(progress, catalogue, sign_at_hand=case.key in signs)
            follow(tx, work, catalogue, progress, batch[-1])
        await save(tx, work)


async def locked(tx: Transaction, families: Iterable[FamilyKey]) -> Work:
    """The cases of these families and of all that they are linked with, locked until the transaction ends."""
    keys = set(families)
    linked = await cases.lock_families(tx.connection, keys)
    return Work(await cases.load(tx.connection, keys), linked)


async def _not_seen(
    tx: Transaction, batch: Sequence[Received[ProviderUpdate]]
) -> list[tuple[str, Received[ProviderUpdate]]]:
    """Each update with its provider, without those whose update id that provider has used before."""
    named = [(_provider(each.record.topic), each) for each in batch]
    claimed = await cases.claim_updates(tx.connection, [(provider, each.event.update_id) for provider, each in named])
    fresh = []
    for provider, each in named:
        if (provider, each.event.update_id) in claimed:
            claimed.discard((provider, each.event.update_id))
            fresh.append((provider, each))
    return fresh


def _provider(topic: str) -> str:
    # Only the provider can write there, so the topic says who it is; the record is not asked.
    match = _PROVIDER.fullmatch(topic)
    if match is None:
        raise ValueError("an update came from a topic that is no provider's")
    return match["provider"]


def follow(tx: Transaction, work: Work, catalogue: Catalogue, progress: Progress, cause: Received[Any] | None) -> None:
    """Takes a decision and tells it. Without a cause where the calendar is it, or where it is another front door's:
    nothing ties the two."""
    work.take(progress, catalogue)
    for event in progress.events:
        if isinstance(event, WrapAroundReminded):
            work.remind(event, cause)
        else:
            tx.emit(event, cause=cause)


async def save(tx: Transaction, work: Work) -> None:
    """Saves what was decided, and has reminders go out that are still right."""
    for reminder, cause in work.reminders():
        tx.emit(reminder, cause=cause)
    await work.save(tx.connection)


def halt_family(
    tx: Transaction,
    work: Work,
    catalogue: Catalogue,
    found_in: Case,
    trigger: Trigger,
    moment: Moment,
    cause: Received[Any] | None,
) -> None:
    """Halts every other case of the family that a sign was found in, and takes back what is ahead of what is over."""
    for other in work.of_family(found_in.key):
        if other.case_id != found_in.case_id:
            halted = halt_with_family(other, trigger, moment, found_in=found_in.key)
            if halted:
                follow(tx, work, catalogue, halted, cause if other.key == found_in.key else None)


def _speakers(work: Work, fresh: Sequence[tuple[str, Received[ProviderUpdate]]]) -> set[UUID]:
    """The people whose words are to be sealed: only those of a case that is this provider's.

    A key is made for whoever has none, so nobody outside may name a person who is not there.
    """
    return {
        view.person
        for provider, each in fresh
        if isinstance(each.event, CaseClosedByProvider)
        and (case := work.cases.get(each.event.case_id))
        and case.family
        and case.belongs_to(provider)
        for view in each.event.views
        if view.words and view.person in case.family.people()
    }


def _views(keys: Keys, update: ProviderUpdate) -> tuple[ViewGiven, ...]:
    """What people say has changed, their words sealed. Words of a person whose key was erased are left out."""
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
