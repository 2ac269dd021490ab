"""The directory as this service needs it: areas' signposts, providers' keys and addresses, who takes self-referrals."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from services.notification.domain.offers import Provider
from shared.contracts.area_parts import Signpost
from shared.contracts.directory import AgencyRegistered, AreaRegistered
from shared.contracts.next_steps import Area
from shared.contracts.vocabulary import FrontDoorKind
from shared.postgres.connection import Connection


async def save_areas(connection: Connection, entries: Mapping[str, tuple[AreaRegistered, int]]) -> None:
    """Areas, their signposts and leads; a newer entry of the directory replaces an older one."""
    await connection.executemany(
        """
        INSERT INTO area (area, universal_offer, specialist_support, lead_email, name, entry_offset)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (area) DO UPDATE SET universal_offer = excluded.universal_offer,
            specialist_support = excluded.specialist_support, lead_email = excluded.lead_email, name = excluded.name,
            entry_offset = excluded.entry_offset
        WHERE area.entry_offset < excluded.entry_offset
        """,
        [
            (
                key,
                entry.universal_offer.model_dump(),
                entry.specialist_support.model_dump(),
                entry.lead.email if entry.lead else None,
                entry.name,
                offset,
            )
            for key, (entry, offset) in entries.items()
        ],
    )


async def save_providers(connection: Connection, entries: Mapping[str, tuple[Provider, int, datetime]]) -> None:
    """Providers, their addresses and keys; a newer entry of the directory replaces an older one.

    A key that the entry before did not have is in force from then on.
    """
    await connection.executemany(
        """
        WITH before AS (SELECT public_key FROM provider WHERE provider = $1),
        saved AS (
            INSERT INTO provider (provider, email, public_key, entry_offset, name, reads_pages)
            VALUES ($1, $2, $3, $4, $6, $7)
            ON CONFLICT (provider) DO UPDATE SET email = excluded.email, public_key = excluded.public_key,
                entry_offset = excluded.entry_offset, name = excluded.name, reads_pages = excluded.reads_pages
            WHERE provider.entry_offset < excluded.entry_offset
            RETURNING provider
        )
        INSERT INTO provider_key
        SELECT provider, 1 + coalesce((SELECT max(number) FROM provider_key WHERE provider = $1), 0), $3, $5
        FROM saved WHERE $3 IS NOT NULL AND $3 IS DISTINCT FROM (SELECT public_key FROM before)
        """,
        [
            (
                *(key, entry.email, None if entry.public_key is None else dict(entry.public_key), offset, at),
                *(entry.name, entry.reads_pages),
            )
            for key, (entry, offset, at) in entries.items()
        ],
    )


async def keys_of(connection: Connection, provider: str) -> list[tuple[Mapping[str, Any], datetime]] | None:
    """A provider's public keys, each with its time, the newest first; None where there is no such provider."""
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM provider WHERE provider = $1)", provider):
        return None
    rows = await connection.fetch(
        "SELECT public_key, since FROM provider_key WHERE provider = $1 ORDER BY number DESC", provider
    )
    return [(row["public_key"], row["since"]) for row in rows]


async def add_key(connection: Connection, provider: str, public_key: Mapping[str, Any], since: datetime) -> None:
    """A key of a provider that is in force from now on."""
    await connection.execute(
        """
        INSERT INTO provider_key
        SELECT $1, 1 + coalesce(max(number), 0), $2, $3 FROM provider_key WHERE provider = $1
        """,
        provider,
        dict(public_key),
        since,
    )


async def save_agencies(connection: Connection, entries: Mapping[str, tuple[AgencyRegistered, int]]) -> None:
    """Whether agencies take self-referrals, and their teams' addresses; a newer entry replaces an older one.

    Nobody is written to at an agency that has left.
    """
    await connection.executemany(
        """
        INSERT INTO agency (agency, takes_self_referrals, email, name, entry_offset) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (agency) DO UPDATE SET takes_self_referrals = excluded.takes_self_referrals,
            email = excluded.email, name = excluded.name, entry_offset = excluded.entry_offset
        WHERE agency.entry_offset < excluded.entry_offset
        """,
        [
            (key, FrontDoorKind.SELF in entry.sources, None if entry.left else entry.email, entry.name, offset)
            for key, (entry, offset) in entries.items()
        ],
    )


async def takes_self_referrals(connection: Connection, ids: Collection[str]) -> dict[str, bool]:
    """Of these agencies, as far as they are in the directory: whether they take self-referrals."""
    rows = await connection.fetch("SELECT * FROM agency WHERE agency = ANY($1::text[])", list(ids))
    return {row["agency"]: row["takes_self_referrals"] for row in rows}


async def areas(connection: Connection, ids: Collection[str]) -> dict[str, Area]:
    """The signposts of these areas."""
    rows = await connection.fetch("SELECT * FROM area WHERE area = ANY($1::text[])", list(ids))
    return {
        row["area"]: Area(
            universal_offer=Signpost.model_validate(row["universal_offer"]),
            specialist_support=Signpost.model_validate(row["specialist_support"]),
        )
        for row in rows
    }


async def leads(connection: Connection, ids: Collection[str]) -> set[str]:
    """Those of these areas that name a lead."""
    rows = await connection.fetch(
        "SELECT area FROM area WHERE area = ANY($1::text[]) AND lead_email IS NOT NULL", list(ids)
    )
    return {row["area"] for row in rows}


async def teams(connection: Connection, ids: Collection[str]) -> set[str]:
    """Those of these agencies whose team has an address."""
    rows = await connection.fetch(
        "SELECT agency FROM agency WHERE agency = ANY($1::text[]) AND email IS NOT NULL", list(ids)
    )
    return {row["agency"] for row in rows}


async def providers(connection: Connection, ids: Collection[str]) -> dict[str, Provider]:
    """These providers' addresses and newest keys, and where they read."""
    rows = await connection.fetch(
        """
        SELECT provider, email, name, reads_pages, (
            SELECT public_key FROM provider_key AS key WHERE key.provider = provider.provider
            ORDER BY number DESC LIMIT 1
        ) AS public_key
        FROM provider WHERE provider = ANY($1::text[])
        """,
        list(ids),
    )
    return {row["provider"]: Provider(**row) for row in rows}
