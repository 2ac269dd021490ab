"""Notification on its own database: who is told what, in any order, and what the database itself refuses."""

import asyncio
import random
from datetime import date
from typing import Any

import asyncpg
import httpx
import orjson
import pytest
from joserfc import jwe
from starlette.applications import Starlette

from deploy.stack.home import Stack
from services.notification.manifest import MANIFEST
from shared.access.roles import Role
from shared.contracts.referral import CaseHalted
from shared.contracts.screening import ScreeningCompleted
from shared.contracts.workforce import PractitionerUntrained, TrainingModule
from shared.service.staff import Staff
from tests.support.erased_keys import erase_key
from tests.support.identity import bearer, gate
from tests.support.notification_families import KEYS, PROVIDERS, WORKER, Family, Notification, area, provider
from tests.support.recorded import recorder

AGAIN = "INSERT INTO outbox (topic, key, value, headers) SELECT topic, key, value, headers FROM outbox"
OFFER = ["referral-offered", "parent-details-shared", "parent-details-shared"]


@pytest.fixture
async def service(databases: Any) -> Notification:
    return Notification(await databases("notification"), await databases("screening"))


def opened(name: str, record: dict[str, Any]) -> dict[str, Any]:
    algorithms = ["ECDH-ES+A256KW", "A256GCM"]
    content: dict[str, Any] = orjson.loads(
        jwe.decrypt_compact(record["encrypted"], KEYS[name], algorithms=algorithms).plaintext or b""
    )
    return content


async def test_a_referral_goes_to_its_provider_and_its_progress_to_its_front_door(service: Notification) -> None:
    await service.register_all()
    family = await service.family()
    family.screened().details().agreed().accepted()
    await service.receive(family.events)

    sent = await service.sent()
    assert [each["kind"] for each in sent] == OFFER
    assert {(each["topic"], each["key"]) for each in sent} == {
        ("provider.common-ground.referrals", str(family.case_id))
    }
    assert sent[0]["parents"] == [str(person) for person in family.parents]
    for at, each in enumerate(sent[1:]):
        assert opened("common-ground", each) == {"person_id": str(family.parents[at]), **family.secrets(at)}
    progress = await service.progress()
    assert [(each["step"], each["topic"], each["key"]) for each in progress] == [
        (step, "front-door.hants-schools.progress", "hants-schools-F1") for step in ("screened", "agreed", "accepted")
    ]


async def test_a_sign_of_abuse_points_to_the_areas_specialist_support(service: Notification) -> None:
    await service.register_all()
    family = (await service.family()).screened("domestic-abuse-pathway")
    await service.receive(family.events)
    (record,) = await service.progress()
    assert (record["decision"], record["next_steps"][0]["name"]) == ("domestic-abuse-pathway", "Safe Line")
    assert await service.sent() == []


async def test_an_untrained_practitioners_front_door_is_asked_to_book_and_receives_nothing_else(
    service: Notification,
) -> None:
    await service.register_all()
    family = (await service.family()).screened("domestic-abuse-pathway")
    (screening,) = family.events
    flag = PractitionerUntrained(
        practitioner_id=screening.practitioner.practitioner_id,
        agency=screening.agency,
        occurred_at=screening.occurred_at,
        case_id=screening.case_id,
        submission_id=screening.submission_id,
        family_ref=screening.family_ref,
        area=screening.area,
        missing=(TrainingModule.ENGAGING_PARENTS,),
        standing="in-grace",
        grace_ended_on=date(2025, 7, 1),
    )
    await service.receive([screening, flag])
    _, asked = await service.progress()
    assert (asked["step"], asked["decision"], asked["reasons"]) == ("training-asked", None, [])
    assert (asked["topic"], asked["key"]) == (f"front-door.{screening.agency}.progress", screening.family_ref)
    (step,) = asked["next_steps"]
    assert step["code"] == "book-training"
    assert "engaging parents. Book a place before 2025-07-01. Your screening stands" in step["text"]
    assert await service.sent() == []


async def test_a_referral_waits_visibly_and_goes_out_with_the_key(service: Notification) -> None:
    await service.register(area(), provider("common-ground", with_key=False))
    family = (await service.family()).screened().details().agreed()
    await service.receive(family.events)
    assert await service.sent() == []
    (waits,) = await _get(service, "/waiting")
    assert (waits["status"], waits["reason"]) == ("waiting", "provider-without-usable-key")
    assert set(waits) == {"referral_id", "case_id", "provider", "status", "reason", "since"}

    unusable = {"kty": "EC", "crv": "P-256", "x": "a", "y": "b"}
    await service.register(provider("common-ground", public_key=unusable))
    assert await service.sent() == []
    await service.register(provider("common-ground"))
    assert await service.kinds() == OFFER
    assert await _get(service, "/waiting") == []


