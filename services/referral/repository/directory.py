"""The directory in tables of this service's own, and the catalogue that is decided with."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.referral.domain.agreement.eligibility import Terms
from services.referral.domain.agreement.offers import Area, Catalogue, Offer
from services.referral.domain.case.family import FamilyKey
from services.referral.domain.case.states import CURED_BY_DIRECTORY, State, WaitingReason
from services.referral.repository import stated_capacity, waiting_list
from shared.contracts.directory import (
    AgencyRegistered,
    AreaRegistered,
    OfferRegistered,
    ProviderRegistered,
    RegionRegistered,
)
from shared.contracts.offer import Eligibility
from shared.postgres.connection import Connection
from shared.postgres.locks import AdvisoryLock


async def lock_for_reading(connection: Connection) -> None:
    """Keeps the directory as it is until the transaction ends. Taken before any other lock.

    Without it, a case could be decided with a directory that a commit is just replacing, and wait for ever.
    """
    await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", AdvisoryLock.DIRECTORY.number)


async def lock_for_change(connection: Connection) -> None:
    """Waits until nobody decides with the directory, and keeps it alone until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", AdvisoryLock.DIRECTORY.number)


async def lock_offers(connection: Connection, areas: Collection[str]) -> None:
    """Locks the offers with a limit in these areas, so that nobody takes a place or joins a list meanwhile."""
    await connection.execute(
        """
        SELECT FROM offer
        WHERE capacity IS NOT NULL
            AND (areas && $1::text[] OR regions && ARRAY(SELECT region FROM region WHERE areas && $1::text[]))
        ORDER BY offer FOR UPDATE
        """,
        list(areas),
    )


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
        await lock_offers(connection, areas)
    # An offer is open in the areas and regions that it names; one that has ended, nowhere.
    offer_rows = await connection.fetch(
        """
        SELECT offer.*, taken.places, open_in.areas AS open_in
        FROM offer JOIN provider USING (provider)
        CROSS JOIN LATERAL (
            SELECT offer.areas || ARRAY(SELECT unnest(region.areas) FROM region WHERE region = ANY(offer.regions))
        ) AS open_in (areas)
        LEFT JOIN LATERAL (
            SELECT count(*) AS places FROM referral
            WHERE offer.capacity IS NOT NULL AND referral.offer = offer.offer AND status = 'out'
        ) AS taken ON true
        WHERE open_in.areas && $1::text[] AND NOT coalesce((offer.terms ->> 'ended')::boolean, false)
        """,
        list(areas),
    )
    stated = await stated_capacity.of_offers(connection, [row["offer"] for row in offer_rows])
    return Catalogue(
        areas={
            row["area"]: Area(
                automatic_agreement=row["automatic_agreement"],
                young_child_age=row["young_child_age"],
                assured_within_days=row["assured_within_days"],
                paid_offers_automatically=row["paid_offers_automatically"],
                consent_valid_days=row["consent_valid_days"],
                when_full=row["when_full"],
                screening_valid_days=row["screening_valid_days"],
            )
            for row in area_rows
        },
        legal_bases={row["agency"]: row["legal_basis"] for row in agency_rows},
        offers={
            row["offer"]: Offer(
                offer=row["offer"],
                provider=row["provider"],
                service=row["service"],
                areas=frozenset(row["open_in"]),
                terms=_terms(row),
                capacity=row["capacity"],
                priority=row["priority"],
                waiting_list=row["waiting_list"],
                stated=stated.get(row["offer"]),
            )
            for row in offer_rows
        },
        taken={row["offer"]: row["places"] or 0 for row in offer_rows},
        queues=await waiting_list.queues(connection, [row["offer"] for row in offer_rows]),
    )


