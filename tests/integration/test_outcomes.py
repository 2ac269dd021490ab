"""Outcomes on its own database: facts from every event in any order, and the summary that they add up to."""

import random
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import uuid4

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.base import CaseEvent
from shared.contracts.outcomes import FactRecorded
from shared.messaging.publishing.transaction import Transaction
from tests.support.case_stories import AGENCY, AREA, FAMILY, SECRET_WORDS, Story
from tests.support.outcomes_service import EVERY_TABLE, Outcomes, running


@pytest.fixture
async def outcomes(databases: Any) -> AsyncIterator[Outcomes]:
    async with running(databases) as service:
        yield service


def completed(roles: Sequence[str] = ("mother", "father")) -> Story:
    """Both parents come, one of them late and once not at all; both are asked again, one answers."""
    story = Story(roles).screened().pass_days(3).agreed().pass_days(2).accepted().contacted()
    story.pass_days(5).assessed().measured("baseline", 0, 20.0).measured("baseline", 1, 30.0)
    story.pass_days(7).session(1, ("yes", "late", "no")).pass_days(7).session(2, ("yes", "no"))
    story.measured("closure", 0, 26.0).measured("closure", 1, 31.0).pass_days(1).closed()
    return story.pass_days(183).measured("follow-up-6-months", 1, 33.0)


async def test_a_whole_case_becomes_facts(outcomes: Outcomes) -> None:
    story = completed()
    await outcomes.receive(story.events)
    facts = {(fact["fact"], fact["subject"]): fact for fact in await outcomes.facts()}
    names = [name for name, _ in facts]
    assert names.count("started") == names.count("completed") == 2
    assert names.count("answered-6-months") == 1
    assert names.count("measured") == 5
    referral = str(story.referral["referral_id"])
    assert facts["referred", referral]["days_since"] == 3
    assert facts["accepted", referral]["days_since"] == 2
    assert facts["assessed", referral]["days_since"] == 5
    father = str(story.parents[1])
    started = facts["started", father]
    assert (started["parents"], started["fathers"], started["days_since"]) == (1, 1, 7)
    second = facts["session", f"{referral}/2"]
    assert (second["parents"], second["fathers"], second["days_since"]) == (1, 0, 7)
    assert facts["closed", ""]["outcome"] == "completed"


async def test_the_summary_of_a_whole_case(outcomes: Outcomes) -> None:
    signpost = {"name": "Somewhere"}
    await outcomes.register(
        {
            "kind": "area",
            "id": AREA,
            "name": "Hampshire",
            "universal_offer": signpost,
            "specialist_support": signpost,
        },
        {"kind": "agency", "id": AGENCY, "name": "Hampshire schools", "areas": [AREA], "sources": ["school"]},
        {"kind": "provider", "id": "common-ground", "name": "Common Ground"},
    )
    await outcomes.receive(completed().events)
    await outcomes.receive(completed(("mother", "grandparent")).events)
    for indicator, counted, met in (
        ("parents-started", 4, 4),
        ("parents-completed", 4, 4),
        ("parents-answered-6-months", 4, 2),
        ("parents-answered-12-months", 4, 0),
        ("childs-views-sought", 2, 2),
    ):
        (row,) = await outcomes.counted(indicator)
        assert (row["counted"], row["met"]) == (counted, met), indicator
    (fathers,) = [row for row in await outcomes.counted("parents-started", "father") if row["father"] == "fathers"]
    assert (fathers["counted"], fathers["met"]) == (1, 1)
    for indicator, days in (
        ("days-submitted-to-agreed", 3),
        ("days-assessed-to-first-session", 7),
        ("days-first-session-to-closed", 8),
        ("days-submitted-to-first-session", 17),
    ):
        (row,) = await outcomes.counted(indicator)
        assert (row["counted"], row["median"]) == (2, days), indicator
    (row,) = await outcomes.counted("referrals-accepted", "provider", "area")
    assert (row["provider"], row["area"], row["counted"], row["met"]) == ("common-ground", AREA, 2, 2)
    assert [(row["category"], row["met"]) for row in await outcomes.counted("ending-mix")] == [("completed", 2)]
    (parents,) = [row for row in await outcomes.counted("attendance", "who") if row["who"] == "parents"]
    assert (parents["counted"], parents["met"], parents["share"]) == (8, 6, 0.75)
    (change,) = await outcomes.counted("change-at-closure")
    assert (change["counted"], change["mean"]) == (4, 3.5)


async def test_a_correction_counts_instead_of_what_it_corrects(outcomes: Outcomes) -> None:
    story = Story().screened("not-ready").pass_days(2).screened("refer", corrects=True)
    await outcomes.receive(story.events[::-1], batch=1)
    assert [(row["category"], row["met"]) for row in await outcomes.counted("decision-mix")] == [("refer", 1)]
    assert [fact.decision for fact in (await outcomes.current()).values()] == ["refer"]


