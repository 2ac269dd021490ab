"""Front doors' forms: begun, saved page by page, ended; what was sent is opened again for whoever sent it.

Each page is sealed for itself under the form's own key. A page is opened only where it is asked for: a conversation
with one parent is shown without the other's having been read.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from services.screening.domain.form.questions import Values
from services.screening.repository import directory, forms
from services.screening.repository.directory import Agency, AreaHelp
from services.screening.repository.forms import FormRow
from services.screening.settings import ScreeningSettings
from shared.contracts.base import Sealed
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.privacy.sealing import CannotOpenError
from shared.service.definition import Context

NO_FORM = "This is not there any more, or it is not yours. A draft is deleted some days after it was saved last."
CHANGES = "changes"
"""The page that holds which answers a correction changed."""
_NAMESPACE = UUID("5a1c8c3e-6f0b-5d55-9a8e-7a1f2c52a6d1")
_AT_ONCE = 200


class NotThereError(Exception):
    """There is no such form for whoever asks. The message is a plain sentence."""

    def __init__(self) -> None:
        super().__init__(NO_FORM)


class SentAlreadyError(Exception):
    """The form was sent, and is written no more."""


@dataclass(frozen=True)
class Author:
    """Who writes: their agency, the id under which they act, and the agency's own id of them."""

    agency: str
    who: str
    worker: str = field(repr=False)


@dataclass(frozen=True)
class OpenForm:
    """A form with what is asked for of its pages."""

    row: FormRow
    pages: Mapping[str, Values] = field(repr=False)


def draft_life(context: Context) -> timedelta:
    """For how long a draft is kept after it was saved last."""
    settings = context.settings
    return (settings if isinstance(settings, ScreeningSettings) else ScreeningSettings()).draft_life


async def begin(context: Context, author: Author, key: UUID, pages: Mapping[str, Values], area: str) -> UUID:
    """Begins a draft with these pages. The same key begins one, however often it is sent."""
    form_id = uuid5(_NAMESPACE, f"{author.agency}/{author.who}/{key}")
    sealed = await _sealed(context, form_id, pages)
    async with in_transaction(context.pool, context.service) as tx:
        if await forms.of_author(tx.connection, form_id, author.who) is None:
            await _add(context, tx, author, form_id, sealed, area=area)
    return form_id


async def correct(context: Context, author: Author, form_id: UUID, key: UUID) -> UUID:
    """Begins the correction of what was sent, filled in as it was. Where there is a correction, it is that one's turn.

    Raises NotThereError.
    """
    sent = await opened(context, author, form_id)
    new_id = uuid5(_NAMESPACE, f"{author.agency}/{author.who}/{key}")
    pages = {name: values for name, values in sent.pages.items() if name != CHANGES}
    sealed = await _sealed(context, new_id, pages)
    async with in_transaction(context.pool, context.service) as tx:
        now = context.clock.now()
        if sent.row.sent_at is None:
            return form_id
        mine = await forms.all_of_author(tx.connection, author.agency, author.who, now)
        for other in mine:
            if other.supersedes == form_id:
                return other.form_id
        await _add(context, tx, author, new_id, sealed, area=sent.row.area, supersedes=form_id)
    return new_id


async def opened(context: Context, author: Author, form_id: UUID, pages: Collection[str] | None = None) -> OpenForm:
    """A form of this author's with these of its pages, or all. Raises NotThereError."""
    async with in_transaction(context.pool, context.service) as tx:
        row = await forms.of_author(tx.connection, form_id, author.who)
        if row is None or row.agency != author.agency or is_over(row, context.clock.now()):
            raise NotThereError
        boxes = (await forms.pages_of(tx.connection, [form_id], pages))[form_id]
    return OpenForm(row, await _opened(context, boxes))


async def save(context: Context, author: Author, form_id: UUID, pages: Mapping[str, Values]) -> None:
    """Saves these pages of a draft; saved twice, the last counts. Raises NotThereError or SentAlreadyError."""
    sealed = await _sealed(context, form_id, pages)
    async with in_transaction(context.pool, context.service) as tx:
        row, now = await forms.of_author(tx.connection, form_id, author.who, lock=True), context.clock.now()
        if row is None or is_over(row, now):
            raise NotThereError
        if row.sent_at is not None:
            raise SentAlreadyError
        for page, box in sealed.items():
            await forms.save_page(tx.connection, form_id, page, box, now, now + draft_life(context))
        if area := next(iter(pages.get("family", {}).get("area", ())), ""):
            await forms.set_area(tx.connection, form_id, area)


async def delete(context: Context, author: Author, form_id: UUID) -> None:
    """Deletes a draft, and its key. What was sent stays."""
    async with in_transaction(context.pool, context.service) as tx:
        row = await forms.of_author(tx.connection, form_id, author.who, lock=True)
        if row is None or row.sent_at is not None:
            return
        await context.keyring.erase(form_id)
        await forms.remove(tx.connection, [form_id])


