"""Screenings' identities, sealed as they came, and the tokens that find who is alike."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.families.domain.family_events import Screened
from services.families.domain.groups import MemberKey
from services.families.domain.identity import FORM
from shared.contracts.base import Sealed
from shared.contracts.screening import ParentIdentitySealed
from shared.postgres.connection import Connection
from shared.postgres.locks import AdvisoryLock

SubmissionKey = tuple[str, UUID]
# A keyed hash, the person of a screening that it is of, and another whose birth is in it too.
Token = tuple[bytes, SubmissionKey, UUID, UUID | None]


@dataclass(frozen=True)
class SealedHousehold:
    """One screening's parents and children's births, sealed. A parent whose key was erased is not among them."""

    key: SubmissionKey
    screened: Screened
    parents: Mapping[UUID, Sealed]
    children: Sequence[Sealed]
    # Its people are in question under their front door's reference: nothing that is based on it is certain.
    look_first: bool

    def boxes(self) -> list[Sealed]:
        """Everything that has to be opened to compare it."""
        return [*self.parents.values(), *self.children]


async def lock(connection: Connection) -> None:
    """One change at a time, until the transaction ends: two families that are alike must never miss each other."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", AdvisoryLock.IDENTITIES.number)


async def save(connection: Connection, events: Iterable[ParentIdentitySealed]) -> None:
    """Saves what arrived of screenings and their parents. What is there already stays as it is."""
    listed = list(events)
    await connection.executemany(
        """
        INSERT INTO submission
            (agency, submission_id, family_ref, case_id, area, submitted_at, parents, children, form, look_first)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
        """,
        [
            (
                each.agency,
                each.submission_id,
                each.family_ref,
                each.case_id,
                each.area,
                each.submitted_at,
                each.parents,
                {"boxes": [box.model_dump(mode="json") for box in each.children]},
                FORM,
                each.look_first,
            )
            for each in {(each.agency, each.submission_id): each for each in listed}.values()
        ],
    )
    await connection.execute(
        """
        INSERT INTO parent (agency, submission_id, person_id, sealed)
        SELECT * FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::jsonb[]) ON CONFLICT DO NOTHING
        """,
        [each.agency for each in listed],
        [each.submission_id for each in listed],
        [each.person_id for each in listed],
        [each.sealed.model_dump(mode="json") for each in listed],
    )


async def complete(connection: Connection, keys: Collection[SubmissionKey]) -> list[SubmissionKey]:
    """Of these screenings, those of which every parent is here and no outcome was published yet."""
    rows = await connection.fetch(
        """
        SELECT agency, submission_id FROM submission
        JOIN unnest($1::text[], $2::uuid[]) AS wanted (agency, submission_id) USING (agency, submission_id)
        WHERE told IS NULL AND parents <= (
            SELECT count(*) FROM parent
            WHERE parent.agency = submission.agency AND parent.submission_id = submission.submission_id
        ) ORDER BY agency, submission_id
        """,
        *key_columns(keys),
    )
    return [(row["agency"], row["submission_id"]) for row in rows]


async def households(connection: Connection, keys: Collection[SubmissionKey]) -> dict[SubmissionKey, SealedHousehold]:
    """These screenings as they were sealed."""
    rows = await connection.fetch(
        """
        SELECT submission.*, found.people FROM submission
        JOIN unnest($1::text[], $2::uuid[]) AS wanted (agency, submission_id) USING (agency, submission_id)
        LEFT JOIN LATERAL (
            SELECT jsonb_object_agg(person_id, sealed) AS people FROM parent
            WHERE parent.agency = submission.agency AND parent.submission_id = submission.submission_id
        ) AS found ON true
        """,
        *key_columns(keys),
    )
    return {
        (row["agency"], row["submission_id"]): SealedHousehold(
            key=(row["agency"], row["submission_id"]),
            screened=screened_of(row),
            parents={UUID(key): Sealed.model_validate(box) for key, box in sorted((row["people"] or {}).items())},
            children=[Sealed.model_validate(box) for box in row["children"]["boxes"]],
            look_first=bool(row["look_first"]),
        )
        for row in rows
    }


def screened_of(row: Mapping[str, Any]) -> Screened:
    """A screening from its row."""
    member = MemberKey(row["agency"], row["family_ref"])
    return Screened(row["submission_id"], member, row["case_id"], row["area"], row["told"])