async def test_a_correction_with_an_earlier_time_counts_all_the_same(outcomes: Outcomes) -> None:
    story = Story().screened("refer")
    story.pass_days(-1).screened("domestic-abuse-pathway", corrects=True)
    await outcomes.receive(story.events)
    assert [fact["decision"] for fact in await outcomes.facts()] == ["domestic-abuse-pathway"]


async def test_facts_wait_for_the_screening(outcomes: Outcomes) -> None:
    story = completed()
    await outcomes.receive(story.events[1:])
    assert await outcomes.sent() == []
    await outcomes.receive(story.events[:1])
    assert len(await outcomes.sent()) == len(await outcomes.facts()) > 10


async def test_a_session_reported_again_without_the_parent_takes_the_start_back(outcomes: Outcomes) -> None:
    story = Story().screened().agreed().accepted().assessed().session(1, ("yes", "no"))
    await outcomes.receive(story.events)
    assert "started" in {fact.fact for fact in (await outcomes.current()).values()}
    story.events.clear()
    await outcomes.receive(story.session(1, ("no", "no")).events)
    assert "started" not in {fact.fact for fact in (await outcomes.current()).values()}
    last = (await outcomes.sent())[-2:]
    assert {(fact.fact, fact.parents) for fact in last} == {("started", 0), ("session", 0)}


async def test_nothing_is_published_twice(outcomes: Outcomes) -> None:
    story = completed()
    await outcomes.receive(story.events)
    once = len(await outcomes.sent())
    await outcomes.receive(story.events)
    assert len(await outcomes.sent()) == once


async def test_a_halt_ends_a_case_for_safety_and_is_never_a_completion(outcomes: Outcomes) -> None:
    await outcomes.receive(Story().screened().agreed().accepted().assessed().session(1, ("yes", "yes")).halted().events)
    await outcomes.receive(Story().screened("domestic-abuse-pathway").halted().events)
    endings = await outcomes.counted("ending-mix")
    assert [(row["category"], row["met"]) for row in endings] == [("halted-for-safety", 2)]
    assert [row["met"] for row in await outcomes.counted("parents-completed")] == [0]


async def test_a_parent_whom_two_providers_were_asked_for_counts_once(outcomes: Outcomes) -> None:
    story = Story().screened().agreed().declined().agreed("two-homes").accepted()
    await outcomes.receive(story.events)
    assert [row["counted"] for row in await outcomes.counted("parents-started")] == [2]
    assert [row["met"] for row in await outcomes.counted("referrals-declined")] == [1]
    assert [(row["category"], row["met"]) for row in await outcomes.counted("ending-mix")] == [("under-way", 1)]


async def test_an_older_entry_of_the_directory_never_overwrites_a_newer_one(outcomes: Outcomes) -> None:
    provider = {"kind": "provider", "id": "common-ground"}
    await outcomes.register({**provider, "name": "Common Ground"})
    outcomes.offset = -1
    await outcomes.register({**provider, "name": "An older name"})
    assert await outcomes.pool.fetchval("SELECT name FROM directory_name") == "Common Ground"


async def test_nothing_leaves_that_names_a_family_or_an_agency(outcomes: Outcomes) -> None:
    story = completed()
    await outcomes.receive(story.events)
    rows = await outcomes.pool.fetch("SELECT key, value, headers FROM outbox")
    left = b"".join(row["key"] + row["value"] + orjson.dumps(row["headers"]) for row in rows).decode()
    known = [story.case_id, *story.parents, *story.children, story.submission, story.referral["referral_id"]]
    for secret in (*map(str, known), AGENCY, FAMILY, SECRET_WORDS):
        assert secret not in left
    saved = ""
    for table in EVERY_TABLE:
        saved += "".join(str(dict(row)) for row in await outcomes.pool.fetch(f"SELECT * FROM {table}"))  # noqa: S608
    assert FAMILY not in saved
    assert SECRET_WORDS not in saved
    assert {fact.occurred_at.time().isoformat() for fact in await outcomes.sent()} == {"00:00:00"}


async def test_a_fact_carries_no_trace_of_what_it_followed_from(outcomes: Outcomes) -> None:
    story = completed()
    event = story.events[0]
    received = outcomes.record("screening-completed", str(event.case_id), event, event.occurred_at)
    await outcomes.consumers["screenings"].process([received])
    await outcomes.a_day_ends()
    headers = dict((await outcomes.pool.fetchrow("SELECT headers FROM outbox"))["headers"])
    causes = dict(received.headers)
    assert headers["ce_correlationid"] == headers["ce_id"]
    assert headers["ce_correlationid"] != causes["ce_correlationid"].decode()
    assert headers["traceparent"].split("-")[1] != causes["traceparent"].decode().split("-")[1]


