"""Cases and referrals: what came, what was decided, and how it ended."""

from datetime import date
from functools import cache
from typing import Any

import ibis

from services.outcomes.domain.indicators.indicator import Indicator, Kind
from services.outcomes.domain.indicators.star import CASE, NONE, REGION, cases, of_case, share_rows, table

_SCREENED = "Cases whose screening is in force; the case's last screening that was not taken back counts"
_NOT_KNOWN = "Cases whose screening has not arrived, and those whose screenings were all taken back"
_OF_CASE = (REGION, *CASE)
_CASES = (*_OF_CASE, "decision", "referred")
_SOURCE = "Screenings, by the events of the screening service"
_STEPS = "Referrals and what became of them, by the events of the referral service"


@cache
def _cases() -> Any:
    case = cases()
    return case.select(
        *CASE, "case_id", "decision", "started_on", "completed_on", "ended_on", "ending", "referrals",
        cluster=case.case_id, referred=ibis.ifelse(case.referrals > 0, "referred", "not-referred"),
    )  # fmt: skip


def _one(rows: Any) -> Any:
    return share_rows(rows, ibis.literal(True))


def _screened(_: date) -> Any:
    return _one(_cases())


def _referred(_: date) -> Any:
    rows = _cases()
    return share_rows(rows, rows.referrals > 0)


def _decisions(_: date) -> Any:
    return _one(_cases().mutate(category=ibis._.decision))


def _needs(_: date) -> Any:
    return _one(_cases().mutate(category=ibis._.level_of_need))


def _sources(_: date) -> Any:
    return _one(_cases().mutate(category=ibis._.source))


def _reasons(_: date) -> Any:
    rows, reason = _cases(), table("case_reason")
    joined = rows.left_join(reason, rows.case_id == reason.case_id)
    return _one(
        joined.select(*(rows[name] for name in rows.columns), category=reason.reason.fill_null(NONE), unit=rows.case_id)
    )


def _endings(_: date) -> Any:
    rows = _cases()
    rows = rows.filter((rows.referrals > 0) | rows.ending.notnull())
    return _one(rows.mutate(category=ibis.ifelse(rows.ended_on.notnull(), rows.ending.fill_null(NONE), "under-way")))


def _of_referred(condition: Any) -> Any:
    def rows(_: date) -> Any:
        found = _cases()
        found = found.filter(found.referrals > 0)
        return share_rows(found, condition(found))

    return rows


def _finished(_: date) -> Any:
    rows = _cases()
    rows = rows.filter(rows.started_on.notnull())
    return share_rows(rows, rows.completed_on.notnull())


@cache
def _referrals() -> Any:
    referral = table("referral")
    rows = referral.select(
        "case_id", "provider", "service", "accepted_on", "declined_on", "started_on", "agreed_by",
        cluster=referral.case_id,
    )  # fmt: skip
    return of_case(rows)


def _agreed(_: date) -> Any:
    return _one(_referrals())


def _referral(column: str) -> Any:
    def rows(_: date) -> Any:
        found = _referrals()
        return share_rows(found, found[column].notnull())

    return rows


