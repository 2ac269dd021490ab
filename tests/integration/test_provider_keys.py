"""A provider gives its own public key: a public one, its own alone; until then it is told nothing of a family."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from joserfc import jwe
from joserfc.jwk import ECKey, OKPKey, RSAKey
from starlette.applications import Starlette

from services.notification.manifest import MANIFEST
from shared.access.roles import Role
from shared.contracts.directory import ProviderRegistered
from shared.contracts.topics import PROVIDER_RETENTION_DAYS
from shared.service.staff import Staff
from tests.support.identity import gate, signed_in
from tests.support.notification_families import Notification, area, provider
from tests.support.recorded import recorder

OURS, OTHER = "common-ground", "next-door"
OFFER = ["referral-offered", "parent-details-shared", "parent-details-shared"]
MANAGER = signed_in("m.anager", Role.PROVIDER_MANAGER, provider=OURS)


class Served(Notification):
    """The service, asked over HTTP as well."""

    def __init__(self, database: Any, screening: Any) -> None:
        super().__init__(database, screening)
        app = Starlette(routes=list(self.wiring.routes))
        app.state.gate = gate(MANIFEST.requests)
        app.state.staff = Staff(database.pool, database.keyring)
        app.state.recorder = recorder("notification", database.pool, self.wiring.concerned_by)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://notification")

    async def give(self, key: Any, *, of: str = OURS, who: dict[str, str] = MANAGER) -> httpx.Response:
        return await self.http.post(f"/providers/{of}/keys", json={"public_key": key}, headers=who)

    async def known(self, *, of: str = OURS, who: dict[str, str] = MANAGER) -> httpx.Response:
        return await self.http.get(f"/providers/{of}/keys", headers=who)


@pytest.fixture
async def service(databases: Any) -> AsyncIterator[Served]:
    running = Served(await databases("notification"), await databases("screening"))
    keyless = ProviderRegistered(id=OURS, name="Common Ground")
    await running.register(area(), keyless, provider(OTHER))
    yield running
    await running.http.aclose()


def public(key: ECKey | OKPKey) -> dict[str, Any]:
    return dict(key.as_dict(private=False))


def opens(key: ECKey, record: dict[str, Any]) -> bool:
    try:
        return bool(jwe.decrypt_compact(record["encrypted"], key, algorithms=["ECDH-ES+A256KW", "A256GCM"]).plaintext)
    except Exception:
        return False


async def test_without_a_key_nothing_goes_out_and_with_one_all_that_waited_does(service: Served) -> None:
    first, second = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
    family = await service.family()
    family.screened().details().agreed()
    await service.receive(family.events)
    assert await service.sent() == [], "nothing of a family leaves without a key, encrypted or not"
    (waits,) = await service.pool.fetch("SELECT waits_for FROM referral")
    assert waits["waits_for"] == "provider-without-usable-key"
    assert (await service.known()).json() == {"provider": OURS, "keys": []}

    given = await service.give(public(first))
    assert given.status_code == 200, given.text
    assert [(each["fingerprint"], each["until"]) for each in given.json()["keys"]] == [(first.thumbprint(), None)]
    assert await service.kinds(OURS) == OFFER
    details = (await service.sent(OURS))[1:]
    assert all(opens(first, each) for each in details)
    assert (await service.give(public(first))).json() == given.json(), "the same again changes nothing"

    rotated = (await service.give(public(second))).json()["keys"]
    assert [each["fingerprint"] for each in rotated] == [second.thumbprint(), first.thumbprint()]
    assert rotated[0]["until"] is None
    assert rotated[1]["until"][:10] > rotated[0]["since"][:10], f"kept for {PROVIDER_RETENTION_DAYS} days"
    assert await service.kinds(OURS) == OFFER, "what was sent is not sent again"
    later = await service.family()
    later.screened().details().agreed()
    await service.receive(later.events)
    details = (await service.sent(OURS))[4:]
    assert len(details) == 2
    assert all(opens(second, each) and not opens(first, each) for each in details)

    # The directory's entry, as it was or with another name, takes no key away; a key that it newly has is in force.
    await service.register(ProviderRegistered(id=OURS, name="Common Ground and more"))
    assert (await service.known()).json()["keys"] == rotated
    third = ECKey.generate_key("P-256")
    await service.register(ProviderRegistered(id=OURS, name="Common Ground", public_key=public(third)))
    await service.give(public(second))
    await service.register(ProviderRegistered(id=OURS, name="Common Ground", email="a@b.uk", public_key=public(third)))
    fingerprints = [each["fingerprint"] for each in (await service.known()).json()["keys"]]
    assert fingerprints == [each.thumbprint() for each in (second, third, second, first)]


async def test_what_is_no_public_key_on_a_curve_of_ours_is_refused(service: Served) -> None:
    key = ECKey.generate_key("P-256")
    wrong: list[Any] = [
        dict(key.as_dict(private=True)),
        dict(OKPKey.generate_key("X25519").as_dict(private=True)),
        {**public(key), "k": "c2VjcmV0"},
        public(ECKey.generate_key("P-384")),
        public(OKPKey.generate_key("Ed25519")),
        dict(RSAKey.generate_key(2048).as_dict(private=False)),
        {**public(key), "x": public(ECKey.generate_key("P-256"))["x"]},
        {"kty": "oct", "k": "c2VjcmV0"},
        {},
        "a key",
    ]
    for each in wrong:
        refused = await service.give(each)
        assert refused.status_code == 422, each
        assert all(error["field"].startswith("public_key") for error in refused.json()["errors"])
        assert str(key.as_dict(private=True)["d"]) not in refused.text
    assert (await service.known()).json()["keys"] == []
    assert (await service.give(public(OKPKey.generate_key("X25519")))).status_code == 200


async def test_a_key_is_given_by_the_providers_own_manager_alone_and_recorded(service: Served) -> None:
    key = public(ECKey.generate_key("P-256"))
    worker = signed_in("w.orker", Role.PROVIDER_WORKER, provider=OURS)
    assert (await service.give(key, who=worker)).status_code == 403
    assert (await service.known(who=worker)).status_code == 200
    for who in (
        signed_in("c.oord", Role.COORDINATOR, areas=["E10000014"]),
        signed_in("o.perator", Role.OPERATOR),
        signed_in("a.dmin", Role.AREA_ADMINISTRATOR, areas=["E10000014"]),
    ):
        assert (await service.give(key, who=who)).status_code == 403
        assert (await service.known(who=who)).status_code == 403
    stranger = signed_in("s.tranger", Role.PROVIDER_MANAGER, provider=OTHER)
    assert (await service.give(key, who=stranger)).status_code == 404
    assert (await service.known(who=stranger)).status_code == 404
    unknown = signed_in("n.obody", Role.PROVIDER_MANAGER, provider="no-such-provider")
    assert (await service.give(key, of="no-such-provider", who=unknown)).status_code == 404
    in_an_area = signed_in("m.areas", Role.PROVIDER_MANAGER, provider=OURS, areas=["E10000014"])
    assert (await service.give(key, who=in_an_area)).status_code == 200
    rows = await service.pool.fetch(
        "SELECT outcome FROM audit WHERE action = 'provider-keys.manage' ORDER BY sequence DESC LIMIT 6"
    )
    assert [row["outcome"] for row in rows] == ["allowed", "not-found", "not-found", "refused", "refused", "refused"]