async def test_facts_over_http_are_those_that_analysts_have(outcomes: Outcomes) -> None:
    await outcomes.receive(completed().events)
    response = await outcomes.http.get("/facts")
    read = [FactRecorded.model_validate_json(line) for line in response.text.splitlines()]
    assert {fact.fact_id: fact for fact in read} == await outcomes.current()
    assert len((await outcomes.http.get("/facts?limit=2")).text.splitlines()) == 2
    assert (await outcomes.http.get("/facts?limit=0")).status_code == 422
    assert (await outcomes.http.get("/summary", headers={"authorization": ""})).status_code == 401


async def test_a_summary_of_nothing_is_a_summary(outcomes: Outcomes) -> None:
    found = (await outcomes.http.get("/summary")).json()
    assert (found["known_until"], found["chapters"], found["is_due"]) == (None, [], False)
    assert [step["parents"]["share"] for step in found["funnel"]] == [None] * 5


@st.composite
def histories(draw: st.DrawFn) -> list[CaseEvent]:
    """A case's events, as its services could publish them, corrections and interruptions among them."""
    story = Story(draw(st.sampled_from([("mother", "father"), ("father",), ("mother", "father", "step-parent")])))
    story.screened(draw(st.sampled_from(["refer", "more-information", "domestic-abuse-pathway"])))
    if draw(st.booleans()):
        story.pass_days(draw(st.integers(-1, 3))).screened(corrects=draw(st.booleans()))
    came = st.lists(st.sampled_from(["yes", "late", "no"]), min_size=1, max_size=4)
    later = {
        "agreed": lambda: story.agreed(draw(st.sampled_from(["common-ground", "two-homes"]))),
        "accepted": story.accepted,
        "declined": story.declined,
        "contacted": story.contacted,
        "assessed": lambda: story.assessed(draw(st.sampled_from(["suitable", "not-suitable"]))),
        "session": lambda: story.session(draw(st.integers(1, 3)), draw(came)),
        "measured": lambda: story.measured(
            draw(st.sampled_from(["baseline", "closure", "follow-up-6-months"])), 0, draw(st.sampled_from([1.0, 2.0]))
        ),
        "parent-assessed": lambda: story.parent_assessed(0, draw(st.sampled_from(["suitable", "not-suitable"]))),
        "scheduled": lambda: story.scheduled(draw(st.integers(1, 3)), 5, draw(st.integers(0, 2))),
        "concern": story.concern,
        "asked": lambda: story.asked(draw(st.sampled_from(["follow-up-6-months", "follow-up-12-months"]))),
        "reopened": story.reopened,
        "again": lambda: story.again(uuid4(), draw(st.sampled_from([6, 12])), same_reason=draw(st.booleans())),
        "held": story.held,
        "resumed": story.resumed,
        "halted": story.halted,
        "closed": lambda: story.closed(draw(st.sampled_from(["completed", "withdrawn"]))),
    }
    story.agreed()
    for name in draw(st.lists(st.sampled_from(sorted(later)), max_size=14)):
        later[name]()
        story.pass_days(draw(st.integers(0, 20)))
    return story.events


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories(), seed=st.integers(0, 2**16), batch=st.integers(1, 8), quiescent=st.booleans())
async def test_order_and_repetition_change_no_fact(
    outcomes: Outcomes, history: list[CaseEvent], seed: int, batch: int, quiescent: bool
) -> None:
    await outcomes.delete_everything()
    await outcomes.receive(history)
    facts, current, saved = await outcomes.facts(), await outcomes.current(), await outcomes.saved()
    await outcomes.delete_everything()
    shuffled = [*history, *history]
    random.Random(seed).shuffle(shuffled)
    await outcomes.receive(shuffled, batch, quiescent=quiescent)
    assert await outcomes.facts() == facts
    assert await outcomes.current() == current
    assert await outcomes.saved() == saved
    assert len(current) == len(facts)


async def test_a_change_that_commits_while_facts_are_worked_out_is_worked_out_next(outcomes: Outcomes) -> None:
    """A mark that is there already does not count for the rows of a transaction that is still open."""
    story = Story().screened()
    await outcomes.receive(story.events)
    story.events.clear()
    first, second = story.agreed().accepted().events
    history = outcomes.history.handle
    async with outcomes.pool.acquire() as early, outcomes.pool.acquire() as late:
        before, after = early.transaction(), late.transaction()
        await before.start()
        await after.start()
        await history(Transaction(late, "outcomes"), [outcomes.received(second)])
        await history(Transaction(early, "outcomes"), [outcomes.received(first)])
        await before.commit()
        await outcomes.publisher.catch_up()
        assert {fact["fact"] for fact in await outcomes.facts()} == {"screened", "referred"}
        await after.commit()
    await outcomes.a_day_ends()
    assert {fact["fact"] for fact in await outcomes.facts()} == {"screened", "referred", "accepted"}
    assert len(await outcomes.current()) == 3
