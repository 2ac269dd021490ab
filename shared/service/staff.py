"""Whoever acts through a service's pages: an opaque id wherever they acted, their name sealed under their own key.

A name comes in by one door, with the request, and goes out by one, with the response. Everything between, and every
table, topic and log, has the id alone.
"""

import asyncio
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from shared.access.principal import Machine
from shared.access.roles import Purpose
from shared.access.scopes import EVERYWHERE
from shared.access.staff_ids import STAFF_ID, staff_id, subject_of
from shared.contracts.base import Sealed
from shared.messaging.publishing.transaction import in_transaction
from shared.postgres.row_reach import reading_within
from shared.privacy.keyring import Keyring, Keys
from shared.privacy.register.classified import service_columns
from shared.privacy.sealing import CannotOpenError
from shared.privacy.unwrapping import unwrapping_for

_ID = re.compile(STAFF_ID.pattern.encode())
_FIELD = "staff-name"
# What stands in place of a name where no person acted, or, in an earlier release, none was named. The tokens of the
# stack's own act as programs, by what they are for; nobody who signs in has one of these names.
_NOBODY = frozenset({"", "operator", "coordinator", "matching", *(Machine(purpose).by for purpose in Purpose)})
FORMER = "a former member of staff"
"""What others read in place of a name that was erased."""
OF_NO_AREA = ""
_DAY_S = 24 * 60 * 60.0
# What keys of staff are unwrapped for.
_PURPOSE = "staff-names"


class Staff:
    """The names of whoever acts, in one service's database and under the keys of the shared keyring.

    They are read and written whatever the reach of whoever asks.
    """

    def __init__(self, pool: "asyncpg.Pool[Any]", keyring: Keyring) -> None:
        self._pool = pool
        self._keyring = keyring
        self._known: set[str] = set()

    def id_of(self, name: str) -> str:
        """The id of whoever has this name: the same in every service, and meaningless without the keyring's key."""
        if name in _NOBODY:
            return name
        return staff_id(UUID(bytes=self._keyring.fingerprint(b"staff/" + name.encode())[:16]))

    async def acts(self, name: str) -> str:
        """The id of whoever acts, with the name sealed and stored for those who may read it later.

        Somebody whose key was erased acts under their id, and their name is not stored again.
        """
        who = self.id_of(name)
        if who != name and who not in self._known:
            with reading_within(EVERYWHERE):
                await self._store(who, name)
            self._known.add(who)
        return who

    async def with_names(self, body: bytes) -> bytes:
        """A response with names where it has ids. Who is not known here keeps the id; so does who was erased, after
        words that say so: two of them must stay two to whoever reads an audit.
        """
        ids = {each.decode() for each in _ID.findall(body)}
        if not ids:
            return body
        names = await self.names_of(ids)
        names |= {who: f"{FORMER} ({who})" for who in await self.erased(ids - names.keys())}
        return _ID.sub(lambda match: orjson.dumps(names.get(match[0].decode(), match[0].decode()))[1:-1], body)

    async def seal_names(self, service: str, only: Mapping[str, str]) -> int:
        """Replaces names that an earlier release wrote in clear; returns how many people's. Safe to repeat.

        The columns are those of kind `staff-id` in the register. `only` says by column, as SQL, which of its values
        are somebody's name where not all are.
        """
        sealed = set()
        for column in sorted(name for name, kind in service_columns(service).items() if kind.name == "staff-id"):
            table, _, field = column.partition(".")
            if table == "staff":
                continue
            names = await self._pool.fetch(
                f'SELECT DISTINCT "{field}" AS name FROM "{table}" WHERE "{field}" !~ $1 AND "{field}" <> ALL($2) '  # noqa: S608 - from the register
                f"AND ({only.get(column, 'true')})",
                "^(staff-[0-9a-f]{32}|[0-9a-f-]{36})$",
                sorted(_NOBODY),
            )
            for row in names:
                who = await self.acts(row["name"])
                statement = f'UPDATE "{table}" SET "{field}" = $2 WHERE "{field}" = $1'  # noqa: S608 - from the register
                await self._pool.execute(statement, row["name"], who)
                sealed.add(who)
        return len(sealed)

    async def keep_sealed(self, service: str, only: Mapping[str, str]) -> None:
        """Seals what is in clear now, and what a process of an earlier release may still write beside this one."""
        while True:
            await self.seal_names(service, only)
            await asyncio.sleep(_DAY_S)

    async def _store(self, who: str, name: str) -> None:
        subject = subject_of(who)
        try:
            with unwrapping_for(_PURPOSE):
                box = (await self._keyring.for_sealing([subject], "staff")).seal(subject, _FIELD, name)
        except CannotOpenError:
            return
        await self._pool.execute(
            "INSERT INTO staff VALUES ($1, $2) ON CONFLICT (staff_id) DO NOTHING", who, box.model_dump(mode="json")
        )

    async def names_of(self, ids: Collection[str]) -> dict[str, str]:
        """The names of these ids. Who is not known here, or was erased, is left out."""
        with reading_within(EVERYWHERE), unwrapping_for(_PURPOSE):
            rows = await self._pool.fetch("SELECT staff_id, sealed FROM staff WHERE staff_id = ANY($1)", list(ids))
            boxes = {row["staff_id"]: Sealed.model_validate(row["sealed"]) for row in rows}
            keys = await self._keyring.for_opening(boxes.values())
        return dict(_opened(keys, boxes))

    async def erased(self, ids: Collection[str]) -> set[str]:
        """Those of these ids whose name was erased for good: they have left."""
        if not ids:
            return set()
        gone = await self._keyring.erased([subject_of(who) for who in ids])
        return {who for who in ids if subject_of(who) in gone}


class StaffRetention:
    """Boxes with the names of whoever was erased: their keys are gone, so that nothing can be read from them."""

    schedule = "staff"

    def __init__(self, pool: "asyncpg.Pool[Any]", keyring: Keyring, service: str) -> None:
        self._staff, self._pool, self._service = Staff(pool, keyring), pool, service

    async def due(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:  # noqa: ARG002
        """One of ours is of no area."""
        return _counted(await self._gone())

    async def apply(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:  # noqa: ARG002
        """Deletes them; the ids stay wherever they acted."""
        gone = await self._gone()
        if gone:
            async with in_transaction(self._pool, self._service) as tx:
                await tx.connection.execute("DELETE FROM staff WHERE staff_id = ANY($1)", sorted(gone))
        return _counted(gone)

    async def _gone(self) -> set[str]:
        with reading_within(EVERYWHERE):
            rows = await self._pool.fetch("SELECT staff_id FROM staff")
        return await self._staff.erased([row["staff_id"] for row in rows])


def _counted(gone: Collection[str]) -> Mapping[str, int]:
    return {OF_NO_AREA: len(gone)} if gone else {}


def _opened(keys: Keys, boxes: Mapping[str, Sealed]) -> Iterable[tuple[str, str]]:
    for who, box in boxes.items():
        try:
            yield who, keys.open(box)
        except CannotOpenError:
            continue
