"""What a provider's pages read: the referrals to it, which row security shows it, and the cases behind those.

A list is read from where the page before it ended, and looks at a few columns of each line; only the cases of the page
that is shown are loaded.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from services.referral.domain.case.case import Case
from services.referral.domain.case.referral import ReferralStatus
from services.referral.domain.case.shown_to_provider import STATUSES, Ending, Stage, stage_from
from services.referral.domain.case.states import State
from services.referral.repository import cases
from shared.access.scopes import Belonging
from shared.postgres.connection import Connection
from shared.postgres.row_reach import guard_lifted

_AT_ONCE = 200
_NEWEST_FIRST = ("<", "DESC")
_OLDEST_FIRST = (">", "ASC")


class Line(NamedTuple):
    """A referral in a list, and who has it in hand."""

    referral_id: UUID
    case_id: UUID
    stage: Stage
    worker: str | None


class Wanted(NamedTuple):
    """Which of a provider's referrals: those that are so far, of one worker or of all, in which order."""

    stages: frozenset[Stage] = frozenset(Stage)
    worker: str | None = None
    newest_first: bool = False

    @property
    def statuses(self) -> list[str]:
        """What may be stored of such a referral."""
        return sorted(frozenset[ReferralStatus]().union(*(STATUSES[stage] for stage in self.stages)))


async def belonging(connection: Connection, referral_id: UUID) -> Belonging | None:
    """Where a referral belongs, for its provider; None where there is none."""
    row = await connection.fetchrow(
        "SELECT provider, offered ->> 'area' AS area FROM referral WHERE referral_id = $1", referral_id
    )
    return Belonging(frozenset(filter(None, [row["area"]])), None, row["provider"]) if row else None


async def page(
    connection: Connection, provider: str, wanted: Wanted, *, after: UUID | None = None, most: int
) -> list[Line]:
    """So many of a provider's referrals, those after one of them, which is on the page before. Within a transaction."""
    found: list[Line] = []
    while len(found) < most:
        lines = await _lines(connection, provider, wanted, after)
        found += [line for line in lines if line.stage in wanted.stages]
        if len(lines) < _AT_ONCE:
            break
        after = lines[-1].referral_id
    return found[:most]


async def all_of(connection: Connection, provider: str, wanted: Wanted) -> list[Line]:
    """All of them, without their cases: to be counted. Within a transaction."""
    found: list[Line] = []
    after = None
    while True:
        lines = await _lines(connection, provider, wanted, after)
        found += [line for line in lines if line.stage in wanted.stages]
        if len(lines) < _AT_ONCE:
            return found
        after = lines[-1].referral_id


async def _lines(connection: Connection, provider: str, wanted: Wanted, after: UUID | None) -> list[Line]:
    """The next referrals, whether they are so far or not: that is known only with the state of the case."""
    comes, order = _NEWEST_FIRST if wanted.newest_first else _OLDEST_FIRST
    rows = await connection.fetch(
        f"""
        SELECT referral.referral_id, case_id, number, status, stopped, ended_because, worker
        FROM referral LEFT JOIN work_assignment AS held
            ON held.referral_id = referral.referral_id AND held.until IS NULL
        WHERE referral.provider = $1 AND status = ANY($2::text[]) AND ($3::text IS NULL OR worker = $3)
            AND ($4::uuid IS NULL OR (agreed_at, referral.referral_id) {comes} (
                SELECT agreed_at, referral_id FROM referral WHERE referral_id = $4))
        ORDER BY agreed_at {order}, referral.referral_id {order} LIMIT {_AT_ONCE}
        """,  # noqa: S608 - of two constants
        *(provider, wanted.statuses, wanted.worker, after),
    )
    # The case is nobody's at a provider, and where it went next is not this one's to read.
    async with guard_lifted(connection):
        states = await connection.fetch(
            """
            SELECT case_id, state, (SELECT max(number) FROM referral WHERE referral.case_id = referral_case.case_id)
                AS newest
            FROM referral_case WHERE case_id = ANY($1::uuid[])
            """,
            [row["case_id"] for row in rows],
        )
    known = {row["case_id"]: (State(row["state"]), row["newest"]) for row in states}
    lines = []
    for row in rows:
        state, newest = known[row["case_id"]]
        ending = Ending(ReferralStatus(row["status"]), row["stopped"], row["ended_because"])
        stage = stage_from(ending, state, newest=row["number"] == newest)
        lines.append(Line(row["referral_id"], row["case_id"], stage, row["worker"]))
    return lines


async def number_of_all(connection: Connection, provider: str) -> int:
    """How many referrals a provider ever had."""
    return int(await connection.fetchval("SELECT count(*) FROM referral WHERE provider = $1", provider))


async def case_of(connection: Connection, referral_id: UUID) -> UUID | None:
    """The case of a referral that is within reach; None where none is."""
    found: UUID | None = await connection.fetchval("SELECT case_id FROM referral WHERE referral_id = $1", referral_id)
    return found


async def cases_of(connection: Connection, case_ids: Collection[UUID]) -> dict[UUID, Case]:
    """These cases as a decision finds them, for referrals that whoever asks was shown. Within a transaction.

    A case is nobody's at a provider: what a provider is shown of it is taken from it afterwards, by the domain.
    """
    async with guard_lifted(connection):
        families = await cases.families_of(connection, case_ids)
        return await cases.load(connection, families) if families else {}


def pairs(lines: Sequence[Line]) -> list[tuple[UUID, UUID]]:
    """The referrals of these lines, each with its case."""
    return [(line.referral_id, line.case_id) for line in lines]
