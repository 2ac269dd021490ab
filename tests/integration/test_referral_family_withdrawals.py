"""Who withdraws through one front door has withdrawn from the family's open case, whatever order the topics race in."""

from typing import Any

import pytest

from shared.contracts.referral import CaseClosed, ReferralAgreed
from shared.contracts.screening import ParentDetailsSealed
from tests.support.joined_families import ENTRIES, linked, published_about, sent
from tests.support.notification_families import Notification, provider
from tests.support.referral_families import LATER, P1, P2, START, parent, some_id, who_agree_later
from tests.support.referral_service import Referral, running


async def test_who_withdraws_through_one_front_door_has_withdrawn_from_the_open_case(databases: Any) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1"), sent("7", "police", day=3)
        await service.screened(school)
        await service.families(linked(school, police))
        await service.screened(police, recognised="linked")
        assert (await service.post("withdraw", case_id=police.case_id))[0] == 200
        assert [await service.state(each.case_id) for each in (school, police)] == ["closed", "closed"]
        assert (await published_about(service, school.case_id))[-1][1]["stopped_provider"] is not None


async def test_who_withdraws_through_any_case_of_the_family_has_withdrawn(databases: Any) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1"), sent("7", "police", "not-suitable", day=3)
        await service.screened(school, police)
        await service.families(linked(school, police))
        # A case that was never referred has nothing to stop but what the family has elsewhere.
        assert (await service.post("withdraw", case_id=police.case_id))[0] == 200
        assert [await service.state(each.case_id) for each in (school, police)] == ["closed", "closed"]


async def test_a_withdrawal_that_a_coordinator_recorded_counts_when_the_families_are_found_to_be_one_after_it(
    databases: Any,
) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1"), sent("7", "police", day=3)
        await service.screened(school, police)
        assert (await service.post("withdraw", case_id=police.case_id))[0] == 200
        assert await service.state(school.case_id) == "offered"
        await service.families(linked(school, police))
        assert await service.state(school.case_id) == "closed"


@pytest.mark.parametrize("agency", ["hants-schools", "police"])
async def test_a_screening_that_was_sent_before_a_withdrawal_and_comes_after_it_is_no_agreement(
    databases: Any, agency: str
) -> None:
    async with running(databases, *ENTRIES) as service:
        school = sent("F1", day=5)
        await service.screened(school, unwilling("hants-schools", 9))
        assert await service.state(school.case_id) == "closed"
        name = "F1" if agency == "hants-schools" else "7"
        late = sent(name, agency, day=2, number=2, case_id=some_id("late"))
        await service.families(linked(school, sent("7", "police", case_id=some_id("late"))))
        await service.screened(late, recognised="linked")
        assert await service.state(late.case_id) == "awaiting-coordinator"
        assert (await service.post("agree", case_id=late.case_id))[0] == 409
        # Who agrees after that has thought again.
        await service.screened(sent(name, agency, day=12, number=12, case_id=some_id("late")), recognised="linked")
        assert await service.state(late.case_id) == "offered"


def unwilling(agency: str, day: float, **more: Any) -> Any:
    """A screening by which a parent does not agree."""
    parents = (parent("P1"), parent("P2", agrees=False))
    fields = {"reasons": ("parent-does-not-agree",), "parents": parents, **more}
    return sent("7" if agency == "police" else "F1", agency, "not-ready", day=day, number=int(day), **fields)


