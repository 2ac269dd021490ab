"""Cases of several areas in referral and in outcomes, and what each reach covers of all that is kept of them."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID, uuid4

from shared.access.scopes import Belonging, Reach, Scope
from tests.support.guarded_rows import AGENCIES, AREAS


class Referral:
    """Cases of several areas by two agencies, with all that is kept of them; panels; signs about unknown families."""

    OF_CASES = (
        *("assignment", "case_history", "case_note", "consent", "panel_conflict", "panel_item", "panel_view"),
        *("referral", "referral_case", "step_up", "waiting_place"),
    )
    UNSEEN = (
        *("course", "family", "overdue_week", "provider_update", "recognition", "restriction", "retention_ended"),
        "wrap_around_contact",
    )

    def __init__(self, random: Random) -> None:
        self.cases = {uuid4(): (random.choice(AGENCIES), random.choice(AREAS)) for _ in range(9)}
        self.members = {uuid4(): area for area in AREAS}
        self.meetings = {uuid4(): area for area in AREAS}
        self.covers = {uuid4(): area for area in AREAS}
        # Opened in an emergency from elsewhere: a use is of the area of its case.
        self.uses = {case: uuid4() for case in self.cases}
        self.signs = {uuid4(): random.choice((*AGENCIES, "no-cases-yet")) for _ in range(6)}
        self.refused = {uuid4(): area for area in AREAS}
        # A referral is its provider's too, and nothing else of the case is.
        self.providers = {case: random.choice(("oak", "elm")) for case in self.cases}
        self.referrals = {case: uuid4() for case in self.cases}
        # Each case has a thread with its front door and one with a provider, which has the family no more.
        self.threads = {case: (uuid4(), uuid4()) for case in self.cases}

    async def save(self, pool: Any) -> None:
        """Writes it."""
        for member, area in self.members.items():
            await pool.execute(
                "INSERT INTO panel_member VALUES ($1, $2, 'x', 'police', $3)", member, area, {"box": "", "subject": ""}
            )
        for meeting, area in self.meetings.items():
            await pool.execute("INSERT INTO panel_meeting VALUES ($1, $2, '2026-01-05')", meeting, area)
            await pool.execute("INSERT INTO panel_attendance VALUES ($1, $2)", meeting, next(iter(self.members)))
        for cover, area in self.covers.items():
            await pool.execute(
                "INSERT INTO cover VALUES ($1, ARRAY[$2], 'x', 'y', '2026-01-05', '2026-01-06', 'x', now())",
                cover,
                area,
            )
            await pool.execute("INSERT INTO area_coordinator VALUES ($1, 'x', '2026-01-05')", area)
        for ticket, (case, (agency, area)) in enumerate(self.cases.items()):
            async with pool.acquire() as connection, connection.transaction():
                await self._case(connection, case, agency, area, ticket)
        for name in ("oak", "elm"):
            await pool.execute(
                "INSERT INTO offer (offer, provider, service, areas, eligibility, terms, priority, entry_offset)"
                " VALUES ($1, $1, 'x', '{E1}', '{}', '{}', 1, 1)",
                name,
            )
            await pool.execute("INSERT INTO stated_capacity VALUES ($1, $1, 2, 1, now(), '', 'x', now())", name)
            await pool.execute("INSERT INTO provider_worker VALUES ($1, 'x', now())", name)
        await pool.execute("INSERT INTO overdue_week VALUES ('2026-01-05', now()) ON CONFLICT DO NOTHING")
        for refusal, area in self.refused.items():
            await pool.execute("INSERT INTO refused_record VALUES ($1, 'x', $2, $1, now(), '{other}')", refusal, area)
        for sign, agency in self.signs.items():
            await pool.execute(
                "INSERT INTO unmatched_sign VALUES ($1, $2, 'unknown', now(), now(), $2)",
                agency,
                sign,
            )

    async def _case(self, connection: Any, case: UUID, agency: str, area: str, ticket: int) -> None:
        meeting = next(each for each, its in self.meetings.items() if its == area)
        member = next(each for each, its in self.members.items() if its == area)
        person, sealed = uuid4(), {"box": "", "subject": str(case)}
        await connection.execute("INSERT INTO family VALUES ($1, $2)", agency, str(case))
        await connection.execute(
            """
            INSERT INTO referral_case (case_id, area, agency, family_ref, state, changes, submission_id)
            VALUES ($1::uuid, $2, $3, $1::text, 'waiting-list', 2, $4)
            """,
            *(case, area, agency, uuid4()),
        )
        await connection.execute(
            """
            INSERT INTO case_history (case_id, number, at, by, trigger, from_state, to_state, why) VALUES
                ($1, 1, now(), 'screening', 'refer', 'new', 'awaiting-coordinator', 'refer'),
                ($1, 2, now(), 'coordinator', 'list', 'awaiting-coordinator', 'waiting-list', '')
            """,
            case,
        )
        of_case: Mapping[str, tuple[Any, ...]] = {
            "waiting_place VALUES ($1, 'o', $2, now(), 'coordinator', '{}', 1, false)": (case, ticket),
            "recognition SELECT agency, submission_id, 'alone', 1 FROM referral_case WHERE case_id = $1": (case,),
            """
            referral (referral_id, case_id, number, offer, provider, service, agreed_by, agreed_at, status, stopped,
                offered)
            VALUES ($1, $2, 1, 'o', $3, 'x', 'coordinator', now(), 'over', false, $4)
            """: (self.referrals[case], case, self.providers[case], {"area": area}),
            "warning_note (note_id, referral_id, provider, sealed, review_on, who, at)"
            " VALUES ($1, $2, $3, $4, now(), 'x', now())": (
                *(uuid4(), self.referrals[case], self.providers[case], sealed),
            ),
            "message_thread (thread_id, case_id, agency) VALUES ($1, $2, $3)": (self.threads[case][0], case, agency),
            "message_thread (thread_id, case_id, referral_id, provider) VALUES ($1, $2, $3, $4)": (
                *(self.threads[case][1], case, self.referrals[case], self.providers[case]),
            ),
            "message (message_id, thread_id, number, by_area, who, at, sealed)"
            " VALUES ($1, $2, 1, true, 'x', now(), $3)": (*(uuid4(), self.threads[case][0], sealed),),
            "goal (goal_id, referral_id, provider, person_id, sealed, at_start, who, at)"
            " VALUES ($1, $2, $3, $1, $4, 3, 'x', now())": (
                *(uuid4(), self.referrals[case], self.providers[case], sealed),
            ),
            "work_assignment (referral_id, provider, worker, given_by, since) VALUES ($1, $2, 'x', 'x', now())": (
                *(self.referrals[case], self.providers[case]),
            ),
            "parent_view VALUES ($1, $2, $3, $4, $5, 'better', NULL, now())": (
                *(uuid4(), case, self.referrals[case], self.providers[case], person),
            ),
            "course VALUES ($1, '{}')": (case,),
            "consent (case_id, person_id, purpose, given_on, source_event) VALUES ($1, $2, 'referral', now(), $2)": (
                *(case, person),
            ),
            "assignment (case_id, coordinator, since) VALUES ($1, 'x', now())": (case,),
            "case_note VALUES ($1, $2, now(), 'x', $3)": (uuid4(), case, sealed),
            "panel_conflict VALUES ($1, $2, 'elsewhere', NULL, 'knows-a-parent', now(), 'x')": (uuid4(), case),
            "panel_item VALUES ($1, $2)": (meeting, case),
            "panel_view (meeting_id, case_id, member_id, recommendation, at) VALUES ($1, $2, $3, 'agree', now())": (
                *(meeting, case, member),
            ),
            "step_up (step_up_id, case_id, reason, held, at, who) VALUES ($1, $2, 'they-ask', false, now(), 'x')": (
                *(uuid4(), case),
            ),
            "provider_update VALUES ('oak', $1)": (uuid4(),),
            """
            emergency_access (access_id, case_id, area, who, reason, words, opened_at, ends_at, review_due_at)
            VALUES ($1, $2, $3, 'x', 'x', $4, now(), now() + interval '1 hour', now())
            """: (self.uses[case], case, area, sealed),
            "restriction VALUES ($1, $2, now())": (case, person),
            "retention_ended VALUES ($1, $2, now())": (case, area),
            "wrap_around_contact VALUES ($1, $2)": (agency, uuid4()),
        }
        for row, values in of_case.items():
            await connection.execute(f"INSERT INTO {row}", *values)

    def covered(self, reach: Reach) -> Mapping[str, set[Any]]:
        """By the ids of cases, members, meetings and contacts."""

        def within(areas: Any, agency: str | None = None) -> bool:
            return reach.covers(Belonging.of(areas, agency))

        cases = {case for case, (agency, area) in self.cases.items() if within([area], agency)}
        at_provider = replace(reach, scopes=reach.scopes & {Scope.PROVIDER, Scope.EVERYWHERE})
        at_work = {
            self.referrals[case]
            for case, (_, area) in self.cases.items()
            if at_provider.covers(Belonging(frozenset([area]), None, self.providers[case]))
        }
        of_front_doors = {self.threads[case][0] for case in cases}
        of_providers = {self.threads[case][1] for case, (_, area) in self.cases.items() if within([area])}
        known = {agency: {area for by, area in self.cases.values() if by == agency} for agency in AGENCIES}
        return {
            **dict.fromkeys(self.OF_CASES, cases),
            **dict.fromkeys(self.UNSEEN, {"anything"} if reach.everywhere else set()),
            "referral": {
                case
                for case, (agency, area) in self.cases.items()
                if reach.covers(Belonging(frozenset([area]), agency, self.providers[case]))
            },
            "parent_view": {
                case
                for case, (agency, area) in self.cases.items()
                if reach.covers(Belonging(frozenset([area]), agency, self.providers[case]))
            },
            # Whose work it is at a provider is for that provider alone, whoever else may read the referral.
            "work_assignment": at_work,
            "warning_note": at_work,
            "goal": at_work,
            # A front door reads no thread of a provider, and a provider none of a family that it has no more.
            "message_thread": of_front_doors | of_providers,
            "message": of_front_doors,
            "stated_capacity": {name for name in ("oak", "elm") if reach.covers(Belonging.of(["E1"], None, name))},
            "provider_worker": {
                name for name in ("oak", "elm") if reach.everywhere or (at_provider.scopes and reach.provider == name)
            },
            "emergency_access": {self.uses[case] for case, (_, area) in self.cases.items() if within([area])},
            "area_coordinator": {area for area in AREAS if within([area])},
            "cover": {cover for cover, area in self.covers.items() if within([area])},
            "panel_member": {member for member, area in self.members.items() if within([area])},
            "panel_attendance": {meeting for meeting, area in self.meetings.items() if within([area])},
            "panel_meeting": {meeting for meeting, area in self.meetings.items() if within([area])},
            "refused_record": {refusal for refusal, area in self.refused.items() if within([area])},
            "unmatched_sign": {sign for sign, agency in self.signs.items() if within(known.get(agency) or AREAS)},
        }

    def seen(self, table: str, row: Any) -> Any:
        """The id that `covered` has of this table."""
        if table in self.UNSEEN:
            return "anything"
        others = {
            "area_coordinator": "area",
            "cover": "cover_id",
            "emergency_access": "access_id",
            "panel_member": "member_id",
            "panel_attendance": "meeting_id",
            "panel_meeting": "meeting_id",
            "refused_record": "refusal_id",
            "unmatched_sign": "contact_id",
            "work_assignment": "referral_id",
            "warning_note": "referral_id",
            "goal": "referral_id",
            "message_thread": "thread_id",
            "message": "thread_id",
            "provider_worker": "provider",
            "stated_capacity": "provider",
        }
        return row[others.get(table, "case_id")]


class Outcomes:
    """Cases that were screened and referred in several areas, and practitioners who screened and were trained there."""

    OF_CASES: Mapping[str, str] = {
        "screening_taken_back": "$1, gen_random_uuid(), NULL, 1",
        "screened_parent": "$1, gen_random_uuid(), gen_random_uuid(), 'father', true",
        "screened_child": "$1, gen_random_uuid(), gen_random_uuid(), true, 'x'",
        "referred_parent": "$1, gen_random_uuid(), gen_random_uuid(), 'father'",
        "case_step": "$1, 'x', 1, now(), NULL, NULL, '{}'",
        "session": "$1, 1, gen_random_uuid(), 1, '2026-01-05', 'x'",
        "planned_session": "$1, 1, gen_random_uuid(), 1, now(), now(), 'x', 0",
        "attendance": "$1, 1, gen_random_uuid(), 'yes'",
        "measure": "$1, gen_random_uuid(), 'x', '1', 'baseline', gen_random_uuid(), 1, now(), 1",
        "view_given": "$1, 1, gen_random_uuid(), 'x'",
        "followed_case": "$1",
        "screening_in_force": "$1, gen_random_uuid(), 'E9'",
        "star_case": "$1, '2026-01-01'",
        "fact": "$1, 'x', '', '2026-01-05', 'E9', 'x', 'x', NULL, NULL, NULL, NULL, 1, 1, 1",
    }
    OF_TRAININGS: Mapping[str, str] = {
        "confidence_said": "$1, 'm', 'before', 1, 'x', '1', 1",
        "training_use_said": "$1, 1, true, 'x', true",
    }

    def __init__(self, random: Random) -> None:
        self.people = [uuid4() for _ in range(4)]
        self.cases = {
            uuid4(): [(area, random.choice(self.people)) for area in random.sample(AREAS, random.randint(1, 2))]
            for _ in range(8)
        }
        self.referred = {case: random.choice(AREAS) for case in random.sample(list(self.cases), 4)}
        pairs = [random.sample(list(self.cases), 2) for _ in range(3)]
        self.again = dict(pairs)
        self.trainings = {uuid4(): (random.choice(self.people), random.sample(AREAS, 1)) for _ in range(4)}
        self.champions = random.sample(self.people, 2)

    async def save(self, pool: Any) -> None:
        """Writes it."""
        for case, screenings in self.cases.items():
            for area, person in screenings:
                await pool.execute(
                    """
                    INSERT INTO screening (case_id, submission_id, agency, area, source, level_of_need, relationship,
                        decision, reasons, submitted_at, decided_at, practitioner_id)
                    VALUES ($1, $2, 'police', $3, 'x', 'x', 'x', 'refer', '{}', now(), now(), $4)
                    """,
                    *(case, uuid4(), area, person),
                )
            for table, values in self.OF_CASES.items():
                await pool.execute(f"INSERT INTO {table} VALUES ({values})", case)  # noqa: S608
            await pool.execute("INSERT INTO changed_case (case_id) VALUES ($1)", case)
        for case, area in self.referred.items():
            await pool.execute(
                "INSERT INTO referral VALUES ($1, $2, 1, $3, 'oak', 'x', 'panel', now(), 1)", case, uuid4(), area
            )
        for case, before in self.again.items():
            await pool.execute(
                """
                INSERT INTO referred_again (case_id, previous_case_id, sequence, occurred_at, months, same_reason)
                VALUES ($1, $2, 1, now(), 6, true)
                """,
                *(case, before),
            )
        for training, (person, areas) in self.trainings.items():
            await pool.execute(
                """
                INSERT INTO training_said (training_id, position, practitioner_id, modules, completed_on, areas)
                VALUES ($1, 1, $2, '{m}', '2026-01-05', $3)
                """,
                *(training, person, areas),
            )
            for table, values in self.OF_TRAININGS.items():
                await pool.execute(f"INSERT INTO {table} VALUES ({values})", training)  # noqa: S608
        for person in self.champions:
            await pool.execute("INSERT INTO champion_said VALUES ($1, 1, true)", person)

    def _areas_of(self, case: UUID) -> set[str]:
        screened = {area for area, _ in self.cases[case]}
        return screened | {self.referred[case]} if case in self.referred else screened

    def _areas_of_person(self, person: UUID) -> set[str]:
        screened = {area for screenings in self.cases.values() for area, by in screenings if by == person}
        return screened.union(*(areas for by, areas in self.trainings.values() if by == person))

    def covered(self, reach: Reach) -> Mapping[str, set[Any]]:
        """By the ids of cases, trainings and practitioners; where they belong, by the area too."""

        def within(areas: Any) -> bool:
            return reach.covers(Belonging.of(areas))

        cases = {case for case in self.cases if within(self._areas_of(case))}
        people = {person for person in self.people if within(self._areas_of_person(person))}
        trainings = {training for training, (person, _) in self.trainings.items() if person in people}
        in_areas = {(case, area) for case in self.cases for area in self._areas_of(case) if within([area])}
        people_in_areas = {
            (person, area) for person in self.people for area in self._areas_of_person(person) if within([area])
        }
        return {
            **dict.fromkeys(("screening", *self.OF_CASES), cases),
            "referral": cases & self.referred.keys(),
            "referred_again": {case for case, before in self.again.items() if {case, before} & cases},
            "case_area": in_areas,
            "practitioner_area": people_in_areas,
            **dict.fromkeys(("training_said", *self.OF_TRAININGS), trainings),
            "champion_said": people & set(self.champions),
            "changed_case": set(self.cases) if reach.everywhere else set(),
        }

    def seen(self, table: str, row: Any) -> Any:
        """The id that `covered` has of this table."""
        if table in ("case_area", "practitioner_area"):
            return row["case_id"] if table == "case_area" else row["practitioner_id"], row["area"]
        if table == "champion_said":
            return row["practitioner_id"]
        return row["training_id" if table in ("training_said", *self.OF_TRAININGS) else "case_id"]
