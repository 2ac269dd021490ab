"""What the families service tells: which front doors' families are one, and that a screening's was looked for."""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from services.referral.domain.agreement.agreeing import agree_or_wait
from services.referral.domain.case.case import FamilyKey
from services.referral.domain.case.progress import Moment, Progress
from services.referral.domain.case.states import CURED_BY_RECOGNITION, State
from services.referral.handlers.keeping_as_one import keep_as_one, withdrawn_before
from services.referral.handlers.unit_of_work import Work
from services.referral.repository import cases, directory, links, waiting_list
from shared.contracts.families import FamilyLinked, FamilyRecognised, FamilyUnlinked, Member
from shared.messaging.core.envelope import new_id
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context

Told = FamilyRecognised | FamilyLinked | FamilyUnlinked


class FamilyHandlers:
    """Follows the families service."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock

    async def families(self, tx: Transaction, batch: Sequence[Received[Told]]) -> None:
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
        told = [each.event for each in batch if isinstance(each.event, FamilyRecognised)]
        await links.recognise(tx.connection, told)
        linked = await cases.lock_families(tx.connection, named)
        work = Work(await cases.load(tx.connection, named), linked)
        if not work.cases:
            return
        loaded = work.cases.values()
        catalogue = await directory.catalogue(
            tx.connection, {case.area for case in loaded}, {case.agency for case in loaded}, to_agree=True
        )
        for each in batch:
            moment = Moment(self._clock.now(each.event.occurred_at), each.id, new_id)
            for key in sorted(set(_named(each.event))):
                for progress in _follows(work, key, moment, each.event):
                    work.take(progress, catalogue)
                    for event in progress.events:
                        tx.emit(event)
        last = batch[-1]
        signs = work.families_with_sign()
        for case_id in sorted(_waiting(work)):
            case = work.around(work.cases[case_id])
            since = case.waiting.since if case.waiting else None
            progress = Progress(case, Moment(self._clock.now(since), last.id, new_id))
            agree_or_wait(progress, catalogue, sign_at_hand=case.key in signs)
            work.take(progress, catalogue)
            for event in progress.events:
                tx.emit(event)
        await work.save(tx.connection)
        listed = {
            case.listing.offer for case in work.cases.values() if case.state is State.WAITING_LIST and case.listing
        }
        await waiting_list.tend(tx.connection, listed, self._clock.now(last.event.occurred_at))


def _follows(work: Work, key: FamilyKey, moment: Moment, event: Told) -> Iterator[Progress]:
    """Each step in turn, the halts first: the caller takes one before it asks for the next."""
    yield from keep_as_one(work, key, moment)
    if _changes_links(event):
        yield from withdrawn_before(work, key, moment)


def _waiting(work: Work) -> set[UUID]:
    return {
        case.case_id
        for case in work.cases.values()
        if case.state is State.AWAITING_COORDINATOR and case.waiting and case.waiting.reason in CURED_BY_RECOGNITION
    }


def _changes_links(event: Told) -> bool:
    return not isinstance(event, FamilyRecognised) or len(event.members) > 1


def _named(event: Told) -> list[FamilyKey]:
    return [key for members, _ in _groups(event) for key in _keys(members)]


def _groups(event: Told) -> list[tuple[Sequence[Member], UUID]]:
    groups: list[tuple[Sequence[Member], UUID]] = [(event.members, event.family_id)]
    if isinstance(event, FamilyUnlinked):
        groups += [(each.members, each.family_id) for each in event.separated]
    return groups


def _keys(members: Iterable[Member]) -> list[FamilyKey]:
    return [FamilyKey(member.agency, member.family_ref) for member in members]


def _families(events: Iterable[Told]) -> dict[FamilyKey, tuple[UUID, int]]:
    """Which family each member is a part of, by the event with the highest revision that names it."""
    newest: dict[FamilyKey, tuple[UUID, int]] = {}
    for event in events:
        if _changes_links(event):
            for members, family_id in _groups(event):
                for key in _keys(members):
                    if key not in newest or newest[key][1] < event.revision:
                        newest[key] = (family_id, event.revision)
    return newest
