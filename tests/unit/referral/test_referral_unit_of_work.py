"""What one transaction's decisions know beyond their case, and with which cause their events go out."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

from services.referral.domain.agreement.obstacles import obstacle_in_family, obstacle_to_referral
from services.referral.domain.calendar.schedule import Rules
from services.referral.domain.case.case import Case
from services.referral.domain.case.states import State, Trigger
from services.referral.domain.deciders.command_effects import decide_command
from services.referral.domain.deciders.commands import Halt, Hold, Withdraw
from services.referral.domain.deciders.screenings import decide_screening
from services.referral.domain.safety.halting import halt_others
from services.referral.handlers.unit_of_work import UnitOfWork
from shared.contracts.referral import CaseHalted
from tests.support.referral_families import AREA, START, catalogue, context, new_case, screening, some_id

FAMILY = uuid4()


class Emitted:
    """A transaction that only notes what is emitted, with its cause."""

    def __init__(self) -> None:
        self.events: list[tuple[Any, Any]] = []

    def emit(self, event: Any, *, cause: Any = None) -> None:
        self.events.append((event, cause))


def referred(name: str, agency: str) -> Case:
    event = screening(case_id=some_id(name), agency=agency, family_ref=name)
    case = decide_screening(new_case(event), event, context(rows=catalogue(legal_basis=None))).case
    return replace(case, family_id=FAMILY)


def work_on(*cases: Case) -> tuple[UnitOfWork, Emitted]:
    tx = Emitted()
    work = UnitOfWork(cast(Any, tx), {case.case_id: case for case in cases}, {}, {AREA: Rules()})
    work.catalogue = catalogue()
    work.catalogue.legal_bases = dict.fromkeys(("hants-schools", "oxon-gp"), "public-task")
    return work, tx


def test_a_decision_knows_what_the_one_before_it_left_of_the_family() -> None:
    here, elsewhere = referred("here", "hants-schools"), referred("elsewhere", "oxon-gp")
    work, _ = work_on(here, elsewhere)
    known = work.context(here, START)
    assert (known.open_elsewhere, known.family_withdrew_at) == (True, None)
    assert obstacle_in_family(here, known) == "open-case-of-family"
    assert obstacle_to_referral(here, known) is None
    later = START + timedelta(days=1)
    work.record(decide_command(elsewhere, Withdraw(), work.context(elsewhere, later)))
    known = work.context(here, later)
    assert (known.open_elsewhere, known.family_withdrew_at) == (False, later)
    assert obstacle_to_referral(here, known) == "agreement-missing"


def test_a_sign_is_known_under_every_key_of_the_family_from_the_beginning() -> None:
    here, elsewhere = referred("here", "hants-schools"), referred("elsewhere", "oxon-gp")
    for signed in (
        replace(elsewhere, abuse_sign_at=START),
        replace(elsewhere, state=State.CLOSED, sign_in_family_at=START),
        replace(elsewhere, panel_sees_abuse=True),
    ):
        work, _ = work_on(here, signed)
        assert obstacle_to_referral(here, work.context(here, START)) == "sign-of-abuse"
    work, _ = work_on(here, elsewhere)
    assert not work.context(here, START).sign_in_family
    work.expect_signs([elsewhere.key])
    assert work.context(here, START).sign_in_family


def test_events_of_another_front_doors_case_go_out_without_the_cause() -> None:
    here, sibling, elsewhere = (
        referred("here", "hants-schools"),
        replace(referred("sibling", "hants-schools"), family_ref="here"),
        referred("elsewhere", "oxon-gp"),
    )
    work, tx = work_on(here, sibling, elsewhere)
    cause: Any = object()
    known = work.context(here, START)
    work.record(decide_command(here, Halt(), known), cause)
    work.record_each(halt_others(work.of_family(here.key), here, Trigger.ABUSE_SIGN, known), cause, of=here.key)
    assert [(event.agency, why) for event, why in tx.events if isinstance(event, CaseHalted)] == [
        ("hants-schools", cause),
        ("hants-schools", cause),
        ("oxon-gp", None),
    ]


def test_places_are_counted_with_each_decision() -> None:
    work, _ = work_on()
    event = screening()
    work.record(decide_screening(new_case(event), event, context(rows=work.catalogue)))
    case = work.find(event.case_id)
    assert case is not None
    assert work.catalogue.taken == {"north-mediation": 1}
    work.record(decide_command(case, Hold(), work.context(case, START)))
    work.record(decide_command(work.cases[case.case_id], Withdraw(), work.context(case, START)))
    assert work.catalogue.taken == {"north-mediation": 0}
