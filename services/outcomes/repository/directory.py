"""What outcomes keeps of the directory. Ignores entries that are older than what is stored."""

from collections.abc import Collection, Iterable
from typing import Any

import asyncpg

from services.outcomes.domain.scopes import Area, Region
from shared.contracts.directory import (
    AgencyRegistered,
    AreaRegistered,
    OfferRegistered,
    ProviderRegistered,
    RegionRegistered,
)
from shared.postgres.connection import Connection

Entry = AreaRegistered | AgencyRegistered | ProviderRegistered | RegionRegistered | OfferRegistered
_NAMED = (AreaRegistered, AgencyRegistered, ProviderRegistered)


async def save_entries(connection: Connection, entries: Collection[tuple[Entry, int]]) -> None:
    """Keeps names, the areas of regions, the prices of offers and the areas' own figures.

    Each entry comes with its place on the topic.
    """
    newest = {entry.key(): (entry, position) for entry, position in sorted(entries, key=lambda each: each[1])}
    await _save_names(connection, newest.values())
    await _save_regions(connection, newest.values())
    await _save_prices(connection, newest.values())
    await _save_figures(connection, newest.values())


async def _save_names(connection: Connection, entries: Iterable[tuple[Entry, int]]) -> None:
    await connection.executemany(
        """
        INSERT INTO directory_name (kind, id, name, position) VALUES ($1, $2, $3, $4)
        ON CONFLICT (kind, id) DO UPDATE SET name = excluded.name, position = excluded.position
        WHERE directory_name.position < excluded.position
        """,
        [(each.kind, each.id, each.name, position) for each, position in entries if isinstance(each, _NAMED)],
    )


async def _save_regions(connection: Connection, entries: Iterable[tuple[Entry, int]]) -> None:
    await connection.executemany(
        """
        INSERT INTO region (region, name, areas, position) VALUES ($1, $2, $3, $4)
        ON CONFLICT (region) DO UPDATE
            SET (name, areas, position) = (excluded.name, excluded.areas, excluded.position)
        WHERE region.position < excluded.position
        """,
        [
            (each.id, each.name, list(each.areas), position)
            for each, position in entries
            if isinstance(each, RegionRegistered)
        ],
    )


async def _save_prices(connection: Connection, entries: Iterable[tuple[Entry, int]]) -> None:
    await connection.executemany(
        """
        INSERT INTO offer_price (offer, unit_cost_pence, unit_cost_for, position) VALUES ($1, $2, $3, $4)
        ON CONFLICT (offer) DO UPDATE
            SET (unit_cost_pence, unit_cost_for, position)
                = (excluded.unit_cost_pence, excluded.unit_cost_for, excluded.position)
        WHERE offer_price.position < excluded.position
        """,
        [
            (each.id, each.unit_cost_pence, each.unit_cost_for, position)
            for each, position in entries
            if isinstance(each, OfferRegistered)
        ],
    )


async def _save_figures(connection: Connection, entries: Iterable[tuple[Entry, int]]) -> None:
    await connection.executemany(
        """
        INSERT INTO area_figures (area, avoidable_costs, population, smallest_group, fact_retention_months, position)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (area) DO UPDATE
            SET (avoidable_costs, population, smallest_group, fact_retention_months, position)
                = (excluded.avoidable_costs, excluded.population, excluded.smallest_group,
                    excluded.fact_retention_months, excluded.position)
        WHERE area_figures.position < excluded.position
        """,
        [
            (
                each.id,
                [cost.model_dump(mode="json") for cost in each.avoidable_costs],
                each.population.model_dump(mode="json") if each.population else None,
                each.smallest_group,
                each.fact_retention_months,
                position,
            )
            for each, position in entries
            if isinstance(each, AreaRegistered)
        ],
    )


async def areas(pool: "asyncpg.Pool[Any]") -> list[Area]:
    """Every area that is registered, by name."""
    rows = await pool.fetch("SELECT id, name FROM directory_name WHERE kind = 'area' ORDER BY name, id")
    return [Area(row["id"], row["name"]) for row in rows]


async def smallest_groups(pool: "asyncpg.Pool[Any]") -> dict[str, int]:
    """The smallest group that each registered area tells analysts of."""
    rows = await pool.fetch("SELECT area, smallest_group FROM area_figures")
    return {row["area"]: row["smallest_group"] for row in rows}


async def regions(pool: "asyncpg.Pool[Any]") -> list[Region]:
    """Every region that is registered, by name."""
    rows = await pool.fetch("SELECT region, name, areas FROM region ORDER BY name, region")
    return [Region(row["region"], row["name"], row["areas"]) for row in rows]
