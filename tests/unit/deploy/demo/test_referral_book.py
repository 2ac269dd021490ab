"""What a provider has been asked and has not answered yet."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
import pytest

from deploy.demo.referral_book import ReferralBook
from shared.contracts.base import CaseEvent
from shared.contracts.notification import FamilyChangedShared, ParentDetailsShared, ReferralOffered, ReferralStopped

TOPIC = "provider.a.referrals"
MakeFamily = Callable[[int], Any]


@dataclass
class ConsumedRecord:
    """A record as a consumer hands it over."""

    offset: int
    value: bytes | None
    headers: list[tuple[str, bytes]]
    topic: str = TOPIC
    partition: int = 0


@dataclass
class Topic:
    """A provider's topic, read into a book as it is written."""

    book: ReferralBook = field(default_factory=lambda: ReferralBook(orjson.loads))
    end: int = 0

    def write(self, event: CaseEvent) -> None:
        headers = [("ce_type", event.ce_type().encode())]
        self.book.take(ConsumedRecord(self.end, event.model_dump_json().encode(), headers))
        self.end += 1

    def positions(self) -> dict[tuple[str, int], int]:
        return self.book.safe_positions({(TOPIC, 0): self.end})


@pytest.fixture
def topic() -> Topic:
    return Topic()


def details(offer: ReferralOffered, parent: Any) -> ParentDetailsShared:
    return ParentDetailsShared(
        case_id=offer.case_id,
        occurred_at=offer.occurred_at,
        referral_id=offer.referral_id,
        person_id=parent.person_id,
        role=parent.role,
        encrypted=orjson.dumps(parent.details).decode(),
    )


def stopped(offer: ReferralOffered) -> ReferralStopped:
    return ReferralStopped(case_id=offer.case_id, occurred_at=offer.occurred_at, referral_id=offer.referral_id)


def complete(topic: Topic) -> list[UUID]:
    return [offer.referral_id for offer, _ in topic.book.complete()]


def test_an_offer_is_complete_when_every_parent_has_come(topic: Topic, family: MakeFamily) -> None:
    offer, (first, second) = family(1)
    topic.write(offer)
    topic.write(details(offer, first))
    assert complete(topic) == []
    topic.write(details(offer, second))
    assert complete(topic) == [offer.referral_id]
    assert topic.book.complete()[0][1] == [first, second]


def test_a_stop_ends_it_before_or_after_it_is_complete(topic: Topic, family: MakeFamily) -> None:
    early, _ = family(1)
    late, parents = family(2)
    topic.write(early)
    topic.write(stopped(early))
    topic.write(late)
    for parent in parents:
        topic.write(details(late, parent))
    topic.write(stopped(late))
    assert complete(topic) == []
    assert topic.book.waiting() == 0
    assert topic.book.stopped == {early.referral_id, late.referral_id}


def test_a_restart_begins_at_the_first_offer_that_is_not_answered(topic: Topic, family: MakeFamily) -> None:
    first, parents = family(1)
    second, _ = family(2)
    topic.write(first)
    for parent in parents:
        topic.write(details(first, parent))
    topic.write(second)
    assert topic.positions() == {(TOPIC, 0): 0}
    topic.book.answered(first.referral_id)
    assert topic.positions() == {(TOPIC, 0): 3}
    topic.write(stopped(second))
    assert topic.positions() == {(TOPIC, 0): topic.end}


def test_a_repeat_of_what_was_answered_or_stopped_waits_for_nothing(topic: Topic, family: MakeFamily) -> None:
    offer, parents = family(1)
    ended, _ = family(2)
    for _ in range(2):
        topic.write(offer)
        for parent in parents:
            topic.write(details(offer, parent))
        topic.book.answered(offer.referral_id)
    topic.write(ended)
    topic.write(stopped(ended))
    topic.write(ended)
    assert topic.book.waiting() == 0
    assert topic.positions() == {(TOPIC, 0): topic.end}


def test_details_without_an_offer_and_unknown_kinds_are_passed_over(topic: Topic, family: MakeFamily) -> None:
    offer, parents = family(1)
    topic.write(details(offer, parents[0]))
    topic.book.take(ConsumedRecord(topic.end, b"not json", [("ce_type", b"parley.something-new.v1")]))
    topic.book.take(ConsumedRecord(topic.end + 1, None, []))
    assert topic.book.waiting() == 0


def test_a_changed_family_waits_for_who_is_new_and_no_longer_for_who_left(topic: Topic, family: MakeFamily) -> None:
    offer, (first, second) = family(1)
    topic.write(offer)
    topic.write(details(offer, first))
    people = {"children_ages": (), "children_taking_part": (), "area": offer.area}
    topic.write(
        FamilyChangedShared(
            case_id=offer.case_id,
            occurred_at=offer.occurred_at,
            referral_id=offer.referral_id,
            parents=(first.person_id,),
            **people,
        )
    )
    ((offer, parents),) = topic.book.complete()
    assert (offer.parents, parents) == ((first.person_id,), [first])
    assert second not in parents