@pytest.mark.parametrize("first", ["no-longer-agrees", "in-crisis"])
async def test_a_screening_by_which_a_parent_no_longer_agrees_stops_the_case_that_its_own_was_joined_to(
    databases: Any, first: str
) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1"), sent("7", "police", day=3)
        await service.screened(school)
        await service.families(linked(school, police))
        await service.screened(police, recognised="linked")
        before = len(await published_about(service, school.case_id))
        if first == "in-crisis":
            # What is no withdrawal stops nothing, and what comes after it still does.
            await service.screened(sent("7", "police", "not-suitable", day=4, number=4))
            assert await service.state(school.case_id) == "offered"
        await service.screened(unwilling("police", 5))
        assert [await service.state(each.case_id) for each in (school, police)] == ["closed", "not-referred"]
        ((topic, content),) = (await published_about(service, school.case_id))[before:]
        assert (topic, content["reason"], content["stopped_provider"]) == ("case-closed", "withdrawn", "north")
        assert not [part for part in ("police", str(police.case_id), str(P2)) if part in str(content)]
        headers = dict(await service.pool.fetchval("SELECT headers FROM outbox WHERE topic = 'case-closed'"))
        assert headers["ce_causationid"] == headers["ce_id"], "nothing ties it to the other front door's record"
        unwithdrawn = "SELECT count(*) FROM consent WHERE case_id = $1 AND withdrawn_at IS NULL"
        assert await service.pool.fetchval(unwithdrawn, school.case_id) == 0
        assert await as_its_provider_sees(databases, service, school) == [
            *("referral-offered", "parent-details-shared", "parent-details-shared"),
            "referral-stopped",
        ]


@pytest.mark.parametrize("later", [True, False])
async def test_a_withdrawal_counts_when_the_families_are_found_to_be_one_only_after_it(
    databases: Any, later: bool
) -> None:
    async with running(databases, *ENTRIES) as service:
        # Who agrees again after it has thought again: `later` is whether the withdrawal came last.
        school, police = sent("F1", day=1 if later else 9), sent("7", "police", day=3)
        await service.screened(police, school)
        assert await service.state(police.case_id) == "offered"
        await service.screened(unwilling("police", 5))
        assert await service.state(school.case_id) == "offered"
        await service.families(linked(school, police))
        assert await service.state(school.case_id) == ("closed" if later else "offered")
        published = [topic for topic, _ in await published_about(service, school.case_id)]
        assert [topic for topic in published if topic != "family-referred-again"] == [
            "referral-agreed",
            *(["case-closed"] if later else []),
        ]
        # It is said once; and the next that all agree to goes its way.
        await service.families(linked(school, police, revision=11))
        again = sent("F1", day=30, number=30, case_id=some_id("next") if later else school.case_id)
        await service.screened(again)
        assert await service.state(again.case_id) == "offered"


async def as_its_provider_sees(databases: Any, service: Referral, screened: Any) -> list[str]:
    """Everything that notification tells the case's provider of what this service has told."""
    notification = Notification(await databases("notification"), await databases("screening"))
    await notification.register(provider("common-ground", id="north"))
    keys = await notification.screening.keyring.for_sealing([P1, P2], "person")
    details = {"name": {"given": "Given", "family": "Family"}, "date_of_birth": "1990-02-01", "contact": {}}
    sealed = [
        ParentDetailsSealed(
            case_id=screened.case_id,
            occurred_at=START,
            submission_id=screened.submission_id,
            submitted_at=START,
            person_id=person,
            role="mother",
            sealed=keys.seal(person, "details", details),
        )
        for person in (P1, P2)
    ]
    kinds = {"referral-agreed": ReferralAgreed, "case-closed": CaseClosed}
    published = [
        kinds[topic].model_validate(content) for topic, content in await published_about(service, screened.case_id)
    ]
    for event in (*sealed, *published):
        await notification.receive([event])
    return await notification.kinds()


async def test_who_never_agreed_through_a_front_door_has_not_withdrawn_by_it(databases: Any) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1"), unwilling("police", 3)
        await service.screened(school)
        await service.families(linked(school, police))
        await service.screened(police, unwilling("police", 5))
        assert await service.state(school.case_id) == "offered"
        # Nor has who corrects what is over: the family's next referral stands on an agreement of its own.
        await service.screened(sent("7", "police", day=6, number=6), recognised="linked")
        assert await service.state(police.case_id) == "joined"
        await service.post("withdraw", case_id=school.case_id)
        await service.screened(sent("7", "police", day=LATER, number=8, parents=who_agree_later()))
        assert await service.state(police.case_id) == "offered"
        await service.screened(unwilling("hants-schools", LATER + 1))
        assert await service.state(police.case_id) == "offered"
