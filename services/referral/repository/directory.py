"""The directory in tables of this service's own, and the catalogue that is decided with."""

from collections.abc import Collection, Sequence
from uuid import UUID

from services.referral.domain.case import FamilyKey
from services.referral.domain.offers import Area, Catalogue, Offer
from services.referral.domain.states import CURED_BY_DIRECTORY, State
from shared.contracts.directory import (
    AgencyRegistered,
    AreaRegistered,
    Eligibility,
    OfferRegistered,
    ProviderRegistered,
)
from shared.database.connection import Connection

_DIRECTORY_LOCK = 7_234_601


async def lock_for_reading(connection: Connection) -> None:
    """Keeps the directory as it is until the transaction ends. Taken before any other lock.

    Without it, a case could be decided with a directory that a commit is just replacing, and wait for ever.
    """
    await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", _DIRECTORY_LOCK)


async def lock_for_change(connection: Connection) -> None:
    """Waits until nobody decides with the directory, and keeps it alone until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _DIRECTORY_LOCK)


async def catalogue(
    connection: Connection, areas: Collection[str], agencies: Collection[str], *, to_agree: bool
) -> Catalogue:
    """Areas, legal bases and offers for these areas and agencies, with the places that are taken.

    `to_agree`: something may be agreed with it. Then offers with a limit are locked, so that two transactions never
    give the last place twice. The families must be locked before.
    """
    area_rows = await connection.fetch("SELECT * FROM area WHERE area = ANY($1::text[])", list(areas))
    agency_rows = await connection.fetch("SELECT * FROM agency WHERE agency = ANY($1::text[])", list(agencies))
    if to_agree:
        # A statement of its own: the count below must see what was committed while this one waited.
        await connection.execute(
            "SELECT FROM offer WHERE areas && $1::text[] AND capacity IS NOT NULL ORDER BY offer FOR UPDATE",
            list(areas),
        )
    offer_rows = await connection.fetch(
        """
        SELECT offer.*, taken.places FROM offer JOIN provider USING (provider)
        LEFT JOIN (
            SELECT offer, count(*) AS places FROM referral WHERE status = 'out' GROUP BY offer
        ) AS taken USING (offer)
        WHERE areas && $1::text[]
        """,
        list(areas),
    )
    return Catalogue(
        areas={row["area"]: Area(row["automatic_agreement"], row["young_child_age"]) for row in area_rows},
        legal_bases={row["agency"]: row["legal_basis"] for row in agency_rows},
        offers={
            row["offer"]: Offer(
                offer=row["offer"],
                provider=row["provider"],
                service=row["service"],
                areas=frozenset(row["areas"]),
                eligibility=Eligibility.model_validate(row["eligibility"]),
                capacity=row["capacity"],
                priority=row["priority"],
            )
            for row in offer_rows
        },
        taken={row["offer"]: row["places"] or 0 for row in offer_rows},
    )


async def waiting_for_directory(connection: Connection) -> tuple[set[UUID], set[FamilyKey]]:
    """The cases that wait for something that only the directory can give, and their families."""
    rows = await connection.fetch(
        """
        SELECT case_id, agency, family_ref FROM referral_case
        WHERE waiting_reason = ANY($1::text[]) AND state = $2
        """,
        sorted(CURED_BY_DIRECTORY),
        State.AWAITING_COORDINATOR,
    )
    return {row["case_id"] for row in rows}, {FamilyKey(row["agency"], row["family_ref"]) for row in rows}


async def save_areas(connection: Connection, entries: Sequence[tuple[AreaRegistered, int]]) -> None:
    """Areas and their settings; a newer entry of the directory replaces an older one."""
    await connection.executemany(
        """
        INSERT INTO area VALUES ($1, $2, $3, $4)
        ON CONFLICT (area) DO UPDATE SET automatic_agreement = excluded.automatic_agreement,
            young_child_age = excluded.young_child_age, entry_offset = excluded.entry_offset
        WHERE area.entry_offset < excluded.entry_offset
        """,
        [(entry.id, entry.automatic_agreement, entry.young_child_age, offset) for entry, offset in entries],
    )


async def save_agencies(connection: Connection, entries: Sequence[tuple[AgencyRegistered, int]]) -> None:
    """Agencies and their legal bases; a newer entry replaces an older one."""
    await connection.executemany(
        """
        INSERT INTO agency VALUES ($1, $2, $3)
        ON CONFLICT (agency) DO UPDATE SET legal_basis = excluded.legal_basis, entry_offset = excluded.entry_offset
        WHERE agency.entry_offset < excluded.entry_offset
        """,
        [(entry.id, entry.legal_basis, offset) for entry, offset in entries],
    )


async def save_providers(connection: Connection, entries: Sequence[tuple[ProviderRegistered, int]]) -> None:
    """Providers; only a registered one is ever asked to take a case."""
    await connection.executemany(
        """
        INSERT INTO provider VALUES ($1, $2)
        ON CONFLICT (provider) DO UPDATE SET entry_offset = excluded.entry_offset
        WHERE provider.entry_offset < excluded.entry_offset
        """,
        [(entry.id, offset) for entry, offset in entries],
    )


async def save_offers(connection: Connection, entries: Sequence[tuple[OfferRegistered, int]]) -> None:
    """Offers of the catalogue; a newer entry replaces an older one."""
    await connection.executemany(
        """
        INSERT INTO offer VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (offer) DO UPDATE SET provider = excluded.provider, service = excluded.service,
            areas = excluded.areas, eligibility = excluded.eligibility, capacity = excluded.capacity,
            priority = excluded.priority, entry_offset = excluded.entry_offset
        WHERE offer.entry_offset < excluded.entry_offset
        """,
        [
            (
                entry.id,
                entry.provider,
                entry.service,
                list(entry.areas),
                entry.eligibility.model_dump(mode="json"),
                entry.capacity,
                entry.priority,
                offset,
            )
            for entry, offset in entries
        ],
    )
