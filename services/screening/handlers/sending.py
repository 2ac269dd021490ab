"""Sending a form: it becomes a record of the front door's own, and goes the way that every record goes."""

from collections.abc import Mapping
from uuid import UUID

import orjson
from pydantic import ValidationError

from services.screening.domain.form.checking import problems_of
from services.screening.domain.form.guidance import changes
from services.screening.domain.form.questions import Page, pages_of, people_of
from services.screening.domain.form.record import Sender, record_of
from services.screening.handlers.forms import CHANGES, Author, NotThereError, OpenForm, opened
from services.screening.repository import forms
from shared.contracts.base import Sealed
from shared.contracts.front_door import Submission, day_of
from shared.messaging.core.findings import findings_of
from shared.messaging.publishing.transaction import in_transaction
from shared.service.definition import Context
from shared.service.ingress import hand_in
from shared.service.requests import InvalidRequestError


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
    """Sends a form. Sent again it is the same record, with no second effect.

    Raises NotThereError; UnfinishedError; InvalidRequestError where the contract finds what the pages did not.
    """
    form = await opened(context, author, form_id)
    if unfinished(context, form):
        raise UnfinishedError
    at = form.row.sent_at or context.clock.now().replace(microsecond=0)
    record = record_of(form.pages, Sender(author.agency, author.worker), form_id, form.row.supersedes, at)
    _check(record)
    log = await _changed(context, author, form)
    async with in_transaction(context.pool, context.service) as tx:
        row = await forms.of_author(tx.connection, form_id, author.who, lock=True)
        if row is None or (row.sent_at is None and row.saved_at != form.row.saved_at):
            # Another window saved a page meanwhile: what would be sent was not looked at.
            raise UnfinishedError if row else NotThereError
        if row.sent_at is None:
            if log is not None:
                await forms.save_page(tx.connection, form_id, CHANGES, log, at, row.expires_at)
            await forms.set_sent(tx.connection, form_id, at)
        elif row.sent_at != at:
            return  # Two at once: the other one sends it.
    topic = f"front-door.{author.agency}.screenings"
    try:
        await hand_in(context, topic, record)
    except InvalidRequestError:
        async with in_transaction(context.pool, context.service) as tx:
            await forms.set_sent(tx.connection, form_id, None)
        raise


def _check(record: Mapping[str, object]) -> None:
    try:
        Submission.model_validate_json(orjson.dumps(record))
    except ValidationError as error:
        raise InvalidRequestError(findings_of(error, Submission)) from None


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
