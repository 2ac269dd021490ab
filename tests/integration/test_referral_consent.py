"""Each parent's own consent on real PostgreSQL: recorded, withdrawn, expired by the calendar, and what each stops."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import orjson
import pytest

from shared.service.staff import Staff
from tests.support.identity import recorded
from tests.support.referral_families import ASKING_AREA, C1, P1, P2, STRANGER, measure, screening, some_id, update_json
from tests.support.referral_service import CASE, DIRECTORY, NAME, Referral, family, running

# What a coordinator records is of the wall's day.
TODAY = datetime.now(UTC).date()


@pytest.fixture
async def referral(databases: Any) -> AsyncIterator[Referral]:
    async with running(databases, *DIRECTORY) as service:
        yield service


async def consents(referral: Referral) -> list[tuple[Any, ...]]:
    items = (await referral.http.get(f"/cases/{CASE}/consents")).json()["items"]
    return sorted((item["person_id"], item["purpose"], item["status"]) for item in items)


async def record(referral: Referral, **body: Any) -> tuple[int, Any]:
    return await referral.post("consents", {"parent": str(P1), "given_on": TODAY.isoformat(), **body})


async def waits_for(referral: Referral) -> str | None:
    return (await referral.http.get(f"/cases/{CASE}")).json()["waiting_reason"]


async def test_each_parents_consents_are_their_own(referral: Referral) -> None:
    await referral.screened(screening())
    assert (await record(referral, purpose="evaluation", basis="public-task", notice_version="2026-1"))[0] == 200
    child = {"purpose": "child-participation", "child": str(C1)}
    for parent in (P1, P2):
        assert (await record(referral, parent=str(parent), **child))[0] == 200
    assert (await referral.post("consents/withdraw", {"parent": str(P2), **child}))[0] == 200
    assert await consents(referral) == sorted(
        [
            (str(P1), "referral", "given"),
            (str(P2), "referral", "given"),
            (str(P1), "evaluation", "given"),
            (str(P1), "child-participation", "given"),
            (str(P2), "child-participation", "withdrawn"),
        ]
    )
    assert await referral.state() == "offered"
    who = Staff(referral.pool, referral.keyring).id_of(recorded(NAME))
    stored = "SELECT basis, notice_version, recorded_by FROM consent WHERE purpose = 'evaluation'"
    assert tuple(await referral.pool.fetchrow(stored)) == ("public-task", "2026-1", who)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"purpose": "evaluation", "parent": str(STRANGER)}, "parent"),
        ({"purpose": "child-participation"}, "child"),
        ({"purpose": "child-participation", "child": str(P2)}, "child"),
        ({"purpose": "evaluation", "child": str(C1)}, "child"),
        ({"purpose": "referral", "basis": "public-task"}, "basis"),
        ({"purpose": "evaluation", "given_on": "2999-01-01"}, "given_on"),
        ({"purpose": "evaluation", "given_on": "2019-01-01"}, "given_on"),
        ({"purpose": "marketing"}, "purpose"),
    ],
)
async def test_what_is_no_consent_is_refused_and_nothing_is_kept(referral: Referral, body: Any, field: str) -> None:
    await referral.screened(screening())
    status, answer = await record(referral, **body)
    assert (status, [error["field"] for error in answer["errors"]]) == (422, [field])
    assert len(await consents(referral)) == 2


async def test_a_parent_who_withdraws_from_the_evaluation_is_measured_no_more_and_the_other_is(
    referral: Referral,
) -> None:
    await referral.screened(screening())
    await referral.post("consents/withdraw", {"parent": str(P1), "purpose": "evaluation"})
    accepted = update_json("referral-accepted")
    values = [update_json("measure", number=2 + at, measure=measure(each)) for at, each in enumerate((P1, P2, C1))]
    closing = update_json("case-closed", number=9, reason="completed", measures=[measure(P1), measure(P2)])
    await referral.updated(accepted, *values, closing)
    published = [event["person_id"] for topic, event in await referral.published() if topic == "measure-recorded"]
    assert published == [str(P2), str(C1), str(P2)]
    assert await referral.state() == "closed"
    assert not [topic for topic in await referral.topics() if "refusals" in topic]


async def test_a_child_that_a_parent_takes_out_takes_no_part_in_what_is_agreed(referral: Referral) -> None:
    child = screening().children[0].model_copy(update={"takes_part": True})
    await referral.screened(screening(area=ASKING_AREA, children=(child,)))
    await referral.post("consents/withdraw", {"parent": str(P2), "purpose": "child-participation", "child": str(C1)})
    await record(referral, purpose="child-participation", child=str(C1))
    await referral.post("agree")
    [agreed] = [event for topic, event in await referral.published() if topic == "referral-agreed"]
    assert [each["takes_part"] for each in agreed["children"]] == [False]


async def test_to_take_back_the_consent_to_the_referral_is_to_withdraw(referral: Referral) -> None:
    await referral.screened(screening())
    await referral.post("consents/withdraw", {"parent": str(P2), "purpose": "referral"})
    assert await referral.state() == "closed"
    *_, (topic, event) = await referral.published()
    assert (topic, event["reason"], event["stopped_provider"]) == ("case-closed", "withdrawn", "north")
    assert await consents(referral) == sorted([(str(P1), "referral", "given"), (str(P2), "referral", "withdrawn")])


async def test_a_consent_expires_by_the_calendar_and_a_coordinator_renews_it(referral: Referral) -> None:
    await referral.screened(screening())
    await referral.days_pass(352)  # The notice was on 20 March 2025; on 20 March 2026 a year is over.
    assert {status for _, _, status in await consents(referral)} == {"given"}
    await referral.days_pass(353)
    assert await waits_for(referral) == "consent-expired"
    assert {status for _, _, status in await consents(referral)} == {"expired"}
    await referral.updated(update_json("referral-accepted"))
    assert (await referral.state(), await waits_for(referral)) == ("accepted", "consent-expired")
    await referral.post("hold")
    status, answer = await referral.post("resume")
    assert (status, "consent has expired" in answer["detail"]) == (409, True)
    for parent in (P1, P2):
        assert (await record(referral, parent=str(parent), purpose="referral"))[0] == 200
    assert (await referral.post("resume"))[1]["state"] == "accepted"
    assert await waits_for(referral) is None
    assert await referral.topics() == ["referral-agreed", "provider-accepted", "case-held", "case-resumed"]


async def test_nothing_is_agreed_on_an_expired_consent_until_it_is_given_again(referral: Referral) -> None:
    await referral.screened(screening(area=ASKING_AREA))
    await referral.days_pass(400)
    assert await waits_for(referral) == "consent-expired"
    assert (await referral.post("agree"))[0] == 409
    corrected = [parent.model_copy(update={"privacy_notice_on": date(2026, 1, 5)}) for parent in screening().parents]
    await referral.screened(screening(area=ASKING_AREA, number=2, day=401, parents=tuple(corrected)))
    assert await waits_for(referral) == "area-asks-coordinator"
    assert (await referral.post("agree"))[0] == 200


async def test_the_database_sends_nothing_without_every_parents_standing_consent(referral: Referral) -> None:
    await referral.screened(screening())
    [(_, agreed)] = await referral.published()
    send = "INSERT INTO outbox (topic, key, value, headers) SELECT topic, key, $1, headers FROM outbox LIMIT 1"
    await referral.pool.execute(send, orjson.dumps(agreed))
    alone = {**agreed, "parents": agreed["parents"][:1]}
    stranger = {**agreed, "parents": [agreed["parents"][0], {**agreed["parents"][1], "person_id": str(STRANGER)}]}
    await referral.pool.execute("UPDATE consent SET withdrawn_at = now() WHERE person_id = $1", P2)
    for event in (agreed, alone, stranger):
        with pytest.raises(asyncpg.RaiseError, match="standing consent of every parent"):
            await referral.pool.execute(send, orjson.dumps(event))
    for statement in (
        "UPDATE consent SET withdrawn_at = NULL WHERE withdrawn_at IS NOT NULL",
        "UPDATE consent SET given_on = given_on + 1",
        "DELETE FROM consent",
    ):
        with pytest.raises(asyncpg.RaiseError, match="only ended"):
            await referral.pool.execute(statement)


async def test_a_consent_that_expires_hides_nothing_that_the_case_waited_for_before(referral: Referral) -> None:
    await referral.screened(screening())
    await referral.screened(family("asked", area=ASKING_AREA, number=2))
    await referral.days_pass(400)
    lines = (await referral.http.get("/worklist")).json()["items"]
    shown = {line["state"]: (line["waiting_reason"], line["waiting_before"]) for line in lines}
    assert shown == {
        "offered": ("consent-expired", "no-contact"),
        "awaiting-coordinator": ("consent-expired", "area-asks-coordinator"),
    }
    since = {line["case_id"]: line["waiting_since"] for line in lines}
    for parent in (P1, P2):
        assert (await record(referral, parent=str(parent), purpose="referral"))[0] == 200
    assert await waits_for(referral) == "no-contact", "what a provider has left undone is still to be seen to"
    lines = (await referral.http.get("/worklist")).json()["items"]
    assert {line["case_id"]: line["waiting_since"] for line in lines} == since


async def test_a_sign_of_abuse_stays_what_is_shown_when_a_consent_expires(referral: Referral) -> None:
    other = some_id("case-before")
    await referral.screened(screening("domestic-abuse-pathway", case_id=other, day=-1, number=2))
    await referral.screened(screening())
    assert await waits_for(referral) == "sign-of-abuse"
    await referral.days_pass(400)
    [line] = [each for each in (await referral.http.get("/worklist")).json()["items"] if each["case_id"] == str(CASE)]
    assert (line["waiting_reason"], line["urgency"]) == ("sign-of-abuse", "immediate")


async def test_what_is_shown_has_each_consent_once_and_a_withdrawal_that_nobody_had_recorded(
    referral: Referral,
) -> None:
    await referral.screened(screening())
    await referral.screened(screening(number=2, day=1, revision=2, supersedes=some_id("submission-1")))
    assert await consents(referral) == sorted((str(each), "referral", "given") for each in (P1, P2))
    child = {"purpose": "child-participation", "child": str(C1)}
    for body in ({"purpose": "evaluation"}, child):
        assert (await referral.post("consents/withdraw", {"parent": str(P2), **body}))[0] == 200
    assert set(await consents(referral)) >= {(str(P2), each, "withdrawn") for each in ("evaluation", child["purpose"])}
    await record(referral, purpose="evaluation", parent=str(P2))
    await referral.post("consents/withdraw", {"parent": str(P2), "purpose": "evaluation"})
    statuses = [status for person, purpose, status in await consents(referral) if purpose == "evaluation"]
    assert statuses == ["withdrawn", "withdrawn"]


async def test_a_case_is_shown_with_whose_it_is(referral: Referral) -> None:
    event = screening()
    person = event.practitioner.practitioner_id
    keys = await referral.keyring.for_sealing([person], "practitioner")
    sealed = keys.seal(person, "practitioner", {"name": "Invented Worker", "email": "worker@example.org"})
    practitioner = event.practitioner.model_copy(update={"sealed": sealed})
    await referral.screened(event.model_copy(update={"practitioner": practitioner}))
    shown = (await referral.http.get(f"/cases/{CASE}")).json()
    assert (shown["agency"], shown["family_ref"]) == (event.agency, event.family_ref)
    assert shown["practitioner"] == {
        "practitioner_id": str(person),
        "role": "teacher",
        "name": "Invented Worker",
        "email": "worker@example.org",
    }
