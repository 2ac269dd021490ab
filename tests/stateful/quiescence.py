"""What holds whenever everything that was sent has been read and nothing is due: every case is in somebody's hands."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from tests.stateful.agreed import Agreements
from tests.stateful.couples import OTHERWISE_NAMED, Couple, Key
from tests.stateful.in_force import ScreeningsInForce
from tests.stateful.parties import Parties
from tests.stateful.running import Running

OPEN = frozenset(
    {
        *("awaiting-coordinator", "returned", "at-panel", "waiting-list", "on-hold"),
        *("offered", "accepted", "assessed", "in-sessions"),
    }
)
WITH_PROVIDER = frozenset({"offered", "accepted", "assessed", "in-sessions"})
_ON_WORKLIST = frozenset({"awaiting-coordinator", "returned", "at-panel", "on-hold"})


class Quiescence:
    """Looks at the services from outside, and at what the parties were told."""

    def __init__(
        self, services: dict[str, Running], in_force: ScreeningsInForce, agreements: Agreements, parties: Parties
    ) -> None:
        self._in_force = in_force
        self._services = services
        self._agreements = agreements
        self._parties = parties

    async def look(self, couples: Iterable[Couple], touched: set[Key]) -> None:
        """Everything that holds at rest. `touched`: families that a person linked, rejected or separated."""
        cases = await self._cases()
        self._one_open_case(cases)
        self._all_hold_the_screening_in_force(cases)
        self._providers_have_what_they_should(cases)
        self._nobody_is_kept_by_a_sign_or_a_withdrawal(cases)
        for couple in couples:
            keys = {couple.key(door) for door in couple.doors}
            if couple.surely_one and keys.isdisjoint(touched) and not self._named_otherwise(keys):
                self._whoever_sends_them(couple, cases)
        await self._providers_know_which_children_take_part(
            {couple.key(door): couple for couple in couples for door in couple.doors}
        )
        await self._somebody_has_each(cases)
        await self._nothing_is_overdue()
        await self._no_mail_calls_anybody_back(cases)
        self._front_doors_have_every_decision(cases)

    async def _cases(self) -> dict[str, dict[str, Any]]:
        rows = await self._services["referral"].pool.fetch(
            """
            SELECT case_id::text, submission_id::text, questioned ->> 'submission_id' AS questioned, agency,
                 family_ref, state, waiting_reason, specialist_contact_at, area, provider, item
            FROM referral_case
            LEFT JOIN (SELECT case_id, provider FROM referral WHERE status = 'out') AS given USING (case_id)
            LEFT JOIN (
                SELECT case_id, true AS item FROM panel_item JOIN panel_meeting USING (meeting_id)
                WHERE status = 'planned' AND decision IS NULL
            ) AS agenda USING (case_id)
            ORDER BY case_id
            """
        )
        cases = {row["case_id"]: dict(row) for row in rows if row["state"] != "new"}
        known = set(self._agreements.screened) | self._agreements.reported
        assert set(cases) == known, "a screening, or what a broken record says for certain, was lost on its way"
        return cases

    def _all_hold_the_screening_in_force(self, cases: dict[str, dict[str, Any]]) -> None:
        """The case goes by what stands of its screenings, and asks whether strangers are the family's."""
        for case_id, case in cases.items():
            current, asked = self._in_force.current(case_id), self._in_force.asked(case_id)
            assert case["submission_id"] == (current and current.submission_id), "a case goes by what does not stand"
            assert case["questioned"] == (asked and asked.submission_id), "not what a person has to look at"

    def _one_open_case(self, cases: dict[str, dict[str, Any]]) -> None:
        for case in cases.values():
            family = self._agreements.linked((case["agency"], case["family_ref"]))
            still_open = [
                other["case_id"]
                for other in cases.values()
                if (other["agency"], other["family_ref"]) in family and other["state"] in OPEN
            ]
            assert len(still_open) <= 1, f"a family has {len(still_open)} open cases"

    def _providers_have_what_they_should(self, cases: dict[str, dict[str, Any]]) -> None:
        having = dict(self._parties.referred.values())
        assert len(having) == len(self._parties.referred), "two providers have one case"
        should = {name: case["provider"] for name, case in cases.items() if case["state"] in WITH_PROVIDER}
        assert having == should, "what providers were told is not where the cases stand"

    def _nobody_is_kept_by_a_sign_or_a_withdrawal(self, cases: dict[str, dict[str, Any]]) -> None:
        agreements = self._agreements
        lost = agreements.owed_signs - agreements.signs
        assert not lost, f"a sign of abuse in a broken record was lost: {lost}"
        for case_id, _ in self._parties.referred.values():
            since = agreements.owed_stops.get(agreements.key_of[case_id])
            newest = agreements.newest(case_id)
            assert not since or (newest and newest.submitted_at > since), "a withdrawal in a broken record was lost"
        for case_id, case in cases.items():
            key = (case["agency"], case["family_ref"])
            if agreements.has_sign(key):
                assert case["state"] not in WITH_PROVIDER | {"waiting-list"}, f"{case['state']} in spite of a sign"
            if case_id in agreements.withdrawn:
                assert case["state"] in ("closed", "halted"), f"{case['state']} after a withdrawal"
        for case_id, _ in self._parties.referred.values():
            newest = agreements.newest(case_id)
            assert newest, "a provider has a family that nobody has screened"
            assert newest.refers, "a provider has a family whose newest screening does not refer it"
            family = agreements.linked(agreements.key_of[case_id])
            for other, when in agreements.withdrew.items():
                if agreements.key_of[other] in family:
                    assert newest.submitted_at > when, "a provider has a family that has withdrawn since"
        for referral, (case_id, _) in self._parties.referred.items():
            parents, _ = self._known_to_provider(referral)
            if not self._knows_everybody(referral, case_id):
                assert cases[case_id]["waiting_reason"], "a provider has another family, and nobody looks at it"
                continue
            for person in parents:
                phone = self._parties.newest_phone(case_id, person)
                assert self._parties.phones[(referral, person)] == phone, "a provider has a number that is out of date"

    def _known_to_provider(self, referral: str) -> tuple[list[str], list[str]]:
        """Parents and children whom the provider of a referral was told of."""
        return self._agreements.people_of[self._agreements.based_on[referral]]

    def _knows_everybody(self, referral: str, case_id: str) -> bool:
        """Whether the family that the provider was told of is the case's. A front door lists it in any order."""
        known, now = self._known_to_provider(referral), self._agreements.people(case_id)
        return all(set(one) == set(other) for one, other in zip(known, now, strict=True))

    def _named_otherwise(self, keys: set[Key]) -> bool:
        """Whether a record of the family gave a parent another's name or birth: whose it is may be doubted then."""
        every = (submission for sent in self._agreements.screened.values() for submission in sent)
        return any(submission.key in keys and submission.kind in OTHERWISE_NAMED for submission in every)

    def _whoever_sends_them(self, couple: Couple, cases: dict[str, dict[str, Any]]) -> None:
        """Nobody could doubt that these are the same parents, so it is one family whatever the services say."""
        keys = {couple.key(door) for door in couple.doors}
        states = [case["state"] for case in cases.values() if (case["agency"], case["family_ref"]) in keys]
        assert sum(state in OPEN for state in states) <= 1, "the same parents have two open cases"
        # Of a family that a front door has never sent nobody can tell that it is this one: its sign waits for it.
        known = keys & set(self._agreements.key_of.values())
        if not self._agreements.signs.isdisjoint(known):
            assert not any(state in WITH_PROVIDER for state in states), "a provider has parents with a sign of abuse"

    async def _providers_know_which_children_take_part(self, couples: Mapping[Key, Couple]) -> None:
        """As the front door says, unless what a parent said last, or the calendar for them, ended it."""
        rows = await self._services["referral"].pool.fetch(
            """
            SELECT DISTINCT ON (case_id, detail) case_id::text, split_part(detail, '/', 2) AS child,
                trigger <> 'consent-recorded' AS ended
            FROM case_history WHERE why = 'child-participation' AND trigger LIKE 'consent-%'
            ORDER BY case_id, detail, number DESC
            """
        )
        out = {(row["case_id"], row["child"]) for row in rows if row["ended"]}
        for referral, (case_id, _) in self._parties.referred.items():
            _, children = self._known_to_provider(referral)
            for child in children if self._knows_everybody(referral, case_id) else ():
                takes_part = couples[self._agreements.key_of[case_id]].child_takes_part
                assert self._parties.taking_part[(referral, child)] == (takes_part and (case_id, child) not in out), (
                    "a provider does not know whether a child takes part"
                )

    async def _somebody_has_each(self, cases: dict[str, dict[str, Any]]) -> None:
        referral = self._services["referral"]
        worklist = {line["case_id"] for line in (await referral.ask("GET", "/worklist")).json()["items"]}
        waiting = (await referral.ask("GET", "/waiting-lists")).json()["items"]
        lists = {line["case_id"] for each in waiting for line in each["waiting"]}
        meetings = await referral.pool.fetch("SELECT DISTINCT area FROM panel_meeting WHERE status = 'planned'")
        planned = {row["area"] for row in meetings}
        for case_id, case in cases.items():
            state = case["state"]
            if state in _ON_WORKLIST or (state == "halted" and not case["specialist_contact_at"]):
                assert case_id in worklist, f"{state}, and nobody sees it on the worklist"
            if state == "waiting-list":
                assert case_id in lists, "waiting, and on no list"
            if state == "at-panel" and case["area"] in planned:
                assert case["item"], "at the panel, and on no agenda"

    async def _nothing_is_overdue(self) -> None:
        for name in ("referral", "workforce"):
            service = self._services[name]
            late = await service.pool.fetch(
                "SELECT kind, fault FROM due WHERE at <= $1 OR attempts > 0", service.clock.calendar
            )
            assert not late, f"timers of {name} were not handled: {[tuple(row) for row in late]}"

    async def _no_mail_calls_anybody_back(self, cases: dict[str, dict[str, Any]]) -> None:
        rows = await self._services["notification"].pool.fetch(
            """
            SELECT case_id::text, about, provider FROM email
            WHERE status = 'queued' AND about IN ('referral', 'reminder')
            """
        )
        # The newest referral of a case to a provider counts: they are in the order in which they went out.
        last = {self._agreements.asked[each]: state for each, state in self._parties.referrals.items()}
        for row in rows:
            case = row["case_id"]
            if row["about"] == "reminder":
                over = cases[case]["state"] == "halted" or case in self._agreements.withdrawn
                assert not over, "a practitioner is to be reminded of a session that will not be"
            else:
                assert last[(case, row["provider"])] != "stopped", "a mail calls a provider to a case that has stopped"
        waiting = (await self._services["notification"].ask("GET", "/waiting")).json()["items"]
        for line in waiting:
            assert cases[line["case_id"]]["state"] == "on-hold", f"a referral waits for what has long come: {line}"

    def _front_doors_have_every_decision(self, cases: dict[str, dict[str, Any]]) -> None:
        screened = self._parties.screened
        # What stands is told again after what came late and does not, so that the last word is true.
        assert all(one != other for one, other in pairwise(screened)), "a front door was told a decision twice in a row"
        expected = {submission.submission_id for every in self._agreements.screened.values() for submission in every}
        assert set(screened) == expected, "a front door was not told its decision"
        for case_id, case in cases.items():
            if case_id not in self._agreements.screened:
                continue
            steps = self._parties.steps[case_id]
            last = {"refused": "refused", "returned": "returned", "at-panel": "at-panel", "on-hold": "held"}
            assert last.get(case["state"], steps[0]) in steps
