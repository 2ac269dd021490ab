"""What was shared and what was not follows from the transition table, row by row."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.referral.domain.case.sharing import Sharing, sharing_log, sharing_of
from services.referral.domain.case.states import WITH_PROVIDER, Actor, State, Trigger
from services.referral.domain.case.transitions import TABLE
from shared.contracts.referral import CaseHalted, CaseRefused, ReferralAgreed

S, T, A = State, Trigger, Actor


def test_every_row_by_which_a_provider_gets_a_family_is_shared_and_none_that_goes_elsewhere() -> None:
    for row in TABLE:
        for target in row.targets:
            what = sharing_of(row.source, row.trigger, row.by, target)
            newly = target in WITH_PROVIDER and row.source not in WITH_PROVIDER
            assert (what is Sharing.SHARED) == newly, row
            if ReferralAgreed in row.emits:
                assert what is Sharing.SHARED
            if row.source in WITH_PROVIDER and target not in WITH_PROVIDER:
                assert what is Sharing.ENDED, row
            if {CaseHalted, CaseRefused} & {*row.emits} and row.source not in WITH_PROVIDER | {S.ON_HOLD, target}:
                assert what in (Sharing.NOT_SHARED, None), row
    assert sharing_of(S.AWAITING_COORDINATOR, T.ABUSE_SIGN, A.SCREENING, S.HALTED) is Sharing.NOT_SHARED
    assert sharing_of(S.AT_PANEL, T.REFUSE, A.PANEL, S.REFUSED) is Sharing.NOT_SHARED
    assert sharing_of(S.AWAITING_COORDINATOR, T.LIST, A.COORDINATOR, S.WAITING_LIST) is None


def step(source: State, trigger: Trigger, by: Actor, target: State, why: str) -> dict[str, Any]:
    at = datetime(2026, 11, 29, tzinfo=UTC)
    return {"at": at, "from": source, "trigger": trigger, "by": by, "to": target, "who": "somebody", "why": why}


@pytest.mark.parametrize("providers", [("north", "south"), ("north", "north")])
def test_the_log_names_with_whom_and_why(providers: tuple[str, str]) -> None:
    history = [
        step(S.NEW, T.REFER, A.SCREENING, S.AWAITING_COORDINATOR, "refer"),
        step(S.AWAITING_COORDINATOR, T.RETURN, A.COORDINATOR, S.RETURNED, "information-missing"),
        step(S.RETURNED, T.ANSWER, A.REFERRER, S.AWAITING_COORDINATOR, "answer"),
        step(S.AWAITING_COORDINATOR, T.AGREE, A.COORDINATOR, S.OFFERED, "agree"),
        step(S.OFFERED, T.DECLINED, A.PROVIDER, S.AWAITING_COORDINATOR, "no-capacity"),
        step(S.AWAITING_COORDINATOR, T.OFFER_NEXT, A.AREA_SETTING, S.OFFERED, "offer-next"),
        step(S.OFFERED, T.HOLD, A.COORDINATOR, S.ON_HOLD, "hold"),
        step(S.ON_HOLD, T.RESUME, A.COORDINATOR, S.OFFERED, "resume"),
        step(S.OFFERED, T.SAFETY_CONCERN, A.PROVIDER, S.HALTED, "safety-concern"),
    ]
    log = list(sharing_log(history, [{"provider": provider} for provider in providers]))
    first, second = providers
    assert [(each["what"], each["provider"], each["reason"]) for each in log] == [
        ("not-shared", None, "information-missing"),
        ("shared", first, "agree"),
        ("ended", first, "no-capacity"),
        ("shared", second, "offer-next"),
        ("ended", second, "hold"),
        ("shared", second, "resume"),
        ("ended", second, "safety-concern"),
    ]
