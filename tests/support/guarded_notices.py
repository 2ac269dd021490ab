"""Families of several areas in notification, referred by two agencies to two providers, and what each reach covers."""

from collections.abc import Mapping
from random import Random
from typing import Any
from uuid import UUID, uuid4

from shared.access.scopes import Belonging, Reach
from tests.support.guarded_rows import AGENCIES, AREAS

PROVIDERS = ("oak", "elm")


class Notification:
    """Families that front doors were sent word of, with referrals that were sent to providers or wait."""

    OF_FAMILIES = ("tracked_family", "progress_record", "parent_link", "unread_messages")
    OF_AREAS = ("complaint",)
    OF_REFERRALS = ("referral", "shared_details", "details_opening")
    UNSEEN = ("pathway_case", "wrap_around")

    def __init__(self, random: Random) -> None:
        self.families = {uuid4(): (random.choice(AGENCIES), random.choice(AREAS)) for _ in range(8)}
        self.referrals = {
            uuid4(): (case, random.choice(PROVIDERS), random.choice((0, 1)), random.choice(AREAS))
            for case in self.families
        }

    async def save(self, pool: Any) -> None:
        """Writes it."""
        for case, (agency, area) in self.families.items():
            await pool.execute("INSERT INTO pathway_case (case_id, progress) VALUES ($1, '{}')", case)
            await pool.execute("INSERT INTO progress_record VALUES ($1, 1, now(), '{}')", case)
            await pool.execute(
                "INSERT INTO tracked_family VALUES ($1, $2, $3, 'F', NULL, NULL, false, 1, now(), 'you', '{}')",
                *(case, agency, area),
            )
            await pool.execute("INSERT INTO unread_messages VALUES ($1, 1, 1)", case)
            await self._link(pool, case)
            await pool.execute("INSERT INTO complaint VALUES ($1, $2, $1, $3, now(), '{}')", *(uuid4(), case, area))
        for referral, (case, provider, offers, area) in self.referrals.items():
            await self._referral(pool, referral, case, provider, offers, area)

    async def _link(self, pool: Any, case: UUID) -> None:
        person = uuid4()
        await pool.execute(
            "INSERT INTO parent_details (person_id, submission_id, case_id, sealed, as_of)"
            " VALUES ($1, $1, $2, '{}', now())",
            *(person, case),
        )
        await pool.execute(
            """
            INSERT INTO parent_link (link_id, case_id, person_id, digest, code_digest, made_at, expires_at, who)
            VALUES ($1, $2, $3, $4, '', now(), now() + interval '1 day', 'somebody')
            """,
            *(uuid4(), case, person, person.bytes),
        )

    async def _referral(self, pool: Any, referral: UUID, case: UUID, provider: str, offers: int, area: str) -> None:
        person = uuid4()
        await pool.execute(
            """
            INSERT INTO referral (referral_id, case_id, provider, agreed_sequence, terms, offers)
            VALUES ($1, $2, $3, 1, $4, 1)
            """,
            *(referral, case, provider, {"area": area, "parents": [{"person_id": str(person)}]}),
        )
        await pool.execute("INSERT INTO shared_details VALUES ($1, $2, $3)", referral, person, uuid4())
        await pool.execute("INSERT INTO wrap_around VALUES ($1, $2, $3, 'mother')", referral, person, uuid4())
        await pool.execute(
            "INSERT INTO details_opening VALUES ($1, $2, $3, $4, now(), 'somebody', 'first-contact')",
            *(uuid4(), case, referral, person),
        )
        await pool.execute("UPDATE referral SET offers = $2 WHERE referral_id = $1", referral, offers)

    def covered(self, reach: Reach) -> Mapping[str, set[Any]]:
        """By the ids of cases and of referrals; what was never sent is no provider's."""
        families = {
            case for case, (agency, area) in self.families.items() if reach.covers(Belonging.of([area], agency))
        }
        referrals = {
            referral
            for referral, (_, provider, offers, area) in self.referrals.items()
            if reach.covers(Belonging.of([area], provider=provider if offers else None))
        }
        complaints = {case for case, (_, area) in self.families.items() if reach.covers(Belonging.of([area]))}
        return {
            **dict.fromkeys(self.OF_FAMILIES, families),
            **dict.fromkeys(self.OF_AREAS, complaints),
            **dict.fromkeys(self.OF_REFERRALS, referrals),
            **dict.fromkeys(self.UNSEEN, {"anything"} if reach.everywhere else set()),
        }

    def seen(self, table: str, row: Any) -> Any:
        """The case or the referral, where pages show it."""
        if table in self.UNSEEN:
            return "anything"
        return row["case_id"] if table in (*self.OF_FAMILIES, *self.OF_AREAS) else row["referral_id"]
