"""Rows of several areas in the services whose rows are guarded, and what each reach covers of them."""

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any, NamedTuple, Protocol
from uuid import UUID, uuid4

from shared.access.scopes import Belonging, Reach

AREAS = ("E1", "E2", "E3", "E4")
AGENCIES = ("police", "schools")


class World(Protocol):
    """What is in a service's database."""

    async def save(self, pool: Any) -> None:
        """Writes it."""

    def covered(self, reach: Reach) -> Mapping[str, set[Any]]:
        """What this reach covers of each table."""

    def seen(self, table: str, row: Any) -> Any:
        """A row as `covered` names it."""


class Pair(NamedTuple):
    """Two families that are alike."""

    one: str
    other: str


class Families:
    """Families of several areas, some alike, some taken back."""

    def __init__(self, random: Random) -> None:
        self.screened = {f"F{n}": random.sample(AREAS, random.randint(1, 2)) for n in range(8)}
        pairs = {tuple(sorted(random.sample(sorted(self.screened), 2))) for _ in range(4)}
        self.alike = [Pair(*pair) for pair in sorted(pairs)]
        self.taken_back = set(random.sample(sorted(self.screened), 2))

    async def save(self, pool: Any) -> None:
        """Writes it."""
        for family, areas in self.screened.items():
            await pool.execute("INSERT INTO member VALUES ('police', $1, $2)", family, uuid4())
            for area in areas:
                await self._screening(pool, family, area, uuid4())
        for pair in self.alike:
            await pool.execute(
                """
                INSERT INTO likeness (likeness_id, one_agency, one_ref, other_agency, other_ref, across_areas, status,
                    found_at)
                VALUES ($1, 'police', $2, 'police', $3, true, 'open', now())
                """,
                uuid4(),
                *pair,
            )
            await pool.execute(
                """
                INSERT INTO link_history (at, by, what, one_agency, one_ref, other_agency, other_ref, reason)
                VALUES (now(), 'x', 'noted', 'police', $1, 'police', $2, 'other')
                """,
                *pair,
            )

    async def _screening(self, pool: Any, family: str, area: str, screening: UUID) -> None:
        if family in self.taken_back:
            await pool.execute(
                "INSERT INTO taken_back VALUES ('police', $1, $2, $3, $4)", screening, family, uuid4(), area
            )
            return
        await pool.execute(
            """
            INSERT INTO submission (agency, submission_id, family_ref, case_id, area, submitted_at, parents, children)
            VALUES ('police', $1, $2, $3, $4, now(), 1, '[]')
            """,
            screening,
            family,
            uuid4(),
            area,
        )
        person = uuid4()
        await pool.execute("INSERT INTO parent VALUES ('police', $1, $2, $3)", screening, person, {"sealed": "box"})
        await pool.execute("INSERT INTO token VALUES ($1, 'police', $2, $3)", person.bytes, screening, person)

    def _areas_of(self, pair: Pair) -> set[str]:
        return {*self.screened[pair.one], *self.screened[pair.other]}

    def _shown_in(self, family: str) -> set[str]:
        return {*self.screened[family]}.union(*(self._areas_of(pair) for pair in self.alike if family in pair))

    def covered(self, reach: Reach) -> Mapping[str, set[Any]]:
        """Families, or pairs of them."""
        families = {family for family in self.screened if reach.covers(Belonging.of(self._shown_in(family)))}
        pairs = {pair for pair in self.alike if reach.covers(Belonging.of(self._areas_of(pair)))}
        return {
            "member": families,
            "submission": families - self.taken_back,
            "taken_back": families & self.taken_back,
            "likeness": pairs,
            "link_history": pairs,
            "parent": {"somebody"} if reach.everywhere else set(),
            "token": {"somebody"} if reach.everywhere else set(),
        }

    def seen(self, table: str, row: Any) -> Any:
        """The family, or the pair."""
        if table in ("parent", "token"):
            return "somebody"
        return row["family_ref"] if "family_ref" in row else Pair(row["one_ref"], row["other_ref"])


