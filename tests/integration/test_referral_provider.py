"""The provider's side by the calendar on real PostgreSQL: reminders, contacts, follow-ups, what a stop takes back."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from deploy.stack.home import Stack
from deploy.stack.log_check import complaints
from shared.messaging.timers import scheduled
from shared.messaging.timers.scheduled import ScheduledTimer
from tests.support.referral_families import AREA, P1, P2, START, measure, screening, some_id, update_json
from tests.support.referral_service import CASE, DIRECTORY, Referral, area, family, running

AGAIN = """
    INSERT INTO outbox (topic, key, value, headers) SELECT topic, key, value, headers FROM outbox
    WHERE topic = 'wrap-around-reminded'
"""


@pytest.fixture
async def referral(databases: Any) -> AsyncIterator[Referral]:
    async with running(databases, *DIRECTORY) as service:
        yield service


def planned(number: int, session: int, on: float, expected: Any = (P1, P2), day: float = 3) -> bytes:
    at = (START + timedelta(days=on)).isoformat()
    body = {"number": session, "scheduled_for": at, "kind": "joint", "expected": [str(each) for each in expected]}
    return json.dumps(json.loads(update_json("session-scheduled", number=number, day=day)) | body).encode()


def held(number: int, session: int, day: float) -> bytes:
    attendance = [{"person": str(person), "attended": "yes"} for person in (P1, P2)]
    body = {"number": session, "held_on": "2025-05-01", "kind": "joint", "attendance": attendance}
    return json.dumps(json.loads(update_json("session", number=number, day=day)) | body).encode()


async def at_work(service: Referral) -> None:
    await service.screened(screening())
    await service.updated(
        update_json("referral-accepted", number=1, day=1),
        update_json("contact-attempted", number=2, day=1, parent=P1, method="phone", outcome="reached"),
        update_json("contact-attempted", number=3, day=1, parent=P2, method="phone", outcome="reached"),
        update_json("initial-assessment", number=4, day=2, outcome="suitable", parents_seen=[P1, P2]),
    )


async def scheduled_kinds(service: Referral) -> list[str]:
    rows = await service.pool.fetch("SELECT kind FROM due WHERE kind <> 'consent-expiry' ORDER BY at, key")
    return [row["kind"] for row in rows]


async def published_on(service: Referral, topic: str) -> list[dict[str, Any]]:
    return [value for name, value in await service.published() if name == topic]


def contact(number: int, ref: str = "P1", **more: Any) -> bytes:
    body = {"contact_id": some_id(f"contact-{number}"), "family_ref": "F1", "parent_ref": ref, "outcome": "spoken"}
    return json.dumps({**body, "held_at": (START + timedelta(days=29)).isoformat(), **more}, default=str).encode()


async def test_practitioners_are_reminded_on_the_areas_day_and_contacts_are_confirmed(referral: Referral) -> None:
    await referral.register({**area(AREA), "reminder_days": 5})
    await at_work(referral)
    await referral.updated(planned(5, 1, on=30))
    assert await referral.pass_to(24.9) == 0
    assert await referral.pass_to(25) == 2
    reminded = await published_on(referral, "wrap-around-reminded")
    assert {UUID(each["person_id"]) for each in reminded} == {P1, P2}
    assert len({each["practitioner"]["practitioner_id"] for each in reminded}) == 2
    assert {each["occurred_at"] for each in reminded} == {"2025-04-26T09:30:00Z"}
    await referral.contacted(contact(1), contact(1), contact(2, "nobody"), contact(3, family_ref="F9"), b"{")
    assert await referral.dead() == 3
    assert await referral.pass_to(31) == 1
    (case,) = (await referral.http.get("/worklist")).json()["items"]
    assert (case["case_id"], case["waiting_reason"]) == (str(CASE), "wrap-around-not-confirmed")
    assert (await referral.post("wrap-around", {"parent": str(P2), "held_at": "2025-04-30T10:00:00Z"}))[0] == 200
    assert (await referral.http.get("/worklist")).json()["items"] == []
    await referral.updated(held(6, 1, day=31))
    assert await scheduled_kinds(referral) == []


@pytest.mark.parametrize("stop", ["halt", "hold", "withdraw", "sign", "risk-item", "correction"])
async def test_a_stop_takes_back_everything_that_was_scheduled_in_its_own_transaction(
    referral: Referral, stop: str
) -> None:
    await at_work(referral)
    await referral.updated(planned(5, 1, on=30), planned(6, 2, on=44))
    assert len(await scheduled_kinds(referral)) == 8
    if stop == "sign":
        await referral.contacted(contact(1, sign_of_abuse=True))
    elif stop == "risk-item":
        risky = {**measure(), "instrument": "core-10", "items": {"6": 2.0}}
        await referral.updated(update_json("measure", number=7, day=4, measure=risky))
    elif stop == "correction":
        await referral.screened(screening("not-ready", number=2, day=4))
    else:
        assert (await referral.post(stop))[0] == 200
    assert await scheduled_kinds(referral) == []
    before = len(await referral.published())
    await referral.pass_to(100)
    assert len(await referral.published()) == before
    if stop == "hold":
        await referral.post("resume")
        assert len(await scheduled_kinds(referral)) == 8


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    "last",
    [
        update_json("case-closed", number=8, day=29.5, reason="ended-early", views=[], measures=[]),
        update_json("safety-concern", number=8, day=29.5),
        update_json("initial-assessment", number=8, day=29.5, outcome="not-suitable", parents_seen=[P1, P2]),
    ],
    ids=["closed", "concern", "not-suitable"],
)
async def test_a_reminder_that_an_end_overtakes_does_not_go_out_and_holds_nothing_up(
    referral: Referral, stack: Stack, last: bytes, together: bool
) -> None:
    """What is due is fired before what has come is decided. The outbox would refuse the reminder, and with it what
    ended the work: nothing may come to that, whatever comes in one batch."""
    await referral.screened(screening())
    reached = [
        update_json("contact-attempted", number=number, day=1, parent=parent, method="phone", outcome="reached")
        for number, parent in ((2, P1), (3, P2))
    ]
    await referral.updated(update_json("referral-accepted", number=1, day=1), *reached, planned(5, 1, on=30))
    before = _refused_reminders(stack)
    again = update_json("contact-attempted", number=7, day=29, parent=P1, method="phone", outcome="reached")
    await referral.updated(*([again, last] if together else [last]))
    assert await referral.dead() == 0
    assert await referral.state() in ("closed", "halted", "not-suitable", "closed-unsuitable", "declined")
    assert await published_on(referral, "wrap-around-reminded") == []
    assert _refused_reminders(stack) == before


def _refused_reminders(stack: Stack) -> int:
    return sum("wrap-around-reminded is sent only" in each.line for each in complaints(stack.home))


async def test_a_stop_that_no_code_of_ours_makes_takes_it_back_too_and_nothing_comes_after(referral: Referral) -> None:
    await at_work(referral)
    await referral.updated(planned(5, 1, on=30))
    await referral.pass_to(28)
    async with referral.pool.acquire() as connection:
        # By hand, at the console: undone at the end, before the history is looked at.
        by_hand = connection.transaction()
        await by_hand.start()
        await connection.execute(
            "UPDATE referral_case SET state = 'halted', abuse_sign_at = now() WHERE case_id = $1", CASE
        )
        assert await connection.fetchval("SELECT count(*) FROM due WHERE kind <> 'consent-expiry'") == 0
        reminder = ScheduledTimer("wrap-around-reminder", f"{CASE}/1/{P1}", START)
        with pytest.raises(asyncpg.RaiseError, match="nothing is ahead"):
            async with connection.transaction():
                await scheduled.schedule(connection, [reminder])
        with pytest.raises(asyncpg.RaiseError, match="only for a referral that was not stopped"):
            async with connection.transaction():
                await connection.execute(AGAIN)
        await by_hand.rollback()


async def test_a_late_provider_is_shown_and_what_was_late_comes_before_what_cures_it(referral: Referral) -> None:
    await referral.screened(screening())
    # The word that cures it comes ten days later, and the calendar has not looked in between.
    await referral.updated(
        update_json("referral-accepted", number=1, day=1),
        update_json("contact-attempted", number=2, day=1, parent=P1, method="phone", outcome="reached"),
        update_json("contact-attempted", number=3, day=12, parent=P2, method="phone", outcome="reached"),
    )
    shown = (await referral.http.get(f"/cases/{CASE}")).json()
    lines = [(line["trigger"], line["at"][:10]) for line in shown["history"]]
    assert lines[-2:] == [("first-contact-overdue", "2025-04-09"), ("contact-attempted", "2025-04-13")]
    assert (shown["state"], shown["waiting_reason"]) == ("accepted", None)
    assert {each["what"] for each in shown["ahead"]} == {"consent-expiry"}


async def test_follow_up_asks_whose_consent_is_in_force_and_reopening_keeps_its_lineage(referral: Referral) -> None:
    await at_work(referral)
    closing = update_json("case-closed", number=7, day=40, reason="completed", views=[], measures=[])
    await referral.updated(planned(5, 1, on=30), held(6, 1, day=30), closing)
    assert await scheduled_kinds(referral) == ["follow-up", "follow-up"]
    assert (await referral.post("consents/withdraw", {"parent": str(P1), "purpose": "evaluation"}))[0] == 200
    assert await referral.pass_to(230) == 1
    (asked,) = await published_on(referral, "follow-up-due")
    assert (asked["person_id"], asked["occasion"], asked["provider"]) == (str(P2), "follow-up-6-months", "north")
    assert asked["occurred_at"] == "2025-11-11T09:30:00Z"
    late = update_json("case-reopened", number=8, day=240, reason="family-came-back")
    await referral.updated(late)
    assert (await referral.published())[-1][1]["reason"] == "not-in-this-state"


async def test_a_reopened_case_shows_which_referral_follows_which(referral: Referral) -> None:
    await at_work(referral)
    await referral.updated(
        update_json("case-closed", number=7, day=10, reason="ended-early", views=[], measures=[]),
        update_json("case-reopened", number=8, day=20, reason="family-came-back"),
    )
    shown = (await referral.http.get(f"/cases/{CASE}")).json()
    assert [
        (each["number"], each["status"], each["ended_because"], each["follows"]) for each in shown["referrals"]
    ] == [
        (1, "over", "ended-early", None),
        (2, "out", None, 1),
    ]
    assert (await referral.topics())[-3:] == ["case-reopened", "referral-agreed", "provider-accepted"]
    assert shown["state"] == "accepted"


async def test_a_family_that_comes_again_is_recognised(referral: Referral) -> None:
    await at_work(referral)
    await referral.updated(update_json("case-closed", number=7, day=10, reason="ended-early", views=[], measures=[]))
    await referral.screened(family("F1", number=9, day=100))
    (again,) = await published_on(referral, "family-referred-again")
    assert (again["previous_case_id"], again["months"], again["same_reason"]) == (str(CASE), 6, True)


async def test_sessions_come_late_and_mended_and_what_cannot_be_so_is_reported(referral: Referral) -> None:
    await at_work(referral)
    await referral.updated(*(held(10 + place, number, day=31) for place, number in enumerate((40, 3, 2, 3))))
    impossible = json.loads(held(20, 5, day=31)) | {"held_on": "1999-05-01"}
    early = json.loads(held(21, 6, day=31)) | {"occurred_at": "2062-01-01T00:00:00Z"}
    await referral.updated(json.dumps(impossible).encode(), json.dumps(early).encode())
    wrong = json.loads(update_json("session-taken-back", number=22, day=31)) | {"number": 40}
    await referral.updated(
        json.dumps(wrong).encode(), update_json("case-closed", number=23, day=32, reason="completed")
    )
    await referral.updated(held(24, 4, day=33), update_json("measure", number=25, day=33, measure=measure(P1)))
    published = [(each["number"], each["taken_back"]) for each in await published_on(referral, "session-recorded")]
    assert published == [(40, False), (3, False), (2, False), (3, False), (40, True), (4, False)]
    assert len(await published_on(referral, "measure-recorded")) == 1
    refused = await published_on(referral, "provider.north.refusals")
    assert [(each["reason"], [finding["field"] for finding in each["findings"]]) for each in refused] == [
        ("value-not-possible", ["held_on"]),
        ("value-not-possible", ["occurred_at"]),
    ]
    assert await referral.state() == "closed"
    history = (await referral.http.get(f"/cases/{CASE}")).json()["history"]
    assert [line["detail"] for line in history if line["trigger"] == "session"] == ["40", "3", "2", "3/again", "4"]


CONCERN = {"update": "safety-concern", "update_id": str(some_id("sign")), "case_id": str(CASE)}
PHQ = {"person": str(P1), "instrument": "phq-9", "version": "1", "occasion": "baseline", "score": 9, "items": {"9": 2}}
UNREADABLE = {
    "an unknown field": json.dumps({**CONCERN, "occurred_at": "2025-04-03T10:00:00Z", "note": "Anna"}),
    "no time": json.dumps(CONCERN),
    "a time that does not exist": json.dumps({**CONCERN, "occurred_at": "2025-02-30T10:00:00Z"}),
    "a key given twice": json.dumps(CONCERN).replace('"safety-concern"', '"safety-concern", "update": "concern"'),
    "a NUL": json.dumps({**CONCERN, "note": "\0"}),
    "an assessment of strangers to the contract": json.dumps(
        {**CONCERN, "update": "initial-assessment", "outcome": "unheard-of", "parents": [{"outcome": "safety-concern"}]}
    ),
    "a risk item beside a number that is none": json.dumps(
        {**CONCERN, "update": "measure", "measure": {**PHQ, "score": float("nan")}}
    ),
    "a risk item at closure, with far too many measures": json.dumps(
        {**CONCERN, "update": "case-closed", "reason": "completed", "measures": [PHQ] * 300}
    ),
}


@pytest.mark.parametrize("record", UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_an_unreadable_record_is_answered_and_a_sign_in_it_counts(referral: Referral, record: str) -> None:
    await at_work(referral)
    await referral.updated(record.encode(), provider="south")
    assert await referral.state() == "assessed", "nobody halts another's case"
    await referral.updated(record.encode())
    assert await referral.state() == "halted"
    for provider in ("south", "north"):
        [answer] = await published_on(referral, f"provider.{provider}.refusals")
        assert answer["findings"]
        assert answer["update_id"] == CONCERN["update_id"]
        assert "Anna" not in json.dumps(answer)
    assert await referral.dead() == 2


@pytest.mark.parametrize("record", [b"{", b"[]", b"\xff", b'{"update": "case-closed", "case_id": 1}', b"null"])
async def test_what_reports_nothing_for_certain_is_answered_and_halts_nothing(
    referral: Referral, record: bytes
) -> None:
    await at_work(referral)
    await referral.updated(record)
    [answer] = await published_on(referral, "provider.north.refusals")
    assert (answer["update_id"], answer["offset"], bool(answer["findings"])) == (None, referral.offset, True)
    assert await referral.state() == "assessed"


async def test_a_mended_update_resolves_the_letter_of_the_one_that_could_not_be_read(referral: Referral) -> None:
    await at_work(referral)
    wrong = json.loads(held(7, 1, day=31)) | {"held_on": "31.04.2025"}
    await referral.updated(json.dumps(wrong).encode(), json.dumps({"update_id": wrong["update_id"], "x": 1}).encode())
    await referral.updated(held(7, 1, day=31), provider="south")
    open_letters = "SELECT count(*) FROM dead_letter WHERE status = 'open'"
    assert await referral.pool.fetchval(open_letters) == 2, "another's id is another's"
    await referral.updated(held(7, 1, day=31))
    assert await referral.pool.fetchval(open_letters) == 0
