"""The directory, as far as screening needs it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from services.screening.domain.decision import AreaRules
from shared.contracts.directory import AgencyRegistered, AreaRegistered
from shared.postgres.connection import Connection


@dataclass(frozen=True)
class Agency:
    """A front door as registered. `sources` is None for one that was registered before they were stored."""

    areas: tuple[str, ...]
    sources: frozenset[str] | None


async def save_areas(connection: Connection, entries: Mapping[str, tuple[AreaRegistered, int]]) -> None:
    """Areas and their settings; a newer entry of the directory replaces an older one."""
    await connection.executemany(
        """
        INSERT INTO area (area, screening_valid_days, young_child_age, minimum_parent_age, entry_offset)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (area) DO UPDATE SET screening_valid_days = excluded.screening_valid_days,
            young_child_age = excluded.young_child_age, minimum_parent_age = excluded.minimum_parent_age,
            entry_offset = excluded.entry_offset
        WHERE area.entry_offset < excluded.entry_offset
        """,
        [
            (key, entry.screening_valid_days, entry.young_child_age, entry.minimum_parent_age, offset)
            for key, (entry, offset) in entries.items()
        ],
    )


async def save_agencies(connection: Connection, entries: Mapping[str, tuple[AgencyRegistered, int]]) -> None:
    """Agencies, the areas that they are registered in and as what; a newer entry replaces an older one."""
    await connection.executemany(
        """
        INSERT INTO agency (agency, areas, sources, entry_offset) VALUES ($1, $2, $3, $4)
        ON CONFLICT (agency) DO UPDATE
        SET areas = excluded.areas, sources = excluded.sources, entry_offset = excluded.entry_offset
        WHERE agency.entry_offset < excluded.entry_offset
        """,
        [(key, list(entry.areas), list(entry.sources), offset) for key, (entry, offset) in entries.items()],
    )


async def agencies(connection: Connection, wanted: Collection[str]) -> dict[str, Agency]:
    """Of these agencies, those that are registered."""
    rows = await connection.fetch(
        "SELECT agency, areas, sources FROM agency WHERE agency = ANY($1::text[])", list(wanted)
    )
    return {
        row["agency"]: Agency(tuple(row["areas"]), None if row["sources"] is None else frozenset(row["sources"]))
        for row in rows
    }


async def rules_of_areas(connection: Connection, areas: Collection[str]) -> dict[str, AreaRules]:
    """The settings of these areas."""
    rows = await connection.fetch("SELECT * FROM area WHERE area = ANY($1::text[])", list(areas))
    return {
        row["area"]: AreaRules(row["screening_valid_days"], row["young_child_age"], row["minimum_parent_age"])
        for row in rows
    }
