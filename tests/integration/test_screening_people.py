"""Who is who, as screening publishes it: each person's own id, details and consents, and what waits for a look."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from deploy.stack.home import Stack
from services.screening.repository.people import held_of
from shared.contracts.referral import ReferralAgreed
from tests.support.erased_keys import erase_key
from tests.support.screening_records import JAGO, MORWENNA, child, line, parent, screening
from tests.support.screening_service import Screening, started

HER_PHONE, HIS_PHONE = "07700 900201", "07700 900202"
NGOZI = parent("P1", "Ngozi", "Umeh", "1993-01-22", phone="07700 900203")
FELIX = parent("P2", "Felix", "Dunmore", "1979-09-08", phone="07700 900204", role="father")


@pytest.fixture
async def service(databases: Any) -> Screening:
    return await started(databases)


def under(ref: str, person: dict[str, Any], **changes: Any) -> dict[str, Any]:
    contact = {**person["contact"], **changes.pop("contact", {})}
    return {**person, "ref": ref, "contact": contact, **changes}


def by_id(event: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["person_id"]: each for each in (*event["parents"], *event["children"])}


async def completed(service: Screening) -> list[dict[str, Any]]:
    return await service.sent("screening-completed")


async def test_what_is_held_of_a_person_is_counted_before_they_are_erased(service: Screening) -> None:
    first = screening(MORWENNA, JAGO)
    await service.send_each(first, screening(MORWENNA, JAGO, supersedes=first["submission_id"]))
    mother = UUID((await completed(service))[0]["parents"][0]["person_id"])
    async with service.database.pool.acquire() as connection:
        found = await held_of(connection, mother)
        nobody = await held_of(connection, UUID(int=1))
    assert found is not None
    assert (found.records, tuple(found.areas), nobody) == (2, (first["area"],), None)
    assert found.boxes > 0


async def test_parents_in_another_order_keep_what_is_theirs(service: Screening) -> None:
    her = under("P1", MORWENNA, contact={"confidential_from_other_parent": True})
    measure = {"instrument": "core-10", "version": "1", "occasion": "baseline", "score": 11.0}
    first = screening(her, JAGO, measures=[{**measure, "subject_ref": "P1"}])
    again = screening(
        under("P1", JAGO, agrees_to_referral=False),
        under("P2", her),
        supersedes=first["submission_id"],
        measures=[{**measure, "subject_ref": "P2"}],
    )
    again["wrap_around"] = [{**first["wrap_around"][0], "parent_ref": "P2"}]
    await service.send_each(first, again)

    before, after = await completed(service)
    assert (after["attention"], after["stands"]) == ([], True)
    (mother, father), people = [each["person_id"] for each in before["parents"]], by_id(after)
    assert (people[mother]["ref"], people[father]["ref"]) == ("P2", "P1")
    assert (people[mother]["role"], people[father]["role"]) == ("mother", "father")
    assert (people[mother]["agrees_to_referral"], people[father]["agrees_to_referral"]) == (True, False)
    assert people[mother]["wrap_around"] is not None
    assert people[father]["wrap_around"] is None
    assert after["measures"][0]["person_id"] == mother
    details_of = await service.stored_details()
    assert {person: each["contact"]["phone"] for person, each in details_of.items()} == {
        mother: HER_PHONE,
        father: HIS_PHONE,
    }
    assert details_of[mother]["contact"]["confidential_from_other_parent"] is True
    assert details_of[father]["contact"]["confidential_from_other_parent"] is False
    identities = (await service.sent("parent-identity-sealed"))[-2:]
    assert {each["person_id"]: (await service.opened(each["sealed"]))["phone"] for each in identities} == {
        mother: HER_PHONE,
        father: HIS_PHONE,
    }
    # A third record, by the refs of the second.
    await service.send_each(screening(under("P1", JAGO), under("P2", her)))
    assert by_id((await completed(service))[-1]).keys() == people.keys()


async def test_another_family_under_this_ones_reference_is_nobody_of_it(service: Screening) -> None:
    right = screening()
    wrong = screening(NGOZI, FELIX, children=[child("C1", "2019-03-03")], submitted_at="2026-05-05T09:00:00Z")
    await service.send_each(right, wrong)

    before, after = await completed(service)
    assert (after["attention"], after["stands"], after["revision"]) == (["people-differ"], False, 1)
    assert (before["in_question"], after["in_question"]) == (None, wrong["submission_id"])
    assert after["decision"] == "refer"
    assert by_id(before).keys().isdisjoint(by_id(after))
    details = [(each["submission_id"], each["look_first"]) for each in await service.sent("parent-details-sealed")]
    assert details == [(right["submission_id"], False)] * 2 + [(wrong["submission_id"], True)] * 2
    details_of = await service.stored_details()
    assert [details_of[each["person_id"]]["contact"]["phone"] for each in before["parents"]] == [HER_PHONE, HIS_PHONE]


async def test_the_family_itself_needs_no_look_after_a_stranger_s_record(service: Screening) -> None:
    await service.send_each(screening(), screening(NGOZI, FELIX), screening(NGOZI, FELIX), screening())

    events = await completed(service)
    assert [each["attention"] for each in events] == [[], ["people-differ"], ["people-differ"], []]
    assert by_id(events[0]).keys() == by_id(events[3]).keys()
    assert by_id(events[1]).keys() == by_id(events[2]).keys()
    # The same for whoever looks for the family among all others: nothing certain follows from people in question.
    identities = {each["submission_id"]: each["look_first"] for each in await service.sent("parent-identity-sealed")}
    assert [identities[each["submission_id"]] for each in events] == [False, True, True, False]


async def test_whom_a_coordinator_has_agreed_on_is_a_stranger_no_more(service: Screening) -> None:
    partner = screening(MORWENNA, FELIX)
    await service.send_each(screening(), partner)
    (_, event) = await completed(service)
    assert event["attention"] == ["people-differ"]
    await service.publish(
        "agreements",
        ReferralAgreed.model_validate(
            {
                "case_id": event["case_id"],
                "occurred_at": datetime(2026, 5, 6, tzinfo=UTC),
                "sequence": 4,
                "area": event["area"],
                "agency": event["agency"],
                "family_ref": event["family_ref"],
                "referral_id": UUID(int=1),
                "submission_id": event["submission_id"],
                "offer": "mediation-now",
                "provider": "mediation-now",
                "service": "mediation",
                "agreed_by": "coordinator",
                "legal_basis": "consent",
                "practitioner": event["practitioner"],
                "parents": [],
                "children": [],
            }
        ),
    )
    await service.send_each(screening(MORWENNA, under("P2", FELIX, contact={"phone": "07700 900209"})), screening())

    again, old = (await completed(service))[-2:]
    assert (again["attention"], by_id(again).keys()) == ([], by_id(event).keys())
    assert old["attention"] == [], "the partner of before is known, and no stranger"


async def test_a_new_case_has_new_ids(service: Screening) -> None:
    await service.send_each(screening())
    (before,) = await completed(service)
    await service.close_case(before["case_id"])
    await service.send_each(screening())

    after = (await completed(service))[-1]
    assert after["case_id"] != before["case_id"]
    assert by_id(before).keys().isdisjoint(by_id(after))
    assert (after["attention"], after["revision"]) == ([], 1)


async def test_several_records_of_one_batch_are_distinguished_like_any_others(service: Screening) -> None:
    records = [screening(), screening(under("P1", JAGO), under("P2", MORWENNA)), screening(NGOZI, FELIX)]
    await service.send([line(each) for each in records])

    first, second, third = await completed(service)
    assert [each["attention"] for each in (first, second, third)] == [[], [], ["people-differ"]]
    assert [each["person_id"] for each in second["parents"]] == [each["person_id"] for each in first["parents"]][::-1]
    assert by_id(first).keys().isdisjoint(by_id(third))


async def test_somebody_who_was_erased_comes_back_as_somebody_new(stack: Stack, service: Screening) -> None:
    await service.send_each(screening())
    (before,) = await completed(service)
    mother = before["parents"][0]["person_id"]
    await erase_key(stack, UUID(mother))
    service.database.keyring.forget()
    await service.send_each(screening())

    after = (await completed(service))[-1]
    assert mother not in by_id(after)
    assert after["parents"][1]["person_id"] == before["parents"][1]["person_id"]
    assert after["attention"] == ["people-differ"]


async def test_numbers_travel_only_where_families_are_recognised(service: Screening) -> None:
    nhs, upn = {"kind": "nhs-number", "value": "943 476 5919"}, {"kind": "upn", "value": "H801200001001"}
    born = child("C1", identifiers=[upn])
    expected = child("C2", None, expected_on="2026-09-01", takes_part=False)
    record = screening(under("P1", MORWENNA, identifiers=[nhs]), JAGO, children=[born, expected, child("C3")])
    await service.send_each(record)

    identities = await service.sent("parent-identity-sealed")
    opened = [await service.opened(each["sealed"]) for each in identities]
    assert opened[0]["identifiers"] == [{"kind": "nhs-number", "value": "9434765919"}]
    assert "identifiers" not in opened[1]
    for identity in identities:
        assert [await service.opened(box) for box in identity["children"]] == [
            {"date_of_birth": "2015-06-01", "identifiers": [upn]},
            {"date_of_birth": None, "expected_on": "2026-09-01"},
            "2015-06-01",
        ]
    for details in await service.sent("parent-details-sealed"):
        assert set(await service.opened(details["sealed"])) == {"name", "date_of_birth", "contact"}
    (event,) = await completed(service)
    assert [(each["age"], each["expected_on"]) for each in event["children"]] == [
        (10, None),
        (None, "2026-09-01"),
        (10, None),
    ]
    assert event["audiences"] == ["expectant-parents"]
    rows = await service.database.pool.fetch("SELECT value FROM outbox")
    stored = await service.database.pool.fetch("SELECT to_jsonb(person)::text AS row FROM person")
    everything = b"".join(row["value"] for row in rows) + "".join(str(row["row"]) for row in stored).encode()
    assert b"4765919" not in everything
    assert b"H801200001001" not in everything


async def test_contact_that_is_not_separate_waits_for_a_person(service: Screening) -> None:
    ours = {"phone": "01632 960211", "safe_methods": ["phone"]}
    hers = under("P1", MORWENNA, contact={**ours, "confidential_from_other_parent": True})
    await service.send_each(screening(hers, under("P2", JAGO, contact=ours)))

    (event,) = await completed(service)
    assert (event["decision"], event["attention"]) == ("refer", ["contact-not-separate"])
    assert [each["look_first"] for each in await service.sent("parent-details-sealed")] == [True, False]


async def test_whoever_has_a_way_of_their_own_is_shared_without_the_other_parents(service: Screening) -> None:
    ours = {"phone": "01632 960211", "safe_methods": ["phone", "text"]}
    own = {"email": "own@example.org", "safe_methods": ["phone", "email"], "confidential_from_other_parent": True}
    hers = under("P1", MORWENNA, contact={**ours, **own})
    await service.send_each(screening(hers, under("P2", JAGO, contact=ours)))

    (event,) = await completed(service)
    shared = await service.sent("parent-details-sealed")
    assert (event["attention"], [each["look_first"] for each in shared]) == ([], [False, False])
    she, he = [(await service.opened(each["sealed"]))["contact"] for each in shared]
    assert (she["phone"], she["email"], she["safe_methods"]) == (None, "own@example.org", ["email"])
    assert (he["phone"], he["safe_methods"]) == ("01632 960211", ["phone", "text"])


@pytest.mark.parametrize(
    ("items", "risk", "attention"),
    [
        ({"phq9_9": 3.0}, True, []),
        ({"9": 0.0}, False, []),
        ({"made-up": 1.0}, False, ["items-not-judged"]),
        (None, False, []),
    ],
)
async def test_answers_signal_or_go_to_a_person(
    service: Screening, items: dict[str, float] | None, risk: bool, attention: list[str]
) -> None:
    measure = {"subject_ref": "P1", "instrument": "phq9", "version": "1", "occasion": "baseline", "score": 9.0}
    await service.send_each(screening(measures=[{**measure, "items": items}]))

    (event,) = await completed(service)
    assert (event["risk_item"], event["attention"]) == (risk, attention)
    assert bool(await service.sent("parent-details-sealed")) is not risk


async def test_one_parent_alone_is_for_a_coordinator_until_the_other_comes(service: Screening) -> None:
    alone = screening(MORWENNA, other_parent="does-not-wish-to")
    await service.send_each(alone, screening(supersedes=alone["submission_id"]))

    one, both = await completed(service)
    assert (one["decision"], one["one_parent"], one["attention"]) == ("refer", True, ["one-parent"])
    assert (one["service"], one["eligible_services"]) == ("coordinator-decides", [])
    assert (both["decision"], both["one_parent"], both["attention"]) == ("refer", False, [])
    assert both["service"] == "mediation"
    assert both["parents"][0]["person_id"] == one["parents"][0]["person_id"]


async def test_an_order_against_contact_is_a_sign_of_abuse(service: Screening) -> None:
    await service.send_each(screening(MORWENNA, other_parent="no-contact-order"))

    (event,) = await completed(service)
    assert (event["decision"], event["reasons"]) == ("domestic-abuse-pathway", ["abuse-indicator-disclosed"])
    assert await service.sent("parent-details-sealed") == []


async def test_an_area_sets_from_what_age_on_a_parent_is_one(service: Screening) -> None:
    young = screening(parent("P1", "Morwenna", "Teague", "2009-06-01"), JAGO)
    await service.send_each(young)
    await service.register([], ["E10000014"], minimum_parent_age=18)
    await service.send_each({**young, "submission_id": "00000000-0000-4000-8000-000000000009"})

    assert [each["reasons"] for each in await completed(service)] == [[], ["parent-under-age"]]
