"""What is left to publish after an earlier demo."""

from collections import Counter

from deploy.demo.resume import digest, in_waves, left_to_publish
from deploy.replay.file import Submission


def submission(number: int, family: bytes = b"family") -> Submission:
    return Submission("a", "front-door.a.screenings", family, str(number).encode())


def published(*submissions: Submission) -> Counter[bytes]:
    return Counter(digest(each.topic, each.key, each.value) for each in submissions)


def test_what_is_there_is_not_sent_again_and_the_order_is_kept() -> None:
    records = [submission(number) for number in range(5)]
    assert left_to_publish([records], published(records[3], records[1])) == [[records[0], records[2], records[4]]]
    assert left_to_publish([records], published(*records)) == [[]]
    assert left_to_publish([records], published()) == [records]


def test_a_record_that_is_twice_in_the_file_is_sent_twice() -> None:
    twice = [[submission(1), submission(2)], [submission(1)]]
    assert left_to_publish(twice, published()) == twice
    assert left_to_publish(twice, published(submission(1))) == [[submission(2)], [submission(1)]]


def test_a_familys_later_records_come_in_later_waves() -> None:
    first, second, third = submission(1, b"x"), submission(2, b"y"), submission(3, b"x")
    assert in_waves([first, third, second]) == [[first, second], [third]]
    assert in_waves([first, first, first]) == [[first], [first], [first]]
    assert in_waves([]) == []


def test_parts_do_not_run_into_each_other() -> None:
    assert digest("a", b"bc", b"d") != digest("a", b"b", b"cd")
