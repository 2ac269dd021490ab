"""Who came to sessions, and the voice of the child."""

from datetime import date
from functools import cache
from typing import Any

import ibis

from services.outcomes.domain.indicators.indicator import Indicator, Kind
from services.outcomes.domain.indicators.star import CASE, PEOPLE, REGION, father, of_case, share_rows, table, who

_SCREENED = "Children of the screening in force"


def _attendance(_: date) -> Any:
    expected = table("attendance")
    referral = table("referral").select("case_id", "referral_id", "provider", "service")
    joined = expected.join(
        referral, [expected.case_id == referral.case_id, expected.referral_id == referral.referral_id]
    )
    rows = joined.select(
        case_id=expected.case_id,
        cluster=expected.case_id,
        attended=expected.attended,
        who=who(expected.is_parent),
        father=father(expected.is_father),
        provider=referral.provider,
        service=referral.service,
    )
    rows = of_case(rows)
    return share_rows(rows, rows.attended != "no")


@cache
def _children() -> Any:
    child = table("child")
    return of_case(
        child.select(
            "case_id", "views_source", "change", "takes_part",
            cluster=child.case_id,
        )
    )  # fmt: skip


def _sought(_: date) -> Any:
    rows = _children()
    return share_rows(rows, rows.views_source != "not-sought")


def _sources(_: date) -> Any:
    return share_rows(_children().mutate(category=ibis._.views_source), ibis.literal(True))


def _takes_part(_: date) -> Any:
    rows = _children()
    return share_rows(rows, rows.takes_part)


def _changes(_: date) -> Any:
    rows = _children()
    rows = rows.filter(rows.change.notnull())
    return share_rows(rows.mutate(category=rows.change), ibis.literal(True))


def _child(name: str, question: str, kind: Kind, words: tuple[str, str, str], rows: Any) -> Indicator:
    definition, denominator, numerator = words
    return Indicator(
        name=name,
        question=question,
        definition=definition,
        denominator=denominator,
        numerator=numerator,
        exclusions="Children of cases whose screening is not known; adults of the household",
        source="Screenings and views given, by the events of screening and referral. A child's words stay sealed",
        kind=kind,
        unit="children",
        rows=rows,
        dimensions=(REGION, *CASE),
    )


VOICE = (
    Indicator(
        name="attendance",
        question="How many of those who are expected at a session come?",
        definition="Share of the expected attendances at held sessions that were kept, on time or late",
        denominator="People expected at a session that was held, by its last report, once for each session",
        numerator="Those who came",
        exclusions="Sessions that were taken back, or planned and not held",
        source="Sessions, by the providers' events",
        kind=Kind.SHARE,
        unit="attendances",
        rows=_attendance,
        dimensions=(REGION, *CASE, *PEOPLE),
    ),
    _child(
        "childs-views-sought",
        "Of how many children are the views sought?",
        Kind.SHARE,
        ("Share of the children whose views were sought, in whatever way", _SCREENED, "Those whose views were sought"),
        _sought,
    ),
    _child(
        "childs-views-mix",
        "How are children's views sought?",
        Kind.MIX,
        ("Share of the children by how their views were sought", _SCREENED, "Those whose views were sought so"),
        _sources,
    ),
    _child(
        "children-taking-part",
        "How many children take part?",
        Kind.SHARE,
        ("Share of the children who take part", _SCREENED, "Those who take part"),
        _takes_part,
    ),
    _child(
        "childs-change-mix",
        "What do children say has changed?",
        Kind.MIX,
        (
            "Share of the children who were asked what has changed with each answer, by the last time they were asked",
            f"{_SCREENED} who answered",
            "Those whose answer is coded so",
        ),
        _changes,
    ),
)
