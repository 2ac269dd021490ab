"""Sends queued e-mails in the background, over one connection, to a real SMTP server.

A mail may go out twice after a crash between sending and recording it; it then has the same Message-ID. It is never
lost: only the server's answer that it has the mail ends its time in the queue, or that it never will.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import date
from email.headerregistry import Address
from email.message import EmailMessage

import aiosmtplib
import asyncpg
import structlog

from services.notification.domain.digest import digest_text
from services.notification.domain.email import email_text
from services.notification.handlers.email_messages import message_of
from services.notification.repository import digests, emails
from services.notification.repository.emails import Attempt, ClaimedEmail
from services.notification.settings import NotificationSettings
from shared.messaging.core.activity import ALWAYS_S, Activity
from shared.privacy.keyring import Keyring, Keys
from shared.privacy.sealing import CannotOpenError

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 5.0
# The server answers, but not to us: nothing is wrong with the mail, and every other would fare the same.
_OURS_TO_MEND = (aiosmtplib.SMTPHeloError, aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPSenderRefused)

log = structlog.get_logger()


class ServerAwayError(Exception):
    """No mail can be sent now. `kind` is why, without quoting the server."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


Numbers = Mapping[tuple[str, date], Mapping[str, int]]
"""What mails of a week say, by whose and which."""


class EmailSender:
    """Sends mails in small batches when their time has come. Several senders never claim the same mail."""

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        keyring: Keyring,
        settings: NotificationSettings,
        entrance: str = "",
        activity: Activity | None = None,
    ) -> None:
        """`entrance`: where browsers see the pages that mails call their readers to."""
        self._pool = pool
        self._keyring = keyring
        self._settings = settings
        self._entrance = entrance
        self._activity = activity or Activity(ALWAYS_S)
        self._stopping = False
        self._smtp: aiosmtplib.SMTP | None = None

    async def run(self) -> None:
        """Sends until cancelled. The mail in flight is finished and recorded first."""
        pause, reason = _FIRST_PAUSE_S, ""
        try:
            while True:
                batch = asyncio.ensure_future(self.send_batch())
                try:
                    sent = await asyncio.shield(batch)
                except ServerAwayError as error:
                    if error.kind != reason:
                        log.warning("e-mail waits for its server", reason=error.kind)
                    reason = error.kind
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, _LONGEST_PAUSE_S)
                    continue
                except asyncio.CancelledError:
                    self._stopping = True
                    with contextlib.suppress(Exception):
                        await batch
                    raise
                pause, reason = _FIRST_PAUSE_S, ""
                if not sent:
                    await self._hang_up()
                    await self._activity.pause(self._settings.email_poll_s)
        finally:
            await self._hang_up()

    async def send_batch(self) -> int:
        """One batch: returns how many mails were due. Raises ServerAwayError after recording what was sent before."""
        away: ServerAwayError | None = None
        async with self._pool.acquire() as connection, connection.transaction():
            claimed = await emails.claim(connection, self._settings.email_batch_size)
            if not claimed:
                return 0
            sealed = [box for mail in claimed if (box := mail.practitioner or mail.parent)]
            keys = await self._keyring.for_opening(sealed)
            weeks = [(mail.staff, mail.on_day) for mail in claimed if mail.staff and mail.on_day]
            numbers = await digests.numbers(connection, weeks) if weeks else {}
            attempts = []
            for mail in claimed:
                if self._stopping:
                    break
                try:
                    attempts.append(await self._attempt(mail, keys, numbers))
                except ServerAwayError as error:
                    attempts.append(Attempt(mail.id, "queued", error.kind))
                    away = error
                    break
            await emails.record(connection, attempts)
        if away:
            await self._hang_up()
            raise away
        return len(claimed)

    async def _attempt(self, mail: ClaimedEmail, keys: Keys, numbers: Numbers) -> Attempt:
        try:
            message = self._message(mail, keys, numbers)
        except CannotOpenError:
            return Attempt(mail.id, "failed", "recipient-erased")
        except Exception:  # whatever an address makes the parser stumble over costs this mail alone
            return Attempt(mail.id, "failed", "address-not-usable")
        try:
            await (await self._connected()).send_message(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            return self._refused(mail, error.recipients[0].code)
        except (aiosmtplib.SMTPNotSupported, UnicodeError):
            return Attempt(mail.id, "failed", "address-not-usable")
        except _OURS_TO_MEND as error:
            raise ServerAwayError(f"smtp-{error.code}") from error
        except aiosmtplib.SMTPResponseException as error:
            if error.code == aiosmtplib.SMTPStatus.domain_unavailable:
                raise ServerAwayError(f"smtp-{error.code}") from error
            return self._refused(mail, error.code)
        except TimeoutError as error:
            raise ServerAwayError("timeout") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise ServerAwayError("no-connection") from error
        return Attempt(mail.id, "sent")

    def _refused(self, mail: ClaimedEmail, code: int) -> Attempt:
        kind, attempts = f"smtp-{code}", mail.attempts + 1
        if code >= 500 or attempts >= self._settings.email_attempts:
            return Attempt(mail.id, "failed", kind)
        wait = min(self._settings.email_first_wait_s * 2 ** (attempts - 1), self._settings.email_longest_wait_s)
        return Attempt(mail.id, "queued", kind, wait)

    def _message(self, mail: ClaimedEmail, keys: Keys, numbers: Numbers) -> EmailMessage:
        link = f"{self._entrance}{mail.page}" if mail.page else ""
        if mail.parent:
            # Of this mail alone: a box of an earlier one holds an address that was given up.
            own = keys.open(mail.parent, mail.id)
            recipient, link = Address(addr_spec=own["email"]), own["link"]
        elif mail.practitioner:
            person = keys.open(mail.practitioner)
            recipient = Address(display_name=person["name"] or "", addr_spec=person["email"])
        else:
            recipient = Address(addr_spec=mail.address or "")
        if mail.staff and mail.on_day:
            text = digest_text(mail.on_day, numbers.get((mail.staff, mail.on_day), {}), self._entrance)
        else:
            text = email_text(mail.about, mail.about_id, mail.on_day, link, mail.delivery, mail.venue)
        return message_of(mail.id, self._settings.smtp_from, recipient, text)

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._smtp is not None and self._smtp.is_connected:
            return self._smtp
        settings = self._settings
        self._smtp = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username,
            password=settings.smtp_password.get_secret_value() if settings.smtp_username else None,
            start_tls=settings.mails_by_tls,
            timeout=settings.smtp_timeout_s,
        )
        await self._smtp.connect()
        return self._smtp

    async def _hang_up(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None and smtp.is_connected:
            with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                await smtp.quit(timeout=1)
