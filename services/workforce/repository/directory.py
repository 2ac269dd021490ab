"""The directory in tables of this service's own: what areas ask for, and where agencies work."""

from collections.abc import Collection, Iterable
from typing import TypeAlias

from services.workforce.domain.attendance import Agencies
from shared.access.scopes import Belonging
from shared.contracts.area_parts import TrainingRequired
from shared.contracts.directory import AgencyRegistered, AreaRegistered
from shared.postgres.connection import Connection

Entry: TypeAlias = AreaRegistered | AgencyRegistered


async def save(connection: Connection, entries: Iterable[tuple[Entry, int]]) -> None:
    """Saves entries with their offsets. Ignores stale ones."""
    newest = {entry.key(): (entry, offset) for entry, offset in sorted(entries, key=lambda each: each[1])}
    await connection.executemany(
        """
        INSERT INTO area (area, training_required, smallest_group, entry_offset, practitioner_retention_months,
            certificate_retention_months, name)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (area) DO UPDATE
            SET training_required = excluded.training_required, smallest_group = excluded.smallest_group,
                entry_offset = excluded.entry_offset,
                practitioner_retention_months = excluded.practitioner_retention_months,
                certificate_retention_months = excluded.certificate_retention_months, name = excluded.name
        WHERE area.entry_offset < excluded.entry_offset
        """,
        [
            (
                entry.id,
                entry.training_required.model_dump(mode="json") if entry.training_required else None,
                entry.smallest_group,
                offset,
                entry.practitioner_retention_months,
                entry.certificate_retention_months,
                entry.name,
            )
            for entry, offset in newest.values()
            if isinstance(entry, AreaRegistered)
        ],
    )
    await connection.executemany(
        """
        INSERT INTO agency (agency, areas, name, entry_offset) VALUES ($1, $2, $3, $4)
        ON CONFLICT (agency) DO UPDATE SET areas = excluded.areas, name = excluded.name,
            entry_offset = excluded.entry_offset
        WHERE agency.entry_offset < excluded.entry_offset
        """,
        [
            (entry.id, entry.areas, entry.name, offset)
            for entry, offset in newest.values()
            if isinstance(entry, AgencyRegistered)
        ],
    )


async def rules(connection: Connection, areas: Collection[str]) -> dict[str, TrainingRequired]:
    """What these areas ask of whoever screens; an area that asks for nothing is not there."""
    rows = await connection.fetch(
        "SELECT area, training_required FROM area WHERE area = ANY($1::text[]) AND training_required IS NOT NULL",
        list(areas),
    )
    return {row["area"]: TrainingRequired.model_validate(row["training_required"]) for row in rows}


async def smallest_group(connection: Connection, area: str | None) -> int:
    """How many must have answered before their figures are shown: what the area says, the most of any for all areas."""
    found = await connection.fetchval("SELECT max(smallest_group) FROM area WHERE $1::text IS NULL OR area = $1", area)
    return int(found or AreaRegistered.model_fields["smallest_group"].default)


async def unknown_areas(connection: Connection, areas: Collection[str]) -> set[str]:
    """Of these areas, those that are not registered."""
    rows = await connection.fetch("SELECT area FROM area WHERE area = ANY($1::text[])", list(areas))
    return set(areas) - {row["area"] for row in rows}


async def belonging_of_agency(connection: Connection, agency: str) -> Belonging | None:
    """Where an agency belongs: in each area in which it works. None where it is not registered."""
    areas = await connection.fetchval("SELECT areas FROM agency WHERE agency = $1", agency)
    return Belonging.of(areas, agency) if areas else None


async def agencies(connection: Connection, wanted: Collection[str]) -> Agencies:
    """Where these agencies work, and what is asked there."""
    rows = await connection.fetch("SELECT agency, areas FROM agency WHERE agency = ANY($1::text[])", list(wanted))
    areas = {row["agency"]: frozenset(row["areas"]) for row in rows}
    return Agencies(areas, await rules(connection, {area for each in areas.values() for area in each}))
