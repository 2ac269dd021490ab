"""Cases with their referrals: locked by family, loaded and saved in bulk."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.referral.domain.case.case import Case, Waiting
from services.referral.domain.case.course import Course
from services.referral.domain.case.family import Family, FamilyKey, Offered
from services.referral.domain.case.history import Entry
from services.referral.domain.case.referral import Listing, Referral, ReferralStatus
from services.referral.domain.case.states import State, WaitingReason
from services.referral.repository import courses, waiting_list
from shared.contracts.screening import ScreeningCompleted
from shared.contracts.vocabulary import Decision
from shared.postgres.connection import Connection


async def lock_families(connection: Connection, families: Collection[FamilyKey]) -> dict[FamilyKey, UUID]:
    """Makes what is missing of these families and locks them, with all that they are linked with, in one order.

    Returns the family id of each that is linked with others. It stays so until the transaction ends: links change only
    while nobody else decides.
    """
    keys = sorted(set(families))
    agencies, refs = [key.agency for key in keys], [key.family_ref for key in keys]
    await connection.execute(
        """
        INSERT INTO family (agency, family_ref) SELECT * FROM unnest($1::text[], $2::text[])
        ON CONFLICT DO NOTHING
        """,
        agencies,
        refs,
    )
    rows = await connection.fetch(
        """
        SELECT family.* FROM family JOIN family_and_linked($1, $2) AS wanted USING (agency, family_ref)
        ORDER BY family.agency, family.family_ref FOR UPDATE OF family
        """,
        agencies,
        refs,
    )
    return {FamilyKey(row["agency"], row["family_ref"]): row["family_id"] for row in rows if row["family_id"]}


async def lock_unlocked(connection: Connection, families: Collection[FamilyKey]) -> set[FamilyKey]:
    """Of these families, those that no other transaction has locked. They are locked.

    What they are linked with needs no lock of its own: whoever decides about one of them locks them all.
    """
    rows = await connection.fetch(
        """
        SELECT agency, family_ref FROM family
        WHERE (agency, family_ref) IN (SELECT * FROM unnest($1::text[], $2::text[])) FOR UPDATE SKIP LOCKED
        """,
        [key.agency for key in families],
        [key.family_ref for key in families],
    )
    return {FamilyKey(row["agency"], row["family_ref"]) for row in rows}


async def families_of(connection: Connection, case_ids: Collection[UUID]) -> set[FamilyKey]:
    """The families that these cases are of. A case never changes its family."""
    rows = await connection.fetch(
        "SELECT DISTINCT agency, family_ref FROM referral_case WHERE case_id = ANY($1::uuid[])", list(case_ids)
    )
    return {FamilyKey(row["agency"], row["family_ref"]) for row in rows}


async def families_with_practitioner(connection: Connection, agency: str, practitioner: UUID) -> set[FamilyKey]:
    """The families of an agency that have this practitioner, as their referrer or as a parent's own."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT agency, family_ref FROM referral_case
        WHERE agency = $1 AND (
            family #>> '{practitioner,practitioner_id}' = $2 OR EXISTS (
                SELECT FROM jsonb_array_elements(family -> 'parents') AS parent
                WHERE parent #>> '{wrap_around,practitioner_id}' = $2
            )
        )
        """,
        agency,
        str(practitioner),
    )
    return {FamilyKey(row["agency"], row["family_ref"]) for row in rows}


async def known_families(connection: Connection, families: Collection[FamilyKey]) -> set[FamilyKey]:
    """Those of these families that have a case."""
    keys = list(families)
    rows = await connection.fetch(
        """
        SELECT DISTINCT agency, family_ref FROM referral_case
        JOIN unnest($1::text[], $2::text[]) AS wanted (agency, family_ref) USING (agency, family_ref)
        """,
        [key.agency for key in keys],
        [key.family_ref for key in keys],
    )
    return {FamilyKey(row["agency"], row["family_ref"]) for row in rows}


async def load(connection: Connection, families: Collection[FamilyKey]) -> dict[UUID, Case]:
    """Every case of these families, and of those that they are linked with, with its referrals. They must be locked."""
    keys = list(families)
    rows = await connection.fetch(
        """
        SELECT referral_case.*, family.family_id, recognition.outcome AS recognised,
            panel_sees_abuse(case_id) AS panel_sees_abuse, EXISTS (
                SELECT FROM restriction WHERE restriction.case_id = referral_case.case_id AND lifted_at IS NULL
            ) AS restricted
        FROM referral_case
        JOIN family_and_linked($1, $2) AS wanted USING (agency, family_ref)
        JOIN family USING (agency, family_ref) LEFT JOIN recognition USING (agency, submission_id)
        """,
        [key.agency for key in keys],
        [key.family_ref for key in keys],
    )
    referrals: dict[UUID, list[Referral]] = defaultdict(list)
    for row in await connection.fetch(
        "SELECT * FROM referral WHERE case_id = ANY($1::uuid[]) ORDER BY case_id, number",
        [row["case_id"] for row in rows],
    ):
        referrals[row["case_id"]].append(_referral(row))
    listings = await waiting_list.of_cases(connection, [row["case_id"] for row in rows])
    known = await courses.of_cases(connection, [row["case_id"] for row in rows])
    return {
        row["case_id"]: _case(row, referrals[row["case_id"]], listings.get(row["case_id"]), known.get(row["case_id"]))
        for row in rows
    }


def _referral(row: Mapping[str, Any]) -> Referral:
    return Referral(
        referral_id=row["referral_id"],
        number=row["number"],
        offer=row["offer"],
        provider=row["provider"],
        service=row["service"],
        agreed_by=row["agreed_by"],
        agreed_at=row["agreed_at"],
        status=ReferralStatus(row["status"]),
        stopped=row["stopped"],
        follows=row["follows"],
        ended_because=row["ended_because"],
        offered=Offered.model_validate(row["offered"]) if row["offered"] else None,
    )


def _case(
    row: Mapping[str, Any], referrals: Sequence[Referral], listing: Listing | None, course: Course | None
) -> Case:
    return Case(
        case_id=row["case_id"],
        area=row["area"],
        agency=row["agency"],
        family_ref=row["family_ref"],
        state=State(row["state"]),
        sequence=row["sequence"],
        changes=row["changes"],
        submission_id=row["submission_id"],
        supersedes=row["supersedes"],
        submitted_at=row["submitted_at"],
        decision=Decision(row["decision"]) if row["decision"] else None,
        reasons=tuple(row["reasons"]),
        service=row["service"],
        family=Family.model_validate(row["family"]) if row["family"] else None,
        referrals=tuple(referrals),
        abuse_sign_at=row["abuse_sign_at"],
        held_from=State(row["held_from"]) if row["held_from"] else None,
        corrected_after=WaitingReason(row["corrected_after"]) if row["corrected_after"] else None,
        waiting=_waiting(row),
        listing=listing,
        returned_from=State(row["returned_from"]) if row["returned_from"] else None,
        specialist_contact_at=row["specialist_contact_at"],
        consent_expired=frozenset(row["consent_expired"]),
        no_evaluation=frozenset(row["no_evaluation"]),
        children_out=frozenset(row["children_out"]),
        joined_to=row["joined_to"],
        referred_again=row["referred_again"],
        withdrew_at=row["withdrew_at"],
        revision=row["revision"],
        in_force_instead=row["stands_on"],
        taken_back=frozenset(row["taken_back"]),
        questioned=ScreeningCompleted.model_validate(row["questioned"]) if row["questioned"] else None,
        looked_at=row["looked_at"],
        sign_in_family_at=row["sign_in_family_at"],
        sign_elsewhere=row["sign_elsewhere"],
        family_id=row["family_id"],
        recognised=row["recognised"],
        panel_sees_abuse=row["panel_sees_abuse"],
        restricted=row["restricted"],
        course=course,
    )


def _waiting(row: Mapping[str, Any]) -> Waiting | None:
    if row["waiting_reason"] is None:
        return None
    before = row["waiting_before"]
    return Waiting(
        WaitingReason(row["waiting_reason"]), row["waiting_since"], WaitingReason(before) if before else None
    )


async def save(connection: Connection, before: Mapping[UUID, Case], after: Iterable[Case]) -> None:
    """Saves the cases that have changed, and their referrals. The cases before any referral: the database's safety
    rules look at the case that a referral is of."""
    changed = [case for case in after if case != before.get(case.case_id)]
    if not changed:
        return
    await connection.execute(
        """
        INSERT INTO referral_case SELECT * FROM jsonb_populate_recordset(NULL::referral_case, $1)
        ON CONFLICT (case_id) DO UPDATE SET (
            area, state, sequence, changes, submission_id, supersedes, submitted_at, decision, reasons, service, family,
            abuse_sign_at, held_from, corrected_after, waiting_reason, waiting_since, returned_from,
            specialist_contact_at, consent_expired, no_evaluation, children_out, joined_to,
            referred_again, waiting_before, withdrew_at, revision, stands_on, taken_back, questioned, looked_at,
            sign_in_family_at, sign_elsewhere
        ) = (
            excluded.area, excluded.state, excluded.sequence, excluded.changes, excluded.submission_id,
            excluded.supersedes, excluded.submitted_at, excluded.decision, excluded.reasons, excluded.service,
            excluded.family, excluded.abuse_sign_at, excluded.held_from, excluded.corrected_after,
            excluded.waiting_reason, excluded.waiting_since, excluded.returned_from,
            excluded.specialist_contact_at, excluded.consent_expired, excluded.no_evaluation, excluded.children_out,
            excluded.joined_to, excluded.referred_again, excluded.waiting_before,
            excluded.withdrew_at, excluded.revision, excluded.stands_on, excluded.taken_back, excluded.questioned,
            excluded.looked_at, excluded.sign_in_family_at, excluded.sign_elsewhere
        )
        """,
        [_row(case) for case in changed],
    )
    known = {r.referral_id: r for case in before.values() for r in case.referrals}
    referrals = [(case.case_id, r) for case in changed for r in case.referrals]
    ended = [r for _, r in referrals if r.referral_id in known and r != known[r.referral_id]]
    await connection.execute(
        """
        UPDATE referral SET status = ended.status, stopped = ended.stopped, ended_because = ended.because,
            offered = ended.offered
        FROM unnest($1::uuid[], $2::text[], $3::boolean[], $4::text[], $5::jsonb[])
            AS ended (referral_id, status, stopped, because, offered)
        WHERE referral.referral_id = ended.referral_id
        """,
        [r.referral_id for r in ended],
        [r.status for r in ended],
        [r.stopped for r in ended],
        [r.ended_because for r in ended],
        [_offered(r) for r in ended],
    )
    await _add_referrals(connection, [(case_id, r) for case_id, r in referrals if r.referral_id not in known])
    await courses.save(connection, before, changed)


async def _add_referrals(connection: Connection, referrals: Sequence[tuple[UUID, Referral]]) -> None:
    if not referrals:
        return
    # COPY is refused on a table whose rows are guarded.
    await connection.execute(
        """
        INSERT INTO referral (case_id, referral_id, number, offer, provider, service, agreed_by, agreed_at, status,
            stopped, follows, ended_because, offered)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::timestamptz[], $9::text[], $10::boolean[], $11::uuid[], $12::text[], $13::jsonb[])
        """,
        [case_id for case_id, _ in referrals],
        [r.referral_id for _, r in referrals],
        [r.number for _, r in referrals],
        [r.offer for _, r in referrals],
        [r.provider for _, r in referrals],
        [r.service for _, r in referrals],
        [r.agreed_by for _, r in referrals],
        [r.agreed_at for _, r in referrals],
        [r.status for _, r in referrals],
        [r.stopped for _, r in referrals],
        [r.follows for _, r in referrals],
        [r.ended_because for _, r in referrals],
        [_offered(r) for _, r in referrals],
    )


def _offered(referral: Referral) -> dict[str, Any] | None:
    return referral.offered.model_dump(mode="json") if referral.offered else None


def _row(case: Case) -> dict[str, Any]:
    names = (
        *("area", "agency", "family_ref", "state", "sequence", "changes", "submitted_at", "decision", "reasons"),
        *("service", "abuse_sign_at", "held_from", "corrected_after", "returned_from"),
        *("specialist_contact_at", "referred_again", "withdrew_at", "revision", "sign_in_family_at", "sign_elsewhere"),
    )
    return {
        **{name: getattr(case, name) for name in names},
        # The driver's own UUIDs are not what JSON is made from.
        "case_id": str(case.case_id),
        "submission_id": str(case.submission_id) if case.submission_id else None,
        "stands_on": str(case.in_force_instead) if case.in_force_instead else None,
        "taken_back": sorted(str(each) for each in case.taken_back),
        "questioned": case.questioned.model_dump(mode="json") if case.questioned else None,
        "looked_at": str(case.looked_at) if case.looked_at else None,
        "joined_to": str(case.joined_to) if case.joined_to else None,
        "supersedes": str(case.supersedes) if case.supersedes else None,
        "family": case.family.model_dump(mode="json") if case.family else None,
        "consent_expired": sorted(str(each) for each in case.consent_expired),
        "no_evaluation": sorted(str(each) for each in case.no_evaluation),
        "children_out": sorted(case.children_out),
        "waiting_reason": case.waiting.reason if case.waiting else None,
        "waiting_since": case.waiting.since if case.waiting else None,
        "waiting_before": case.waiting.before if case.waiting else None,
    }


async def add_history(connection: Connection, entries: Sequence[Entry]) -> None:
    """Adds lines to the histories."""
    if not entries:
        return
    # COPY is refused on a table whose rows are guarded.
    await connection.execute(
        """
        INSERT INTO case_history
            (case_id, number, at, by, trigger, from_state, to_state, why, cause, who, detail)
        SELECT * FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::uuid[], $10::text[], $11::text[])
        """,
        [e.case_id for e in entries],
        [e.number for e in entries],
        [e.at for e in entries],
        [e.by for e in entries],
        [e.trigger for e in entries],
        [e.source for e in entries],
        [e.target for e in entries],
        [e.why for e in entries],
        [e.cause for e in entries],
        [e.who for e in entries],
        [e.detail for e in entries],
    )