async def add_tokens(connection: Connection, tokens: Iterable[Token]) -> None:
    """Saves the tokens of people of screenings."""
    listed = list(tokens)
    await connection.execute(
        """
        INSERT INTO token (token, agency, submission_id, person_id, with_person)
        SELECT * FROM unnest($1::bytea[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[]) ON CONFLICT DO NOTHING
        """,
        [token for token, _, _, _ in listed],
        [key[0] for _, key, _, _ in listed],
        [key[1] for _, key, _, _ in listed],
        [person for _, _, person, _ in listed],
        [with_person for _, _, _, with_person in listed],
    )


async def sharing_a_token(
    connection: Connection, tokens: Iterable[Sequence[Any]], common: int
) -> dict[SubmissionKey, set[SubmissionKey]]:
    """For each screening of these tokens, those of other families that share one of them, but for common tokens.

    Of each token the first two parts count: the hash and the screening.

    However many hold a token, no more than `common` and one of them are read.
    """
    searched = {(token[0], token[1]) for token in tokens}
    rows = await connection.fetch(
        """
        SELECT wanted.token, agency, submission_id, family_ref
        FROM (SELECT DISTINCT unnest($1::bytea[]) AS token) AS wanted
        CROSS JOIN LATERAL (
            SELECT *, count(*) OVER () AS often FROM (
                SELECT agency, submission_id FROM token WHERE token.token = wanted.token LIMIT $2 + 1
            ) AS holder
        ) AS held
        JOIN submission USING (agency, submission_id)
        WHERE held.often BETWEEN 2 AND $2
        """,
        [token for token, _ in searched],
        common,
    )
    holders: dict[bytes, list[tuple[SubmissionKey, str]]] = defaultdict(list)
    for row in rows:
        holders[row["token"]].append(((row["agency"], row["submission_id"]), row["family_ref"]))
    found: dict[SubmissionKey, set[SubmissionKey]] = defaultdict(set)
    # Paired here: the database expects few of a batch's tokens, and would compare each with each.
    for token, held in holders.items():
        for key, family_ref in held:
            if (token, key) in searched:
                found[key] |= {other for other, ref in held if (other[0], ref) != (key[0], family_ref)}
    return {key: others for key, others in found.items() if others}


async def holding_a_token(
    connection: Connection, tokens: Collection[bytes], areas: Collection[str], limit: int
) -> list[SubmissionKey]:
    """So many screenings of these areas that have one of these tokens."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT agency, submission_id FROM token JOIN submission USING (agency, submission_id)
        WHERE token = ANY($1::bytea[]) AND area = ANY($2::text[]) ORDER BY agency, submission_id LIMIT $3
        """,
        *(list(tokens), list(areas), limit),
    )
    return [(row["agency"], row["submission_id"]) for row in rows]


async def save_published(connection: Connection, outcomes: Mapping[SubmissionKey, str]) -> None:
    """Saves which outcome was published of screenings."""
    await connection.execute(
        """
        UPDATE submission SET told = new.told
        FROM unnest($1::text[], $2::uuid[], $3::text[]) AS new (agency, submission_id, told)
        WHERE submission.agency = new.agency AND submission.submission_id = new.submission_id
        """,
        *key_columns(outcomes),
        list(outcomes.values()),
    )


async def people(connection: Connection, after: UUID, limit: int) -> list[UUID]:
    """People of whom something is stored, sealed under their key or not; in the order of their ids."""
    rows = await connection.fetch(
        """
        (SELECT DISTINCT person_id FROM parent WHERE person_id > $1 ORDER BY person_id LIMIT $2)
        UNION (SELECT DISTINCT person_id FROM token WHERE person_id > $1 ORDER BY person_id LIMIT $2)
        UNION (SELECT DISTINCT person_id FROM taken_back_person WHERE person_id > $1 ORDER BY person_id LIMIT $2)
        UNION (SELECT DISTINCT with_person FROM token WHERE with_person > $1 ORDER BY with_person LIMIT $2)
        ORDER BY person_id LIMIT $2
        """,
        after,
        limit,
    )
    return [row["person_id"] for row in rows]


def key_columns(keys: Collection[SubmissionKey]) -> tuple[list[str], list[UUID]]:
    """These keys as two columns, for a query that unnests them."""
    return [key[0] for key in keys], [key[1] for key in keys]