async def mine(context: Context, author: Author) -> list[OpenForm]:
    """What this author began and sent, the newest first, each with the page of its family alone."""
    async with in_transaction(context.pool, context.service) as tx:
        rows = await forms.all_of_author(tx.connection, author.agency, author.who, context.clock.now())
        boxes = await forms.pages_of(tx.connection, [row.form_id for row in rows], ["family"])
    flat = {str(form_id): pages["family"] for form_id, pages in boxes.items() if "family" in pages}
    found = await _opened(context, flat)
    return [OpenForm(row, {"family": found.get(str(row.form_id), {})}) for row in rows]


async def drafts_of_agency(context: Context, agency: str) -> int:
    """How many drafts there are in an agency. Nothing else of them is anybody's but their authors'."""
    async with in_transaction(context.pool, context.service) as tx:
        return await forms.count_of_drafts(tx.connection, agency, context.clock.now())


async def sent_before(context: Context, agency: str, family_ref: str) -> list[datetime]:
    """When the agency itself sent screenings of this family."""
    async with in_transaction(context.pool, context.service) as tx:
        return await forms.sent_of_family(tx.connection, agency, family_ref)


async def decided(context: Context, agency: str, submissions: Collection[UUID]) -> dict[UUID, Mapping[str, Any]]:
    """Of these submissions of an agency, those that are decided."""
    async with in_transaction(context.pool, context.service) as tx:
        return await forms.decided(tx.connection, agency, submissions)


async def corrected_by(context: Context, agency: str, form_id: UUID) -> UUID | None:
    """The form by which this one was corrected."""
    async with in_transaction(context.pool, context.service) as tx:
        return (await forms.corrected(tx.connection, agency, [form_id])).get(form_id)


async def front_door(context: Context, agency: str) -> tuple[Agency | None, list[AreaHelp]]:
    """The agency as it is registered, and what a page says of its areas."""
    async with in_transaction(context.pool, context.service) as tx:
        found = (await directory.agencies(tx.connection, [agency])).get(agency)
        return found, await directory.help_of_areas(tx.connection, found.areas if found else ())


async def changes_of_case(context: Context, case_id: UUID) -> list[OpenForm]:
    """The screenings of a case that were sent as forms, with which answers each changed: never what they were."""
    async with in_transaction(context.pool, context.service) as tx:
        rows = await forms.sent_of_case(tx.connection, case_id)
        boxes = await forms.pages_of(tx.connection, [row.form_id for row in rows], [CHANGES])
    flat = {str(form_id): pages[CHANGES] for form_id, pages in boxes.items() if CHANGES in pages}
    found = await _opened(context, flat)
    return [OpenForm(row, {CHANGES: found.get(str(row.form_id), {})}) for row in rows]


async def erase_of_cases(context: Context, tx: Transaction, cases: Collection[UUID]) -> None:
    """Somebody of these cases was erased: what was typed of the family goes, and its keys."""
    if found := await forms.of_cases(tx.connection, cases):
        await context.keyring.erase(*found)
        await forms.remove(tx.connection, found)


def is_over(row: FormRow, now: datetime) -> bool:
    """Whether a draft has expired."""
    return row.sent_at is None and row.expires_at <= now


class DraftRetention:
    """The schedule of drafts that nobody went on with."""

    schedule = "form"

    def __init__(self, context: Context) -> None:
        self._context = context

    async def due(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:  # noqa: ARG002
        """How many have expired. Where a draft's family lives is not always known yet, so all count as of no area."""
        async with self._context.pool.acquire() as connection:
            number = await forms.count_over(connection, now)
        return {"": number} if number else {}

    async def apply(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:  # noqa: ARG002
        """Deletes them; the keys go first."""
        done = 0
        while True:
            async with in_transaction(self._context.pool, self._context.service) as tx:
                found = await forms.over(tx.connection, now, _AT_ONCE)
                if not found:
                    return {"": done} if done else {}
                await self._context.keyring.erase(*found)
                await forms.remove(tx.connection, found)
            done += len(found)


async def _add(
    context: Context,
    tx: Transaction,
    author: Author,
    form_id: UUID,
    pages: Mapping[str, Sealed],
    **more: Any,
) -> None:
    now = context.clock.now()
    ends = now + draft_life(context)
    await forms.add(tx.connection, FormRow(form_id, author.agency, author.who, now, now, ends, **more))
    for page, sealed in pages.items():
        await forms.save_page(tx.connection, form_id, page, sealed, now, ends)


async def _sealed(context: Context, form_id: UUID, pages: Mapping[str, Values]) -> dict[str, Sealed]:
    keys = await context.keyring.for_sealing([form_id], "form")
    try:
        return {page: keys.seal(form_id, page, _plain(values)) for page, values in pages.items()}
    except CannotOpenError:
        raise NotThereError from None


def _plain(values: Values) -> dict[str, list[str]]:
    return {name: list(given) for name, given in values.items()}


async def _opened(context: Context, boxes: Mapping[str, Sealed]) -> dict[str, Values]:
    keys = await context.keyring.for_opening(boxes.values())
    found: dict[str, Values] = {}
    for page, box in boxes.items():
        try:
            found[page] = keys.open(box)
        except CannotOpenError:
            continue
    return found
