"""A child that takes part no longer, on real PostgreSQL: its sessions, the timers, what is told, and to whom."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson
import pytest

from shared.contracts.referral import AgreedChild, ChildParticipationChanged
from shared.contracts.screening import ScreenedChild
from shared.contracts.vocabulary import SessionKind
from tests.support.notification_families import Family, Notification
from tests.support.referral_families import C1, P1, P2, START, scheduled, screening, update_json
from tests.support.referral_service import CASE, DIRECTORY, Referral, running

CHILD = ScreenedChild(person_id=C1, ref="C1", age=9, takes_part=True, views_source="direct")
# What a coordinator records is of the wall's day.
TODAY = datetime.now(UTC).date()
OFFER = ["referral-offered", "parent-details-shared", "parent-details-shared"]


@pytest.fixture
async def referral(databases: Any) -> AsyncIterator[Referral]:
    async with running(databases, *DIRECTORY) as service:
        yield service


async def at_work(referral: Referral) -> None:
    """A consultation with the child and a mother, and a session with the family, are planned."""
    await referral.screened(screening(children=(CHILD,)))
    await referral.updated(
        update_json("referral-accepted", number=1, day=1),
        update_json("initial-assessment", number=2, day=2, outcome="suitable", parents_seen=[P1, P2]),
        planned(1, "child-consultation", C1, P1),
        planned(2, "family", C1, P1, P2),
    )


def planned(number: int, kind: str, *expected: Any) -> bytes:
    update = scheduled(number, on=20 + number, expected=list(expected), number=10 + number, day=3)
    return update.model_copy(update={"kind": SessionKind(kind)}).model_dump_json().encode()


async def sessions(referral: Referral) -> dict[int, set[str]]:
    course = await referral.pool.fetchval("SELECT course FROM course WHERE case_id = $1", CASE)
    return {each["number"]: set(each["expected"]) for each in course["planned"]}


async def reminders(referral: Referral) -> set[str]:
    rows = await referral.pool.fetch("SELECT key FROM due WHERE kind = 'wrap-around-reminder'")
    return {row["key"].partition("/")[2] for row in rows}


async def participations(referral: Referral) -> list[bool]:
    published = await referral.published()
    return [event["takes_part"] for topic, event in published if topic == "child-participation-changed"]


async def test_a_parent_takes_a_child_out_while_a_provider_has_the_family(referral: Referral) -> None:
    await at_work(referral)
    assert await reminders(referral) == {f"1/{P1}", f"2/{P1}", f"2/{P2}"}
    about = {"parent": str(P2), "purpose": "child-participation", "child": str(C1)}
    assert (await referral.post("consents/withdraw", about))[0] == 200
    assert await participations(referral) == [False]
    assert await sessions(referral) == {2: {str(P1), str(P2)}}
    assert await reminders(referral) == {f"2/{P1}", f"2/{P2}"}, "nobody is reminded of a consultation that is not held"
    event = (await referral.published())[-1][1]
    assert not [other for other in (P1, P2) if str(other) in orjson.dumps(event).decode()]
    # What is planned with the child all the same is refused, and the reason says no more than the provider knows.
    await referral.updated(planned(3, "child-consultation", C1))
    topic, refusal = (await referral.published())[-1]
    assert (topic, refusal["reason"]) == ("provider.north.refusals", "child-takes-no-part")
    assert (await referral.post("consents", {**about, "given_on": TODAY.isoformat()}))[0] == 200
    assert await participations(referral) == [False, True]
    await referral.updated(planned(4, "child-consultation", C1))
    assert set(await sessions(referral)) == {2, 4}


async def test_a_consent_that_expires_takes_the_child_out_by_the_calendar(referral: Referral) -> None:
    await at_work(referral)
    given = {"parent": str(P1), "purpose": "child-participation", "child": str(C1), "given_on": TODAY.isoformat()}
    assert (await referral.post("consents", given))[0] == 200
    assert await participations(referral) == []
    a_year = (TODAY - START.date()).days + 365
    await referral.days_pass(a_year - 1)
    assert await participations(referral) == []
    await referral.days_pass(a_year)
    assert await participations(referral) == [False]
    assert await sessions(referral) == {2: {str(P1), str(P2)}}


async def test_what_a_front_door_corrects_is_passed_on_too(referral: Referral) -> None:
    await at_work(referral)
    out = CHILD.model_copy(update={"takes_part": False})
    await referral.screened(screening(day=9, number=2, children=(out,)))
    await referral.screened(screening(day=10, number=3, children=(out,)))
    assert (await participations(referral), await sessions(referral)) == ([False], {2: {str(P1), str(P2)}})
    await referral.screened(screening(day=11, number=4, children=(CHILD,)))
    assert await participations(referral) == [False, True]


@pytest.fixture
async def service(databases: Any) -> Notification:
    found = Notification(await databases("notification"), await databases("screening"))
    await found.register_all()
    return found


async def with_child(service: Notification) -> Family:
    """A family whose child takes part, agreed; its events are still to be heard."""
    family = await service.family()
    family.screened().details().agreed()
    child = AgreedChild(person_id=family.children[0], age=9, takes_part=True)
    family.events[-1] = family.events[-1].model_copy(update={"children": (child,)})
    return family


def heard(family: Family) -> list[Any]:
    events, family.events = list(family.events), []
    return events


def participation_changed(family: Family, takes_part: bool) -> ChildParticipationChanged:
    family._happens(ChildParticipationChanged, person_id=family.children[0], takes_part=takes_part, **family.referral)
    event: ChildParticipationChanged = family.events.pop()
    return event


async def shared(service: Notification) -> list[bool]:
    sent = await service.sent()
    return [each["takes_part"] for each in sent if each["kind"] == "child-participation-shared"]


async def test_the_provider_that_has_the_family_receives_that_and_nothing_more(service: Notification) -> None:
    family = await with_child(service)
    await service.receive(heard(family))
    front_door = len(await service.progress())
    out, back = participation_changed(family, False), participation_changed(family, True)
    await service.receive([out])
    sent = (await service.sent("common-ground"))[-1]
    assert set(sent) == {"kind", "topic", "key", "case_id", "occurred_at", "referral_id", "person_id", "takes_part"}
    assert (sent["kind"], sent["person_id"]) == ("child-participation-shared", str(family.children[0]))
    text = orjson.dumps(sent).decode()
    secrets = [str(each) for at in (0, 1) for each in family.secrets(at)["contact"].values() if each]
    assert not [each for each in (*map(str, family.parents), *secrets) if each in text]
    await service.receive([out, back])
    await service.receive([back])
    assert await shared(service) == [False, True]
    assert len(await service.progress()) == front_door, "no front door learns what a parent said of a child"
    mails = await service.pool.fetch("SELECT provider, about FROM email WHERE provider IS NOT NULL")
    assert [tuple(mail) for mail in mails] == [("common-ground", "referral")] * 3


async def test_participation_that_changes_before_the_agreement_or_in_a_hold_is_in_the_offer(
    service: Notification,
) -> None:
    family = await with_child(service)
    offer = heard(family)
    await service.receive([participation_changed(family, False)])
    assert await service.kinds() == []
    await service.receive(offer)
    assert [each["children_taking_part"] for each in (await service.sent())[:1]] == [[]]
    family.held()
    await service.receive(heard(family))
    await service.receive([participation_changed(family, True)])
    family.resumed()
    await service.receive(heard(family))
    assert await service.kinds() == [*OFFER, "referral-stopped", *OFFER]
    assert (await service.sent())[4]["children_taking_part"] == [str(family.children[0])]


@pytest.mark.parametrize("stop", ["withdrawn", "halted", "declined", "held"])
@pytest.mark.parametrize("beside", [True, False])
async def test_no_participation_goes_to_a_provider_that_does_not_have_the_family(
    service: Notification, stop: str, beside: bool
) -> None:
    family = await with_child(service)
    await service.receive(heard(family))
    changed = participation_changed(family, False)
    getattr(family, stop)()
    stopped = heard(family)
    for batch in [[changed, *stopped]] if beside else [stopped, [changed]]:
        await service.receive(batch)
    assert await shared(service) == []


async def test_the_database_ignores_an_older_value(service: Notification) -> None:
    family = await with_child(service)
    await service.receive(heard(family))
    first, second = participation_changed(family, False), participation_changed(family, True)
    await service.receive([second])
    await service.receive([first])
    assert await shared(service) == [True]
    with pytest.raises(asyncpg.CheckViolationError, match="newest word"):
        await service.pool.execute("UPDATE child_participation SET sequence = sequence - 1")
