"""Who is who, and what stands, on real PostgreSQL: nothing of a stranger goes out, and front doors read one order."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
from joserfc import jwe

from shared.contracts import referral
from shared.contracts.dead_letters import FindingMade
from shared.contracts.families import PersonErased
from shared.contracts.referral import AgreedParent
from shared.contracts.screening import (
    ParentDetailsSealed,
    PractitionerRef,
    ScreeningCompleted,
    ScreeningTakenBack,
    SubmissionRefused,
)
from shared.contracts.workforce import PractitionerHandedOver
from tests.support.notification_families import KEYS, WORKER, Family, Notification, agency

OFFER = ["referral-offered", "parent-details-shared", "parent-details-shared"]


@pytest.fixture
async def service(databases: Any) -> Notification:
    running = Notification(await databases("notification"), await databases("screening"))
    await running.register_all()
    return running


async def with_provider(service: Notification) -> Family:
    family = await service.family()
    family.screened(revision=1).details(revision=1).agreed().accepted()
    await service.receive(family.events)
    family.events.clear()
    return family


def details(family: Family, person: UUID, phone: str, submission: UUID, **fields: Any) -> ParentDetailsSealed:
    secrets = family.secrets(0)
    secrets["contact"] = {**secrets["contact"], "phone": phone}
    return ParentDetailsSealed(
        **{
            "case_id": family.case_id,
            "occurred_at": family.now,
            "submission_id": submission,
            "submitted_at": family.now,
            "person_id": person,
            "role": "mother",
            "sealed": family._people.seal(person, "details", secrets),
            **fields,
        }
    )


def changed(family: Family, submission: UUID, people: list[UUID]) -> referral.FamilyChanged:
    parents = tuple(
        AgreedParent(person_id=who, ref=f"P{at}", role="mother", first_language="en", wrap_around=None)
        for at, who in enumerate(people)
    )
    family._happens(referral.FamilyChanged, submission_id=submission, parents=parents, children=(), **family.referral)
    event = family.events.pop()
    assert isinstance(event, referral.FamilyChanged)
    return event


def phone(record: dict[str, Any]) -> str:
    algorithms = ["ECDH-ES+A256KW", "A256GCM"]
    opened = jwe.decrypt_compact(record["encrypted"], KEYS["common-ground"], algorithms=algorithms)
    number: str = orjson.loads(opened.plaintext or b"")["contact"]["phone"]
    return number


@pytest.mark.parametrize("days", [0, -30])
async def test_a_correction_with_the_same_or_an_earlier_stamp_reaches_the_provider(
    service: Notification, days: int
) -> None:
    family = await with_provider(service)
    person = family.parents[0]
    for revision, number in enumerate(("07700 900111", "07700 900222"), start=2):
        at = family.now + timedelta(days=days)
        await service.receive([details(family, person, number, uuid4(), revision=revision, submitted_at=at)])
    # An older one that comes late stands above nothing, whatever its clock says.
    late = family.now + timedelta(days=9)
    old = details(family, person, "07700 900333", uuid4(), revision=3, stands=False, submitted_at=late)
    await service.receive([old])
    shared = [each for each in await service.sent() if each.get("person_id") == str(person)]
    assert [phone(each) for each in shared[1:]] == ["07700 900111", "07700 900222"]
    # Who goes by the newest `as_of` has the newest, too.
    assert max(shared, key=lambda each: each["as_of"]) == shared[-1]
    assert len({each["as_of"] for each in shared}) == 3
    # The same with an offer after a hold.
    await service.receive(family.held().events)
    family.events.clear()
    await service.receive(family.resumed().events)
    again = [each for each in await service.sent() if each.get("person_id") == str(person)][-1]
    assert (phone(again), again["as_of"]) == ("07700 900222", shared[-1]["as_of"])


async def test_a_stranger_is_sent_to_nobody_until_somebody_has_looked(service: Notification) -> None:
    family = await with_provider(service)
    mother, father = family.parents
    (other,) = (await service.families(1))[0].parents[:1]
    second = uuid4()
    family._people = (await _keys(service, [mother, father, other])) if other else family._people
    sealed = [details(family, who, "07700 900444", second, revision=2, look_first=True) for who in (mother, other)]
    await service.receive(sealed)
    assert await service.kinds() == OFFER

    await service.receive([changed(family, second, [mother, other])])
    sent = (await service.sent())[3:]
    assert [each["kind"] for each in sent] == ["family-changed-shared", *OFFER[1:]]
    assert sent[0]["parents"] == [str(mother), str(other)]
    assert {each["person_id"] for each in sent[1:]} == {str(mother), str(other)}
    # Of who takes part no longer, nothing goes out any more.
    await service.receive([details(family, father, "07700 900555", uuid4(), revision=3)])
    assert len(await service.sent()) == 6


async def _keys(service: Notification, people: list[UUID]) -> Any:
    return await service.screening.keyring.for_sealing(people, "person")


async def test_the_database_itself_refuses_details_of_a_stranger(service: Notification) -> None:
    await with_provider(service)
    with pytest.raises(asyncpg.CheckViolationError, match="takes no part"):
        await service.pool.execute(
            """
            INSERT INTO outbox (topic, key, headers, value)
            SELECT topic, key, headers,
                convert_to(jsonb_set(convert_from(value, 'UTF8')::jsonb, '{person_id}', $1)::text, 'UTF8')
            FROM outbox WHERE headers::text LIKE '%parent-details-shared%' LIMIT 1
            """,
            str(uuid4()),
        )


async def test_reminders_of_who_takes_part_no_longer_are_not_sent(service: Notification) -> None:
    family = await with_provider(service)
    mother, father = family.parents
    reminders = [_reminder(family, who) for who in (mother, father)]
    change = changed(family, uuid4(), [mother])
    await service.receive(reminders)
    assert await service.pool.fetchval("SELECT count(*) FROM email WHERE about = 'reminder'") == 2
    await service.receive([change])
    assert await _reminded(service) == [mother]
    # One that was decided before the change, and comes after it.
    late = _reminder(family, father).model_copy(update={"sequence": change.sequence - 1})
    await service.receive([late])
    assert await _reminded(service) == [mother]


def _reminder(family: Family, person: UUID) -> referral.WrapAroundReminded:
    family._happens(
        referral.WrapAroundReminded,
        referral_id=family.referral.get("referral_id", uuid4()),
        person_id=person,
        practitioner=family._practitioner(),
        number=1,
        scheduled_for=family.now + timedelta(days=2),
    )
    event = family.events.pop()
    assert isinstance(event, referral.WrapAroundReminded)
    return event


async def _reminded(service: Notification) -> list[UUID]:
    rows = await service.pool.fetch("SELECT person_id FROM email WHERE about = 'reminder'")
    return [row["person_id"] for row in rows]


@pytest.mark.parametrize("before", [True, False])
async def test_a_screening_that_is_taken_back_takes_its_details_with_it(service: Notification, before: bool) -> None:
    family = await with_provider(service)
    person, second = family.parents[0], uuid4()
    first = family.submission
    newer = details(family, person, "07700 900666", second, revision=2)
    back = taken_back(family, second, first, 3)
    await service.receive([newer] if before else [back])
    await service.receive([back] if before else [newer])
    shared = [each for each in await service.sent() if each.get("person_id") == str(person)]
    own = family.secrets(0)["contact"]["phone"]
    assert [phone(each) for each in shared] == ([own, "07700 900666", own] if before else [own])
    assert max(shared, key=lambda each: each["as_of"]) == shared[-1]
    assert (await service.progress())[-2]["step"] == "taken-back"
    kept = await service.pool.fetchval("SELECT count(*) FROM parent_details WHERE submission_id = $1", second)
    assert kept == 0

    assert first is not None
    await service.receive([taken_back(family, first, None, 4)])
    await service.receive([details(family, person, "07700 900777", uuid4(), revision=3)])
    assert len([each for each in await service.sent() if each.get("person_id") == str(person)]) == len(shared)


def taken_back(family: Family, submission: UUID, stands: UUID | None, revision: int) -> ScreeningTakenBack:
    return ScreeningTakenBack(
        case_id=family.case_id,
        occurred_at=family.now,
        agency="hants-schools",
        area=family.area,
        family_ref="hants-schools-F1",
        submission_id=submission,
        because="filed-under-another-family",
        stands=stands,
        revision=revision,
    )


async def test_by_sequence_the_newest_record_is_what_is_so_after_a_list_was_left(service: Notification) -> None:
    family = await service.family()
    family.screened(revision=1)
    fields = {"offer": "an-offer", "provider": "common-ground", "service": "mediation"}
    for position in (2, 1):
        family._happens(referral.CaseWaitingListed, position=position, revision=1, **fields)
    family.screened("not-ready", revision=2)
    first, second, moved_up, last = family.events
    # The withdrawal is here before the place on the list is.
    await service.receive([first, second])
    await service.receive([last])
    await service.receive([moved_up])
    records = await service.progress()
    assert [each["sequence"] for each in records] == [1, 2, 3, 4]
    assert [each["step"] for each in records] == ["screened", "waiting", "left-waiting-list", "screened"]
    assert (records[-1]["decision"], records[-1]["submission_id"]) == ("not-ready", str(family.submission))


async def test_a_case_from_before_goes_on_above_what_it_has_received(service: Notification) -> None:
    family = await service.family()
    await service.receive(family.screened().events)
    await service.pool.execute("UPDATE pathway_case SET progress = NULL")
    await service.receive(family.agreed().events[1:])
    assert (await service.progress())[-1]["sequence"] > 1_000_000


async def test_a_record_that_is_set_aside_is_reported_to_its_front_door_alone(service: Notification) -> None:
    family = await service.family()
    findings = (FindingMade(field="parents[0].conversation.held_on", rule="must not be after submitted_at"),)
    fields = {"agency": "hants-schools", "occurred_at": family.now, "findings": findings}
    await service.receive(
        [SubmissionRefused(submission_id=uuid4(), family_ref="F9", **fields), SubmissionRefused(**fields)]
    )
    rows = await service.pool.fetch("SELECT topic, key, value, headers FROM outbox ORDER BY id")
    assert {row["topic"] for row in rows} == {"front-door.hants-schools.progress"}
    one, other = ({name for name, _ in row["headers"]} for row in rows)
    assert one == other
    kinds = [dict(row["headers"])["ce_type"] for row in rows]
    assert kinds == ["parley.submission-set-aside.v1"] * 2
    (reader,) = {row["key"] for row in rows}
    assert reader == b"hants-schools"
    bodies = [orjson.loads(row["value"]) for row in rows]
    assert [set(each) for each in bodies] == [{"agency", "occurred_at", "submission_id", "family_ref", "findings"}] * 2
    assert bodies[0]["findings"] == [each.model_dump() for each in findings]


@pytest.mark.parametrize(("sources", "in_full"), [(["self"], False), (["school"], True), (None, False)])
async def test_who_may_be_one_of_the_parents_receives_no_reason(
    service: Notification, sources: list[str] | None, in_full: bool
) -> None:
    if sources:
        await service.register(agency("hants-schools", sources))
    family = await service.family()
    # The case's halt is here before any screening is.
    await service.receive(family.halted().events)
    family.events.clear()
    first = [each["step"] for each in await service.progress()]
    assert first == (["halted"] if in_full else ["with-the-team"])
    source = "school" if in_full else "self"
    await service.receive(family.screened("domestic-abuse-pathway", source=source).events)
    text = orjson.dumps(await service.progress()).decode()
    assert ("abuse" in text) is in_full
    assert ("specialist" in text) is in_full


async def test_whoever_leaves_is_written_to_no_more(service: Notification) -> None:
    family = await service.family()
    screened = family.screened().events[0]
    assert isinstance(screened, ScreeningCompleted)
    await service.receive([screened])
    heir = uuid4()
    keys = await service.screening.keyring.for_sealing([heir], "practitioner")
    sealed = keys.seal(heir, "practitioner", {**WORKER, "email": "heir@hants-schools.example"})
    to = PractitionerRef(practitioner_id=heir, role="teacher", sealed=sealed)
    over = PractitionerHandedOver(
        practitioner_id=family._worker, agency="hants-schools", occurred_at=family.now + timedelta(days=1), to=to
    )
    await service.receive([over])
    # A mail that was queued, and a reminder that was decided meanwhile.
    await service.receive([_reminder(family, family.parents[0])])
    assert await _written_to(service) == [str(heir), str(heir)]
    # A later screening says for itself.
    family.pass_days(2).events.clear()
    await service.receive(family.screened().events)
    assert await _written_to(service) == [str(heir), str(heir), str(family._worker)]


async def _written_to(service: Notification) -> list[str]:
    rows = await service.pool.fetch("SELECT practitioner ->> 'subject' AS who FROM email ORDER BY queued_at, id")
    return [row["who"] for row in rows]


@pytest.mark.parametrize("what", ["at work", "held", "halted", "closed"])
async def test_a_provider_is_asked_to_erase_whatever_became_of_the_case(service: Notification, what: str) -> None:
    family = await with_provider(service)
    match what:
        case "held":
            family.held()
        case "halted":
            family.halted()
        case "closed":
            family.closed()
    erased = PersonErased(case_id=family.case_id, occurred_at=family.now, person_id=family.parents[0])
    await service.receive([*family.events, erased])
    last = (await service.sent("common-ground"))[-1]
    assert (last["kind"], last["person_id"]) == ("person-erased-shared", str(family.parents[0]))
    with pytest.raises(asyncpg.CheckViolationError):
        # Nothing else passes under its name: of nobody whom the provider was not given.
        await service.pool.execute(
            """
            INSERT INTO outbox (topic, key, value, headers)
            SELECT topic, key, convert_to((convert_from(value, 'UTF8')::jsonb || $1)::text, 'UTF8'), headers FROM outbox
            WHERE headers @> '[["ce_type", "parley.person-erased-shared.v1"]]'
            """,
            {"person_id": str(uuid4())},
        )
