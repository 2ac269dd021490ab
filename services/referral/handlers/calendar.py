"""Referral's timers and its front doors' contacts: lock and load, decide, save, emit; a batch at a time."""

import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.referral.domain.agreement.offers import Catalogue
from services.referral.domain.calendar.schedule import SENT_OUT, Kind, decide_due
from services.referral.domain.calendar.wrap_around import UnknownContactError, decide_contact
from services.referral.domain.case.case import FamilyKey
from services.referral.domain.case.progress import Moment
from services.referral.domain.case.states import Trigger
from services.referral.domain.safety.halting import halt_with_family
from services.referral.handlers.unit_of_work import Work
from services.referral.repository import cases, courses, directory, signs
from services.referral.repository.signs import UnmatchedSign
from shared.contracts.front_door_contacts import WrapAroundContact
from shared.messaging.core.envelope import new_id
from shared.messaging.core.records import Finding, Received
from shared.messaging.publishing.transaction import Transaction
from shared.messaging.timers.scheduled import Due, Timer
from shared.service.definition import Context

CONTACTS = r"^front-door\.[a-z0-9-]+\.contacts$"
_AGENCY = re.compile(r"front-door\.(?P<agency>[a-z0-9-]+)\.contacts")


class Calendar:
    """What happens because its time has come, and what wrap-around practitioners tell."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock

    def timers(self) -> dict[str, Timer]:
        """A timer for each kind of thing that is ahead of a case."""
        return {kind.value: Timer(self.fire, lock_cases) for kind in Kind}

    async def fire(self, tx: Transaction, batch: Sequence[Due], _now: datetime) -> None:
        """Decides each timer upon its case as it stands. What is no longer ahead of its case has no effect."""
        case_ids = {UUID(each.subject) for each in batch}
        families = await cases.families_of(tx.connection, case_ids)
        work = Work(await cases.load(tx.connection, families))
        rules = await work.rules(tx.connection)
        known_signs = work.families_with_sign()
        for each in batch:
            case = work.cases.get(UUID(each.subject))
            if case is None:
                continue
            moment = Moment(self._clock.now(each.at), None, new_id)
            if case.key in known_signs and each.kind in SENT_OUT:
                # Whatever was ahead: nobody is reminded or asked once a sign is known of the family.
                continue
            progress = decide_due(case, each.kind, each.key, moment, rules[case.area])
            if progress is None:
                continue
            work.take(progress, Catalogue())
            for event in progress.events:
                tx.emit(event)
        await work.save(tx.connection)

    async def contacts(self, tx: Transaction, batch: Sequence[Received[WrapAroundContact]]) -> None:
        """Confirms contacts before sessions; a sign of abuse halts the family's cases, whatever else is said.

        A sign about a family that is still to come is kept and counts when it arrives.
        """
        await directory.lock_for_reading(tx.connection)
        named = [(_agency(each.record.topic), each) for each in batch]
        claimed = await courses.claim_contacts(
            tx.connection, {(agency, each.event.contact_id) for agency, each in named}
        )
        families = {FamilyKey(agency, each.event.family_ref) for agency, each in named}
        families = await cases.known_families(tx.connection, families)
        # A sign about a family that is still to come waits for it under its lock: the two never pass each other.
        families |= {FamilyKey(agency, each.event.family_ref) for agency, each in named if each.event.sign_of_abuse}
        linked = await cases.lock_families(tx.connection, families)
        work = Work(await cases.load(tx.connection, families), linked)
        kept: list[UnmatchedSign] = []
        for agency, each in named:
            if (agency, each.event.contact_id) not in claimed:
                continue
            key = FamilyKey(agency, each.event.family_ref)
            # The practitioner's word is of the day; a stop is of the moment that we hear of it.
            moment = Moment(self._clock.now(each.event.held_at), each.id, new_id, agency)
            with_agency = [case for case in work.of_family(key) if case.key == key and case.has_begun]
            if each.event.sign_of_abuse and not with_agency:
                claimed.discard((agency, each.event.contact_id))
                kept.append(_unmatched(agency, each, self._clock.now()))
                continue
            try:
                decided = [decide_contact(with_agency, each.event, moment)]
            except UnknownContactError as error:
                tx.reject(each, Finding(error.field, error.rule))
                continue
            claimed.discard((agency, each.event.contact_id))
            if each.event.sign_of_abuse:
                others = (case for case in work.of_family(key) if case.case_id != decided[0].case.case_id)
                halted = (halt_with_family(case, Trigger.HALT, moment, found_in=key) for case in others)
                decided += [progress for progress in halted if progress]
            for progress in decided:
                work.take(progress, Catalogue())
                for event in progress.events:
                    tx.emit(event, cause=each)
        await signs.keep(tx.connection, kept)
        await work.save(tx.connection)


async def lock_cases(tx: Transaction, subjects: Sequence[str]) -> None:
    """Locks what every other handler locks before it moves a case, in their order."""
    await directory.lock_for_reading(tx.connection)
    families = await cases.families_of(tx.connection, [UUID(subject) for subject in subjects])
    await cases.lock_families(tx.connection, families)


def _unmatched(agency: str, each: Received[WrapAroundContact], now: datetime) -> UnmatchedSign:
    event = each.event
    return UnmatchedSign(agency, event.contact_id, event.family_ref, event.held_at, now, each.id)


def _agency(topic: str) -> str:
    # Only the agency can write there, so the topic says who it is; the record is not asked.
    match = _AGENCY.fullmatch(topic)
    if match is None:
        raise ValueError("a contact came from a topic that is no front door's")
    return match["agency"]
