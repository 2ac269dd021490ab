"""One transaction's decisions on cases: loaded together and complete, decided one after the other, saved together.

It is among the handlers because it adds the events that follow to the transaction's outbox.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.referral.domain.agreement.context import DecisionContext
from services.referral.domain.agreement.offers import Catalogue
from services.referral.domain.calendar.firing import still_reminds
from services.referral.domain.calendar.schedule import Rules
from services.referral.domain.case.case import Case
from services.referral.domain.case.family import FamilyKey
from services.referral.domain.case.history import ConsentGiven, ConsentWithdrawn, Entry
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.states import State
from services.referral.domain.deciders.worklist import without_what_is_over
from services.referral.repository import cases, consents, courses, directory, panel, waiting_list
from shared.contracts.referral import WrapAroundReminded
from shared.messaging.core.envelope import new_id
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction


class UnitOfWork:
    """The cases as the decisions so far have left them, and all that a decision knows beyond its case.

    `rules` are those of every area that a case may be in, and `linked` the family id of each family that is linked.
    """

    def __init__(
        self, tx: Transaction, loaded: Mapping[UUID, Case], linked: Mapping[FamilyKey, UUID], rules: Mapping[str, Rules]
    ) -> None:
        self.cases: dict[UUID, Case] = {}
        self.catalogue = Catalogue()
        self._tx = tx
        self._before = dict(loaded)
        self._linked = {case.key: case.family_id for case in loaded.values() if case.family_id} | dict(linked)
        self._rules = dict(rules)
        self._members: dict[FamilyKey | UUID, dict[UUID, None]] = defaultdict(dict)
        self._history: list[Entry] = []
        self._consents: list[ConsentGiven | ConsentWithdrawn] = []
        self._reminders: list[tuple[WrapAroundReminded, Received[Any] | None]] = []
        self._latest = datetime.min.replace(tzinfo=UTC)
        for case in loaded.values():
            self._keep(case)
        self._signs = self._with_links({case.key for case in loaded.values() if case.has_sign})

    def find(self, case_id: UUID) -> Case | None:
        """A case as it is now; None where it is not among those that were loaded or opened."""
        return self.cases.get(case_id)

    def is_one_family(self, one: FamilyKey, other: FamilyKey) -> bool:
        """Whether two front doors' families are one and the same."""
        return self._family(one) == self._family(other)

    def of_family(self, key: FamilyKey) -> list[Case]:
        """The family's cases as they are now, whichever front door they came by."""
        return [self.cases[case_id] for case_id in self._members.get(self._family(key), ())]

    def expect_signs(self, families: Iterable[FamilyKey]) -> None:
        """A sign of abuse of these families comes later in what is being read: it is known already."""
        self._signs |= self._with_links(set(families))

    async def use_directory(self, areas: Collection[str], agencies: Collection[str], *, to_agree: bool) -> None:
        """Decides with what the directory holds for these; see `repository/directory.py` for `to_agree`."""
        self.catalogue = await directory.catalogue(self._tx.connection, areas, agencies, to_agree=to_agree)

    def context(self, case: Case, now: datetime, cause: UUID | None = None, who: str = "") -> DecisionContext:
        """All that a decision about this case knows beyond it, as the decisions so far have left it."""
        return DecisionContext(
            now,
            cause,
            new_id,
            who,
            catalogue=self.catalogue,
            rules=self._rules[case.area],
            sign_in_family=case.key in self._signs,
            others=tuple(other for other in self.of_family(case.key) if other.case_id != case.case_id),
        )

    def record(self, progress: Progress, cause: Received[Any] | None = None) -> None:
        """Adds a decision, so that the next one sees it, and its events to the outbox, with what they follow from.

        Without a cause where the calendar or a person is it, or where another front door's record is: nothing ties the
        two. A reminder is kept until it is known whether it is still right at the end.
        """
        case = without_what_is_over(progress.case)
        self.catalogue.account(self.cases.get(case.case_id), case)
        self._keep(case)
        self._history += progress.history
        self._latest = max(self._latest, progress.stamp.now)
        self._consents += progress.consents
        for event in progress.events:
            if isinstance(event, WrapAroundReminded):
                self._reminders.append((event, cause))
            else:
                self._tx.emit(event, cause=cause)

    def record_each(
        self, decisions: Iterable[Progress], cause: Received[Any] | None = None, *, of: FamilyKey | None = None
    ) -> None:
        """Records decisions one after the other, each before the next is made.

        With `of`, the cause is one of that front door's family: the events of another one's cases are without it.
        """
        for progress in decisions:
            self.record(progress, cause if of is None or progress.case.key == of else None)

    async def save(self, *, allocates: bool = True) -> None:
        """Saves what has changed. The cases first: history, consents and referrals refer to them.

        Where a place came free or a waiting list changed, its places are to be allocated next; `allocates` is False
        where that is what was just done.
        """
        connection, changed = self._tx.connection, self.cases.values()
        for reminder, cause in self._reminders:
            if still_reminds(self.cases[reminder.case_id], reminder):
                self._tx.emit(reminder, cause=cause)
        await cases.save(connection, self._before, changed)
        touched = await waiting_list.save(connection, self._before, changed)
        await cases.add_history(connection, self._history)
        await consents.record(connection, self._consents)
        at_panel = dict.fromkeys(each.case_id for each in self._history if each.target is State.AT_PANEL)
        await panel.place(connection, at_panel)
        if missing := {case.area for case in changed} - self._rules.keys():
            self._rules |= await courses.rules_of(connection, missing)
        # The timers' rows are the last lock that anybody takes.
        await courses.follow(connection, self._before, changed, self._rules)
        if allocates:
            await waiting_list.request_allocation(connection, touched, self._latest)

    def _keep(self, case: Case) -> None:
        self.cases[case.case_id] = case
        self._members[self._family(case.key)][case.case_id] = None

    def _family(self, key: FamilyKey) -> FamilyKey | UUID:
        return self._linked.get(key, key)

    def _with_links(self, keys: Collection[FamilyKey]) -> set[FamilyKey]:
        """These families under every key that front doors know them by."""
        named = {self._linked[key] for key in keys if key in self._linked}
        return set(keys) | {key for key, family_id in self._linked.items() if family_id in named}


async def lock(tx: Transaction, families: Iterable[FamilyKey], *, areas: Collection[str] = ()) -> UnitOfWork:
    """The cases of these families and of all that they are linked with, locked until the transaction ends."""
    keys = set(families)
    linked = await cases.lock_families(tx.connection, keys)
    return await load(tx, keys, linked=linked, areas=areas)


async def load(
    tx: Transaction,
    families: Collection[FamilyKey],
    *,
    linked: Mapping[FamilyKey, UUID] | None = None,
    areas: Collection[str] = (),
) -> UnitOfWork:
    """The same where the families are locked already. `areas` are those of cases that are still to be opened."""
    loaded = await cases.load(tx.connection, families)
    wanted = {case.area for case in loaded.values()} | set(areas)
    rules = await courses.rules_of(tx.connection, wanted) if wanted else {}
    return UnitOfWork(tx, loaded, linked or {}, rules)


async def lock_cases(tx: Transaction, case_ids: Sequence[str]) -> None:
    """Locks what every other handler locks before it moves a case, in their order: for timers, by their subjects."""
    await directory.lock_for_reading(tx.connection)
    families = await cases.families_of(tx.connection, [UUID(each) for each in case_ids])
    await cases.lock_families(tx.connection, families)
