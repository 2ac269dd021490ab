"""What wraps data keys: keys in a file, and a real OpenBao; both rotated, and cut off on the way."""

import base64
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.key_rotation import KeyRotation
from shared.privacy.key_encryption import KeyEncryptionError, KeyFile, LocalKeys, Wrapped
from shared.privacy.keyring import Keyring
from shared.privacy.transit import TransitKeys
from shared.service.key_encryption import key_encryption_of
from shared.service.settings import ServiceSettings
from tests.support.keyrings import trial_keyring
from tests.support.vault import ROOT, Vault, openbao

PEOPLE = 7


def key_file(path: Path, *keys: bytes) -> Path:
    path.write_text("".join(base64.b64encode(key).decode() + "\n" for key in keys))
    return path


@pytest.fixture
async def trial(stack: Stack) -> AsyncIterator[str]:
    async with trial_keyring(stack) as url:
        yield url


@pytest.fixture
async def pool(trial: str) -> AsyncIterator[Any]:
    async with asyncpg.create_pool(trial, min_size=1, max_size=2) as opened:
        yield opened


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    with openbao(tmp_path_factory.mktemp("openbao")) as running:
        yield running


async def test_a_wrapped_key_opens_for_its_own_person_under_its_own_name_alone() -> None:
    old, new = secrets.token_bytes(32), secrets.token_bytes(32)
    keys, one, other, data_key = LocalKeys([new, old]), uuid4(), uuid4(), secrets.token_bytes(32)
    (wrapped,) = await keys.wrap([(one, data_key)])
    assert await keys.unwrap([(one, wrapped)]) == [data_key]
    before = Wrapped(None, aes_key_wrap(old, data_key))
    assert await keys.unwrap([(one, before)]) == [data_key], "what is from before keys had names"
    (name_of_old,) = {(await LocalKeys([old]).current())}
    changed = bytearray(wrapped.box)
    changed[-1] ^= 1
    for subject, wrong in (
        (other, wrapped),
        (one, wrapped._replace(kek=name_of_old)),
        (one, wrapped._replace(box=bytes(changed))),
        (one, wrapped._replace(kek="file:0000000000000000")),
    ):
        with pytest.raises(KeyEncryptionError):
            await keys.unwrap([(subject, wrong)])


async def test_keys_in_a_file_are_rotated_and_what_was_cut_off_goes_on(trial: str, pool: Any, tmp_path: Path) -> None:
    oldest = secrets.token_bytes(32)
    file = key_file(tmp_path / "kek", oldest)
    people = [uuid4() for _ in range(PEOPLE)]
    # As an earlier release has wrapped it.
    await pool.execute(
        "INSERT INTO data_key (subject, kind, wrapped) VALUES ($1, 'person', $2)",
        people[0],
        aes_key_wrap(oldest, secrets.token_bytes(32)),
    )
    keyring = Keyring(pool, KeyFile(file))
    sealing = await keyring.for_sealing(people, "person")
    boxes = [sealing.seal(person, "name", str(person)) for person in people]
    await keyring.erase(people[-1])
    rotation = KeyRotation(trial, KeyFile(file), None, file)
    with suppress(_CutOffError):
        await _cut_off_after(rotation, 1)
    counts = await rotation.counts()
    assert sum(counts.values()) == PEOPLE - 1
    assert len(counts) >= 2, "under the new one, and still under the oldest"
    fingerprint = keyring.fingerprint(b"a record")
    await _all_open(keyring, boxes[:-1], people[-1])
    new = set(counts) - {"none", await LocalKeys([oldest]).current()}
    with pytest.raises(ParleyError, match="under an earlier key"):
        await rotation.retire()
    done = await rotation.rotate(page=2)
    assert {done.kek} == new, "no second new key where one was not done with"
    assert await rotation.counts() == {done.kek: PEOPLE - 1}
    await _all_open(keyring, boxes[:-1], people[-1])
    backup = await pool.fetchrow("SELECT wrapped, kek FROM data_key WHERE subject = $1", people[1])
    second = await rotation.rotate()
    assert second.kek != done.kek
    assert len(await rotation.retire()) == 2
    await _all_open(keyring, boxes[:-1], people[-1])
    assert keyring.fingerprint(b"a record") == fingerprint
    with pytest.raises(KeyEncryptionError, match="not in the file"):
        await KeyFile(file).unwrap([(people[1], Wrapped(backup["kek"], backup["wrapped"]))])


