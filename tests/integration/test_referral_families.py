"""One family through several front doors: one open case, one halt for all, whatever order the topics race in."""

from collections.abc import AsyncIterator
from itertools import count
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from notification_families import Notification, provider

from services.referral.domain.states import OPEN
from shared.contracts.families import Family, FamilyLinked, FamilyUnlinked, Member
from shared.contracts.referral import CaseClosed, ReferralAgreed
from shared.contracts.screening import ParentDetailsSealed, ScreeningCompleted
from tests.integration.referral_service import DIRECTORY, Referral, recognition, running
from tests.referral_families import LATER, P1, P2, START, parent, screening, some_id, update_json, who_agree_later

POLICE = {
    "kind": "agency",
    "id": "police",
    "name": "Police",
    "areas": ["E10000014", "E10000030"],
    "sources": ["police"],
    "legal_basis": "public-task",
}
ENTRIES = (*DIRECTORY, POLICE, {**POLICE, "id": "mash", "name": "MASH", "sources": ["mash"]})


def sent(name: str, agency: str = "hants-schools", decision: str = "refer", **changes: Any) -> Any:
    """A screening of the family that an agency knows by this name."""
    case_id = some_id(f"{name}-{agency}")
    submission = some_id(f"submission-{name}-{agency}-{changes.get('number', 1)}")
    return screening(decision, **{"case_id": case_id, "family_ref": name, "agency": agency, **changes}).model_copy(
        update={"submission_id": submission}
    )


def members(*events: Any) -> tuple[Member, ...]:
    return tuple(Member(agency=e.agency, family_ref=e.family_ref, cases=(e.case_id,)) for e in events)


def linked(*events: Any, revision: int = 10) -> FamilyLinked:
    return FamilyLinked(
        case_id=events[0].case_id,
        occurred_at=START,
        revision=revision,
        family_id=some_id(f"family-{events[0].family_ref}"),
        members=members(*events),
        confirmed_by="automatic",
        weight=60.0,
    )


def unlinked(stays: Any, goes: Any, revision: int = 20) -> FamilyUnlinked:
    return FamilyUnlinked(
        case_id=stays.case_id,
        occurred_at=START,
        revision=revision,
        family_id=some_id(f"family-{stays.family_ref}"),
        members=members(stays),
        separated=(Family(family_id=some_id(f"family-alone-{goes.family_ref}"), members=members(goes)),),
    )


async def waits_for(service: Referral, case_id: UUID) -> str:
    reason: str = await service.pool.fetchval("SELECT waiting_reason FROM referral_case WHERE case_id = $1", case_id)
    return reason


async def told_of(service: Referral, case_id: UUID) -> list[tuple[str, dict[str, Any]]]:
    return [(topic, said) for topic, said in await service.told() if said["case_id"] == str(case_id)]


async def test_nothing_is_agreed_before_the_family_was_looked_for(databases: Any) -> None:
    async with running(databases, *ENTRIES) as service:
        school = sent("F1")
        await service.screened(school, recognised=None)
        assert await waits_for(service, school.case_id) == "family-to-recognise"
        status, said = await service.post("agree", case_id=school.case_id)
        assert (status, "still being looked for" in said["detail"]) == (409, True)
        await service.families(recognition(school, "doubtful", revision=1))
        assert await waits_for(service, school.case_id) == "likeness-to-confirm"
        assert (await service.post("agree", case_id=school.case_id))[0] == 409
        await service.families(recognition(school, "alone", revision=3), recognition(school, "doubtful", revision=2))
        assert await service.state(school.case_id) == "offered", "the newest finding counts, whenever it comes"


async def test_a_second_front_doors_referral_joins_the_open_case(databases: Any) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1"), sent("7", "police", day=3)
        await service.screened(school)
        await service.families(linked(school, police))
        await service.screened(police, recognised="linked")
        assert await service.state(school.case_id) == "offered"
        assert await service.state(police.case_id) == "joined"
        assert await waits_for(service, police.case_id) == "joined-to-open-case"
        ((topic, said),) = await told_of(service, police.case_id)
        assert (topic, said["joined_to"], said["stopped_provider"]) == ("case-joined", str(school.case_id), None)
        assert (await service.post("agree", case_id=police.case_id))[0] == 409