async def test_an_older_entry_of_the_directory_replaces_nothing(service: Notification) -> None:
    old, new = service.record(provider("common-ground", with_key=False)), service.record(provider("common-ground"))
    await service.consumers["directory"].process([new])
    await service.consumers["directory"].process([old])
    await service.receive((await service.family()).screened().details().agreed().events)
    assert await service.kinds() == OFFER


async def test_topics_that_race_in_parallel_lose_no_referral_and_send_none_twice(service: Notification) -> None:
    families = await service.families(60)
    for family in families:
        family.screened().details().agreed(PROVIDERS[family.number % 3])
    ways = [[family.events[at] for family in families] for at in range(4)]
    for way in ways:
        random.Random(7).shuffle(way)
    await asyncio.gather(
        *(service.receive(way[start : start + 15]) for way in ways for start in range(0, 60, 15)),
        service.register_all(),
    )
    sent = await service.sent()
    assert len(sent) == 60 * len(OFFER)
    assert len({each["referral_id"] for each in sent}) == 60
    assert await _get(service, "/waiting") == []


async def test_a_late_sign_of_abuse_stops_once_and_forgets_the_details(service: Notification) -> None:
    await service.register_all()
    family = (await service.family()).screened().details().agreed()
    await service.receive(family.events)
    family.screened("domestic-abuse-pathway").halted()
    await service.receive(family.events[4:])
    await service.receive(family.events[4:])
    late = family.details().agreed("next-door").events[-3:]
    await service.receive(late)

    assert await service.kinds() == [*OFFER, "referral-stopped"]
    assert (await service.sent())[-1]["instruction"] == "Stop all work on this case and do not contact the family."
    assert await service.pool.fetchval("SELECT count(*) FROM parent_details") == 0
    assert await _get(service, "/waiting") == []


async def test_every_reason_for_a_stop_reads_the_same(service: Notification) -> None:
    await service.register_all()
    halted, withdrawn, held = await service.families(3)
    halted.screened().details().agreed().halted()
    withdrawn.screened().details().agreed().withdrawn()
    held.screened().details().agreed().held()
    families = [halted, withdrawn, held]
    for family in families:
        for event in family.events:
            await service.receive([event])
    stops = [each for each in await service.sent() if each["kind"] == "referral-stopped"]
    assert len(stops) == 3
    own = {"case_id", "referral_id", "occurred_at", "key"}
    assert (
        len({orjson.dumps({name: content for name, content in each.items() if name not in own}) for each in stops}) == 1
    )


async def test_a_hold_stops_and_a_resumption_offers_again(service: Notification) -> None:
    await service.register_all()
    family = (await service.family()).screened().details().agreed()
    await service.receive(family.events)
    await service.receive(family.held().events[-1:])
    assert (await _get(service, "/waiting"))[0]["reason"] == "end-of-hold"
    await service.receive(family.resumed().events[-1:])
    assert await service.kinds() == [*OFFER, "referral-stopped", *OFFER]


async def test_one_parents_box_under_the_others_id_is_a_dead_letter(service: Notification) -> None:
    await service.register_all()
    family = (await service.family()).screened().details(swapped=True).agreed()
    await service.receive(family.events)
    assert await service.sent() == []
    letters = await service.pool.fetch("SELECT findings FROM dead_letter")
    assert [letter["findings"][0]["field"] for letter in letters] == ["sealed.subject"] * 2


async def test_erased_details_wait_visibly(stack: Stack, service: Notification) -> None:
    await service.register_all()
    family = (await service.family()).screened().details().agreed()
    await erase_key(stack, family.parents[1])
    await service.receive(family.events)
    assert await service.sent() == []
    assert (await _get(service, "/waiting"))[0]["reason"] == "parent-details-erased"


async def test_nothing_is_stored_in_clear(service: Notification) -> None:
    await service.register_all()
    family = (await service.family()).screened().details().agreed()
    await service.receive(family.events)
    at_rest = await service.everything_at_rest()
    secret = [*WORKER.values()]
    for at in range(2):
        content = family.secrets(at)
        secret += [*content["name"].values(), content["contact"]["phone"], content["contact"]["email"]]
    assert [value for value in secret if value in at_rest] == []
    assert str(family.parents[0]) in at_rest


@pytest.mark.parametrize(
    "against",
    [
        "UPDATE pathway_case SET abuse = true",
        "UPDATE pathway_case SET stop_sequence = 99",
        "UPDATE pathway_case SET hold_sequence = 99",
        "UPDATE referral SET ended_sequence = 99",
        "UPDATE referral SET provider = 'next-door'",
        "DELETE FROM referral",
    ],
)
async def test_the_database_itself_refuses_an_offer(service: Notification, against: str) -> None:
    await service.register_all()
    await service.receive((await service.family()).screened().details().agreed().events)
    again = f"{AGAIN} WHERE topic LIKE 'provider.%'"
    await service.pool.execute(again)
    await service.pool.execute(against)
    with pytest.raises(asyncpg.CheckViolationError, match="must not go to a provider"):
        await service.pool.execute(again)


