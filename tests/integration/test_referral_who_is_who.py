"""Who a case's people are, and what is known before its family, on a real database: strangers, changes, early signs."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

from shared.contracts.screening import ScreeningTakenBack, StopReported
from shared.messaging.core.envelope import new_id, write_headers
from tests.support.joined_families import ENTRIES, linked, published_about, sent, unlinked, waits_for
from tests.support.referral_families import (
    AGENCY,
    AREA,
    ASKING_AREA,
    LATER,
    P1,
    P2,
    START,
    measure,
    parent,
    screening,
    some_id,
    update_json,
)
from tests.support.referral_service import CASE, DIRECTORY, Referral, offered, recognition, running
from tests.unit.referral.test_referral_people import STRANGERS, THREE

_SIGNS_FROM_BEFORE = Path("services/referral/migrations/0019_signs_from_before.sql").read_text()
OTHERS = {str(some_id("S1")), str(some_id("S2"))}


@pytest.fixture
async def service(databases: Any) -> AsyncIterator[Referral]:
    async with running(databases, *ENTRIES) as found:
        yield found


async def deliver(service: Referral, consumer: str, *events: Any) -> None:
    """What the screening service tells beside its screenings."""
    records = []
    for event in events:
        headers = write_headers(
            event_id=new_id(),
            event_type=event.ce_type(),
            source="screening",
            time=event.occurred_at,
            subject=str(event.case_id),
        )
        value = event.model_dump_json().encode()
        records.append(service._record(event.topic, str(event.case_id), value, headers))
    await service.consumers[consumer].process(records)


def stop(name: str = "F1", **fields: Any) -> StopReported:
    what = {"sign_of_abuse": False, "parent_does_not_agree": False, **fields}
    return StopReported(
        case_id=some_id(f"{name}-{AGENCY}"),
        occurred_at=START,
        agency=AGENCY,
        area=AREA,
        family_ref=name,
        submitted_at=START,
        **what,
    )


def taken_back(number: int, stands: int | None, revision: int, case_id: Any = CASE) -> ScreeningTakenBack:
    return ScreeningTakenBack(
        case_id=case_id,
        occurred_at=START,
        agency=AGENCY,
        area=AREA,
        family_ref="F1",
        submission_id=some_id(f"submission-{number}"),
        because="filed-under-another-family",
        stands=some_id(f"submission-{stands}") if stands else None,
        revision=revision,
    )


def sign(name: str, number: int = 1, **more: Any) -> bytes:
    """What a wrap-around practitioner tells of a family, by the agency's own reference."""
    fields = {
        "contact_id": str(some_id(f"contact-{number}")),
        "family_ref": name,
        "parent_ref": "P1",
        "held_at": "2025-04-01T09:30:00Z",
        "outcome": "spoken",
        "sign_of_abuse": True,
    }
    return orjson.dumps(fields | more)


def session_held(number: int) -> bytes:
    """The first session, to which both came, as the update of this number."""
    came = [{"person": person, "attended": "yes"} for person in (str(P1), str(P2))]
    held = {"number": 1, "held_on": "2025-04-09", "kind": "joint", "attendance": came}
    return orjson.dumps(orjson.loads(update_json("session", number=number)) | held)


async def test_a_third_parent_who_comes_later_is_shown_and_published_once_a_coordinator_has_looked(
    service: Referral,
) -> None:
    # A coordinator's word is of the wall's day, when everybody's consent must stand still.
    on = (START + timedelta(days=LATER)).date()
    three = tuple(each.model_copy(update={"privacy_notice_on": on}) for each in THREE)
    await service.screened(screening(revision=1, parents=three[:2]))
    await service.updated(update_json("referral-accepted"))
    await service.screened(screening(number=2, day=1, parents=three, revision=2))
    both = [{"parent": person, "outcome": "suitable"} for person in (P1, P2)]
    assessed = {"outcome": "suitable", "parents_seen": [P1, P2], "parents": both}
    await service.updated(update_json("initial-assessment", number=2, **assessed))
    await service.updated(session_held(3))
    assert await service.state() == "in-sessions"
    assert await waits_for(service, CASE) == "family-changed"
    assert "update-refused" not in str(await service.published())
    assert str(some_id("P3")) not in str(await service.published())
    assert (await service.post("confirm-people"))[0] == 200
    topic, content = (await service.published())[-1]
    assert (topic, content["revision"], content["submission_id"]) == ("family-changed", 2, str(some_id("submission-2")))
    assert [each["ref"] for each in content["parents"]] == ["P1", "P2", "P3"]
    assert await waits_for(service, CASE) is None
    assert (await service.post("confirm-people"))[0] == 409


