"""Where a webhook may send to, how long a failure waits, and what its message gives away."""

from datetime import timedelta

import orjson
import pytest

from services.notification.domain.webhooks import (
    GIVEN_UP_AFTER,
    Outcome,
    attempt_of,
    is_public,
    message,
    wait_s,
    wrong_address,
)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.1.2.3",
        "0.0.0.0",  # noqa: S104 - it is what is refused
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.10.20",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::10.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::10.0.0.1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2001:0:4136:e378:8000:63bf:f5ff:fffe",
        "localhost",
        "",
    ],
)
def test_an_address_of_no_public_network_is_not_sent_to(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14", "64:ff9b::5db8:d70e"]
)
def test_an_address_of_the_internet_is(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ["https://example.org", "https://example.org:8443/a?b=c", "HTTPS://EXAMPLE.ORG/"])
def test_an_https_address_can_be_given(address: str) -> None:
    assert wrong_address(address) is None


def test_waits_double_to_the_longest_and_take_three_days_of_few_attempts() -> None:
    waits = [wait_s(attempt, 5, 3600, 1.0) for attempt in range(1, 200)]
    assert waits[:4] == [5, 10, 20, 40]
    assert max(waits) == 3600
    assert wait_s(3, 5, 3600, 0.0) == 10, "half of it at least"
    passed, attempts = timedelta(), 0
    while passed < GIVEN_UP_AFTER:
        passed += timedelta(seconds=waits[attempts])
        attempts += 1
    assert 70 < attempts < 100


def test_of_an_answer_its_status_alone_counts() -> None:
    found = {status: attempt_of(status).outcome for status in (200, 204, 299, 301, 307, 400, 404, 410, 500, 199)}
    assert [status for status, outcome in found.items() if outcome == Outcome.DELIVERED] == [200, 204, 299]
    assert [status for status, outcome in found.items() if outcome == Outcome.GONE] == [410]


def test_a_message_holds_the_record_as_it_is_and_its_length_shows_little() -> None:
    headers = {"ce_specversion": "1.0", "ce_id": "1", "ce_type": "parley.x.v1", "content-type": "application/json"}
    short, long = message(headers, '{"a": 1.50}'), message(headers, '{"a": "%s"}' % ("x" * 1500))
    assert len(short) == len(long) == 2048
    assert len(message(headers, '{"a": "%s"}' % ("x" * 2500))) == 4096
    assert b'"data":{"a": 1.50}}' in short, "byte for byte"
    assert orjson.loads(short) == {
        "specversion": "1.0",
        "id": "1",
        "type": "parley.x.v1",
        "datacontenttype": "application/json",
        "data": {"a": 1.5},
    }