class Screening:
    """Screenings of several areas by two agencies."""

    def __init__(self, random: Random) -> None:
        self.screenings = {uuid4(): (random.choice(AGENCIES), random.choice(AREAS)) for _ in range(9)}
        self.drafts: set[UUID] = set()

    async def save(self, pool: Any) -> None:
        """Writes it."""
        await pool.execute("INSERT INTO draft_week VALUES ('2026-01-05', now()) ON CONFLICT DO NOTHING")
        for screening, (agency, area) in self.screenings.items():
            case = uuid4()
            await pool.execute("INSERT INTO family VALUES ($1, $2, $3)", agency, str(case), case)
            await pool.execute(
                """
                INSERT INTO submission (agency, submission_id, case_id, family_ref, area, submitted_at, ranked_at,
                    decided_at, decision, reasons)
                VALUES ($1, $2, $3, $4, $5, now(), now(), now(), 'x', '{}')
                """,
                *(agency, screening, case, str(case), area),
            )
            await pool.execute("INSERT INTO person VALUES ($1, $2, 'P1', 'parent', '{}', now())", uuid4(), case)
            await pool.execute("INSERT INTO standing VALUES ($1, $2, 1)", case, screening)
            await pool.execute("INSERT INTO published VALUES ($1, $2, '{}', '[]')", agency, screening)
            await pool.execute("INSERT INTO refused_record VALUES ($1, $2, '[]')", agency, screening.bytes)
            # One that was sent belongs to its screening; a draft of the same agency and area is its author's alone.
            for form, sent in ((screening, "now()"), (uuid4(), "NULL")):
                await pool.execute(
                    f"INSERT INTO form VALUES ($1, $2, 'x', $3, NULL, now(), now(), now(), {sent})",  # noqa: S608
                    *(form, agency, area),
                )
                box = {"box": "b", "subject": str(form)}
                await pool.execute("INSERT INTO form_page VALUES ($1, 'family', $2, now())", form, box)
                if sent == "NULL":
                    self.drafts.add(form)
            await pool.execute(
                """
                INSERT INTO parent_request
                    (request_id, area, agency, danger, sealed, notice_version, made_at, expires_at)
                VALUES ($1, $2, $3, true, $4, '1', now(), now() + interval '1 day')
                """,
                *(screening, area, agency, {"box": "b", "subject": str(screening)}),
            )
            await pool.execute(
                "INSERT INTO parent_request_attempt VALUES ($1, $2, now(), 'x', 'phone', 'reached')", uuid4(), screening
            )

    def covered(self, reach: Reach) -> Mapping[str, set[Any]]:
        """By the ids of screenings."""
        inside = {"anything"} if reach.everywhere else set()
        screened = {
            screening
            for screening, (agency, area) in self.screenings.items()
            if reach.covers(Belonging.of([area], agency))
        }
        forms = screened | (self.drafts if reach.everywhere else set())
        return {
            "submission": screened,
            "form": forms,
            "form_page": forms,
            "parent_request": screened,
            "parent_request_attempt": screened,
            **dict.fromkeys(("family", "person", "standing", "published", "refused_record", "draft_week"), inside),
        }

    def seen(self, table: str, row: Any) -> Any:
        """The screening, where pages show it."""
        names = {"submission": "submission_id", "form": "form_id", "form_page": "form_id"}
        names |= {"parent_request": "request_id", "parent_request_attempt": "request_id"}
        return row[names[table]] if table in names else "anything"


