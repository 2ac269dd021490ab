"""Reminders, follow-ups and corrections on real PostgreSQL: each to whom it concerns, and nobody after a stop."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
import pytest
from joserfc import jwe

from shared.contracts import referral
from shared.contracts.referral import AgreedParent
from shared.contracts.screening import ParentDetailsSealed
from tests.support.notification_families import KEYS, WORKER, Family, Notification

OFFER = ["referral-offered", "parent-details-shared", "parent-details-shared"]


@pytest.fixture
async def service(databases: Any) -> Notification:
    running = Notification(await databases("notification"), await databases("screening"))
    await running.register_all()
    return running


async def with_provider(service: Notification) -> Family:
    family = await service.family()
    family.screened().details().agreed().accepted()
    await service.receive(family.events)
    family.events.clear()
    return family


def reminded(family: Family, at: int = 0) -> referral.WrapAroundReminded:
    return event(
        family,
        referral.WrapAroundReminded,
        referral_id=family.referral["referral_id"],
        person_id=family.parents[at],
        practitioner=family._practitioner(),
        number=1,
        scheduled_for=family.now + timedelta(days=2),
    )


def follow_up(family: Family) -> referral.FollowUpDue:
    return event(
        family,
        referral.FollowUpDue,
        **family.referral,
        person_id=family.parents[0],
        occasion="follow-up-6-months",
    )


def event(family: Family, kind: Any, **fields: Any) -> Any:
    family._happens(kind, **fields)
    return family.events.pop()


def newer(family: Family, at: int, phone: str) -> ParentDetailsSealed:
    secrets = family.secrets(at)
    secrets["contact"] = {**secrets["contact"], "phone": phone}
    return ParentDetailsSealed(
        case_id=family.case_id,
        occurred_at=family.now + timedelta(days=3),
        submission_id=uuid4(),
        submitted_at=family.now + timedelta(days=3),
        person_id=family.parents[at],
        role="mother",
        sealed=family._people.seal(family.parents[at], "details", secrets),
    )


async def reminders(service: Notification) -> list[Any]:
    return list(await service.pool.fetch("SELECT * FROM email WHERE about = 'reminder'"))


async def test_each_parents_practitioner_gets_a_mail_of_their_own_and_the_front_door_nothing(
    service: Notification,
) -> None:
    family = await with_provider(service)
    before = len(await service.progress())
    await service.receive([reminded(family, 0), reminded(family, 1)])
    mails = await reminders(service)
    assert [mail["on_day"] for mail in mails] == [(family.now + timedelta(days=2)).date()] * 2
    assert len(await service.progress()) == before
    at_rest = await service.everything_at_rest()
    assert WORKER["email"] not in at_rest


@pytest.mark.parametrize("stop", ["withdrawn", "halted"])
@pytest.mark.parametrize("stop_comes", ["before", "after", "beside"])
async def test_a_stop_takes_a_reminder_back_whichever_comes_first(
    service: Notification, stop: str, stop_comes: str
) -> None:
    family = await with_provider(service)
    reminder, asked = reminded(family), follow_up(family)
    getattr(family, stop)()
    stopped, family.events = list(family.events), []
    order = {"before": [stopped, [reminder, asked]], "after": [[reminder], stopped, [asked]]}
    for batch in order.get(stop_comes, [[reminder, *stopped, asked]]):
        await service.receive(batch)
    assert await reminders(service) == []
    assert "follow-up-asked" not in await service.kinds()


async def test_the_database_itself_refuses_a_reminder_after_a_sign_of_abuse(service: Notification) -> None:
    family = await with_provider(service)
    await service.receive([reminded(family)])
    await service.pool.execute("UPDATE pathway_case SET abuse = true")
    assert await reminders(service) == []
    with pytest.raises(asyncpg.CheckViolationError, match="nobody is reminded"):
        await service.pool.execute(
            "INSERT INTO email (id, about, case_id, provider, on_day) VALUES ($1, 'reminder', $2, 'x', now())",
            uuid4(),
            family.case_id,
        )


async def test_a_provider_that_had_the_family_to_the_end_is_asked_once_after_months(service: Notification) -> None:
    family = await with_provider(service)
    family.closed("completed")
    closed, family.events = list(family.events), []
    # Months later, and the word of the end is still on its way.
    due = follow_up(family)
    await service.receive([*closed, due])
    await service.receive([due])
    sent = await service.sent("common-ground")
    assert [each["kind"] for each in sent] == [*OFFER, "follow-up-asked"]
    assert (sent[-1]["person_id"], sent[-1]["occasion"]) == (str(family.parents[0]), "follow-up-6-months")


async def test_a_follow_up_waits_for_what_is_known_of_its_referral(service: Notification) -> None:
    family = await service.family()
    family.screened().details().agreed()
    offer, family.events = list(family.events), []
    await service.receive([follow_up(family)])
    assert await service.kinds() == []
    await service.receive(offer)
    assert sorted(await service.kinds()) == sorted([*OFFER, "follow-up-asked"])


async def test_a_corrected_contact_reaches_the_provider_that_has_the_family_that_parents_alone(
    service: Notification,
) -> None:
    family = await with_provider(service)
    await service.receive([newer(family, 0, "07700 900999")])
    sent = await service.sent()
    assert [each["kind"] for each in sent] == [*OFFER, "parent-details-shared"]
    assert sent[-1]["person_id"] == str(family.parents[0])
    opened = orjson.loads(
        jwe.decrypt_compact(
            sent[-1]["encrypted"], KEYS["common-ground"], algorithms=["ECDH-ES+A256KW", "A256GCM"]
        ).plaintext
        or b""
    )
    assert opened["contact"]["phone"] == "07700 900999"
    assert family.secrets(1)["contact"]["phone"] not in orjson.dumps(opened).decode()
    # The same again says nothing new.
    await service.receive([newer(family, 0, "07700 900999")])
    assert len(await service.sent()) == 4


@pytest.mark.parametrize("stop", ["withdrawn", "halted", "declined", "held"])
async def test_no_correction_goes_to_a_provider_that_does_not_have_the_family(service: Notification, stop: str) -> None:
    family = await with_provider(service)
    getattr(family, stop)()
    await service.receive(family.events)
    before = await service.kinds()
    await service.receive([newer(family, 0, "07700 900999")])
    assert await service.kinds() == before


async def test_one_practitioner_for_both_parents_is_asked_for_boundaries(service: Notification) -> None:
    family = await service.family()
    family.screened().details().agreed()
    agreed = family.events[-1]
    for shared in (True, False):
        workers = [family._practitioner(), family._practitioner()]
        if not shared:
            workers[1] = workers[1].model_copy(update={"practitioner_id": uuid4()})
        parents = tuple(
            AgreedParent(person_id=p, ref=f"P{n}", role="mother", first_language="english", wrap_around=workers[n])
            for n, p in enumerate(family.parents)
        )
        await service.receive(
            [agreed.model_copy(update={"parents": parents, "case_id": uuid4(), "referral_id": uuid4()})]
        )
    both, apart = ([step["code"] for step in each["next_steps"]] for each in await service.progress())
    assert both == ["wrap-around-before-each-session", "wrap-around-boundaries"]
    assert apart == ["wrap-around-before-each-session"]
