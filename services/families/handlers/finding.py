"""Finds a family by one parent's name and date of birth: by tokens, and then compared in memory with what is sealed."""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.families.domain.blocking import parent_keys
from services.families.domain.comparison import compare
from services.families.domain.identity import Parent, parent_of
from services.families.domain.levels import Level
from services.families.domain.tokens import Tokens
from services.families.repository import identities
from services.families.settings import FamiliesSettings
from shared.access.scopes import EVERYWHERE
from shared.postgres.row_reach import reading_within
from shared.privacy.sealing import CannotOpenError
from shared.service.definition import Context

_MOST = 50
_NAMED_SO = (Level.SAME, Level.ALIKE)


class Sought(NamedTuple):
    """Who is looked for: a parent, as somebody heard of them."""

    given: str
    family: str
    born: date


class Found(NamedTuple):
    """A family that a screening named such a parent of: whose it is, and a case of it."""

    case_id: UUID
    agency: str
    area: str


class Finding:
    """Looks for families. What it opens is in memory alone, and what is sought is stored nowhere."""

    def __init__(self, context: Context) -> None:
        if not isinstance(context.settings, FamiliesSettings):
            raise TypeError("the families service runs on FamiliesSettings")
        self._context = context
        self._tokens: Tokens = context.settings.tokens()

    async def find(self, sought: Sought, areas: Collection[str]) -> list[Found]:
        """The families of these areas with a parent of this day of birth whose given and family names are alike."""
        wanted = parent_of({"given": sought.given, "family": sought.family, "date_of_birth": sought.born.isoformat()})
        tokens = [self._tokens.token(text) for text in parent_keys(wanted)]
        # What is matched by is nobody's to read; what is given back is of the caller's areas alone.
        with reading_within(EVERYWHERE):
            async with self._context.pool.acquire() as connection:
                keys = await identities.holding_a_token(connection, tokens, sorted(areas), _MOST)
                households = await identities.households(connection, keys)
            opener = await self._context.keyring.for_opening(
                box for each in households.values() for box in each.parents.values()
            )
        found: dict[UUID, Found] = {}
        for key, sealed in households.items():
            for box in sealed.parents.values():
                try:
                    parent = parent_of(opener.open(box, key[1]))
                except CannotOpenError:
                    continue
                if _is_sought(wanted, parent):
                    screened = sealed.screened
                    found[screened.case_id] = Found(screened.case_id, screened.member.agency, screened.area)
        return sorted(found.values(), key=lambda each: (each.agency, each.case_id))


def _is_sought(wanted: Parent, parent: Parent) -> bool:
    levels = compare(wanted, parent)
    return levels["born"] is Level.SAME and levels["given"] in _NAMED_SO and levels["family"] in _NAMED_SO
