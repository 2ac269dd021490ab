"""Families across front doors: which are one, and that a screening's family was looked for."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from services.referral.domain.agreement.agreeing import agree_or_wait
from services.referral.domain.case.family import FamilyKey
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.stamp import Stamp
from services.referral.domain.case.states import CURED_BY_RECOGNITION, State
from services.referral.domain.safety.one_family import keep_as_one, withdrawn_before
from services.referral.handlers import unit_of_work
from services.referral.handlers.unit_of_work import UnitOfWork
from services.referral.repository import cases, directory, links, waiting_list
from shared.contracts.families import FamilyLinked, FamilyRecognised, FamilyUnlinked, Member
from shared.messaging.core.envelope import new_id
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context

FamilyEvent = FamilyRecognised | FamilyLinked | FamilyUnlinked


class Families:
    """Follows the families service."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock

    async def known(self, tx: Transaction, batch: Sequence[Received[FamilyEvent]]) -> None:
        """Takes up what is known of families, makes each one's cases one, and looks again at those that waited for it.

        Topics race: what counts of each family and each screening is the highest revision, whenever it comes.
        """
        if any(_changes_links(each.event) for each in batch):
            await directory.lock_for_change(tx.connection)
        else:
            await directory.lock_for_reading(tx.connection)
        named = {key for each in batch for key in _named(each.event)}
        # Before anything is written, so that no screening of these families is decided at the same time.
        await cases.lock_families(tx.connection, named)
        await links.assign(tx.connection, _families(each.event for each in batch))
        recognised = [each.event for each in batch if isinstance(each.event, FamilyRecognised)]
        await links.recognise(tx.connection, recognised)
        work = await unit_of_work.lock(tx, named)
        if not work.cases:
            return
        loaded = work.cases.values()
        await work.use_directory({case.area for case in loaded}, {case.agency for case in loaded}, to_agree=True)
        for each in batch:
            stamp = Stamp(self._clock.now(each.event.occurred_at), each.id, new_id)
            for key in sorted(set(_named(each.event))):
                work.record_each(keep_as_one(work, key, stamp))
                if _changes_links(each.event):
                    work.record_each(withdrawn_before(work, key, stamp))
        self._look_again(work, batch[-1])
        await work.save()
        listed = {
            case.listing.offer for case in work.cases.values() if case.state is State.WAITING_LIST and case.listing
        }
        await waiting_list.request_allocation(tx.connection, listed, self._clock.now(batch[-1].event.occurred_at))

    def _look_again(self, work: UnitOfWork, last: Received[FamilyEvent]) -> None:
        """Cases that waited for their family to be recognised may be agreed now."""
        for case_id in sorted(_waiting(work)):
            case = work.cases[case_id]
            context = work.context(case, self._clock.now(case.waiting.since if case.waiting else None), last.id)
            progress = Progress(case, context)
            agree_or_wait(progress, context)
            work.record(progress)


def _waiting(work: UnitOfWork) -> set[UUID]:
    return {
        case.case_id
        for case in work.cases.values()
        if case.state is State.AWAITING_COORDINATOR and case.waiting and case.waiting.reason in CURED_BY_RECOGNITION
    }


def _changes_links(event: FamilyEvent) -> bool:
    return not isinstance(event, FamilyRecognised) or len(event.members) > 1


def _named(event: FamilyEvent) -> list[FamilyKey]:
    return [key for members, _ in _groups(event) for key in _keys(members)]


def _groups(event: FamilyEvent) -> list[tuple[Sequence[Member], UUID]]:
    groups: list[tuple[Sequence[Member], UUID]] = [(event.members, event.family_id)]
    if isinstance(event, FamilyUnlinked):
        groups += [(each.members, each.family_id) for each in event.separated]
    return groups


def _keys(members: Iterable[Member]) -> list[FamilyKey]:
    return [FamilyKey(member.agency, member.family_ref) for member in members]


def _families(events: Iterable[FamilyEvent]) -> dict[FamilyKey, tuple[UUID, int]]:
    """Which family each member is a part of, by the event with the highest revision that names it."""
    newest: dict[FamilyKey, tuple[UUID, int]] = {}
    for event in events:
        if _changes_links(event):
            for members, family_id in _groups(event):
                for key in _keys(members):
                    if key not in newest or newest[key][1] < event.revision:
                        newest[key] = (family_id, event.revision)
    return newest
