"""Days between the steps, whole calendar days, in UTC."""

from collections.abc import Callable
from datetime import date
from typing import Any

from services.outcomes.domain.indicators.indicator import Indicator, Kind
from services.outcomes.domain.indicators.star import CASE, REGION, cases, of_case, table, valued_rows

SAFETY = "halted-for-safety"


def _days(rows: Any, since: Any, until: Any, also: Any = None) -> Any:
    days = until.delta(since, unit="day")
    # Reported the wrong way round, they are not known.
    return valued_rows(rows, days, (days >= 0) if also is None else ((days >= 0) & also))


def _of_referral(since: str, until: str, *, first: bool = False) -> Callable[[date], Any]:
    def rows(_: date) -> Any:
        referral = table("referral")
        if first:
            referral = referral.filter(referral.nth == 1)
        names = ("case_id", "provider", "service", "started_on", "submitted_on", "agreed_on", "accepted_on", "assessed_on")
        found = of_case(referral.select(*names, cluster=referral.case_id))
        return _days(found, found[since], found[until])

    return rows


def _to_the_end(_: date) -> Any:
    case = cases()
    case = case.filter(case.started_on.notnull()).mutate(cluster=case.case_id)
    return _days(case, case.started_on, case.ended_on, case.ending.fill_null(SAFETY) != SAFETY)


def _whole(_: date) -> Any:
    case = cases()
    case = case.filter(case.referrals > 0).mutate(cluster=case.case_id)
    return _days(case, case.first_submitted_on, case.started_on)


_STEPS = (
    ("submitted-to-agreed", "from the screening to the agreed referral", "First referrals", "referrals",
     _of_referral("submitted_on", "agreed_on", first=True)),
    ("agreed-to-accepted", "from the agreed referral to the provider's acceptance", "Referrals", "referrals",
     _of_referral("agreed_on", "accepted_on")),
    ("accepted-to-assessed", "from acceptance to the initial assessment", "Referrals", "referrals",
     _of_referral("accepted_on", "assessed_on")),
    ("assessed-to-first-session", "from the assessment to the first session", "Referrals", "referrals",
     _of_referral("assessed_on", "started_on")),
    ("first-session-to-closed", "from the first session to the end", "Cases that started", "cases", _to_the_end),
    ("submitted-to-first-session", "from the screening to the first session", "Cases that were referred", "cases", _whole),
)  # fmt: skip

DAYS = tuple(
    Indicator(
        name=f"days-{name}",
        question=f"How long does it take {words}?",
        definition=f"Whole days {words}: median, and the days within which nine of ten are",
        denominator=f"{scope} of which both days are known",
        numerator="The days between the two",
        exclusions=(
            f"{scope} that have not come so far, or whose days were reported the wrong way round: in scope, and not "
            "counted. Where many have not come so far, the days of those who have look shorter than they will be"
            + ("; cases that were halted for safety" if name == "first-session-to-closed" else "")
        ),
        source="Screenings, referrals and sessions, by the events of screening and referral",
        kind=Kind.DAYS,
        unit=unit,
        rows=rows,
        dimensions=(REGION, *CASE),
    )
    for name, words, scope, unit, rows in _STEPS
)
