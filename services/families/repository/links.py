"""Likenesses, links and their history, and the families that they make."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from services.families.domain.family_events import Screened
from services.families.domain.groups import MemberKey, Pair, family_id, likeness_id
from services.families.domain.links import BY_EVIDENCE, TAKEN_BACK, Known, Links, Outcome, Status
from services.families.domain.matching import Verdict
from services.families.repository.identities import screened_of
from shared.postgres.connection import Connection


async def load(connection: Connection, members: Collection[MemberKey]) -> Links:
    """What is known of these members and of everybody who is linked with them."""
    keys = sorted(set(members))
    await connection.execute(
        """
        INSERT INTO member (agency, family_ref, family_id) SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[])
        ON CONFLICT DO NOTHING
        """,
        *_columns(keys),
        [family_id([key]) for key in keys],
    )
    rows = await connection.fetch(
        """
        SELECT agency, family_ref FROM member WHERE family_id IN (
            SELECT family_id FROM member
            JOIN unnest($1::text[], $2::text[]) AS wanted (agency, family_ref) USING (agency, family_ref)
        )
        """,
        *_columns(keys),
    )
    together = {MemberKey(row["agency"], row["family_ref"]) for row in rows}
    found = await connection.fetch(
        """
        WITH found AS (
            SELECT likeness_id FROM likeness JOIN unnest($1::text[], $2::text[]) AS named (agency, family_ref)
                ON (one_agency, one_ref) = (named.agency, named.family_ref)
            UNION
            SELECT likeness_id FROM likeness JOIN unnest($1::text[], $2::text[]) AS named (agency, family_ref)
                ON (other_agency, other_ref) = (named.agency, named.family_ref)
        )
        SELECT likeness.*, EXISTS (
            SELECT FROM link_history AS line WHERE reason <> ALL ($3::text[])
                AND (line.one_agency, line.one_ref, line.other_agency, line.other_ref)
                    = (likeness.one_agency, likeness.one_ref, likeness.other_agency, likeness.other_ref)
        ) AS decided FROM likeness JOIN found USING (likeness_id)
        """,
        *_columns(together),
        [BY_EVIDENCE, TAKEN_BACK],
    )
    return Links(together, {each.pair: each for each in map(known_of, found)})


def pair_from(row: Mapping[str, Any]) -> Pair:
    """The two members of a likeness from its row."""
    return Pair(MemberKey(row["one_agency"], row["one_ref"]), MemberKey(row["other_agency"], row["other_ref"]))


def known_of(row: Mapping[str, Any]) -> Known:
    """A likeness from its row, which has too whether a person ever decided it."""
    based_on = row["one_submission"], row["other_submission"]
    return Known(
        pair=pair_from(row),
        status=Status(row["status"]),
        across_areas=row["across_areas"],
        found_at=row["found_at"],
        verdict=Verdict(row["verdict"]) if row["verdict"] else None,
        weight=row["weight"],
        fields=row["fields"],
        based_on=None if None in based_on else based_on,
        decided=row["decided"],
        look_again=bool(row["look_again"]),
    )


async def pair_by_id(connection: Connection, wanted: UUID) -> Pair | None:
    """The two of one likeness; None where there is none of this id."""
    row = await connection.fetchrow("SELECT * FROM likeness WHERE likeness_id = $1", wanted)
    return pair_from(row) if row else None


async def save(connection: Connection, links: Links) -> None:
    """Saves what has changed: likenesses, which family each member is a part of, and the history."""
    if links.dropped:
        await connection.execute(
            "DELETE FROM likeness WHERE likeness_id = ANY($1::uuid[])", [likeness_id(pair) for pair in links.dropped]
        )
    changed = [links.known[pair] for pair in sorted(links.changed)]
    await connection.execute(
        """
        INSERT INTO likeness (likeness_id, one_agency, one_ref, other_agency, other_ref, verdict, weight, across_areas,
            fields, status, found_at, one_submission, other_submission, look_again)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
            $7::double precision[], $8::boolean[], $9::jsonb[], $10::text[], $11::timestamptz[], $12::uuid[],
            $13::uuid[], $14::boolean[])
        ON CONFLICT (likeness_id) DO UPDATE SET verdict = excluded.verdict, weight = excluded.weight,
            across_areas = excluded.across_areas, fields = excluded.fields, status = excluded.status,
            one_submission = excluded.one_submission, other_submission = excluded.other_submission,
            look_again = excluded.look_again
        """,
        [likeness_id(each.pair) for each in changed],
        *_sides(each.pair for each in changed),
        [each.verdict for each in changed],
        [each.weight for each in changed],
        [each.across_areas for each in changed],
        [dict(each.fields) if each.fields is not None else None for each in changed],
        [each.status for each in changed],
        [each.found_at for each in changed],
        [each.based_on[0] if each.based_on else None for each in changed],
        [each.based_on[1] if each.based_on else None for each in changed],
        [each.look_again for each in changed],
    )
    moved = {family for joined in links.joined for family in [joined.members]}
    moved |= {family for families in links.separated for family in families}
    members = {member for family in moved for member in family}
    await connection.execute(
        """
        UPDATE member SET family_id = now_in.family_id
        FROM unnest($1::text[], $2::text[], $3::uuid[]) AS now_in (agency, family_ref, family_id)
        WHERE member.agency = now_in.agency AND member.family_ref = now_in.family_ref
        """,
        *_columns(members),
        [family_id(links.family_of(member)) for member in members],
    )
    # COPY is refused on a table whose rows are guarded.
    await connection.execute(
        """
        INSERT INTO link_history (one_agency, one_ref, other_agency, other_ref, at, by, what, weight, reason)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[],
            $8::double precision[], $9::text[])
        """,
        *_sides(each.pair for each in links.history),
        [each.at for each in links.history],
        [each.by for each in links.history],
        [each.what for each in links.history],
        [each.weight for each in links.history],
        [each.reason for each in links.history],
    )


async def cases(connection: Connection, members: Collection[MemberKey]) -> dict[MemberKey, list[UUID]]:
    """The cases that each member's screenings were of, the oldest first; last those of which all was taken back."""
    rows = await connection.fetch(
        """
        SELECT agency, family_ref, case_id FROM screened_case
        JOIN unnest($1::text[], $2::text[]) AS wanted (agency, family_ref) USING (agency, family_ref)
        GROUP BY agency, family_ref, case_id ORDER BY min(submitted_at), case_id
        """,
        *_columns(members),
    )
    found: dict[MemberKey, list[UUID]] = defaultdict(list)
    for row in rows:
        found[MemberKey(row["agency"], row["family_ref"])].append(row["case_id"])
    return found


