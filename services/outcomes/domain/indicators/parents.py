"""Parents: who agreed, took it up, stayed and answered later, fathers apart. The national yardstick counts parents."""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import ibis

from services.outcomes.domain.indicators.indicator import Indicator, Kind
from services.outcomes.domain.indicators.star import (
    CASE,
    PARENT_GROUPS,
    REGION,
    groups,
    of_case,
    share_rows,
    table,
)

DIMENSIONS = (REGION, *CASE, "father", *PARENT_GROUPS)
_SOURCE = "Screenings, referrals, sessions and closures, by the events of screening and referral"
_REFERRED = "Parents whom an agreed referral names, each once however many providers were asked"
_CASES = "Parents of cases whose screening is not known"


@cache
def parents() -> Any:
    """Every parent with their case's dimensions and their own."""
    parent = table("parent")
    return of_case(parent.mutate(**groups(parent), cluster=parent.case_id))


def _share(scope: Callable[[Any], Any], met: Callable[[Any], Any]) -> Callable[[date], Any]:
    def rows(_: date) -> Any:
        found = parents()
        found = found.filter(scope(found))
        return share_rows(found, met(found))

    return rows


def _retained(_: date) -> Any:
    rows, case = parents(), table("case").select("case_id", "ended_on")
    joined = rows.join(case, rows.case_id == case.case_id)
    found = joined.select(*(rows[name] for name in rows.columns), ended_on=case.ended_on)
    found = found.filter(found.started_on.notnull())
    ended = found.ended_on.notnull() | found.completed_on.notnull()
    return share_rows(found, found.completed_on.notnull(), ended)


def _changes(_: date) -> Any:
    rows = parents()
    rows = rows.filter(rows.change.notnull())
    return share_rows(rows.mutate(category=rows.change), ibis.literal(True))


def _parents(name: str, question: str, words: tuple[str, str, str, str], rows: Callable[[date], Any]) -> Indicator:
    definition, denominator, numerator, exclusions = words
    return Indicator(
        name=name,
        question=question,
        definition=definition,
        denominator=denominator,
        numerator=numerator,
        exclusions=exclusions,
        source=_SOURCE,
        kind=Kind.SHARE,
        unit="parents",
        rows=rows,
        dimensions=DIMENSIONS,
    )


def _answered(months: int) -> tuple[Indicator, Indicator]:
    column, asked = f"answered_{months}_months_on", f"asked_{months}_months_on"
    return (
        _parents(
            f"parents-answered-{months}-months",
            f"How many of the referred parents answer {months} months later?",
            (
                f"Share of the referred parents of whom a follow-up measure after {months} months arrived",
                _REFERRED,
                "Those of whom such a measure arrived",
                f"{_CASES}. Nobody is left out because it is too early: the national yardstick counts so",
            ),
            _share(lambda rows: rows.referred, lambda rows: rows[column].notnull()),
        ),
        _parents(
            f"asked-parents-answered-{months}-months",
            f"How many of the parents who are asked after {months} months answer?",
            (
                f"Share of the parents whom the follow-up after {months} months concerned who answered",
                "Parents who were to be asked, and those who answered before they were",
                "Those of whom a follow-up measure arrived",
                "Parents who never came to a session or who do not consent: they are not asked",
            ),
            _share(lambda rows: rows[asked].notnull() | rows[column].notnull(), lambda rows: rows[column].notnull()),
        ),
    )


PARENTS = (
    _parents(
        "parents-agreeing",
        "How many parents agree to a referral?",
        (
            "Share of the screened parents who agree to a referral",
            "Parents of the screening in force",
            "Those who agree, by that screening",
            f"{_CASES}, and parents whom only a referral names",
        ),
        _share(lambda rows: rows.screened, lambda rows: rows.agrees),
    ),
    _parents(
        "agreeing-parents-taking-up",
        "How many of the parents who agree take it up?",
        (
            "Share of the parents who agree to a referral who came to a session",
            "Parents of the screening in force who agree to a referral",
            "Those who came to a session of a referral that names them",
            f"{_CASES}, and parents who do not agree or did not say",
        ),
        _share(lambda rows: rows.screened & rows.agrees.fill_null(False), lambda rows: rows.started_on.notnull()),
    ),
    Indicator(
        name="parents-referred",
        question="How many parents are referred?",
        definition="Parents of a referral that was agreed",
        denominator=_REFERRED,
        numerator="All of them",
        exclusions=_CASES,
        source=_SOURCE,
        kind=Kind.COUNT,
        unit="parents",
        rows=_share(lambda rows: rows.referred, lambda rows: rows.referred),
        dimensions=DIMENSIONS,
    ),
    _parents(
        "fathers-among-referred",
        "How many of the referred parents are fathers?",
        ("Share of the referred parents who are fathers", _REFERRED, "Those whom any record names father", _CASES),
        _share(lambda rows: rows.referred, lambda rows: rows.is_father),
    ),
    _parents(
        "parents-started",
        "How many of the referred parents start?",
        (
            "Share of the referred parents who came to a session",
            _REFERRED,
            "Those who came to a session of a referral that names them, on time or late",
            _CASES,
        ),
        _share(lambda rows: rows.referred, lambda rows: rows.started_on.notnull()),
    ),
    _parents(
        "parents-completed",
        "How many of the parents who start complete?",
        (
            "Share of the parents who started whose case was closed as completed; parents under way count as not yet",
            "Referred parents who came to a session",
            "Those whose case was closed as completed",
            _CASES,
        ),
        _share(lambda rows: rows.referred & rows.started_on.notnull(), lambda rows: rows.completed_on.notnull()),
    ),
    _parents(
        "parents-retained",
        "How many of the parents whose support has ended stayed to its end?",
        (
            "Share of the parents who started, and whose case has ended or was completed, who completed",
            "Parents who came to a session and whose case has ended or was closed as completed before it "
            "was opened again",
            "Those whose case was closed as completed",
            "Parents whose case goes on: in scope, and not counted",
        ),
        _retained,
    ),
    *_answered(6),
    *_answered(12),
    Indicator(
        name="parents-change-mix",
        question="What do parents say has changed?",
        definition="Share of the parents who were asked what has changed with each answer, by the last "
        "time they were asked",
        denominator="Parents who answered",
        numerator="Those whose answer is coded so",
        exclusions="Parents who were not asked. Their own words stay sealed and are not read here",
        source="Views given at sessions and follow-ups, by the events of referral",
        kind=Kind.MIX,
        unit="parents",
        rows=_changes,
        dimensions=DIMENSIONS,
    ),
)
"""In the order of the pathway."""
