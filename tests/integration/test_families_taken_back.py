"""A record that was filed under another family: its identities are void, in whatever order it arrives."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.screening import ParentIdentitySealed
from tests.support.families_service import ANNA, BEN, Families, case_of, nobody_else, running, taken_back

SCHOOL, MASH = "hants-schools", "hants-mash"
WENNA: dict[str, Any] = {
    "given": "Wenna",
    "family": "Rowe",
    "date_of_birth": "1990-02-11",
    "postcode": "ZZ7 3ZZ",
    "phone": "07700 900301",
    "email": "wenna@example.org",
}
PIRAN: dict[str, Any] = {
    "given": "Piran",
    "family": "Hocking",
    "date_of_birth": "1989-09-30",
    "postcode": "ZZ8 2ZZ",
    "phone": "07700 900302",
    "email": None,
}
Events = list[ParentIdentitySealed]


@pytest.fixture
async def families(databases: Any) -> AsyncIterator[Families]:
    async with running(databases) as found:
        yield found


async def filed(families: Families, *, look_first: bool = False) -> tuple[Events, Events, Events]:
    """The family's own screening under A, strangers under A, and the strangers under their own reference B."""
    own = await families.sealed(SCHOOL, ANNA, BEN, family_ref="A")
    strangers = await families.sealed(
        SCHOOL, WENNA, PIRAN, family_ref="A", number=2, children=("2017-03-09",), look_first=look_first
    )
    return (
        own,
        strangers,
        await families.sealed(SCHOOL, WENNA, PIRAN, family_ref="B", number=3, children=("2017-03-09",)),
    )


async def last_outcomes(families: Families) -> dict[str, str]:
    """What was published last of each screening, by the highest revision."""
    published = [event for topic, event in await families.published() if topic == "family-recognised"]
    return {
        event["submission_id"]: event["outcome"] for event in sorted(published, key=lambda event: event["revision"])
    }


async def together(families: Families, one: str, other: str) -> bool:
    """Whether two front doors' families are one by the highest revision that names each, as a reader has it."""
    of: dict[tuple[str, str], tuple[int, str]] = {}
    for topic, event in await families.published():
        if topic == "family-recognised":
            continue
        for family in (event, *event.get("separated", ())):
            for member in family["members"]:
                key = member["agency"], member["family_ref"]
                of[key] = max(of.get(key, (0, "")), (event["revision"], family["family_id"]))
    rows = await families.pool.fetch("SELECT family_ref, family_id FROM member")
    kept = {row["family_ref"]: row["family_id"] for row in rows}
    published = {family_ref: family_id for (_, family_ref), (_, family_id) in of.items()}
    assert {family_ref: str(kept[family_ref]) for family_ref in published} == published, "what is told is what is kept"
    return one in kept and other in kept and kept[one] == kept[other]


@pytest.mark.parametrize("found_by", ["this-release", "the-release-before"])
async def test_a_link_that_is_based_on_strangers_falls_apart_once_they_are_taken_back(
    families: Families, found_by: str
) -> None:
    own, strangers, mended = await filed(families)
    await families.receives(*own)
    await families.receives(*strangers)
    await families.receives(*mended)
    assert await together(families, "A", "B"), "of what is not in question the evidence is certain"
    if found_by == "the-release-before":
        # It is not known what the link rests on, and the tokens of all that is left are in another form.
        await families.pool.execute("UPDATE likeness SET one_submission = NULL, other_submission = NULL")
        await families.pool.execute("UPDATE submission SET look_first = NULL")
        await families.pool.execute("DELETE FROM token WHERE submission_id <> $1", strangers[0].submission_id)
    await families.takes_back(*strangers)
    assert not await together(families, "A", "B")
    unlinked = next(event for topic, event in await families.published() if topic == "family-unlinked")
    assert {len(unlinked["members"]), *(len(each["members"]) for each in unlinked["separated"])} == {1}
    last = await last_outcomes(families)
    assert (last[str(own[0].submission_id)], last[str(mended[0].submission_id)]) == ("alone", "alone")
    linked, separated = (await families.http.get(f"/families/{mended[0].case_id}")).json()["history"]
    assert (linked["reason"], separated["what"], separated["reason"]) == ("evidence", "separated", "taken-back")
    assert await families.doubtful() == []
    for table in ("parent", "token", "submission"):
        query = f"SELECT count(*) FROM {table} WHERE submission_id = $1"  # noqa: S608 - named here
        assert await families.pool.fetchval(query, strangers[0].submission_id) == 0
    # Once more is once: and their own family is found under their own reference by whoever sends it.
    await families.takes_back(*strangers)
    if found_by == "the-release-before":
        return
    await families.screened("hants-police", WENNA, PIRAN, family_ref="C", children=("2017-03-09",))
    assert await together(families, "B", "C")
    assert not await together(families, "A", "C")


async def test_people_in_question_are_linked_by_no_evidence_and_their_own_family_goes_on(families: Families) -> None:
    own, strangers, mended = await filed(families, look_first=True)
    await families.receives(*own, *strangers)
    await families.receives(*mended)
    assert (await last_outcomes(families))[str(mended[0].submission_id)] == "doubtful"
    (shown,) = await families.doubtful()
    assert (shown["evidence"], shown["fields"]["in_question"]) == ("doubtful", True)
    assert shown["weight"] > families.settings.thresholds().automatic
    await families.takes_back(*strangers)
    assert await families.doubtful() == []
    assert (await last_outcomes(families))[str(mended[0].submission_id)] == "alone"
    assert {topic for topic, _ in await families.published()} == {"family-recognised"}, "never linked, so never halted"


