"""A parent's one-time link: a worker has it sent, or takes it back; whoever has link and numbers opens it, once.

The secret is in the mail alone, the numbers on the worker's screen alone. Stored are keyed digests of both.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from services.notification.domain.case import Case
from services.notification.domain.details import ParentDetails, details_to_share
from services.notification.domain.own_links import LinkState, OwnLink, Unsafe, is_of_the_family, safe_address
from services.notification.handlers.offers import Offers
from services.notification.repository import emails, own_links
from services.notification.repository.emails import QueuedEmail
from services.notification.repository.own_links import AskedQuestions, OwnSession
from services.notification.settings import NotificationSettings
from shared.access.scopes import EVERYWHERE
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.postgres.row_reach import reading_within
from shared.privacy.keyring import Keyring
from shared.service.definition import Context
from shared.service.form_keys import claim_once

BOX = "own-link"
_SECRET_BYTES = 32
_CODES = 1_000_000


class NotSentError(Exception):
    """No link goes to this parent now. `why` is for the worker; nothing of the other parent is in it."""

    def __init__(self, why: Unsafe) -> None:
        super().__init__(why.value)
        self.why = why


class NotOpenedError(Exception):
    """This link and these numbers open nothing. Whether there is such a link is not said."""


@dataclass(frozen=True)
class SentLink:
    """A link that was queued: its numbers, which the worker gives to the parent, and until when it works."""

    link_id: UUID
    code: str
    expires_at: datetime


@dataclass(frozen=True)
class ForWhom:
    """One parent of one case, who asked for their link, the key of the form by which they did, and what it asks."""

    case_id: UUID
    person_id: UUID
    who: str
    key: UUID
    asked: AskedQuestions | None = None


class OwnLinks:
    """Makes, takes back and opens links. They go by the wall's clock, whatever the calendar of the events says."""

    def __init__(self, context: Context, address: str) -> None:
        """`address`: where a link leads, before its secret."""
        if not isinstance(context.settings, NotificationSettings):
            raise TypeError("links are made with the notification service's settings")
        self._context = context
        self._address = address
        self._days = timedelta(days=context.settings.link_days)
        self._offers = Offers(context.keyring, context.clock)

    async def send(self, asked: ForWhom) -> SentLink:
        """Makes a link and queues its mail; earlier links of this parent end with it.

        Raises NotSentError where none may go to them, and AlreadySentError where this form was sent before.
        """
        keyring, now = self._context.keyring, _now()
        secret, code = secrets.token_urlsafe(_SECRET_BYTES), f"{secrets.randbelow(_CODES):06d}"
        link = OwnLink(new_id(), asked.case_id, asked.person_id, now, now + self._days)
        try:
            async with in_transaction(self._context.pool, self._context.service) as tx:
                await claim_once(tx, asked.key)
                content = {"email": await self._address_of(tx, asked), "link": f"{self._address}/{secret}"}
                keys = await keyring.for_sealing([asked.person_id], "person")
                box = keys.seal(asked.person_id, BOX, content, link.link_id)
                await own_links.end_earlier(tx.connection, asked.case_id, asked.person_id, now)
                await own_links.add(tx.connection, link, _digests(keyring, secret, code), asked.who, asked.asked)
                mail = QueuedEmail(
                    link.link_id,
                    "own-link",
                    asked.case_id,
                    parent=box,
                    person_id=asked.person_id,
                    on_day=(link.expires_at - timedelta(days=1)).date(),
                )
                await emails.queue(tx.connection, [mail])
        except asyncpg.CheckViolationError:
            raise NotSentError(Unsafe.NO_DETAILS) from None
        return SentLink(link.link_id, code, link.expires_at)

    async def take_back(self, case_id: UUID, link_id: UUID, key: UUID) -> bool:
        """Ends a link, and the session that it opened. False where the case has no such link."""
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await claim_once(tx, key)
            return await own_links.revoke(tx.connection, case_id, link_id, _now())

    async def open(self, secret: str, code: str, entry: bytes, session: bytes) -> None:
        """Opens a link in a browser. Raises NotOpenedError.

        `entry` is the digest of the browser's secret so far, `session` that of the one that it gets now: somebody may
        have put the first there before. The same browser is let in again for a minute, if nobody has used the page:
        the answer to its form may have been lost. Wrong numbers are counted even though nothing else is done.
        """
        now, opened = _now(), False
        digest, code_digest = _digests(self._context.keyring, secret, code)
        async with in_transaction(self._context.pool, self._context.service) as tx:
            found = await own_links.locked(tx.connection, digest)
            if found is not None:
                link, expected = found
                is_right = hmac.compare_digest(code_digest, expected)
                if link.may_open(now):
                    opened = is_right
                    if opened:
                        await own_links.open_once(tx.connection, link.link_id, (entry, session), now)
                    else:
                        await own_links.count_wrong(tx.connection, link.link_id)
                elif is_right and link.state(now) is LinkState.OPENED:
                    opened = await own_links.open_again(tx.connection, link.link_id, (entry, session), now)
        if not opened:
            raise NotOpenedError

    async def whose(self, session: bytes) -> OwnSession | None:
        """Whose the session of a browser is; None where it has none."""
        with reading_within(EVERYWHERE):
            async with self._context.pool.acquire() as connection:
                return await own_links.session_of(connection, session, _now())

    async def finish(self, session: bytes) -> None:
        """Ends a browser's session for good."""
        with reading_within(EVERYWHERE):
            async with self._context.pool.acquire() as connection:
                await own_links.end_session(connection, session)

    async def _address_of(self, tx: Transaction, asked: ForWhom) -> str:
        locked = await self._offers.lock(tx, [asked.case_id])
        case = locked.now[asked.case_id]
        parents = await own_links.parents_of(tx.connection, asked.case_id)
        if await own_links.is_restricted(tx.connection, asked.case_id, asked.person_id):
            raise NotSentError(Unsafe.RESTRICTED)
        details = await self._offers.details(tx, {each.person_id: asked.case_id for each in parents})
        address = _address_in(case, asked.person_id, details)
        if isinstance(address, Unsafe):
            raise NotSentError(address)
        return address


def _address_in(case: Case, person_id: UUID, details: Mapping[UUID, list[ParentDetails]]) -> str | Unsafe:
    in_force = {person: details_to_share(case, None, theirs) for person, theirs in details.items()}
    own = in_force.get(person_id)
    if isinstance(own, ParentDetails) and not is_of_the_family(own, in_force.values()):
        return Unsafe.NOT_OF_THE_FAMILY
    others = [each for person, theirs in details.items() if person != person_id for each in theirs]
    return safe_address(own, others)


def _digests(keyring: Keyring, secret: str, code: str) -> tuple[bytes, bytes]:
    """Of a link's secret, by which it is found, and of its numbers, which nobody can try without the secret."""
    text = secret.encode()
    return keyring.fingerprint(b"own-link/" + text), keyring.fingerprint(b"own-code/" + text + b"/" + code.encode())


def _now() -> datetime:
    return datetime.now(UTC)
