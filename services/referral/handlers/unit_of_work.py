"""One transaction's work on cases: loaded together, decided one after the other, saved together."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.referral.domain.agreement.offers import Catalogue
from services.referral.domain.calendar.schedule import Rules, still_reminds
from services.referral.domain.case.case import Case, ConsentGiven, ConsentWithdrawn, Entry, FamilyKey
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.states import TERMINAL, State
from services.referral.domain.deciders.worklist import without_what_is_over
from services.referral.repository import cases, consents, courses, panel, waiting_list
from shared.contracts.referral import WrapAroundReminded
from shared.messaging.core.records import Received
from shared.postgres.connection import Connection

_NEVER = datetime.min.replace(tzinfo=UTC)


class Work:
    """The cases as the decisions so far have left them."""

    def __init__(self, loaded: Mapping[UUID, Case], linked: Mapping[FamilyKey, UUID] | None = None) -> None:
        self.cases = dict(loaded)
        self._before = dict(loaded)
        self._history: list[Entry] = []
        self._consents: list[ConsentGiven | ConsentWithdrawn] = []
        self._reminders: list[tuple[WrapAroundReminded, Received[Any] | None]] = []
        self._latest = datetime.min.replace(tzinfo=UTC)
        self._rules: dict[str, Rules] = {}
        self._linked = {case.key: case.family_id for case in loaded.values() if case.family_id} | dict(linked or {})

    def is_one_family(self, one: FamilyKey, other: FamilyKey) -> bool:
        """Whether two front doors' families are one and the same."""
        return one == other or (one in self._linked and self._linked[one] == self._linked.get(other))

    def of_family(self, key: FamilyKey) -> list[Case]:
        """The family's cases as they are now, whichever front door they came by."""
        return [case for case in self.cases.values() if self.is_one_family(case.key, key)]

    def families_with_sign(self) -> set[FamilyKey]:
        """The families of which any case has a sign of abuse, through whichever front door, or before the panel."""
        return self.with_links(
            {
                case.key
                for case in self.cases.values()
                if case.abuse_sign_at or case.sign_in_family_at or case.panel_sees_abuse
            }
        )

    def with_links(self, keys: Collection[FamilyKey]) -> set[FamilyKey]:
        """These families under every key that front doors know them by."""
        named = {self._linked[key] for key in keys if key in self._linked}
        return set(keys) | {key for key, family_id in self._linked.items() if family_id in named}

    def around(self, case: Case) -> Case:
        """The case with what is known of its family beyond it, as the decisions so far have left it."""
        others = [other for other in self.of_family(case.key) if other.case_id != case.case_id]
        return replace(
            case,
            open_elsewhere=any(other.is_open for other in others),
            family_withdrew_at=max((other.withdrew_at for other in others if other.withdrew_at), default=None),
        )

    def take(self, progress: Progress, catalogue: Catalogue) -> None:
        """Adds a decision, so that the next one sees it."""
        case = without_what_is_over(progress.case)
        catalogue.account(self.cases.get(case.case_id), case)
        self.cases[case.case_id] = case
        self._history += progress.history
        self._latest = max(self._latest, progress.moment.now)
        self._consents += progress.consents

    def remind(self, reminder: WrapAroundReminded, cause: Received[Any] | None) -> None:
        """Keeps a reminder with what it follows from, until it is known how the case stands at the end."""
        self._reminders.append((reminder, cause))

    def reminders(self) -> list[tuple[WrapAroundReminded, Received[Any] | None]]:
        """The reminders that nothing has overtaken since."""
        return [(each, cause) for each, cause in self._reminders if still_reminds(self.cases[each.case_id], each)]

    def has_newer(self, case: Case) -> bool:
        """Whether the family has another case that is not over, or came later."""
        others = (other for other in self.of_family(case.key) if other.case_id != case.case_id)
        return any(
            other.state not in TERMINAL or (other.submitted_at or _NEVER) > (case.submitted_at or _NEVER)
            for other in others
        )

    async def rules(self, connection: Connection) -> Mapping[str, Rules]:
        """The settings of every area that a case is in. Asked once for each area."""
        missing = {case.area for case in (*self._before.values(), *self.cases.values())} - self._rules.keys()
        if missing:
            self._rules |= await courses.rules_of(connection, missing)
        return self._rules

    async def save(self, connection: Connection, *, tends: bool = True) -> None:
        """Saves what has changed. The cases first: history, consents and referrals refer to them.

        Where a place came free or a waiting list changed, the list is asked to be looked after; `tends` is False where
        that is what was just done.
        """
        await cases.save(connection, self._before, self.cases.values())
        touched = await waiting_list.save(connection, self._before, self.cases.values())
        await cases.add_history(connection, self._history)
        await consents.record(connection, self._consents)
        at_panel = dict.fromkeys(each.case_id for each in self._history if each.target is State.AT_PANEL)
        await panel.place(connection, at_panel)
        # The timers' rows are the last lock that anybody takes.
        await courses.follow(connection, self._before, self.cases.values(), await self.rules(connection))
        if tends:
            await waiting_list.tend(connection, touched, self._latest)
