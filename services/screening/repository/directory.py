"""The directory, as far as screening needs it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from services.screening.domain.decision import AreaRules
from shared.contracts.area_parts import Signpost
from shared.contracts.directory import AgencyRegistered, AreaRegistered
from shared.contracts.next_steps import Area as SignpostsOfArea
from shared.contracts.vocabulary import FrontDoorKind
from shared.postgres.connection import Connection


@dataclass(frozen=True)
class Agency:
    """A front door as registered. `sources` is None for one that was registered before they were stored."""

    areas: tuple[str, ...]
    sources: frozenset[str] | None


@dataclass(frozen=True)
class AreaHelp:
    """What a page says of an area: its name, where help is, and whom to call in danger. Empty until it is known."""

    area: str
    name: str = ""
    signposts: SignpostsOfArea | None = None
    numbers: tuple[Signpost, ...] = ()


async def save_areas(connection: Connection, entries: Mapping[str, tuple[AreaRegistered, int]]) -> None:
    """Areas and their settings; a newer entry of the directory replaces an older one."""
    await connection.executemany(
        """
        INSERT INTO area (area, screening_valid_days, young_child_age, minimum_parent_age, entry_offset, name,
            universal_offer, specialist_support, safety_numbers)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (area) DO UPDATE SET screening_valid_days = excluded.screening_valid_days,
            young_child_age = excluded.young_child_age, minimum_parent_age = excluded.minimum_parent_age,
            entry_offset = excluded.entry_offset, name = excluded.name, universal_offer = excluded.universal_offer,
            specialist_support = excluded.specialist_support, safety_numbers = excluded.safety_numbers
        WHERE area.entry_offset < excluded.entry_offset
        """,
        [
            (
                key,
                entry.screening_valid_days,
                entry.young_child_age,
                entry.minimum_parent_age,
                offset,
                entry.name,
                entry.universal_offer.model_dump(),
                entry.specialist_support.model_dump(),
                [each.model_dump() for each in entry.safety_numbers],
            )
            for key, (entry, offset) in entries.items()
        ],
    )


async def save_agencies(connection: Connection, entries: Mapping[str, tuple[AgencyRegistered, int]]) -> None:
    """Agencies, the areas that they are registered in and as what; a newer entry replaces an older one."""
    await connection.executemany(
        """
        INSERT INTO agency (agency, areas, sources, entry_offset, name, has_left) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (agency) DO UPDATE SET areas = excluded.areas, sources = excluded.sources,
            entry_offset = excluded.entry_offset, name = excluded.name, has_left = excluded.has_left
        WHERE agency.entry_offset < excluded.entry_offset
        """,
        [
            (key, list(entry.areas), list(entry.sources), offset, entry.name, entry.left)
            for key, (entry, offset) in entries.items()
        ],
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


async def agencies_of(connection: Connection, area: str, kind: FrontDoorKind | None = None) -> dict[str, str]:
    """The agencies that take part in an area by their ids, each with its name: all, or those that are a front door of
    this kind. One that has left is not asked for anything.
    """
    rows = await connection.fetch(
        """
        SELECT agency, coalesce(name, agency) AS name FROM agency
        WHERE $1 = ANY(areas) AND NOT has_left AND ($2::text IS NULL OR $2 = ANY(sources)) ORDER BY agency
        """,
        area,
        kind,
    )
    return {row["agency"]: row["name"] for row in rows}


async def areas_by_name(connection: Connection) -> list[str]:
    """The areas of which a page can say what they are called, and whom to call there in danger."""
    rows = await connection.fetch("SELECT area FROM area WHERE universal_offer IS NOT NULL ORDER BY name, area")
    return [row["area"] for row in rows]


async def rules_of_areas(connection: Connection, areas: Collection[str]) -> dict[str, AreaRules]:
    """The settings of these areas."""
    rows = await connection.fetch("SELECT * FROM area WHERE area = ANY($1::text[])", list(areas))
    return {
        row["area"]: AreaRules(row["screening_valid_days"], row["young_child_age"], row["minimum_parent_age"])
        for row in rows
    }


async def help_of_areas(connection: Connection, areas: Collection[str]) -> list[AreaHelp]:
    """What a page says of each of these areas, by name; of one that is not known, its code alone."""
    rows = await connection.fetch(
        "SELECT area, name, universal_offer, specialist_support, safety_numbers FROM area WHERE area = ANY($1::text[])",
        list(areas),
    )
    known = {row["area"]: row for row in rows}
    found = [_help(area, known.get(area)) for area in areas]
    return sorted(found, key=lambda each: (each.name, each.area))


def _help(area: str, row: Mapping[str, Any] | None) -> AreaHelp:
    if row is None or row["universal_offer"] is None:
        return AreaHelp(area)
    signposts = SignpostsOfArea(
        Signpost.model_validate(row["universal_offer"]), Signpost.model_validate(row["specialist_support"])
    )
    numbers = tuple(map(Signpost.model_validate, row["safety_numbers"] or ()))
    return AreaHelp(area, row["name"] or "", signposts, numbers)
