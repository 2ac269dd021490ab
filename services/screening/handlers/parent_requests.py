"""What parents ask for without an account: stored, taken, tried, begun as a screening, closed, and forgotten.

Of a request nothing is published but that there is one, for whoever is to be written to. What it says is sealed under a
key of its own, which no other service opens.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from services.screening.domain.form.questions import Values
from services.screening.domain.parent_requests import (
    Answers,
    CloseReason,
    Method,
    Outcome,
    draft_of,
    is_danger,
    is_safe,
)
from services.screening.handlers import forms as drafts
from services.screening.handlers.forms import Author
from services.screening.repository import directory, forms, parent_requests
from services.screening.repository.directory import AreaHelp
from services.screening.repository.parent_requests import Attempt, RequestRow
from services.screening.settings import ScreeningSettings
from shared.contracts.screening import HelpRequested
from shared.contracts.vocabulary import FrontDoorKind
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.privacy.sealing import CannotOpenError
from shared.service.definition import Context
from shared.service.form_keys import claim_once

NOTICE = "2026-11"
"""The version of the privacy notice that the pages show. Whoever changes its words gives it another."""
BOX = "parent-request"
_NAMESPACE = UUID("0f6c7f0e-1b7d-5c0a-9a51-2f0a9b6f4c11")
_AT_ONCE = 200


class NoSuchRequestError(Exception):
    """There is no such request, or it is kept no longer."""


class NotPossibleError(Exception):
    """It cannot be done with this request now. The message is a plain sentence."""


@dataclass(frozen=True)
class OpenRequest:
    """A request with what the parent wrote; None where its key was erased."""

    row: RequestRow
    answers: Answers | None = field(repr=False)
    attempts: Sequence[Attempt] = ()


class ParentRequests:
    """What may be done about requests. Whether a caller reaches one is asked before."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def areas(self) -> list[AreaHelp]:
        """The areas that are registered, by name, with whom to call in danger."""
        async with in_transaction(self._context.pool, self._context.service) as tx:
            return await directory.help_of_areas(tx.connection, await directory.areas_by_name(tx.connection))

    async def ask(self, area: str, answers: Answers, key: UUID) -> None:
        """Stores what a parent asks for, for the front door of the area.

        Raises AlreadySentError and NoSuchRequestError.

        Where several agencies of the area take self-referrals it goes to the first by its id; the area's coordinators
        see it there too. Where none does it is theirs.
        """
        context, request_id = self._context, new_id()
        keys = await context.keyring.for_sealing([request_id], "form")
        sealed = keys.seal(request_id, BOX, {name: list(given) for name, given in answers.items()})
        async with in_transaction(context.pool, context.service) as tx:
            await claim_once(tx, key)
            if area not in await directory.areas_by_name(tx.connection):
                raise NoSuchRequestError
            agencies = await directory.agencies_of(tx.connection, area, FrontDoorKind.SELF)
            now = context.clock.now()
            row = RequestRow(
                request_id,
                area,
                next(iter(agencies), None),
                is_danger(answers),
                sealed,
                NOTICE,
                now,
                now + request_life(context),
            )
            await parent_requests.add(tx.connection, row)
            _announce(tx, row, now)

    async def listed(self, limit: int) -> list[tuple[RequestRow, int]]:
        """Those within the caller's reach, each with how often somebody tried to reach the parent."""
        async with self._context.pool.acquire() as connection:
            return await parent_requests.listed(connection, limit)

    async def opened(self, request_id: UUID) -> OpenRequest:
        """A request with what the parent wrote. Raises NoSuchRequestError."""
        async with self._context.pool.acquire() as connection:
            row = await parent_requests.one(connection, request_id)
            attempts = await parent_requests.attempts_of(connection, request_id)
        if row is None:
            raise NoSuchRequestError
        return OpenRequest(row, await self._answers(row), attempts)

    async def front_doors(self, area: str) -> dict[str, str]:
        """The agencies of an area, each with its name: one of them may see to a request."""
        async with in_transaction(self._context.pool, self._context.service) as tx:
            return await directory.agencies_of(tx.connection, area)

    async def take(self, request_id: UUID, who: str, key: UUID) -> None:
        """Somebody sees to it from now on, whoever did before. Raises AlreadySentError and what `_locked` raises."""
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await claim_once(tx, key)
            await self._locked(tx, request_id)
            await parent_requests.set_taken(tx.connection, request_id, who, self._context.clock.now())

    async def hand_to(self, request_id: UUID, agency: str, key: UUID) -> None:
        """A front door of the area sees to it from now on. Raises as `take` does."""
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await claim_once(tx, key)
            row = await self._locked(tx, request_id)
            if agency not in await directory.agencies_of(tx.connection, row.area):
                raise NotPossibleError("Select a front door of the area.")
            await parent_requests.set_agency(tx.connection, request_id, agency)
            _announce(tx, replace(row, agency=agency), self._context.clock.now())

    async def tried(self, request_id: UUID, who: str, method: Method, outcome: Outcome, key: UUID) -> None:
        """Records how somebody tried to reach the parent, if the parent called that safe. Raises as `take` does."""
        found = await self.opened(request_id)
        if found.answers is not None and not is_safe(found.answers, method, outcome):
            raise NotPossibleError("The parent did not say that this is safe. Use a way that they named.")
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await claim_once(tx, key)
            await self._locked(tx, request_id)
            now = self._context.clock.now()
            await parent_requests.add_attempt(tx.connection, Attempt(new_id(), request_id, now, who, method, outcome))

    async def begin_screening(self, request_id: UUID, author: Author, family_ref: str, you: Values) -> UUID:
        """Begins a draft of this author's with the first parent's details, once for each author; returns its id.

        Raises NoSuchRequestError and NotPossibleError.
        """
        found = await self.opened(request_id)
        if found.row.closed_at is not None or found.answers is None:
            raise NotPossibleError(_CLOSED)
        key = uuid5(_NAMESPACE, f"{request_id}/{family_ref}")
        async with in_transaction(self._context.pool, self._context.service) as tx:
            agency = (await directory.agencies(tx.connection, [author.agency])).get(author.agency)
        if agency is None or found.row.area not in agency.areas:
            raise NotPossibleError("Your agency is not a front door of this area.")
        family = {"family_ref": [family_ref], "area": [found.row.area]}
        if agency.sources and FrontDoorKind.SELF in agency.sources:
            family["source"] = [FrontDoorKind.SELF.value]
        elif agency.sources and len(agency.sources) == 1:
            family["source"] = list(agency.sources)
        pages = {"you": you, "family": family, **draft_of(found.answers)}
        form_id = await drafts.begin(self._context, author, key, pages, found.row.area)
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await self._locked(tx, request_id)
            await parent_requests.set_form(tx.connection, request_id, form_id)
            await parent_requests.set_taken(tx.connection, request_id, author.who, self._context.clock.now())
        return form_id

    async def close(self, request_id: UUID, who: str, reason: CloseReason, key: UUID) -> None:
        """Closes a request; one that the parent wants deleted goes at once. Raises as `take` does."""
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await claim_once(tx, key)
            await self._locked(tx, request_id)
            if reason is CloseReason.DELETE:
                await self._context.keyring.erase(request_id)
                await parent_requests.remove(tx.connection, [request_id])
                return
            await parent_requests.set_closed(tx.connection, request_id, who, self._context.clock.now(), reason)

    async def _locked(self, tx: Transaction, request_id: UUID) -> RequestRow:
        """The open request, which is kept longer from now on. Raises NoSuchRequestError and NotPossibleError."""
        row = await parent_requests.one(tx.connection, request_id, lock=True)
        if row is None:
            raise NoSuchRequestError
        if row.closed_at is not None:
            raise NotPossibleError(_CLOSED)
        until = self._context.clock.now() + request_life(self._context)
        await parent_requests.keep_until(tx.connection, request_id, until)
        return replace(row, expires_at=until)

    async def _answers(self, row: RequestRow) -> Answers | None:
        keys = await self._context.keyring.for_opening([row.sealed])
        try:
            found: Mapping[str, list[str]] = keys.open(row.sealed)
        except CannotOpenError:
            return None
        return found


