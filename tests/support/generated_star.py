"""A star out of nothing: rows that conform to its tables, with holes, odd days and cases that others point at in
vain."""

from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from services.outcomes.domain.star.tables import STAR, Kind

Rows = dict[str, list[dict[str, Any]]]
TODAY = date(2026, 8, 31)
_ARROW = {
    Kind.TEXT: pa.string(),
    Kind.DAY: pa.date32(),
    Kind.WHOLE: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.FLAG: pa.bool_(),
}
AREAS, PROVIDERS, SERVICES = ("0101", "0102", "north"), ("anchor", "bridge"), ("mediation", "programme")
_CODES = {
    "sex": ("female", "male"),
    "ethnicity": ("a", "b", "c"),
    "first_language": ("en", "pl"),
    "disability": ("yes", "no"),
    "employment": ("employed", "not-employed"),
}
_INSTRUMENTS = (("phq9", "1"), ("ors", "adult"), ("ors", "young-person"), ("PHQ-9", "2"), ("ours", "1"))
VERDICTS = ("recovered", "improved", "unchanged", "deteriorated")
_OCCASIONS = ("baseline", "closure", "follow-up-6-months", "follow-up-12-months")


def table_of(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Rows of a table of the star as Arrow has them, in the star's own types."""
    columns = STAR[name].columns
    schema = pa.schema([(column, _ARROW[each.kind]) for column, each in columns.items()])
    return pa.table({column: [row[column] for row in rows] for column in columns}, schema=schema)


def write(rows: Rows, folder: Path) -> None:
    """The star as files, as the service writes them: those that are about cases in a folder for each of two months."""
    for name, each in rows.items():
        if not each:
            continue
        parts = {"2026-01": each[::2], "2026-02": each[1::2]} if name == "case" else {"": each}
        for month, part in parts.items():
            place = folder / name / (f"month={month}" if month else "")
            place.mkdir(parents=True, exist_ok=True)
            pq.write_table(table_of(name, part), place / "part-0.parquet")


def generated(seed: int, cases: int) -> Rows:
    """A star of so many cases. The same seed gives the same."""
    return _Maker(Random(seed)).star(cases)


class _Maker:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.rows: Rows = {name: [] for name in STAR}

    def star(self, cases: int) -> Rows:
        for number in range(cases):
            self._case(f"c{number}", cases)
        # Parents and children of a case whose screening is not known count nowhere.
        self._people("c-unknown", 1)
        self._training(cases)
        self._directory()
        return self.rows

    def _add(self, table: str, **values: Any) -> dict[str, Any]:
        row = {column: values.pop(column, None) for column in STAR[table].columns}
        assert not values, values
        for column, each in STAR[table].columns.items():
            assert each.optional or row[column] is not None, (table, column)
        self.rows[table].append(row)
        return row

    def _may(self, chance: float = 0.5) -> bool:
        return self.random.random() < chance

    def _day(self, since: date | None = None, days: int = 700) -> date:
        # Month ends are where adding months shows.
        day = (since or date(2024, 11, 15)) + timedelta(days=self.random.randrange(days))
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1) if self._may(0.2) else day

    def _or_none(self, value: Any, chance: float = 0.3) -> Any:
        return None if self._may(chance) else value

    def _case(self, case: str, cases: int) -> None:
        random = self.random
        screened = self._day()
        referrals = random.choice((0, 1, 1, 1, 2))
        agreed = self._day(screened, 20) if referrals else None
        submitted = screened + timedelta(days=random.choice((0, 0, 3, 90)))
        started = self._or_none(self._day(agreed, 60)) if agreed else None
        ended = self._or_none(self._day(started or screened, 300))
        completed = self._or_none(ended, 0.4) if started else None
        again = self._may(0.4) and cases > 1
        self._add(
            "case", case_id=case, area=random.choice(AREAS), agency=random.choice(("school", "gp")),
            source=random.choice(("education", "health")), practitioner_id=self._or_none(f"p{random.randrange(4)}"),
            level_of_need=random.choice(("universal", "targeted")),
            relationship=random.choice(("together", "separated")),
            decision=random.choice(("refer", "not-ready", "more-information")), screened_on=screened,
            parents=2, fathers=1, children=random.randrange(4), referrals=referrals,
            service=random.choice(SERVICES) if referrals else None,
            provider=random.choice(PROVIDERS) if referrals else None,
            first_agreed_on=agreed,
            first_submitted_on=self._or_none(submitted, 0.1) if agreed else None,
            started_on=started, completed_on=completed, ended_on=ended,
            ending=("completed" if completed else random.choice(("ended-early", "halted-for-safety", "no-contact")))
            if ended else None,
            previous_case_id=f"c{random.randrange(cases)}" if again else None,
            again_within_months=random.choice((6, 12)) if again else None,
            again_for_same_reason=self._may() if again else None, again_on=self._day() if again else None,
        )  # fmt: skip
        for reason in random.sample(("in-crisis", "no-child-named", "no-wrap-around"), random.randrange(3)):
            self._add("case_reason", case_id=case, reason=reason)
        for number in range(random.choice((1, 1, 2))):
            self._add(
                "screening", case_id=case, submission_id=f"{case}-s{number}", area=random.choice(AREAS),
                agency=random.choice(("school", "gp")), source=random.choice(("education", "health")),
                practitioner_id=self._or_none(f"p{random.randrange(4)}", 0.2),
                decision=random.choice(("refer", "more-information")), screened_on=self._day(), in_force=number == 0,
            )  # fmt: skip
        self._people(case, referrals)
        for nth in range(1, referrals + 1):
            self._referral(case, nth)

    def _people(self, case: str, referrals: int) -> None:
        random = self.random
        for number in range(random.choice((1, 2, 2, 3))):
            person = f"a{number}"
            referred = referrals > 0 and self._may(0.8)
            started = self._or_none(self._day()) if referred else None
            is_father = number == 1
            self._add(
                "parent", case_id=case, person_id=person, is_father=is_father, screened=self._may(0.9),
                agrees=self._or_none(self._may(0.7), 0.1), referred=referred,
                referred_on=self._day() if referred else None, started_on=started,
                started_service=random.choice(SERVICES) if started else None,
                started_provider=random.choice(PROVIDERS) if started else None,
                completed_on=self._or_none(self._day()) if started else None,
                asked_6_months_on=self._or_none(self._day()), asked_12_months_on=self._or_none(self._day(), 0.7),
                answered_6_months_on=self._or_none(self._day()) if referred else None,
                answered_12_months_on=self._or_none(self._day()) if referred else None,
                change=self._or_none(random.choice(("less-conflict", "no-change"))),
                **{name: self._or_none(random.choice(codes)) for name, codes in _CODES.items()},
            )  # fmt: skip
            self._measures(case, person, is_parent=True, is_father=is_father)
        for number in range(random.randrange(3)):
            person = f"k{number}"
            self._add(
                "child", case_id=case, person_id=person, takes_part=self._may(),
                views_source=random.choice(("direct", "third-party", "not-sought")),
                change=self._or_none(random.choice(("calmer", "no-change"))),
            )  # fmt: skip
            self._measures(case, person, is_parent=False, is_father=False)

    def _measures(self, case: str, person: str, *, is_parent: bool, is_father: bool) -> None:
        for instrument, version in self.random.sample(_INSTRUMENTS, self.random.randrange(3)):
            scores = {each: self.random.randrange(0, 40) / 2 for each in _OCCASIONS if self._may(0.6)}
            for occasion, score in scores.items():
                before = scores.get("baseline") if occasion != "baseline" else None
                judged = before is not None and instrument != "ours"
                self._add(
                    "measure", case_id=case, person_id=person, is_parent=is_parent, is_father=is_father,
                    instrument=instrument, version=version, occasion=occasion, taken_on=self._day(), score=score,
                    baseline=before,
                    verdict=self.random.choice(VERDICTS) if judged else None,
                )  # fmt: skip

    def _referral(self, case: str, nth: int) -> None:
        random, referral = self.random, f"r{nth}"
        submitted = self._or_none(self._day(), 0.1)
        agreed = self._day(submitted, 30)
        accepted = self._or_none(self._day(agreed - timedelta(days=3), 20))
        assessed = self._or_none(self._day(accepted or agreed, 40))
        priced = self._may(0.7)
        sessions = random.randrange(3)
        self._add(
            "referral", case_id=case, referral_id=referral, nth=nth, area=random.choice(AREAS),
            provider=random.choice(PROVIDERS), service=random.choice(SERVICES), agreed_by="panel",
            submitted_on=submitted, agreed_on=agreed, accepted_on=accepted, declined_on=self._or_none(agreed, 0.8),
            assessed_on=assessed, started_on=self._or_none(self._day(agreed, 90)), completed=self._may(0.4),
            parents=2, fathers=1, children=1, sessions=sessions,
            unit_cost_pence=random.randrange(100, 90000) if priced else None,
            unit_cost_for=random.choice(("completed-case", "started-case", "session")) if priced else None,
        )  # fmt: skip
        for number in range(sessions):
            self._add(
                "session", case_id=case, referral_id=referral, number=number, held_on=self._day(), kind="group",
                parents=1, fathers=0, children=0,
            )  # fmt: skip
            for person in ("a0", "a1", "k0"):
                if self._may(0.8):
                    self._add(
                        "attendance", case_id=case, referral_id=referral, number=number, person_id=person,
                        is_parent=person != "k0", is_father=person == "a1",
                        attended=random.choice(("yes", "late", "no")),
                    )  # fmt: skip

    def _training(self, cases: int) -> None:
        for number in range(min(cases, 200)):
            training = f"t{number}"
            self._add(
                "training", training_id=training, practitioner_id=f"p{self.random.randrange(5)}",
                profession=self._or_none("teacher"), completed_on=self._day(), used=self._or_none(self._may()),
            )  # fmt: skip
            for area in self.random.sample(AREAS, self.random.randrange(3)):
                self._add("training_area", training_id=training, area=area)
            for module in self.random.sample(("engaging", "children"), self.random.randrange(3)):
                rating = [self._or_none(self.random.randrange(1, 11)) for _ in range(3)]
                self._add(
                    "training_module", training_id=training, module=module,
                    before=rating[0], after=rating[1], later=rating[2],
                )  # fmt: skip

    def _directory(self) -> None:
        for area in AREAS:
            self._add("area", area=area, name=area.title())
            for characteristic, codes in _CODES.items():
                if self._may(0.6):
                    for code in codes:
                        self._add(
                            "population", area=area, characteristic=characteristic, code=code,
                            people=self.random.randrange(0, 5000),
                        )  # fmt: skip
            for outcome in ("care-proceedings", "school-exclusion"):
                if self._may(0.6):
                    pence, assumed = self.random.randrange(1, 9_000_000), outcome == "care-proceedings"
                    self._add(
                        "avoidable_cost", area=area, outcome=outcome, pence=pence,
                        source="the area", as_of=TODAY, pence_low=pence // 2 if assumed else None,
                        avoided_per="completed-case" if assumed else None,
                        avoided_low=0.01 if assumed else None, avoided_central=0.02 if assumed else None,
                        avoided_high=0.05 if assumed else None, avoided_source="the area" if assumed else None,
                    )  # fmt: skip
        for region, area in (("coast", "0101"), ("coast", "0102"), ("inland", "0102")):
            self._add("region", region=region, name=region.title(), area=area)