async def last_published_as(
    connection: Connection, members: Collection[MemberKey], outcomes: Collection[Outcome]
) -> list[Screened]:
    """The screenings of these members whose last published outcome is one of these."""
    rows = await connection.fetch(
        """
        SELECT submission.* FROM submission
        JOIN unnest($1::text[], $2::text[]) AS wanted (agency, family_ref) USING (agency, family_ref)
        WHERE told = ANY($3::text[]) ORDER BY agency, submission_id
        """,
        *_columns(members),
        list(outcomes),
    )
    return [screened_of(row) for row in rows]


async def revisions(connection: Connection, count: int) -> Callable[[], int]:
    """Gives out so many of the next revisions, in order. The lock makes a higher one the later change."""
    rows = await connection.fetch("SELECT nextval('revision') AS number FROM generate_series(1, $1)", count)
    return iter([row["number"] for row in rows]).__next__


def _columns(members: Collection[MemberKey]) -> tuple[list[str], list[str]]:
    return [each.agency for each in members], [each.family_ref for each in members]


def _sides(pairs: Iterable[Pair]) -> tuple[list[str], list[str], list[str], list[str]]:
    listed = list(pairs)
    one, other = [pair.one for pair in listed], [pair.other for pair in listed]
    return *_columns(one), *_columns(other)
