"""A parent who is to be kept confidential is reached by what is theirs alone; without that, a person looks first."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.screening.domain.contact import contact_to_share, not_separate
from shared.contracts.front_door import Contact, Parent
from shared.people.contact import email_addresses, phone_numbers, plain_postcode

ADDRESS = {"lines": ["9 Example Close", "Winton"], "postcode": "ZZ9 9ZZ"}
OTHERS = {
    "phone": "Landline 01632 960211, mobile 07700 900131",
    "email": "ours@example.org",
    "address": ADDRESS,
    "safe_methods": ["phone"],
}


def parent(ref: str, **contact: Any) -> Parent:
    return Parent.model_validate(
        {
            "ref": ref,
            "name": {"given": "Beth", "family": "Lindal"},
            "date_of_birth": "1986-05-18",
            "role": "mother",
            "parental_responsibility": True,
            "contact": {
                "phone": None,
                "email": None,
                "address": None,
                "safe_methods": [],
                "safe_times": None,
                "confidential_from_other_parent": False,
                **contact,
            },
            "demographics": dict.fromkeys(
                ("sex", "ethnicity", "first_language", "disability", "employment"), "not-stated"
            ),
            "conversation": None,
            "in_crisis": False,
            "therapy": "none",
            "wants_change": True,
            "sees_childs_perspective": True,
            "agrees_to_referral": True,
            "privacy_notice_on": None,
        },
        strict=False,
    )


def is_looked_at(**contact: Any) -> bool:
    own = parent("P1", confidential_from_other_parent=True, **contact)
    other = parent("P2", **OTHERS)
    found = [each.ref for each in not_separate([own, other])]
    assert found == [each.ref for each in not_separate([other, own])]
    return found == ["P1"]


@pytest.mark.parametrize(
    "contact",
    [
        pytest.param({"safe_methods": []}, id="no way at all"),
        pytest.param({"safe_methods": ["phone", "email", "post"]}, id="ways without a number or an address"),
        pytest.param({"safe_methods": ["phone"], "phone": "01632960211"}, id="the landline"),
        pytest.param({"safe_methods": ["text"], "phone": "+44 (0)7700 900131"}, id="the mobile, written otherwise"),
        pytest.param({"safe_methods": ["phone"], "phone": "7700 900131"}, id="without its zero"),
        pytest.param({"safe_methods": ["phone"], "phone": "07700 900199 / 07700 900131"}, id="one of two numbers"),
        pytest.param({"safe_methods": ["phone"], "phone": "ask at school"}, id="a number nobody can read"),
        pytest.param({"safe_methods": ["phone"], "phone": "960211"}, id="a number of one town"),
        pytest.param({"safe_methods": ["email"], "email": "Ours+beth@Example.org"}, id="the mailbox, with a tag"),
        pytest.param({"safe_methods": ["email"], "email": "own@example.org; ours@example.org"}, id="one of two"),
        pytest.param({"safe_methods": ["email"], "email": "no"}, id="no mailbox"),
        pytest.param({"safe_methods": ["post"], "address": ADDRESS}, id="the house"),
        pytest.param(
            {"safe_methods": ["post"], "address": {"lines": ["9, example close"], "postcode": "zz99zz"}},
            id="the house, written otherwise",
        ),
        pytest.param(
            {"safe_methods": ["post"], "address": {"lines": ["9 Example Cl.", "Winton"], "postcode": "ZZ9 9ZZ"}},
            id="the house, abbreviated",
        ),
        pytest.param(
            {"safe_methods": ["post"], "address": {**ADDRESS, "postcode": "ZZ9 9ZY"}}, id="the house, a slip in it"
        ),
        pytest.param(
            {"safe_methods": ["post"], "address": {"lines": [], "postcode": "ZZ9 9ZZ"}}, id="a postcode alone"
        ),
        pytest.param(
            {"safe_methods": ["email", "post", "phone"], **{key: OTHERS[key] for key in ("phone", "email", "address")}},
            id="every way",
        ),
        pytest.param(
            {"safe_methods": ["email"], "email": "ours@example.org", "phone": "07700 900199"}, id="own, but not safe"
        ),
    ],
)
def test_without_a_way_of_their_own_a_person_looks_first(contact: dict[str, Any]) -> None:
    assert is_looked_at(**contact)
    others = parent("P2", **OTHERS)
    assert not list(not_separate([parent("P1", **contact), others])), "who need not be confidential is not looked at"


@pytest.mark.parametrize(
    "contact",
    [
        pytest.param({"safe_methods": ["phone"], "phone": "07700 900199"}, id="own number"),
        pytest.param({"safe_methods": ["email"], "email": "beth@example.org"}, id="own mailbox"),
        pytest.param(
            {"safe_methods": ["post"], "address": {"lines": ["7 Example Close"], "postcode": "ZZ9 9ZZ"}}, id="next door"
        ),
        pytest.param(
            {"safe_methods": ["phone", "email"], "phone": "01632 960211", "email": "beth@example.org"},
            id="one of two ways",
        ),
    ],
)
def test_one_way_of_their_own_is_enough(contact: dict[str, Any]) -> None:
    assert not is_looked_at(**contact)


@given(st.sets(st.sampled_from(["phone", "email", "address"])), st.sets(st.sampled_from(["phone", "email", "post"])))
def test_a_way_is_theirs_alone_only_where_it_is_safe_and_nobody_elses(shared: set[str], safe: set[str]) -> None:
    own: dict[str, Any] = {
        "phone": "07700 900199",
        "email": "beth@example.org",
        "address": {"lines": ["1 Other Street"], "postcode": "ZZ1 1ZZ"},
    }
    contact = {field: OTHERS[field] if field in shared else value for field, value in own.items()}
    way = {"phone": "phone", "email": "email", "post": "address"}
    alone = any(way[method] not in shared for method in safe)
    assert is_looked_at(**contact, safe_methods=sorted(safe)) is not alone


# One number, one mailbox and one house in several spellings, and others beside them.
_PHONES = (
    *(None, "07700 900131", "+44 (0)7700 900131", "07700 900199 / 7700 900131"),
    *("07700 900199", "01632 960211", "?"),
)
_EMAILS = (
    *(None, "ours@example.org", "Ours+beth@Example.org", "own@example.org; ours@example.org"),
    *("own@example.org", "no"),
)
_ADDRESSES = (
    None,
    ADDRESS,
    {"lines": ["9, example close"], "postcode": "zz99zz"},
    {"lines": ["9 Example Cl.", "Winton"], "postcode": "ZZ9 9ZZ"},
    {"lines": ["1 Other Street"], "postcode": "ZZ1 1ZZ"},
    {"lines": [], "postcode": "ZZ9 9ZZ"},
)
contacts = st.fixed_dictionaries(
    {
        "phone": st.sampled_from(_PHONES),
        "email": st.sampled_from(_EMAILS),
        "address": st.sampled_from(_ADDRESSES),
        "safe_methods": st.lists(st.sampled_from(["phone", "text", "email", "post"]), unique=True),
        "confidential_from_other_parent": st.booleans(),
    }
)


def _reach_one_place(one: Contact, other: Contact) -> bool:
    """Whether anything that the two contact blocks give reaches both: the houses here differ by their postcodes."""
    houses = [plain_postcode(each.address.postcode) for each in (one, other) if each.address]
    return bool(
        phone_numbers(one.phone or "") & phone_numbers(other.phone or "")
        or email_addresses(one.email or "") & email_addresses(other.email or "")
        or (len(houses) == 2 and houses[0] == houses[1])
    )


@given(contacts, contacts)
def test_no_way_of_a_confidential_parent_that_goes_out_is_the_other_parents(
    hers: dict[str, Any], his: dict[str, Any]
) -> None:
    parents = [parent("P1", **hers), parent("P2", **his)]
    waiting = [each.ref for each in not_separate(parents)]
    for each, other in (parents, parents[::-1]):
        shared = contact_to_share(each, parents)
        if not each.contact.confidential_from_other_parent or each.ref in waiting:
            assert shared == each.contact, "a person looks first, or nothing is to be kept from anybody"
            continue
        assert shared.safe_methods
        assert not _reach_one_place(shared, other.contact)
        assert all(_is_readable(method, shared) for method in shared.safe_methods)
        assert set(shared.safe_methods) <= set(each.contact.safe_methods)
        if not _reach_one_place(each.contact, other.contact):
            safe = [method for method in each.contact.safe_methods if _is_readable(method, each.contact)]
            assert shared.safe_methods == safe, "a way of their own is left out"


def _is_readable(method: str, contact: Contact) -> bool:
    if method == "post":
        return contact.address is not None and bool(contact.address.lines)
    if method == "email":
        return bool(email_addresses(contact.email or ""))
    return bool(phone_numbers(contact.phone or ""))