async def test_the_database_lets_a_stop_through(service: Notification) -> None:
    await service.register_all()
    family = (await service.family()).screened().details().agreed()
    await service.receive(family.events)
    await service.receive(family.halted().events[-1:])
    await service.pool.execute(f"{AGAIN} WHERE headers::text LIKE '%referral-stopped%'")
    assert (await service.kinds())[-2:] == ["referral-stopped", "referral-stopped"]


@pytest.mark.parametrize("change", ["abuse = false", "stop_sequence = 0", "hold_sequence = 0"])
async def test_the_database_forgets_nothing_that_stops_a_case(service: Notification, change: str) -> None:
    family = (await service.family()).screened("domestic-abuse-pathway").agreed().held().withdrawn()
    await service.receive(family.events)
    with pytest.raises(asyncpg.CheckViolationError, match="never taken back"):
        await service.pool.execute(f"UPDATE pathway_case SET {change}")  # noqa: S608


async def test_many_cases_at_once_in_any_order(service: Notification) -> None:
    dice = random.Random(20250401)
    families = await service.families(80)
    events: list[Any] = [area(), *(provider(each) for each in PROVIDERS)]
    for family in families:
        _history(family, dice)
        events += family.events
    events += dice.sample(events, 40)
    dice.shuffle(events)
    for start in range(0, len(events), 25):
        await service.receive(events[start : start + 25])

    sent = await service.sent()
    assert sent
    assert await service.pool.fetchval("SELECT count(*) FROM dead_letter") == 0
    for family in families:
        own = [each for each in sent if each["case_id"] == str(family.case_id)]
        by_referral: dict[str, list[str]] = {}
        for each in own:
            by_referral.setdefault(each["referral_id"], []).append(each["kind"])
        for kinds in by_referral.values():
            series = " ".join(kinds).replace(" ".join(OFFER), "offer").split()
            assert series == [("offer", "referral-stopped")[at % 2] for at in range(len(series))]
            if _has_sign_of_abuse(family):
                assert kinds[-1] == "referral-stopped"
        _nothing_of_one_parent_with_the_other(family, own)


def _history(family: Family, dice: random.Random) -> None:
    if dice.random() < 0.15:
        family.screened("domestic-abuse-pathway")
    family.screened().details().agreed(dice.choice(PROVIDERS))
    for _ in range(dice.randrange(5)):
        step = dice.choice(("accepted", "decline", "hold", "correct", "abuse", "halt"))
        match step:
            case "accepted":
                family.accepted()
            case "decline":
                family.declined().agreed(dice.choice(PROVIDERS))
            case "hold":
                family.held().resumed()
            case "correct":
                family.screened().details()
            case "abuse":
                family.screened("domestic-abuse-pathway")
                return
            case "halt":
                family.halted()
                return
    if dice.random() < 0.3:
        family.withdrawn()


def _has_sign_of_abuse(family: Family) -> bool:
    return any(
        isinstance(event, CaseHalted)
        or (isinstance(event, ScreeningCompleted) and event.decision == "domestic-abuse-pathway")
        for event in family.events
    )


def _nothing_of_one_parent_with_the_other(family: Family, own: list[dict[str, Any]]) -> None:
    for each in own:
        whole = orjson.dumps(each)
        if each["kind"] == "parent-details-shared":
            whole += orjson.dumps(opened(each["topic"].split(".")[1], each))
        for at, person in enumerate(family.parents):
            if each.get("person_id") == str(person):
                continue
            content = family.secrets(at)
            for value in (*content["name"].values(), content["contact"]["phone"], content["contact"]["email"]):
                assert value.encode() not in whole


async def _get(service: Notification, path: str) -> Any:
    app = Starlette(routes=list(service.wiring.routes))
    app.state.gate = gate(MANIFEST.requests)
    app.state.staff = Staff(service.context.pool, service.context.keyring)
    app.state.recorder = recorder("notification", service.context.pool)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        assert (await client.get(path)).status_code == 401
        answer = await client.get(path, headers=bearer(Role.OPERATOR))
    assert answer.status_code == 200
    return answer.json()["items"] if path == "/waiting" else answer.json()


async def test_the_e_mails_are_counted_for_the_operator(service: Notification) -> None:
    await service.receive((await service.family()).screened().events)
    assert await _get(service, "/e-mails") == {"queued": 1, "sent": 0, "failed": 0}