FLOW = (
    Indicator(
        name="cases-screened",
        question="How many families came, from which front door, with which need?",
        definition="Cases by the screening that is in force",
        denominator=_SCREENED,
        numerator="All of them",
        exclusions=_NOT_KNOWN,
        source=_SOURCE,
        kind=Kind.COUNT,
        unit="cases",
        rows=_screened,
        dimensions=_CASES,
    ),
    Indicator(
        name="decision-mix",
        question="What do screenings come to?",
        definition="Share of the cases with each decision of the screening in force",
        denominator=_SCREENED,
        numerator="Those with the decision",
        exclusions=_NOT_KNOWN,
        source=_SOURCE,
        kind=Kind.MIX,
        unit="cases",
        rows=_decisions,
        dimensions=_OF_CASE,
    ),
    Indicator(
        name="reason-mix",
        question="Why do screenings decide as they do?",
        definition="Share of the cases whose decision gives each reason. A decision may give several, so "
        "shares add up to more",
        denominator=_SCREENED,
        numerator="Those whose decision gives the reason; `none` are those that give none",
        exclusions=_NOT_KNOWN,
        source=_SOURCE,
        kind=Kind.MIX,
        unit="cases",
        rows=_reasons,
        dimensions=(*_OF_CASE, "decision"),
    ),
    Indicator(
        name="front-door-mix",
        question="Through which kinds of front door do families come?",
        definition="Share of the cases that came through each kind of front door",
        denominator=_SCREENED,
        numerator="Those that came through it",
        exclusions=_NOT_KNOWN,
        source=_SOURCE,
        kind=Kind.MIX,
        unit="cases",
        rows=_sources,
        dimensions=_CASES,
    ),
    Indicator(
        name="need-mix",
        question="Which level of need do families have?",
        definition="Share of the cases on each level of the continuum of need",
        denominator=_SCREENED,
        numerator="Those on the level",
        exclusions=_NOT_KNOWN,
        source=_SOURCE,
        kind=Kind.MIX,
        unit="cases",
        rows=_needs,
        dimensions=_CASES,
    ),
    Indicator(
        name="cases-referred",
        question="How many of the families are referred to a service?",
        definition="Share of the cases with a referral that was agreed",
        denominator=_SCREENED,
        numerator="Those with at least one agreed referral",
        exclusions=_NOT_KNOWN,
        source=_STEPS,
        kind=Kind.SHARE,
        unit="cases",
        rows=_referred,
        dimensions=(*_OF_CASE, "decision"),
    ),
    Indicator(
        name="cases-started",
        question="How many of the referred families start?",
        definition="Share of the referred cases in which a referred parent came to a session",
        denominator="Cases with an agreed referral",
        numerator="Those in which a referred parent came to a session of it, on time or late",
        exclusions="Cases without a referral",
        source=_STEPS,
        kind=Kind.SHARE,
        unit="cases",
        rows=_of_referred(lambda rows: rows.started_on.notnull()),
        dimensions=_OF_CASE,
    ),
    Indicator(
        name="cases-finished",
        question="How many of the families that start finish?",
        definition="Share of the started cases that were closed as completed. Cases that go on count as "
        "not finished yet",
        denominator="Cases in which a referred parent came to a session",
        numerator="Those that were closed as completed, also where they were opened again since",
        exclusions="Cases in which nobody came",
        source=_STEPS,
        kind=Kind.SHARE,
        unit="cases",
        rows=_finished,
        dimensions=_OF_CASE,
    ),
    Indicator(
        name="cases-in-process",
        question="How many of the referred families are under way?",
        definition="Share of the referred cases that have not ended, or were opened again",
        denominator="Cases with an agreed referral",
        numerator="Those that have not ended",
        exclusions="Cases without a referral",
        source=_STEPS,
        kind=Kind.SHARE,
        unit="cases",
        rows=_of_referred(lambda rows: rows.ended_on.isnull()),
        dimensions=_OF_CASE,
    ),
    Indicator(
        name="cases-closed-with-no-plan",
        question="How many of the referred families end before anything begins?",
        definition="Share of the referred cases that ended without anybody having come to a session",
        denominator="Cases with an agreed referral",
        numerator="Those that have ended, for whatever reason, and in which no referred parent came to a session",
        exclusions="Cases without a referral",
        source=_STEPS,
        kind=Kind.SHARE,
        unit="cases",
        rows=_of_referred(lambda rows: rows.ended_on.notnull() & rows.started_on.isnull()),
        dimensions=_OF_CASE,
    ),
    Indicator(
        name="ending-mix",
        question="How do cases end?",
        definition="Share of the cases with each ending; `under-way` are those that have none",
        denominator="Cases that were referred, and others that ended",
        numerator="Those with the ending; a halt for safety is one",
        exclusions="Cases that were neither referred nor ended",
        source=_STEPS,
        kind=Kind.MIX,
        unit="cases",
        rows=_endings,
        dimensions=(*_OF_CASE, "referred"),
    ),
    Indicator(
        name="referrals-agreed",
        question="How many referrals are agreed, to which providers?",
        definition="Referrals that were agreed and sent to a provider",
        denominator="Agreed referrals of cases whose screening is known",
        numerator="All of them: a case that a provider declined and another took has two",
        exclusions=_NOT_KNOWN,
        source=_STEPS,
        kind=Kind.COUNT,
        unit="referrals",
        rows=_agreed,
        dimensions=(*_OF_CASE, "agreed_by"),
    ),
    *(
        Indicator(
            name=f"referrals-{word}",
            question=f"How many referrals are {word}?",
            definition=f"Share of the agreed referrals that {what}",
            denominator="Agreed referrals",
            numerator=f"Those that {what}",
            exclusions=_NOT_KNOWN,
            source=_STEPS,
            kind=Kind.SHARE,
            unit="referrals",
            rows=_referral(column),
            dimensions=(*_OF_CASE, "agreed_by"),
        )
        for word, column, what in (
            ("accepted", "accepted_on", "the provider accepted"),
            ("declined", "declined_on", "the provider declined"),
            ("started", "started_on", "a parent whom they name came to a session of"),
        )
    ),
)
