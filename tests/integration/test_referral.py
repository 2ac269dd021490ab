"""Referral's events on real PostgreSQL, through the event core as they come from Kafka."""

import json
from collections.abc import AsyncIterator, Iterable
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from shared.contracts.base import Sealed
from shared.messaging.core.envelope import Envelope, new_id
from shared.messaging.core.records import Received, Record
from shared.messaging.publishing.transaction import in_transaction
from shared.privacy.sealing import CannotOpenError
from shared.service.subject_access import Asked, records_of
from tests.support.referral_families import (
    C1,
    LATER,
    P1,
    P2,
    measure,
    parent,
    screening,
    some_id,
    update_json,
    who_agree_later,
)
from tests.support.referral_service import (
    CASE,
    DIRECTORY,
    Referral,
    family,
    recognition,
    running,
)


@pytest.fixture
async def referral(databases: Any) -> AsyncIterator[Referral]:
    async with running(databases, *DIRECTORY) as service:
        yield service


async def test_the_whole_way_from_screening_to_follow_up(referral: Referral) -> None:
    await referral.screened(screening())
    closing = update_json(
        "case-closed",
        number=9,
        reason="completed",
        views=[{"person": P1, "change": "better", "words": "We talk at the gate."}, {"person": C1, "change": "same"}],
        measures=[measure()],
    )
    body = {
        "held_on": "2025-05-01",
        "kind": "joint",
        "attendance": [{"person": str(P1), "attended": "yes"}],
        "number": 1,
    }
    held = orjson.dumps({**orjson.loads(update_json("session", number=3)), **body})
    await referral.updated(
        update_json("referral-accepted", number=1),
        update_json("initial-assessment", number=2, outcome="suitable", parents_seen=[P1]),
        held,
    )
    await referral.updated(closing, update_json("measure", number=10, measure=measure(C1, "follow-up-6-months")))
    published = await referral.published()
    assert [topic for topic, _ in published] == [
        "referral-agreed",
        "provider-accepted",
        "provider-assessed",
        "session-recorded",
        "measure-recorded",
        "case-closed",
        "measure-recorded",
    ]
    assert [event["sequence"] for _, event in published] == list(range(1, 8))
    assert {event["referral_id"] for _, event in published} == {published[0][1]["referral_id"]}
    views = published[5][1]["views"]
    sealed = Sealed.model_validate(views[0]["words"])
    assert (sealed.subject, sealed.field, views[1]["words"]) == (P1, "view-words", None)
    assert (await referral.keyring.for_opening([sealed])).open(sealed) == "We talk at the gate."
    assert b"gate" not in b"".join(row["value"] for row in await referral.pool.fetch("SELECT value FROM outbox"))
    shown = (await referral.http.get(f"/cases/{CASE}")).json()
    assert (shown["state"], shown["provider"], shown["referral"]) == ("closed", "north", "over")
    assert [(e["from"], e["to"], e["by"]) for e in shown["history"]][:3] == [
        ("new", "awaiting-coordinator", "screening"),
        ("awaiting-coordinator", "offered", "area-setting"),
        ("offered", "accepted", "provider"),
    ]
    assert await referral.dead() == 0
    # Whoever asks what is held of them gets their own words, and nobody else's.
    async with referral.pool.acquire() as connection:
        for person, words in ((P1, ["We talk at the gate."]), (P2, []), (C1, [])):
            copy = await records_of(connection, referral.context, Asked(person, CASE))
            assert [each.fields["view-words"] for each in copy.given if "view-words" in each.fields] == words, person


async def test_causes_and_correlation_are_kept(referral: Referral) -> None:
    await referral.screened(screening())
    headers = dict(await referral.pool.fetchval("SELECT headers FROM outbox"))
    cause = await referral.pool.fetchval("SELECT cause FROM case_history WHERE number = 2")
    assert headers["ce_causationid"] == str(cause)
    assert await referral.pool.fetchval("SELECT count(*) FROM consent WHERE source_event = $1", cause) == 2