async def test_who_withdraws_through_one_front_door_has_withdrawn_from_the_open_case(databases: Any) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1"), sent("7", "police", day=3)
        await service.screened(school)
        await service.families(linked(school, police))
        await service.screened(police, recognised="linked")
        assert (await service.post("withdraw", case_id=police.case_id))[0] == 200
        assert [await service.state(each.case_id) for each in (school, police)] == ["closed", "closed"]
        assert (await told_of(service, school.case_id))[-1][1]["stopped_provider"] is not None


async def test_who_withdraws_through_any_case_of_the_family_has_withdrawn(databases: Any) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1"), sent("7", "police", "not-suitable", day=3)
        await service.screened(school, police)
        await service.families(linked(school, police))
        # A case that was never referred has nothing to stop but what the family has elsewhere.
        assert (await service.post("withdraw", case_id=police.case_id))[0] == 200
        assert [await service.state(each.case_id) for each in (school, police)] == ["closed", "closed"]


async def test_a_coordinators_word_of_a_withdrawal_counts_when_the_families_are_found_to_be_one_after_it(
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
    said = {"reasons": ("parent-does-not-agree",), "parents": parents, **more}
    return sent("7" if agency == "police" else "F1", agency, "not-ready", day=day, number=int(day), **said)


@pytest.mark.parametrize("first", ["no-longer-agrees", "in-crisis"])
async def test_a_screening_by_which_a_parent_no_longer_agrees_stops_the_case_that_its_own_was_joined_to(
    databases: Any, first: str
) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1"), sent("7", "police", day=3)
        await service.screened(school)
        await service.families(linked(school, police))
        await service.screened(police, recognised="linked")
        before = len(await told_of(service, school.case_id))
        if first == "in-crisis":
            # What is no withdrawal stops nothing, and what comes after it still does.
            await service.screened(sent("7", "police", "not-suitable", day=4, number=4))
            assert await service.state(school.case_id) == "offered"
        await service.screened(unwilling("police", 5))
        assert [await service.state(each.case_id) for each in (school, police)] == ["closed", "not-referred"]
        ((topic, said),) = (await told_of(service, school.case_id))[before:]
        assert (topic, said["reason"], said["stopped_provider"]) == ("case-closed", "withdrawn", "north")
        assert not [word for word in ("police", str(police.case_id), str(P2)) if word in str(said)]
        headers = dict(await service.pool.fetchval("SELECT headers FROM outbox WHERE topic = 'case-closed'"))
        assert headers["ce_causationid"] == headers["ce_id"], "nothing ties it to the other front door's record"
        standing = "SELECT count(*) FROM consent WHERE case_id = $1 AND withdrawn_at IS NULL"
        assert await service.pool.fetchval(standing, school.case_id) == 0
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
        told = [topic for topic, _ in await told_of(service, school.case_id)]
        assert [topic for topic in told if topic != "family-referred-again"] == [
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
    told = [kinds[topic].model_validate(said) for topic, said in await told_of(service, screened.case_id)]
    for event in (*sealed, *told):
        await notification.hear([event])
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


async def test_of_two_cases_that_providers_have_the_one_agreed_first_stays(databases: Any) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1", day=5), sent("7", "police", day=3)
        await service.screened(police)
        await service.screened(school)
        await service.families(linked(school, police))
        assert [await service.state(each.case_id) for each in (police, school)] == ["offered", "joined"]
        (_, joined) = (await told_of(service, school.case_id))[-1]
        assert joined["stopped_provider"] in ("north", "south"), "whose provider had begun is told to stop"
        assert await service.pool.fetchval("SELECT count(*) FROM referral WHERE status = 'out'") == 1
        # Once that case is over, the family's next referral by the other front door is a case of its own again.
        await service.post("withdraw", case_id=police.case_id)
        await service.screened(sent("F1", day=LATER, number=2, parents=who_agree_later()))
        assert await service.state(school.case_id) == "offered"


@pytest.mark.parametrize("first", ["sign", "link"])
async def test_a_sign_through_one_front_door_halts_the_case_of_the_other(databases: Any, first: str) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1"), sent("7", "police", "domestic-abuse-pathway", day=3)
        await service.screened(school)
        if first == "sign":
            await service.screened(police)
            await service.families(linked(school, police))
        else:
            await service.families(linked(school, police))
            await service.screened(police)
        assert await service.state(school.case_id) == "halted"
        topic, said = (await told_of(service, school.case_id))[-1]
        assert (topic, said["known_elsewhere"], said["stopped_provider"] is None) == ("case-halted", True, False)
        headers = dict(await service.pool.fetchval("SELECT headers FROM outbox WHERE topic = 'case-halted'"))
        assert headers["ce_causationid"] == headers["ce_id"], "nothing ties it to the other front door's record"
        # A new case of the same family goes nowhere either, and separating the two releases nothing.
        again = sent("F1", day=9, number=2, case_id=some_id("another"))
        await service.screened(again)
        assert await waits_for(service, again.case_id) == "sign-of-abuse"
        await service.families(unlinked(school, police))
        assert await service.state(school.case_id) == "halted"
        assert await waits_for(service, again.case_id) == "sign-of-abuse"
        assert (await service.post("agree", case_id=again.case_id))[0] == 409


async def test_a_concern_of_a_provider_halts_the_joined_case_too(databases: Any) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1"), sent("7", "police", day=3)
        await service.screened(school)
        await service.families(linked(school, police))
        await service.screened(police, recognised="linked")
        await service.updated(
            update_json("safety-concern", number=77).replace(
                str(some_id("case")).encode(), str(school.case_id).encode()
            )
        )
        assert [await service.state(each.case_id) for each in (school, police)] == ["halted", "halted"]
        halted = (await told_of(service, police.case_id))[-1][1]
        assert (halted["known_elsewhere"], halted["told_already"]) == (True, True)


async def test_separating_gives_the_joined_case_back_to_a_person(databases: Any) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1"), sent("7", "police", day=3)
        await service.screened(school)
        await service.families(linked(school, police))
        await service.screened(police, recognised="linked")
        await service.families(unlinked(school, police), linked(school, police, revision=9))
        assert await service.state(school.case_id) == "offered"
        assert await service.state(police.case_id) == "awaiting-coordinator"
        assert await waits_for(service, police.case_id) == "separated-from-family"
        await service.families(recognition(police, "alone", revision=21))
        assert await service.state(police.case_id) == "awaiting-coordinator", "an area's setting does not release it"
        assert (await service.post("agree", case_id=police.case_id))[0] == 200
        history = (await service.http.get(f"/cases/{police.case_id}")).json()["history"]
        assert [line["trigger"] for line in history][-3:] == ["join", "separate", "agree"]


async def test_the_database_refuses_a_referral_beside_a_linked_one(databases: Any) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1"), sent("7", "police", day=3)
        await service.screened(school)
        await service.families(linked(school, police))
        await service.screened(police, recognised="linked")
        with pytest.raises(asyncpg.RaiseError, match="linked with"):
            await service.pool.execute(
                """
                INSERT INTO referral (referral_id, case_id, number, offer, provider, service, agreed_by, agreed_at,
                    status, stopped)
                VALUES ($1, $2, 1, 'south-mediation', 'south', 'mediation', 'coordinator', now(), 'out', false)
                """,
                some_id("by-hand"),
                police.case_id,
            )


@pytest.mark.parametrize("known_first", [True, False])
async def test_a_re_referral_at_month_seven_by_another_front_door_is_told_once(
    databases: Any, known_first: bool
) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1"), sent("7", "police", day=240)
        await service.screened(school)
        for number, kind in enumerate(("referral-accepted", "case-closed")):
            fields = {"reason": "completed"} if kind == "case-closed" else {}
            sent_by_provider = update_json(kind, number=number, day=20 + number, **fields)
            of_case = sent_by_provider.replace(str(some_id("case")).encode(), str(school.case_id).encode())
            await service.updated(of_case, provider=await first_provider(service, school.case_id))
        assert await service.state(school.case_id) == "closed"
        both = linked(school, police)
        events = [both, recognition(police, "linked", revision=11, members=members(school, police))]
        if known_first:
            await service.families(*events)
        await service.screened(police, recognised=None)
        if not known_first:
            await service.families(*events)
        await service.families(both)
        again = [said for topic, said in await told_of(service, police.case_id) if topic == "family-referred-again"]
        assert [(said["previous_case_id"], said["months"], said["same_reason"]) for said in again] == [
            (str(school.case_id), 12, True)
        ]
        assert await service.state(police.case_id) == "offered"


async def first_provider(service: Referral, case_id: UUID) -> str:
    name: str = await service.pool.fetchval("SELECT provider FROM referral WHERE case_id = $1", case_id)
    return name


async def test_who_has_spoken_with_the_front_door_takes_the_joined_case_off_the_worklist(databases: Any) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1"), sent("7", "police", day=3)
        await service.screened(school)
        await service.families(linked(school, police))
        await service.screened(police, recognised="linked")
        assert (await service.post("seen-to", case_id=police.case_id))[0] == 200
        assert await waits_for(service, police.case_id) is None
        assert await service.state(police.case_id) == "joined"


_DECISIONS = ("refer", "refer", "refer", "not-ready", "domestic-abuse-pathway")
_examples = count()


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[list[Any]], bool, int]:
    """Topics of one family through three front doors, each in its order; whether one leaves; a number of its own."""
    number = next(_examples)
    agencies = ("hants-schools", "police", "mash")
    lives = [
        [
            sent(f"S{number}", agency, draw(st.sampled_from(_DECISIONS)), day=draw(st.integers(0, 9)), number=at)
            for at in range(draw(st.integers(1, 2)))
        ]
        for agency in agencies
    ]
    school, police, mash = (life[0] for life in lives)
    leaves = draw(st.sampled_from([False, False, False, True]))
    links = [linked(school, police, revision=10), linked(school, police, mash, revision=11)]
    cut = [unlinked(school, mash, revision=12)] if leaves else []
    told = [recognition(each, "alone", revision=at) for at, life in enumerate(lives) for each in life]
    return [*lives, links, cut, told], leaves, number


@pytest.fixture
async def service(databases: Any) -> AsyncIterator[Referral]:
    async with running(databases, *ENTRIES) as found:
        yield found


@given(story=stories(), chance=st.randoms(use_true_random=False))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_never_two_open_cases_nor_a_way_past_a_sign_in_whatever_order(
    service: Referral, story: tuple[list[list[Any]], bool, int], chance: Any
) -> None:
    topics, leaves, number = story
    # What is told of families comes by topics that race among themselves too: each event is a topic of its own here.
    left = [list(topic) for topic in topics[:3]] + [[each] for topic in topics[3:] for each in topic]
    while left:
        topic = chance.choice(left)
        event = topic.pop(0)
        left = [each for each in left if each]
        if isinstance(event, ScreeningCompleted):
            await service.screened(event, recognised=None)
        else:
            await service.families(event)
    assert await service.dead() == 0
    rows = await service.pool.fetch(
        """
        SELECT agency, state, abuse_sign_at, EXISTS (
            SELECT FROM referral WHERE referral.case_id = referral_case.case_id AND status = 'out'
        ) AS out FROM referral_case WHERE family_ref = $1
        """,
        f"S{number}",
    )
    together = {"hants-schools", "police"} | (set() if leaves else {"mash"})
    family = [row for row in rows if row["agency"] in together]
    assert len(family) == len(together)
    assert sum(row["state"] in OPEN for row in family) <= 1
    if any(row["abuse_sign_at"] for row in family):
        assert {row["state"] for row in family} <= {"halted", "closed"}
        assert not any(row["out"] for row in family)