async def test_strangers_are_shown_and_sent_to_nobody_until_they_are_confirmed_or_taken_back(service: Referral) -> None:
    await service.screened(screening(revision=1))
    # A coordinator's word is of the wall's day, when their consent must stand still.
    on = (START + timedelta(days=LATER)).date()
    strangers = tuple(each.model_copy(update={"privacy_notice_on": on}) for each in STRANGERS)
    strange = screening(number=2, day=1, parents=strangers, attention=("people-differ",), revision=2)
    await service.screened(strange)
    assert (await service.state(), await waits_for(service, CASE)) == ("offered", "people-differ")
    await deliver(service, "taken-back", taken_back(2, stands=1, revision=3))
    assert (await service.state(), await waits_for(service, CASE)) == ("offered", None)
    assert await service.topics() == ["referral-agreed"]
    # Again, and declined: nobody else is asked. A coordinator says that they are the family's.
    await service.screened(strange.model_copy(update={"submission_id": some_id("submission-4"), "revision": 4}))
    await service.updated(update_json("referral-declined", reason="other"))
    assert (await service.state(), await waits_for(service, CASE)) == ("awaiting-coordinator", "people-differ")
    assert (await service.post("agree"))[0] == 409
    assert not [person for person in OTHERS if person in str(await service.published())]
    with pytest.raises(asyncpg.RaiseError, match="people are in question"):
        await service.pool.execute(
            """
            INSERT INTO referral (referral_id, case_id, number, offer, provider, service, agreed_by, agreed_at, status,
                stopped)
            VALUES ($1, $2, 2, 'south-mediation', 'south', 'mediation', 'coordinator', now(), 'out', false)
            """,
            some_id("by-hand"),
            CASE,
        )
    await service.families(recognition(strange.model_copy(update={"submission_id": some_id("submission-4")})))
    assert (await service.post("confirm-people"))[0] == 200
    assert (await service.state(), await waits_for(service, CASE)) == ("awaiting-coordinator", "family-changed")
    assert (await service.post("agree"))[0] == 200
    assert {each["person_id"] for each in (await service.published())[-1][1]["parents"]} == OTHERS


@pytest.mark.parametrize("first", ["taken-back", "unlinked"])
async def test_a_family_that_was_joined_by_strangers_under_the_others_reference_goes_on(
    service: Referral, first: str
) -> None:
    strangers = screening(revision=1)
    # Under the reference of another family, and then under their own: matching linked the two, certainly.
    theirs = sent("F2", day=3)
    await service.screened(strangers)
    await service.families(linked(strangers, theirs))
    await service.screened(theirs, recognised="linked")
    assert (await service.state(), await service.state(theirs.case_id)) == ("offered", "joined")
    apart = (
        unlinked(strangers, theirs),
        recognition(theirs, "alone", revision=21),
    )
    if first == "unlinked":
        await service.families(*apart)
    await deliver(service, "taken-back", taken_back(1, stands=None, revision=2))
    if first == "taken-back":
        await service.families(*apart)
    assert await service.state() == "closed", "nothing is left of it"
    assert await service.state(theirs.case_id) == "awaiting-coordinator"
    assert await waits_for(service, theirs.case_id) == "separated-from-family"
    listed = (await service.http.get("/worklist")).json()["items"]
    assert str(theirs.case_id) in {each["case_id"] for each in listed}
    assert (await service.post("agree", case_id=theirs.case_id))[0] == 200
    assert await service.state(theirs.case_id) == "offered"


async def test_one_parent_alone_goes_to_an_offer_for_one_by_a_persons_decision(service: Referral) -> None:
    await service.register(
        offered("for-one", "north", service="individual-support", parents_needed="one"),
        {**DIRECTORY[0], "automatic_agreement": True},
    )
    alone = {"parents": (parent("P1"),), "one_parent": True, "attention": ("one-parent",)}
    await service.screened(screening(service="coordinator-decides", **alone))
    assert await waits_for(service, CASE) == "one-parent"
    assert (await service.post("agree", {"offer": "north-mediation"}))[0] == 422
    assert (await service.post("agree", {"offer": "for-one"}))[0] == 200
    [(topic, content)] = await service.published()
    assert (topic, [each["person_id"] for each in content["parents"]]) == ("referral-agreed", [str(P1)])
    # The database knows it too: for an offer that needs both, one is not enough.
    await service.pool.execute("UPDATE offer SET terms = terms - 'parents_needed'")
    with pytest.raises(asyncpg.RaiseError, match="standing consent of every parent"):
        await service.pool.execute(
            "INSERT INTO outbox (topic, key, value, headers) SELECT topic, key, value, headers FROM outbox LIMIT 1"
        )