def _terms(row: Mapping[str, Any]) -> Terms:
    terms = row["terms"]
    return Terms(
        eligibility=Eligibility.model_validate(row["eligibility"]),
        delivery=frozenset(terms.get("delivery", ())),
        languages=frozenset(terms.get("languages", ())),
        interpreter=terms.get("interpreter", "as-spoken"),
        open_to_everybody=terms.get("open_to_everybody", False),
        costs_the_family=terms.get("costs_the_family", False),
        assured_on=date.fromisoformat(terms["assured_on"]) if terms.get("assured_on") else None,
        parents_needed=terms.get("parents_needed", "both"),
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


async def waiting_for_offers(
    connection: Connection, offers: Collection[str]
) -> tuple[set[UUID], set[FamilyKey], set[str]]:
    """The cases of these offers' areas for which there was no offer, their families and their areas."""
    rows = await connection.fetch(
        """
        SELECT case_id, agency, family_ref, area FROM referral_case
        WHERE waiting_reason = $2 AND state = $3
            AND area IN (SELECT unnest(areas_of_offer(offer)) FROM unnest($1::text[]) AS offer)
        """,
        list(offers),
        WaitingReason.NO_ELIGIBLE_OFFER,
        State.AWAITING_COORDINATOR,
    )
    families = {FamilyKey(row["agency"], row["family_ref"]) for row in rows}
    return {row["case_id"] for row in rows}, families, {row["area"] for row in rows}


async def save_areas(connection: Connection, entries: Sequence[tuple[AreaRegistered, int]]) -> None:
    """Areas and their settings; a newer entry of the directory replaces an older one."""
    await connection.executemany(
        """
        INSERT INTO area (area, automatic_agreement, young_child_age, assured_within_days, paid_offers_automatically,
            worklist_days, panel_every_days, panel_quorum, consent_valid_days, when_full, screening_valid_days,
            case_retention_months, name, smallest_group, entry_offset)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (area) DO UPDATE SET (automatic_agreement, young_child_age, assured_within_days,
            paid_offers_automatically, worklist_days, panel_every_days, panel_quorum, consent_valid_days, when_full,
            screening_valid_days, case_retention_months, name, smallest_group, entry_offset)
            = (excluded.automatic_agreement, excluded.young_child_age, excluded.assured_within_days,
            excluded.paid_offers_automatically, excluded.worklist_days, excluded.panel_every_days,
            excluded.panel_quorum, excluded.consent_valid_days, excluded.when_full, excluded.screening_valid_days,
            excluded.case_retention_months, excluded.name, excluded.smallest_group, excluded.entry_offset)
        WHERE area.entry_offset < excluded.entry_offset
        """,
        [
            (
                entry.id,
                entry.automatic_agreement,
                entry.young_child_age,
                entry.assured_within_days,
                entry.paid_offers == "automatic",
                entry.worklist_days,
                entry.panel_every_days,
                entry.panel_quorum,
                entry.consent_valid_days,
                entry.when_full,
                entry.screening_valid_days,
                entry.case_retention_months,
                entry.name,
                entry.smallest_group,
                offset,
            )
            for entry, offset in entries
        ],
    )


async def save_regions(connection: Connection, entries: Sequence[tuple[RegionRegistered, int]]) -> None:
    """Which areas share a region's offers; a newer entry replaces an older one."""
    await connection.executemany(
        """
        INSERT INTO region VALUES ($1, $2, $3)
        ON CONFLICT (region) DO UPDATE SET areas = excluded.areas, entry_offset = excluded.entry_offset
        WHERE region.entry_offset < excluded.entry_offset
        """,
        [(entry.id, list(entry.areas), offset) for entry, offset in entries],
    )


async def save_agencies(connection: Connection, entries: Sequence[tuple[AgencyRegistered, int]]) -> None:
    """Agencies and their legal bases; a newer entry replaces an older one."""
    await connection.executemany(
        """
        INSERT INTO agency (agency, legal_basis, name, entry_offset) VALUES ($1, $2, $3, $4)
        ON CONFLICT (agency) DO UPDATE SET legal_basis = excluded.legal_basis, name = excluded.name,
            entry_offset = excluded.entry_offset
        WHERE agency.entry_offset < excluded.entry_offset
        """,
        [(entry.id, entry.legal_basis, entry.name, offset) for entry, offset in entries],
    )


async def save_providers(connection: Connection, entries: Sequence[tuple[ProviderRegistered, int]]) -> None:
    """Providers; only a registered one is ever asked to take a case."""
    await connection.executemany(
        """
        INSERT INTO provider (provider, name, entry_offset) VALUES ($1, $2, $3)
        ON CONFLICT (provider) DO UPDATE SET name = excluded.name, entry_offset = excluded.entry_offset
        WHERE provider.entry_offset < excluded.entry_offset
        """,
        [(entry.id, entry.name, offset) for entry, offset in entries],
    )


async def save_offers(connection: Connection, entries: Sequence[tuple[OfferRegistered, int]]) -> None:
    """Offers of the catalogue; a newer entry replaces an older one."""
    await connection.executemany(
        """
        INSERT INTO offer (offer, provider, service, areas, regions, eligibility, terms, capacity, priority,
            waiting_list, name, entry_offset)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (offer) DO UPDATE SET (provider, service, areas, regions, eligibility, terms, capacity, priority,
            waiting_list, name, entry_offset) = (excluded.provider, excluded.service, excluded.areas, excluded.regions,
            excluded.eligibility, excluded.terms, excluded.capacity, excluded.priority, excluded.waiting_list,
            excluded.name, excluded.entry_offset)
        WHERE offer.entry_offset < excluded.entry_offset
        """,
        [
            (
                entry.id,
                entry.provider,
                entry.service,
                list(entry.areas),
                list(entry.regions),
                entry.eligibility.model_dump(mode="json"),
                _terms_row(Terms.of(entry)) | {"ended": entry.is_over},
                entry.capacity,
                entry.priority,
                entry.waiting_list,
                entry.name,
                offset,
            )
            for entry, offset in entries
        ],
    )
    await stated_capacity.follow_directory(
        connection, [(entry.id, entry.capacity, offset) for entry, offset in entries]
    )


def _terms_row(terms: Terms) -> dict[str, Any]:
    """The terms without the eligibility, which has a column of its own."""
    return {
        "delivery": sorted(terms.delivery),
        "languages": sorted(terms.languages),
        "interpreter": terms.interpreter,
        "open_to_everybody": terms.open_to_everybody,
        "costs_the_family": terms.costs_the_family,
        "assured_on": terms.assured_on.isoformat() if terms.assured_on else None,
        "parents_needed": terms.parents_needed,
    }