async def test_a_batch_of_many_families_takes_as_many_statements_as_one_of_few(referral: Referral) -> None:
    async def statements(names: Iterable[str]) -> int:
        seen: list[str] = []
        batch = [
            Received(new_id(), family(name), Record("screening-completed", 0, 0, 0, None, None), Envelope())
            for name in names
        ]
        async with in_transaction(referral.pool, "referral") as tx:
            with tx.connection.query_logger(lambda query: seen.append(query.query)):
                await referral.consumers["screenings"].subscription.handle(tx, batch)
        return len(seen)

    await referral.families(*(recognition(family(f"F{number}")) for number in range(300)))
    await statements(["F0"])  # the driver looks up types once for each connection
    few = await statements(f"F{number}" for number in range(1, 3))
    many = await statements(f"F{number}" for number in range(3, 300))
    assert 5 < many == few
    assert await referral.pool.fetchval("SELECT count(*) FROM referral WHERE status = 'out'") == 300
    assert (await referral.topics()).count("referral-agreed") == 300


async def test_several_screenings_of_a_case_in_one_batch_see_each_other(referral: Referral) -> None:
    unwilling = (parent("P1"), parent("P2", agrees=False))
    await referral.screened(
        screening(),
        screening("not-ready", number=2, day=1, reasons=("parent-does-not-agree",), parents=unwilling),
        screening(number=3, day=2),
    )
    published = await referral.published()
    assert [topic for topic, _ in published] == ["referral-agreed", "case-closed"]
    assert (published[1][1]["reason"], published[1][1]["stopped_provider"]) == ("withdrawn", "north")
    rows = await referral.pool.fetch("SELECT person_id, withdrawn_at IS NULL AS stands FROM consent ORDER BY id")
    assert [(row["person_id"], row["stands"]) for row in rows] == [(P1, True), (P2, False), (P1, True)]
    assert await referral.state() == "closed"


async def test_a_sign_of_abuse_later_in_the_batch_keeps_the_referral_from_going_out(referral: Referral) -> None:
    await referral.screened(screening(), screening("domestic-abuse-pathway", number=2, day=1))
    assert (await referral.topics(), await referral.state()) == ([], "halted")


async def test_a_sign_of_abuse_stops_a_referral_that_went_out_and_nothing_follows(referral: Referral) -> None:
    await referral.screened(screening())
    await referral.updated(update_json("referral-accepted"))
    await referral.screened(screening("domestic-abuse-pathway", number=2, day=1))
    await referral.screened(screening(number=3, day=2))
    await referral.updated(update_json("contact-attempted", number=2, parent=P1, method="phone", outcome="reached"))
    published = await referral.published()
    assert [topic for topic, _ in published] == [
        "referral-agreed",
        "provider-accepted",
        "case-halted",
        "provider.north.refusals",
    ]
    assert (published[2][1]["stopped_provider"], published[2][1]["raised_by"]) == ("north", "screening")
    assert published[3][1]["reason"] == "case-stopped"
    assert "abuse" not in json.dumps(published[3][1])
    [item] = (await referral.http.get("/worklist")).json()["items"]
    assert (item["case_id"], item["state"], item["waiting_reason"]) == (str(CASE), "halted", "specialist-contact")


async def test_a_sign_in_one_case_halts_the_familys_other_case(referral: Referral) -> None:
    first = screening(case_id=some_id("one"))
    second = screening(case_id=some_id("two"), number=2, day=LATER, parents=who_agree_later())
    await referral.screened(first)
    await referral.post("withdraw", case_id=first.case_id)
    await referral.screened(second)
    assert await referral.state(second.case_id) == "offered"
    abuse = screening("domestic-abuse-pathway", case_id=first.case_id, number=3, day=3)
    await referral.screened(abuse)
    assert [await referral.state(each.case_id) for each in (first, second)] == ["halted", "halted"]
    halted = [event for topic, event in await referral.published() if topic == "case-halted"]
    assert {event["case_id"]: event["stopped_provider"] for event in halted} == {
        str(first.case_id): None,
        str(second.case_id): "north",
    }
    await referral.screened(screening(case_id=some_id("three"), number=4, day=4))
    assert await referral.state(some_id("three")) == "awaiting-coordinator"
    status, answer = await referral.post("agree", case_id=some_id("three"))
    assert (status, "sign of abuse" in answer["detail"]) == (409, True)


