"""A key-encryption key in AWS KMS, as moto's server has its API: wraps for whom it was, moves, and is rotated."""

import base64
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from deploy.stack.errors import ParleyError
from deploy.stack.key_rotation import KeyRotation
from shared.messaging.core.transient_errors import is_transient
from shared.privacy.aws_kms import AwsKeys
from shared.privacy.key_encryption import KeyEncryptionError, KeyEncryptionUnavailableError, KeyFile, Wrapped
from shared.privacy.keyring import Keyring
from shared.service.key_encryption import key_encryption_of
from shared.service.settings import ServiceSettings
from tests.support.keyrings import trial_keyring
from tests.support.kms import Kms, kms

PEOPLE = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kms]:
    with kms(tmp_path_factory.mktemp("kms")) as running:
        yield running


@pytest.fixture(autouse=True)
def settings(server: Kms, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.settings.items():
        monkeypatch.setenv(name, value)


async def test_it_wraps_and_only_for_whom_it_was(server: Kms, monkeypatch: pytest.MonkeyPatch) -> None:
    key, other = server.new_key(), server.new_key()
    keys = AwsKeys(key)
    people = [(uuid4(), secrets.token_bytes(32)) for _ in range(PEOPLE)]
    wrapped = await keys.wrap(people)
    assert {each.kek for each in wrapped} == {f"awskms:{key}"}
    whose = [(who, each) for (who, _), each in zip(people, wrapped, strict=True)]
    assert await keys.unwrap(whose) == [data_key for _, data_key in people]
    assert await AwsKeys(other).unwrap(whose) == [data_key for _, data_key in people], (
        "each under the key that it names"
    )
    changed = bytearray(wrapped[0].box)
    changed[-1] ^= 1
    for subject, wrong in (
        (uuid4(), wrapped[0]),
        (people[0][0], Wrapped(f"awskms:{other}", wrapped[0].box)),
        (people[0][0], Wrapped(f"awskms:{key}", bytes(changed))),
        (people[0][0], Wrapped("vault:parley", wrapped[0].box)),
    ):
        with pytest.raises(KeyEncryptionError) as refused:
            await keys.unwrap([(subject, wrong)])
        assert not is_transient(refused.value)
    with pytest.raises(KeyEncryptionError, match="PARLEY_FINGERPRINT_KEY_FILE"):
        keys.fingerprint_key()
    # What may pass makes no dead letter: a key that is not there yet, a server that is away.
    with pytest.raises(KeyEncryptionUnavailableError, match="NotFoundException"):
        await AwsKeys(str(uuid4())).wrap(people[:1])
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:9")
    with pytest.raises(KeyEncryptionUnavailableError, match="can't be asked"):
        await AwsKeys(key).wrap(people[:1])


async def test_a_keyring_moves_there_from_a_file_and_from_one_key_to_the_next(
    stack: Any, server: Kms, tmp_path: Path
) -> None:
    file, fingerprints = tmp_path / "kek", tmp_path / "fingerprint"
    for path in (file, fingerprints):
        path.write_text(base64.b64encode(secrets.token_bytes(32)).decode() + "\n")

    def set_to(key: str) -> ServiceSettings:
        return ServiceSettings(kek=f"awskms:{key}", kek_file=file, fingerprint_key_file=fingerprints)

    first, second = server.new_key(), server.new_key()
    async with trial_keyring(stack) as url, asyncpg.create_pool(url, min_size=1, max_size=2) as pool:
        people = [uuid4() for _ in range(7)]
        earlier = await Keyring(pool, KeyFile(file)).for_sealing(people, "person")
        boxes = [earlier.seal(person, "name", str(person)) for person in people]
        kek, fingerprint_key = key_encryption_of(set_to(first))
        keyring = Keyring(pool, kek, fingerprint_key)
        newcomer = uuid4()
        boxes.append((await keyring.for_sealing([newcomer], "person")).seal(newcomer, "name", str(newcomer)))

        async def all_open() -> None:
            keyring.forget()
            keys = await keyring.for_opening(boxes)
            assert [keys.open(box) for box in boxes] == [str(box.subject) for box in boxes]

        await all_open()
        rotation = KeyRotation(url, kek, None, file)
        assert (await rotation.rotate()).kek == f"awskms:{first}"
        assert await rotation.counts() == {f"awskms:{first}": len(boxes)}
        assert len(await rotation.retire()) == 1
        assert not file.exists()
        await all_open()
        with pytest.raises(ParleyError, match="Make another in AWS KMS"):
            await rotation.rotate()
        rotation = KeyRotation(url, key_encryption_of(set_to(second))[0], None, file)
        await rotation.rotate()
        assert await rotation.counts() == {f"awskms:{second}": len(boxes)}
        assert await rotation.retire() == []
        server.client.schedule_key_deletion(KeyId=first, PendingWindowInDays=7)
        await all_open()


def test_without_a_region_a_service_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/no/such/file")
    with pytest.raises(ValueError, match="AWS KMS can't be asked: NoRegionError"):
        key_encryption_of(ServiceSettings(kek="awskms:alias/parley"))
