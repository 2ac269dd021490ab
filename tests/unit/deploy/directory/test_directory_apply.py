import json
import stat
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from deploy.directory.apply import compare, departed, principals, would_apply
from deploy.directory.keys import private_key_path, with_public_keys
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home
from shared.contracts.area_parts import Signpost
from shared.contracts.directory import (
    AgencyRegistered,
    AreaRegistered,
    DirectoryEntry,
    OfferRegistered,
    ProviderRegistered,
)

RELATE = ProviderRegistered(id="relate", name="Relate")
MASH = AgencyRegistered.model_validate(
    {"id": "hants-mash", "name": "MASH", "areas": ["E10000014"], "sources": ["mash"]}
)
OFFER = OfferRegistered(id="relate-mediation", provider="relate", service="mediation", areas=["E10000014"])
HAMPSHIRE = AreaRegistered(
    id="E10000014",
    name="Hampshire",
    universal_offer=Signpost(name="Courses"),
    specialist_support=Signpost(name="Helpline"),
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / ".parley")
    home.create()
    return home


def key_of(entries: list[DirectoryEntry]) -> dict[str, object]:
    (entry,) = entries
    assert isinstance(entry, ProviderRegistered)
    assert entry.public_key is not None
    return entry.public_key


def test_nobody_but_a_demonstration_makes_a_providers_pair(home: Home) -> None:
    (entry,) = with_public_keys(home, [RELATE], [], make=False)
    assert isinstance(entry, ProviderRegistered)
    assert entry.public_key is None
    assert not private_key_path(home, "relate").exists()


def test_a_provider_without_a_key_gets_a_pair_in_a_demonstration(home: Home) -> None:
    public = key_of(with_public_keys(home, [RELATE], [], make=True))
    path = private_key_path(home, "relate")
    private = ECKey.import_key(json.loads(path.read_text()))
    assert "d" not in public
    assert private.as_dict(private=False) == public
    assert public["crv"] == "P-256"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_pair_is_kept(home: Home) -> None:
    assert key_of(with_public_keys(home, [RELATE], [], make=True)) == key_of(
        with_public_keys(home, [RELATE], [], make=True)
    )


def test_a_registered_key_whose_private_part_is_elsewhere_is_kept(home: Home) -> None:
    theirs = dict(ECKey.generate_key("P-256").as_dict(private=False))
    registered = RELATE.model_copy(update={"public_key": theirs})
    assert key_of(with_public_keys(home, [RELATE], [registered], make=True)) == theirs
    assert not private_key_path(home, "relate").exists()


def test_a_key_in_the_file_wins(home: Home) -> None:
    with_public_keys(home, [RELATE], [], make=True)
    theirs = dict(ECKey.generate_key("P-256").as_dict(private=False))
    assert key_of(with_public_keys(home, [RELATE.model_copy(update={"public_key": theirs})], [], make=True)) == theirs


def test_a_broken_private_key_is_not_replaced_silently(home: Home) -> None:
    private_key_path(home, "relate").write_text("{}")
    with pytest.raises(ParleyError, match=r"provider\.relate\.jwk is not a private key"):
        with_public_keys(home, [RELATE], [], make=True)


def test_what_applying_does_to_each_entry() -> None:
    registered: dict[str, DirectoryEntry] = {
        "provider/relate": RELATE,
        "agency/hants-mash": MASH.model_copy(update={"name": "Safeguarding Hub"}),
    }
    assert compare([RELATE, MASH, OFFER], registered) == {
        "provider/relate": "unchanged",
        "agency/hants-mash": "changed",
        "offer/relate-mediation": "added",
    }


def test_who_has_left_keeps_its_topics_and_has_no_user() -> None:
    everybody = [MASH, RELATE]
    left = [entry.model_copy(update={"left": True}) for entry in everybody]
    assert principals(left) == (principals(everybody)[0], [])
    assert departed(left) == {"agency.hants-mash", "provider.relate"}
    assert departed(everybody) == frozenset()
    assert "provider.relate has left" in " ".join(would_apply(left, {}).notes)


def test_only_agencies_and_providers_get_topics_and_users() -> None:
    definitions, users = principals([HAMPSHIRE, MASH, RELATE, OFFER])
    assert users == ["agency.hants-mash", "provider.relate"]
    assert {definition.name for definition in definitions} == {
        "front-door.hants-mash.screenings",
        "front-door.hants-mash.screenings.dead-letters",
        "front-door.hants-mash.progress",
        "front-door.hants-mash.contacts",
        "front-door.hants-mash.contacts.dead-letters",
        "provider.relate.referrals",
        "provider.relate.updates",
        "provider.relate.updates.dead-letters",
        "provider.relate.refusals",
    }
