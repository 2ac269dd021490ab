"""Records that their sender has sealed: read as any other, refused as any other, and never in the way."""

import base64
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey

from shared.messaging.core.records import Record
from shared.privacy.sealed_records import CONTENT_TYPE, RecordKeys, with_new_key
from tests.support.screening_records import line, screening
from tests.support.screening_service import TOPIC, Screening, started

EXAMPLE = Path(__file__).parents[2] / "examples" / "front-door" / "send.py"
CALLED = (("content-type", CONTENT_TYPE.encode()),)


@pytest.fixture(scope="module")
def example() -> Any:
    spec = importlib.util.spec_from_file_location("front_door_example", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def keys_file(tmp_path: Path) -> Path:
    path = tmp_path / "screening-record-keys.jwks"
    path.write_text(json.dumps(with_new_key(None)))
    return path


def _add_key(keys_file: Path) -> None:
    keys_file.write_text(json.dumps(with_new_key(json.loads(keys_file.read_text()))))


def _called_as(jwks: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Another key under the name of the service's."""
    return {"keys": [other["keys"][0] | {"kid": jwks["keys"][0]["kid"]}]}


async def _send(service: Screening, *values: bytes, headers: Any = CALLED) -> None:
    places = range(service.offset, service.offset + len(values))
    records = [
        Record(TOPIC, 0, place, 1_700_000_000_000, b"F-1", value, headers)
        for place, value in zip(places, values, strict=True)
    ]
    service.offset += len(values)
    assert not await service.consumers["front-doors"].process(records), "nobody is held up"


def _value(record: dict[str, Any]) -> bytes:
    return line(record)["value"].encode()


async def test_a_sealed_record_is_screened_as_if_it_had_come_in_clear(
    databases: Any, keys_file: Path, example: Any
) -> None:
    service = await started(databases, keys_file)
    record = screening()
    await _send(service, example.sealed(_value(record), RecordKeys(keys_file).published()))
    assert set(await service.decisions()) == {record["submission_id"]}
    # The same content in clear is the same submission, sent twice.
    await _send(service, _value(record), headers=())
    assert len(await service.sent("screening-completed")) == 1
    assert not await service.dead()


async def test_what_was_sealed_for_the_key_before_opens_and_a_new_key_needs_no_restart(
    databases: Any, keys_file: Path, example: Any
) -> None:
    service = await started(databases, keys_file)
    first = RecordKeys(keys_file).published()
    _add_key(keys_file)
    second = RecordKeys(keys_file).published()
    assert first != second
    assert "d" not in str(second["keys"][0].keys() - {"kid", "kty", "crv"})
    records = [screening(family_ref=f"F-{number}") for number in range(2)]
    values = [example.sealed(_value(each), jwks) for each, jwks in zip(records, (first, second), strict=True)]
    await _send(service, *values)
    assert set(await service.decisions()) == {each["submission_id"] for each in records}


async def test_a_broken_record_within_has_the_findings_of_one_in_clear_and_still_stops_a_case(
    databases: Any, keys_file: Path, example: Any
) -> None:
    service = await started(databases, keys_file)
    broken = screening()
    broken["parents"] = [{**broken["parents"][0], "agrees_to_referral": False, "nickname": "x"}, broken["parents"][1]]
    await _send(service, _value(broken), headers=())
    in_clear = (await service.dead())[0]
    await _send(service, example.sealed(_value(broken), RecordKeys(keys_file).published()))
    assert [each["findings"] for each in await service.dead()] == [in_clear["findings"]]
    assert (await service.dead())[0]["times_seen"] == 2
    assert len(await service.sent("stop-reported")) == 1


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (lambda _example, _jwks, _other: b'{"submission_id": "in clear"}', "must be a compact JWE"),
        (lambda _example, _jwks, _other: b"", "must be a compact JWE"),
        (
            lambda _example, _jwks, _other: base64.urlsafe_b64encode(b"[" * 90_000) + b".a.b.c.d",
            "must be a compact JWE",
        ),
        (lambda _example, jwks, _other: _strange(jwks), "does not open with the key"),
        (lambda example, _jwks, other: example.sealed(b"{}", other), "must name by `kid` a key of this service"),
        (
            lambda example, jwks, other: example.sealed(b"{}", _called_as(jwks, other)),
            "does not open with the key that it names",
        ),
        (lambda example, jwks, _other: example.sealed(b"{}", jwks)[:-4] + b"AAAA", "does not open with the key"),
        (lambda _example, jwks, _other: _compressed(jwks), "without compression"),
        (lambda _example, jwks, _other: _direct(jwks), "must be sealed with ECDH-ES+A256KW or ECDH-ES"),
    ],
)
async def test_what_cannot_be_opened_is_refused_with_its_rule_and_holds_up_nobody(
    databases: Any, keys_file: Path, example: Any, broken: Any, rule: str
) -> None:
    service = await started(databases, keys_file)
    jwks = RecordKeys(keys_file).published()
    other = {"keys": [ECKey.generate_key("P-256", auto_kid=True).as_dict(private=False)]}
    behind = screening()
    await _send(service, broken(example, jwks, other), example.sealed(_value(behind), jwks))
    assert set(await service.decisions()) == {behind["submission_id"]}
    [letter] = await service.dead()
    [finding] = letter["findings"]
    assert (finding["field"], rule in finding["rule"]) == ("value", True)
    [refused] = await service.sent("submission-refused")
    assert refused["findings"] == letter["findings"]


async def test_a_record_that_is_too_large_within_is_refused(databases: Any, keys_file: Path, example: Any) -> None:
    service = await started(databases, keys_file)
    value = example.sealed(b"[" + b" " * 300_000 + b"]", RecordKeys(keys_file).published())
    await _send(service, value)
    [letter] = await service.dead()
    assert letter["findings"] == [{"field": "value", "rule": "must be at most 256 KiB"}]


async def test_a_service_without_keys_refuses_sealed_records(databases: Any, keys_file: Path, example: Any) -> None:
    service = await started(databases)
    await _send(service, example.sealed(_value(screening()), RecordKeys(keys_file).published()))
    [letter] = await service.dead()
    assert "no key to open it with" in letter["findings"][0]["rule"]


def _strange(jwks: dict[str, Any]) -> bytes:
    """A header that is a header, and holds what no sender puts there."""
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": jwks["keys"][0]["kid"], "epk": ["x"], "apu": {"y": 1}}
    return base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=") + b"..AAAA.AAAA.AAAA"


def _compressed(jwks: dict[str, Any]) -> bytes:
    """Eight megabytes in a few kilobytes."""
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "zip": "DEF", "kid": jwks["keys"][0]["kid"]}
    key = ECKey.import_key(jwks["keys"][0])
    return jwe.encrypt_compact(header, b" " * 8_000_000, key, algorithms=["ECDH-ES", "A256GCM", "DEF"]).encode()


def _direct(jwks: dict[str, Any]) -> bytes:
    header = {"alg": "ECDH-ES", "enc": "A128CBC-HS256", "kid": jwks["keys"][0]["kid"]}
    key = ECKey.import_key(jwks["keys"][0])
    return jwe.encrypt_compact(header, b"{}", key, algorithms=["ECDH-ES", "A128CBC-HS256"]).encode()