def request_life(context: Context) -> timedelta:
    """For how long a request is kept after somebody did something about it last."""
    settings = context.settings
    days = (settings if isinstance(settings, ScreeningSettings) else ScreeningSettings()).request_days
    return timedelta(days=days)


async def erase_with_cases(context: Context, tx: Transaction, cases: Collection[UUID]) -> None:
    """Somebody of these cases was erased: what a parent had asked for, before they were screened, goes with its key.

    The forms of the cases have to be there still.
    """
    found = await parent_requests.of_forms(tx.connection, await forms.of_cases(tx.connection, cases))
    if found:
        await context.keyring.erase(*found)
        await parent_requests.remove(tx.connection, found)


class RequestRetention:
    """The schedule of requests that nobody took up, or that are done with."""

    schedule = "parent-request"

    def __init__(self, context: Context) -> None:
        self._context = context

    async def due(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:
        """By area, how many have expired."""
        async with self._context.pool.acquire() as connection:
            return await parent_requests.count_over(connection, now, areas)

    async def apply(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:
        """Deletes them; the keys go first."""
        done = await self.due(now, areas)
        while True:
            async with in_transaction(self._context.pool, self._context.service) as tx:
                found = await parent_requests.over(tx.connection, now, areas, _AT_ONCE)
                if not found:
                    return done
                await self._context.keyring.erase(*found)
                await parent_requests.remove(tx.connection, found)


_CLOSED = "This request is closed."


def _announce(tx: Transaction, row: RequestRow, at: datetime) -> None:
    """Whoever is to see to it is written to: nobody looks at a list all day."""
    tx.emit(
        HelpRequested(request_id=row.request_id, occurred_at=at, area=row.area, agency=row.agency, danger=row.danger)
    )