@pytest.mark.parametrize("first", ["sign", "screening", "both"])
async def test_a_practitioners_sign_that_races_its_screening_counts(service: Referral, first: str) -> None:
    for number in range(3 if first == "both" else 1):
        school = sent(f"race-{number}", number=number)
        at_once = [service.contacted(sign(f"race-{number}", number)), service.screened(school)]
        if first == "both":
            await asyncio.gather(*at_once)
        else:
            for each in at_once if first == "sign" else reversed(at_once):
                await each
        assert await service.state(school.case_id) == "halted"
        stopped = [
            content for topic, content in await published_about(service, school.case_id) if topic == "case-halted"
        ]
        assert [content["raised_by"] for content in stopped] == ["front-door"]
    assert await service.dead() == 0
    assert (await service.http.get("/worklist")).json()["unmatched_signs"] == []


async def test_a_sign_about_an_unknown_family_is_shown_and_kept_whatever_else_is_unknown(service: Referral) -> None:
    await service.contacted(sign("to-come"), sign("to-come", sign_of_abuse=False, contact_id=str(some_id("other"))))
    assert await service.dead() == 1, "what is no sign and of nobody is still a dead letter"
    [shown] = (await service.http.get("/worklist")).json()["unmatched_signs"]
    assert (shown["agency"], shown["family_ref"]) == (AGENCY, "to-come")
    where = f"/unmatched-signs/{AGENCY}/{shown['contact_id']}/seen-to"
    assert [(await service.http.post(where)).status_code for _ in range(2)] == [200, 404]
    assert (await service.http.get("/worklist")).json()["unmatched_signs"] == []
    # Seen to, it counts all the same; and a parent whom the family does not have stops nothing from halting.
    school, known = sent("to-come"), sent("F2", number=2)
    await service.screened(school, known)
    assert (await service.state(school.case_id), await service.state(known.case_id)) == ("halted", "offered")
    await service.contacted(sign("F2", 2, parent_ref="nobody"))
    assert await service.state(known.case_id) == "halted"
    with pytest.raises(asyncpg.RaiseError, match="is kept"):
        await service.pool.execute("DELETE FROM unmatched_sign")


@pytest.mark.parametrize("first", ["stop", "screening"])
@pytest.mark.parametrize("what", ["sign_of_abuse", "parent_does_not_agree"])
async def test_what_a_record_set_aside_discloses_takes_effect_whichever_comes_first(
    service: Referral, first: str, what: str
) -> None:
    school, police = sent("F1", day=-1), sent("7", "police", day=-2)
    await service.screened(police)
    await service.families(linked(police, school))
    events = [deliver(service, "stops", stop(**{what: True})), service.screened(school, recognised="linked")]
    for each in events if first == "stop" else reversed(events):
        await each
    if what == "sign_of_abuse":
        assert [await service.state(each.case_id) for each in (school, police)] == ["halted", "halted"]
        assert await waits_for(service, school.case_id) == "specialist-contact"
    elif first == "screening":
        # Who withdraws through a joined case has withdrawn from the one that goes on.
        assert [await service.state(each.case_id) for each in (school, police)] == ["closed", "closed"]
    else:
        assert await service.state(school.case_id) in ("joined", "awaiting-coordinator")
        assert await service.pool.fetchval("SELECT withdrew_at FROM referral_case WHERE case_id = $1", school.case_id)
    assert await service.dead() == 0


@pytest.mark.parametrize("by", ["the same front door", "another one"])
async def test_nobody_is_asked_for_measures_after_a_sign_in_the_familys_next_case(service: Referral, by: str) -> None:
    school = sent("F1")
    await service.screened(school)
    await completed(service, school.case_id)
    assert await service.state(school.case_id) == "closed"
    scheduled = "SELECT count(*) FROM due WHERE subject = $1 AND kind = 'follow-up'"
    assert await service.pool.fetchval(scheduled, str(school.case_id)) == 2
    before = len(await published_about(service, school.case_id))
    if by == "another one":
        sign_in = sent("7", "police", "domestic-abuse-pathway", day=30)
        await service.screened(sign_in)
        await service.families(linked(school, sign_in))
    else:
        await service.screened(sent("F1", "hants-schools", "domestic-abuse-pathway", day=30, case_id=some_id("next")))
    assert await service.state(school.case_id) == "closed"
    assert await service.pool.fetchval(scheduled, str(school.case_id)) == 0
    # Not even where a timer stood: nobody hears anything of the case that is over.
    await service.pass_to(400)
    assert len(await published_about(service, school.case_id)) == before
    assert "follow-up-due" not in await service.topics()
    with pytest.raises(asyncpg.RaiseError, match="nothing is ahead"):
        await service.pool.execute(
            "INSERT INTO due (kind, key, at, value) VALUES ('follow-up', $1, now(), '{}')", f"{school.case_id}/x"
        )