class Workforce:
    """Practitioners of two agencies, who screened and were trained in several areas."""

    def __init__(self, random: Random) -> None:
        self.agencies = {agency: random.sample(AREAS, random.randint(0, 2)) for agency in AGENCIES}
        self.of = {uuid4(): random.choice(AGENCIES) for _ in range(8)}
        people = list(self.of)
        self.screenings = {uuid4(): (random.choice(people), random.choice(AREAS)) for _ in range(8)}
        self.sessions = {uuid4(): random.sample(AREAS, random.randint(1, 2)) for _ in range(3)}
        sessions = list(self.sessions)
        trained = {(random.choice(people), random.choice(sessions)) for _ in range(6)}
        self.trainings = {uuid4(): each for each in sorted(trained)}
        self.champions = set(random.sample(people, 3))
        self.erased = {uuid4(): random.sample(AREAS, random.randint(0, 2)) for _ in range(4)}

    async def save(self, pool: Any) -> None:
        """Writes it."""
        for agency, areas in self.agencies.items():
            await pool.execute("INSERT INTO agency VALUES ($1, $2, 1)", agency, areas)
        for person, agency in self.of.items():
            await pool.execute("INSERT INTO practitioner (practitioner_id, agency) VALUES ($1, $2)", person, agency)
        for screening, (person, area) in self.screenings.items():
            await pool.execute(
                "INSERT INTO screening VALUES ($1, $2, $3, $4, $5)",
                *(self.of[person], screening, person, area, date(2026, 1, 5)),
            )
        for session, areas in self.sessions.items():
            await pool.execute(
                """
                INSERT INTO training_session
                    (session_id, modules, areas, days, first_day, delivery, delivered_by, places)
                VALUES ($1, '{m}', $2, '{2026-01-05}', '2026-01-05', 'online', 'us', 9)
                """,
                session,
                areas,
            )
            await pool.execute("INSERT INTO session_history VALUES ($1, 1, now(), 'x', '{}')", session)
        for number, (training, (person, session)) in enumerate(self.trainings.items()):
            await pool.execute(
                """
                INSERT INTO place (training_id, session_id, practitioner_id, agency, profession, number, status)
                VALUES ($1, $2, $3, $4, 'x', $5, 'booked')
                """,
                *(training, session, person, self.of[person], number),
            )
            await pool.execute("INSERT INTO confidence VALUES ($1, 'm', 'before', 'x', '1', 1)", training)
            await pool.execute(
                "INSERT INTO follow_up (training_id, opens_on, closes_on, status) "
                "VALUES ($1, '2026-07-05', '2027-01-05', 'to-come')",
                training,
            )
        for person in self.champions:
            await pool.execute("INSERT INTO champion VALUES ($1, $2, '2026-01-05', 'x')", self.of[person], person)
        for person, areas in self.erased.items():
            await pool.execute(
                "INSERT INTO worker_erasure VALUES ($1, 'practitioner', $2, 'has-left', 'x', now(), now())",
                person,
                areas,
            )

    def _areas_of(self, person: UUID) -> set[str]:
        screened = {area for who, area in self.screenings.values() if who == person}
        return screened.union(
            self.agencies[self.of[person]], *(self.sessions[at] for who, at in self.trainings.values() if who == person)
        )

    def covered(self, reach: Reach) -> Mapping[str, set[Any]]:
        """By the ids of people, screenings, sessions and trainings."""

        def within(areas: Any, agency: str | None = None) -> bool:
            return reach.covers(Belonging.of(areas, agency))

        sessions = {session for session, areas in self.sessions.items() if within(areas)}
        of_people = {training for training, (who, _) in self.trainings.items() if within(self._areas_of(who))}
        return {
            "practitioner": {person for person, agency in self.of.items() if within(self._areas_of(person), agency)},
            "place": {
                training for training, (who, _) in self.trainings.items() if within(self._areas_of(who), self.of[who])
            },
            "confidence": of_people,
            "follow_up": of_people,
            "screening": {
                screening for screening, (who, area) in self.screenings.items() if within([area], self.of[who])
            },
            "training_session": sessions,
            "session_history": sessions,
            "champion": {
                person for person in self.champions if within(self.agencies[self.of[person]], self.of[person])
            },
            "worker_erasure": {person for person, areas in self.erased.items() if within(areas)},
        }

    def seen(self, table: str, row: Any) -> Any:
        """The id that `covered` has of this table."""
        names = {
            "practitioner": "practitioner_id",
            "champion": "practitioner_id",
            "screening": "submission_id",
            "training_session": "session_id",
            "session_history": "session_id",
            "worker_erasure": "subject",
        }
        return row[names.get(table, "training_id")]
