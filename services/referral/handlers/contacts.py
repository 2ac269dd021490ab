"""Wrap-around contacts: what a front door's practitioners report of the parents whom they speak with."""

import re
from collections.abc import Sequence
from datetime import datetime

from services.referral.domain.case.family import FamilyKey
from services.referral.domain.case.stamp import Stamp
from services.referral.domain.case.states import Trigger
from services.referral.domain.deciders.wrap_around_contacts import UnknownContactError, decide_contact
from services.referral.domain.safety.halting import halt_others
from services.referral.handlers import unit_of_work
from services.referral.repository import cases, courses, directory, signs
from services.referral.repository.signs import UnmatchedSign
from shared.contracts.front_door_contacts import WrapAroundContact
from shared.messaging.core.envelope import new_id
from shared.messaging.core.records import Finding, Received
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context

CONTACTS = r"^front-door\.[a-z0-9-]+\.contacts$"
_AGENCY = re.compile(r"front-door\.(?P<agency>[a-z0-9-]+)\.contacts")


class Contacts:
    """Follows the front doors' wrap-around practitioners."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock

    async def reported(self, tx: Transaction, batch: Sequence[Received[WrapAroundContact]]) -> None:
        """Confirms contacts before sessions; a sign of abuse halts the family's cases, whatever else is reported.

        A sign about a family that is still to come is stored and counts when it arrives.
        """
        await directory.lock_for_reading(tx.connection)
        named = [(agency_of(each.record.topic), each) for each in batch]
        claimed = await courses.claim_contacts(
            tx.connection, {(agency, each.event.contact_id) for agency, each in named}
        )
        families = {FamilyKey(agency, each.event.family_ref) for agency, each in named}
        families = await cases.known_families(tx.connection, families)
        # A sign about a family that is still to come waits for it under its lock: the two never pass each other.
        families |= {FamilyKey(agency, each.event.family_ref) for agency, each in named if each.event.sign_of_abuse}
        work = await unit_of_work.lock(tx, families)
        unmatched: list[UnmatchedSign] = []
        for agency, each in named:
            if (agency, each.event.contact_id) not in claimed:
                continue
            key = FamilyKey(agency, each.event.family_ref)
            # What the practitioner reports is of the day; a stop is of the time at which we hear of it.
            stamp = Stamp(self._clock.now(each.event.held_at), each.id, new_id, agency)
            with_agency = [case for case in work.of_family(key) if case.key == key and case.has_begun]
            if each.event.sign_of_abuse and not with_agency:
                claimed.discard((agency, each.event.contact_id))
                unmatched.append(_unmatched(agency, each, self._clock.now()))
                continue
            try:
                decided = decide_contact(with_agency, each.event, stamp)
            except UnknownContactError as error:
                tx.reject(each, Finding(error.field, error.rule))
                continue
            claimed.discard((agency, each.event.contact_id))
            work.record(decided, each)
            if each.event.sign_of_abuse:
                work.record_each(halt_others(work.of_family(key), decided.case, Trigger.HALT, stamp), each)
        await signs.store(tx.connection, unmatched)
        await work.save()


def _unmatched(agency: str, each: Received[WrapAroundContact], now: datetime) -> UnmatchedSign:
    event = each.event
    return UnmatchedSign(agency, event.contact_id, event.family_ref, event.held_at, now, each.id)


def agency_of(topic: str) -> str:
    """Whose topic of contacts it is."""
    # Only the agency can write there, so the topic names it; the record is not asked.
    match = _AGENCY.fullmatch(topic)
    if match is None:
        raise ValueError("a contact came from a topic that is no front door's")
    return match["agency"]