async def test_what_is_certain_without_it_stays_and_what_is_doubtful_without_it_is_asked(families: Families) -> None:
    own, strangers, mended = await filed(families)
    police = await families.sealed("hants-police", ANNA, BEN, family_ref="P")
    # Another record of the reference, by which the strangers' mother alone is alike.
    one_parent = await families.sealed(SCHOOL, WENNA, ANNA, family_ref="A", number=4, children=())
    for each in (own, police, strangers, mended, one_parent):
        await families.receives(*each)
    assert await together(families, "A", "P")
    assert await together(families, "A", "B")
    await families.takes_back(*strangers)
    assert await together(families, "A", "P")
    assert not await together(families, "A", "B")
    (shown,) = await families.doubtful()
    assert (shown["evidence"], shown["look_again"]) == ("doubtful", False)
    assert (await last_outcomes(families))[str(mended[0].submission_id)] == "doubtful"
    await families.takes_back(*one_parent)
    assert await families.doubtful() == []
    assert (await last_outcomes(families))[str(mended[0].submission_id)] == "alone"
    assert await together(families, "A", "P")


@pytest.mark.parametrize("decision", ["confirm", "link"])
async def test_a_persons_link_stays_and_is_shown_until_they_have_looked_again(
    families: Families, decision: str
) -> None:
    own, strangers, mended = await filed(families, look_first=decision == "confirm")
    if decision == "confirm":
        await families.receives(*own, *strangers, *mended)
        (shown,) = await families.doubtful()
        assert await families.post(f"/likenesses/{shown['id']}/confirm") == 200
    else:
        # By their own knowledge, where nothing is left of the one but its case.
        mended = await families.sealed(MASH, {**ANNA, "given": "Zoe"}, family_ref="B", number=3, children=())
        await families.receives(*strangers, *mended)
        path = f"/families/{strangers[0].case_id}/link"
        assert await families.post(path, with_case=str(mended[0].case_id)) == 200
    await families.takes_back(*strangers)
    assert await together(families, "A", "B")
    (shown,) = await families.doubtful()
    assert (shown["look_again"], shown["evidence"]) == (True, None)
    assert str(strangers[0].case_id) in str(shown["sides"])
    assert await families.post(f"/likenesses/{shown['id']}/reject") == 409
    if decision == "confirm":
        assert await families.post(f"/likenesses/{shown['id']}/confirm") == 200
        assert await together(families, "A", "B")
        assert await families.post(f"/likenesses/{shown['id']}/confirm") == 409
    else:
        assert await families.post(f"/families/{case_of(SCHOOL, 'A')}/separate") == 200
        assert not await together(families, "A", "B")
    assert await families.doubtful() == []


async def test_what_a_person_rejected_is_not_asked_nor_linked_after_a_taking_back(families: Families) -> None:
    await families.screened(SCHOOL, ANNA, BEN, family_ref="A")
    await families.screened(MASH, ANNA, family_ref="B", children=())
    (shown,) = await families.doubtful()
    assert await families.post(f"/likenesses/{shown['id']}/reject", reason="new-partner") == 200
    for number in (2, 3):
        both = await families.sealed(MASH, ANNA, BEN, family_ref="B", number=number)
        await families.receives(*both)
        # Shown again for stronger evidence, and never linked by it, however strong the next is.
        assert [each["evidence"] for each in await families.doubtful()] == ["certain"]
        stronger = await families.sealed(MASH, ANNA, {**BEN, "email": None}, family_ref="B", number=number + 7)
        await families.receives(*stronger)
        assert not await together(families, "A", "B")
        await families.takes_back(*both)
        await families.takes_back(*stronger)
        assert await families.doubtful() == []
        assert not await together(families, "A", "B")


_examples = count()


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[str], str, bool, str, int]:
    """An order of what arrives; who is in question; whether some is told twice; which front door the right reference is
    of; and a number of its own."""
    parts = ["own-0", "own-1", "strangers-0", "strangers-1", "back", "mended-0", "mended-1"]
    in_question = draw(st.sampled_from(["nobody", "own", "strangers"]))
    return (
        draw(st.permutations(parts)),
        in_question,
        draw(st.booleans()),
        draw(st.sampled_from([SCHOOL, MASH])),
        next(_examples),
    )


@given(story=stories())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_in_whatever_order_both_families_are_recognised_and_never_linked_in_the_end(
    families: Families, story: tuple[list[str], str, bool, str, int]
) -> None:
    order, in_question, again, agency, number = story
    a, b = f"A{number}", f"B{number}"
    known, others = ([nobody_else(number, at) for at in places] for places in ((0, 1), (2, 3)))
    child = ((date(2009, 1, 1) + timedelta(days=41 * number)).isoformat(),)
    own = await families.sealed(SCHOOL, *known, family_ref=a, look_first=in_question == "own", children=())
    strangers = await families.sealed(
        SCHOOL, *others, family_ref=a, number=2, look_first=in_question == "strangers", children=child
    )
    mended = await families.sealed(agency, *others, family_ref=b, number=3, children=child)
    what: dict[str, Any] = {"back": taken_back(*strangers)}
    for name, events in (("own", own), ("strangers", strangers), ("mended", mended)):
        what |= {f"{name}-{at}": event for at, event in enumerate(events)}
    for part in order:
        await families.receives(what[part])
        if again and part == "back":
            await families.receives(what[part], what["strangers-0"])
    assert not await together(families, a, b)
    last = await last_outcomes(families)
    assert [last[str(each[0].submission_id)] for each in (own, mended)] == ["alone", "alone"]