async def test_updates_are_refused_with_the_reason_and_change_nothing(referral: Referral) -> None:
    await referral.screened(screening())
    before = await referral.pool.fetch("SELECT * FROM referral_case")
    await referral.updated(
        update_json("referral-accepted", number=1, case_id=uuid4()),
        update_json("measure", number=2, measure=measure()),
        update_json("case-closed", number=3, reason="completed", views=[{"person": uuid4(), "change": "same"}]),
    )
    await referral.updated(update_json("referral-accepted", number=1), provider="south")
    await referral.updated(update_json("safety-concern", number=2), provider="south")
    refusals = [(topic, event["reason"]) for topic, event in await referral.published() if "refusals" in topic]
    assert refusals == [
        ("provider.north.refusals", "not-this-providers-case"),
        ("provider.north.refusals", "not-in-this-state"),
        ("provider.north.refusals", "person-not-in-this-case"),
        ("provider.south.refusals", "not-this-providers-case"),
        ("provider.south.refusals", "not-this-providers-case"),
    ]
    assert await referral.pool.fetch("SELECT * FROM referral_case") == before


async def test_words_of_somebody_who_is_not_there_make_no_key(referral: Referral) -> None:
    child, nobody = (screening().children[0].model_copy(update={"person_id": uuid4()}) for _ in range(2))
    await referral.screened(screening(children=(child,)))

    def words(person: UUID) -> bytes:
        return update_json(
            "case-closed", reason="completed", views=[{"person": person, "change": "same", "words": "x"}]
        )

    await referral.updated(words(child.person_id), provider="south")
    await referral.updated(words(nobody.person_id))
    for person in (child.person_id, nobody.person_id):
        box = Sealed(subject=person, field="view-words", box="")
        with pytest.raises(CannotOpenError, match="no key"):
            (await referral.keyring.for_opening([box])).open(box)


async def test_an_update_id_seen_before_has_no_second_effect_and_no_refusal(referral: Referral) -> None:
    await referral.screened(screening())
    accepted = update_json("referral-accepted")
    await referral.updated(accepted, accepted)
    await referral.updated(accepted)
    assert await referral.topics() == ["referral-agreed", "provider-accepted"]
    await referral.updated(accepted, provider="south")
    assert (await referral.topics())[-1] == "provider.south.refusals"


async def test_a_broken_update_is_a_dead_letter_and_stops_nobody(referral: Referral) -> None:
    await referral.screened(screening())
    await referral.updated(b"{", update_json("referral-accepted", colour="blue"), update_json("referral-accepted"))
    assert (await referral.state(), await referral.dead()) == ("accepted", 2)


async def test_a_declined_case_goes_on_and_a_concern_behind_it_in_the_batch_keeps_it_back(referral: Referral) -> None:
    await referral.screened(screening(), family("F2", number=2))
    await referral.updated(update_json("referral-declined", number=1, reason="no-capacity"))
    assert (await referral.topics())[-2:] == ["provider-declined", "referral-agreed"]
    other = {"case_id": str(some_id("case-F2"))}
    await referral.updated(
        update_json("referral-declined", number=2, reason="other", **other),
        update_json("safety-concern", number=3, **other),
    )
    published = await referral.published()
    assert [topic for topic, _ in published[-2:]] == ["provider-declined", "case-halted"]
    assert published[-1][1]["stopped_provider"] is None
