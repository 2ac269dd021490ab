"""Providers' updates that were decided: which ids are taken, and why one was refused."""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from services.referral.domain.deciders.refusals import RefusalReason, UpdateRefusedError
from shared.contracts.dead_letters import FindingMade
from shared.postgres.connection import Connection


class Decided(NamedTuple):
    """What became of an update: `refused` is None where it took effect."""

    refused: RefusalReason | None
    findings: tuple[FindingMade, ...]


async def claim(connection: Connection, ids: Collection[tuple[str, UUID]]) -> set[tuple[str, UUID]]:
    """Claims providers' own update ids and returns those that had not been seen from that provider."""
    keys = sorted(set(ids))
    rows = await connection.fetch(
        """
        INSERT INTO provider_update (provider, update_id) SELECT * FROM unnest($1::text[], $2::uuid[])
        ON CONFLICT DO NOTHING RETURNING provider, update_id
        """,
        [key[0] for key in keys],
        [key[1] for key in keys],
    )
    return {(row["provider"], row["update_id"]) for row in rows}


async def refuse(connection: Connection, refused: Sequence[tuple[str, UUID, UpdateRefusedError]]) -> None:
    """Notes why these were refused, by provider and update id."""
    if not refused:
        return
    await connection.execute(
        """
        UPDATE provider_update SET refused = why.reason, findings = why.findings
        FROM unnest($1::text[], $2::uuid[], $3::text[], $4::jsonb[]) AS why (provider, update_id, reason, findings)
        WHERE (provider_update.provider, provider_update.update_id) = (why.provider, why.update_id)
        """,
        [provider for provider, _, _ in refused],
        [update_id for _, update_id, _ in refused],
        [why.reason for _, _, why in refused],
        [[each.model_dump(mode="json") for each in why.findings] for _, _, why in refused],
    )


async def decided(connection: Connection, provider: str, update_id: UUID) -> Decided | None:
    """What became of an update; None while it is not decided."""
    row = await connection.fetchrow(
        "SELECT refused, findings FROM provider_update WHERE provider = $1 AND update_id = $2", provider, update_id
    )
    if row is None:
        return None
    return Decided(row["refused"], tuple(FindingMade.model_validate(each) for each in row["findings"] or ()))