async def completed(service: Referral, case_id: Any) -> None:
    """A case at north, with one session and its end."""

    def of_case(value: bytes) -> bytes:
        return value.replace(str(CASE).encode(), str(case_id).encode())

    for value in (
        update_json("referral-accepted", number=1),
        update_json("initial-assessment", number=2, outcome="suitable", parents_seen=[P1, P2]),
        session_held(3),
        update_json("case-closed", number=4, day=20, reason="completed", measures=[measure(P1)]),
    ):
        await service.updated(of_case(value))


@pytest.mark.parametrize("halted", [False, True])
async def test_a_joined_family_that_is_sent_again_gets_the_same_answer_whether_or_not_it_is_halted_elsewhere(
    service: Referral, halted: bool
) -> None:
    school, police = sent("F1"), sent("7", "police", day=3)
    await service.screened(school)
    await service.families(linked(school, police))
    await service.screened(police, recognised="linked")
    if halted:
        await service.post("halt", case_id=school.case_id)
    before = len(await published_about(service, police.case_id))
    way = [sent("7", "police", "not-suitable", day=5, number=5), sent("7", "police", day=6, number=6)]
    for each in (sent("7", "police", day=4, number=4), *way):
        await service.screened(each, recognised="linked")
    after = (await published_about(service, police.case_id))[before:]
    # Told in one way by notification: `case-joined` and `case-halted` known elsewhere are the same words.
    assert [
        "joined" if topic == "case-joined" or content.get("known_elsewhere") else topic for topic, content in after
    ] == [
        "joined",
        "joined",
    ]


async def test_a_screening_of_next_year_breaks_neither_the_history_nor_the_database(service: Referral) -> None:
    await service.screened(screening(area=ASKING_AREA))
    newer = {"reasons": ("in-crisis", "a-reason-of-next-year"), "attention": ("a-code-of-next-year",)}
    await service.screened(screening("more-information", number=2, day=1, area=ASKING_AREA, **newer))
    assert (await service.state(), await service.dead()) == ("not-referred", 0)
    history = (await service.http.get(f"/cases/{CASE}")).json()["history"]
    assert history[-1]["why"] == "more-information, in-crisis, other-reason"


async def test_strangers_of_a_joined_family_who_are_confirmed_join_again(service: Referral) -> None:
    school, police = sent("F1"), sent("7", "police", day=3)
    await service.screened(school)
    await service.families(linked(school, police))
    await service.screened(police, recognised="linked")
    strange = sent("7", "police", day=5, number=5, parents=STRANGERS, attention=("people-differ",))
    await service.screened(strange, recognised="linked")
    assert (await service.state(police.case_id), await waits_for(service, police.case_id)) == (
        "joined",
        "people-differ",
    )
    assert (await service.post("confirm-people", case_id=police.case_id))[0] == 200
    assert [await service.state(each.case_id) for each in (school, police)] == ["offered", "joined"]
    assert not [person for person in OTHERS if person in str(await service.published())]


async def test_what_was_signed_before_follow_ups_were_taken_back_takes_them_back(service: Referral) -> None:
    school = sent("F1")
    await service.screened(school)
    await completed(service, school.case_id)
    await service.screened(sent("F1", "hants-schools", "domestic-abuse-pathway", day=30, case_id=some_id("next")))
    # As a database of before has it.
    await service.pool.execute("ALTER TABLE referral_case DISABLE TRIGGER sign_in_family_stays")
    await service.pool.execute("UPDATE referral_case SET sign_in_family_at = NULL")
    await service.pool.execute("ALTER TABLE referral_case ENABLE TRIGGER sign_in_family_stays")
    await service.pool.execute(
        "INSERT INTO due (kind, key, at, value) VALUES ('follow-up', $1, $2, '{}')",
        f"{school.case_id}/follow-up-6-months",
        START + timedelta(days=200),
    )
    before = len(await service.published())
    await service.pass_to(201)
    assert len(await service.published()) == before, (
        "nothing goes out while a sign is known, wherever the timer came from"
    )
    await service.pool.execute(_SIGNS_FROM_BEFORE)
    assert await service.pool.fetchval("SELECT sign_in_family_at IS NOT NULL FROM referral_case WHERE state = 'closed'")
