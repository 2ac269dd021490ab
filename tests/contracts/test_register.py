"""Every field of every contract is in the register of personal data, nothing else is, and what identifies is sealed."""

from collections.abc import Iterable, Iterator

import pytest
from pydantic import create_model

from services import TOPOLOGY
from shared.contracts.base import Text
from shared.contracts.catalogue import Message, messages
from shared.contracts.front_door import Submission
from shared.contracts.screening import StopReported
from shared.privacy.register import kinds as register
from shared.privacy.register.classified import field_kinds, keyring_columns, service_columns
from shared.privacy.register.fields import Leaf, leaves
from shared.privacy.register.kinds import Kind, RegisterError, kinds

WHAT_TO_DO = "decide of which kind a new field is, and say so in shared/privacy/register/contracts.yaml"
# Open text in what our own services send is a reference, a published name, a word of ours, or in a box.
_OPEN_TEXT = frozenset({"pseudonymous", "public", "machinery"})
_ADDRESSES = {
    ".progress": "agency",
    ".referrals": "provider",
    ".refusals": "provider",
    "outcomes": "analyst",
}


def _every() -> Iterator[tuple[Message, Leaf]]:
    for message in messages(TOPOLOGY):
        yield from ((message, leaf) for leaf in leaves(message.shape))


def _is_ours(message: Message) -> bool:
    return set(message.senders) <= set(TOPOLOGY.services)


def _unsealed(found: Iterable[Leaf]) -> set[str]:
    """What would travel as it is and must not: of a kind that rests sealed, or open text of a kind that has none."""
    wrong = set()
    for leaf in found:
        kind = field_kinds()[leaf.name]
        in_box = leaf.is_box or kind.at_rest == "encrypted" or leaf.name == "base.Sealed.box"
        if not in_box and (kind.at_rest != "clear" or (leaf.is_text and kind.sensitivity not in _OPEN_TEXT)):
            wrong.add(leaf.name)
    return wrong


def test_every_field_of_every_contract_is_in_the_register_and_nothing_else_is() -> None:
    found = {leaf.name for _, leaf in _every()}
    assert not found - field_kinds().keys(), WHAT_TO_DO
    assert not field_kinds().keys() - found, "these are no more: take them out of the register"


def test_nothing_that_is_sealed_at_rest_is_sent_in_clear() -> None:
    ours = [leaf for message, leaf in _every() if _is_ours(message)]
    assert ours
    assert not _unsealed(ours)


def test_a_field_that_is_added_or_left_unsealed_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    wider = create_model("Wider", __base__=StopReported, why=(Text, ...), whys=(list[Text | None], []))
    new = {leaf.path: leaf.name for leaf in leaves(wider)}
    assert not {new["why"], new["whys"]} & field_kinds().keys()
    for wrongly in ("course", "staff-words", "parent-name"):
        known = {**field_kinds(), new["why"]: kinds()[wrongly], new["whys"]: kinds()[wrongly]}
        monkeypatch.setattr(f"{__name__}.field_kinds", lambda known=known: known)
        assert _unsealed(leaves(wider)) == {new["why"], new["whys"]}


def test_what_goes_to_a_party_outside_is_of_kinds_that_may() -> None:
    wrong = set()
    for message, leaf in _every():
        for address, party in _ADDRESSES.items():
            if message.address.endswith(address) and _is_ours(message) and party not in field_kinds()[leaf.name].goes:
                wrong.add((party, message.name, leaf.path))
    assert not wrong
    assert {message.address for message, _ in _every() if _is_ours(message) and message.address.count("{")} == {
        "front-door.{agency}.progress",
        "provider.{provider}.referrals",
        "provider.{provider}.refusals",
        "{topic}.dead-letters",
    }


def test_nothing_that_a_party_may_not_have_is_of_a_kind_that_it_may() -> None:
    """What a parent's safety hangs on, of all kinds: never a provider's, an analyst's or another front door's."""
    for name in ("parent-contact", "safe-contact", "conversation", "abuse-sign", "family-id", "person-number"):
        assert not kinds()[name].goes
    assert "provider" not in kinds()["decision"].goes | kinds()["demographics"].goes


@pytest.mark.parametrize("sensitivity", sorted(register.NEVER_CLEAR))
def test_a_kind_that_identifies_must_not_rest_in_clear(sensitivity: str) -> None:
    wrong = Kind("nickname", sensitivity, ("parent",), "clear", frozenset(), "case", "a nickname", (), "withheld")
    assert register._findings(wrong, kinds()) == [f"what is {sensitivity} must not rest as it is"]


def test_every_kind_and_schedule_is_used() -> None:
    columns = [*keyring_columns().values()]
    for service in TOPOLOGY.services:
        columns += service_columns(service).values()
    used = {*field_kinds().values(), *columns}
    assert used == set(kinds().kinds.values())
    assert {kind.kept for kind in used} == kinds().schedules.keys()


def test_a_service_without_a_list_of_its_columns_is_refused() -> None:
    with pytest.raises(RegisterError, match=r"services/outcomes/columns\.yaml is missing"):
        _without_list("outcomes")


def _without_list(service: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shared.privacy.register.classified.service_folder", lambda _: register.FOLDER / "nowhere")
        service_columns(service)


def test_what_a_front_door_sends_is_sealed_but_for_codes_references_and_days() -> None:
    sealed = {leaf.path for leaf in leaves(Submission) if field_kinds()[leaf.name].at_rest == "sealed"}
    assert {"practitioner.id", "parents.name.given", "parents.contact.safe_times", "children.views"} <= sealed
    clear = {leaf.path for leaf in leaves(Submission) if field_kinds()[leaf.name].at_rest == "clear"}
    assert {"family_ref", "parents.demographics.ethnicity", "measures.score"} <= clear