async def test_a_vault_wraps_and_only_for_whom_it_was(vault: Vault, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(vault.token_of_a_service() + "\n")
    keys = TransitKeys(vault.address, "parley", token)
    people = [(uuid4(), secrets.token_bytes(32)) for _ in range(PEOPLE)]
    wrapped = await keys.wrap(people)
    assert await keys.unwrap([(who, each) for (who, _), each in zip(people, wrapped, strict=True)]) == [
        key for _, key in people
    ]
    with pytest.raises(KeyEncryptionError, match=r"not this person's|status 400"):
        await keys.unwrap([(uuid4(), wrapped[0])])
    for refused in (keys.rotate, keys.newest):
        with pytest.raises(KeyEncryptionError, match="status 403"):
            await refused()
    token.write_text("no-such-token")
    with pytest.raises(KeyEncryptionError, match="status 403"):
        await keys.wrap(people)
    await keys.aclose()


async def test_a_keyring_moves_from_a_file_to_a_vault_and_is_rotated_there(
    trial: str, pool: Any, vault: Vault, tmp_path: Path
) -> None:
    file, token = key_file(tmp_path / "kek", secrets.token_bytes(32)), tmp_path / "token"
    fingerprints = key_file(tmp_path / "fingerprint", secrets.token_bytes(32))
    token.write_text(ROOT)
    settings = ServiceSettings(
        kek="vault:parley",
        kek_file=file,
        fingerprint_key_file=fingerprints,
        vault_address=vault.address,
        vault_token_file=token,
    )
    people = [uuid4() for _ in range(PEOPLE)]
    earlier = await Keyring(pool, KeyFile(file)).for_sealing(people, "person")
    boxes = [earlier.seal(person, "name", str(person)) for person in people]
    kek, fingerprint_key = key_encryption_of(settings)
    keyring = Keyring(pool, kek, fingerprint_key)
    newcomer = uuid4()
    boxes.append((await keyring.for_sealing([newcomer], "person")).seal(newcomer, "name", str(newcomer)))
    await _all_open(keyring, boxes, None)
    owner = TransitKeys(vault.address, "parley", token)
    rotation = KeyRotation(trial, kek, owner, file)
    before = await owner.newest()
    await rotation.rotate()
    assert await owner.newest() == before, "what was in the file goes under the key that there is"
    assert await rotation.counts() == {f"vault:parley:v{await owner.newest()}": PEOPLE + 1}
    backup = await pool.fetchrow("SELECT wrapped, kek FROM data_key WHERE subject = $1", people[0])
    with suppress(_CutOffError):
        await _cut_off_after(rotation, 1)
    assert len(await rotation.counts()) == 2
    with pytest.raises(ParleyError, match="under an earlier key"):
        await rotation.retire()
    await rotation.rotate()
    assert await owner.newest() == before + 1
    await rotation.retire()
    assert not file.exists()
    keyring = Keyring(pool, *key_encryption_of(settings))
    await _all_open(keyring, boxes, None)
    with pytest.raises(KeyEncryptionError):
        await owner.unwrap([(people[0], Wrapped(backup["kek"], backup["wrapped"]))])
    await owner.aclose()


class _CutOffError(Exception):
    pass


async def _cut_off_after(rotation: KeyRotation, pages: int) -> None:
    wrap_page, left = rotation._wrap_page, pages

    async def until_cut_off(*arguments: Any) -> None:
        nonlocal left
        if not left:
            raise _CutOffError
        left -= 1
        await wrap_page(*arguments)

    rotation._wrap_page = until_cut_off  # type: ignore[method-assign]
    try:
        await rotation.rotate(page=2)
    finally:
        rotation._wrap_page = wrap_page  # type: ignore[method-assign]


async def _all_open(keyring: Keyring, boxes: list[Any], erased: UUID | None) -> None:
    keyring.forget()
    keys = await keyring.for_opening(boxes)
    assert [keys.open(box) for box in boxes] == [str(box.subject) for box in boxes]
    if erased:
        assert await keyring.erased([erased]) == {erased}
