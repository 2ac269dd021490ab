"""Sending a form: it becomes a record of the front door's own, and goes the way that every record goes."""

from collections.abc import Mapping
from contextlib import suppress
from uuid import UUID

from services.screening.domain.form.checking import problems_of
from services.screening.domain.form.guidance import changes
from services.screening.domain.form.questions import Page, pages_of, people_of
from services.screening.domain.form.record import Sender, record_of
from services.screening.handlers.forms import CHANGES, Author, NotThereError, OpenForm, SentAlreadyError, opened
from services.screening.handlers.ingress import FrontDoorIngress
from services.screening.repository import forms
from shared.contracts.base import Sealed
from shared.contracts.front_door import day_of
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context


class UnfinishedError(Exception):
    """Pages of the form are still to be completed."""


def unfinished(context: Context, form: OpenForm) -> dict[str, Mapping[str, str]]:
    """By page, what is still wrong with it, in the order of the form. Empty where the form can be sent."""
    today = day_of(context.clock.now())
    found = {page.name: problems_of(page, form.pages.get(page.name, {}), today) for page in pages_in(form)}
    return {name: problems for name, problems in found.items() if problems}


def pages_in(form: OpenForm) -> list[Page]:
    """The pages of a form, in order: those of as many people as it names."""
    return pages_of(*people_of(form.pages.get("people", {})))


async def send(context: Context, author: Author, form_id: UUID) -> None:
    """Sends a form. The second time it has no effect.

    Raises NotThereError; UnfinishedError; InvalidRequestError where the topic's own rules find what the pages did not.
    """
    form = await opened(context, author, form_id)
    if form.row.sent_at is not None:
        return
    if unfinished(context, form):
        raise UnfinishedError
    at = context.clock.now().replace(microsecond=0)
    record = record_of(form.pages, Sender(author.agency, author.worker), form_id, form.row.supersedes, at)
    log = await _changed(context, author, form)

    async def mark(tx: Transaction) -> None:
        row = await forms.of_author(tx.connection, form_id, author.who, lock=True)
        if row is None:
            raise NotThereError
        if row.sent_at is not None:
            raise SentAlreadyError
        if row.saved_at != form.row.saved_at:
            # Another window saved a page meanwhile: what would be sent was not looked at.
            raise UnfinishedError
        if log is not None:
            await forms.save_page(tx.connection, form_id, CHANGES, log, at, row.expires_at)
        await forms.set_sent(tx.connection, form_id, at)

    # Of two at once the second does nothing: its record goes with its mark.
    with suppress(SentAlreadyError):
        await FrontDoorIngress(context).hand_in(author.agency, record, also=mark)


async def _changed(context: Context, author: Author, form: OpenForm) -> Sealed | None:
    """Which answers a correction changes, sealed; None of what corrects nothing."""
    if form.row.supersedes is None:
        return None
    try:
        before = await opened(context, author, form.row.supersedes)
    except NotThereError:
        return None
    found = [f"{each.page}/{each.question}" for each in changes(before.pages, form.pages)]
    keys = await context.keyring.for_sealing([form.row.form_id], "form")
    return keys.seal(form.row.form_id, CHANGES, {"changed": found})
