"""By which ways a parent who is to be kept confidential is reached: those that are theirs alone, if there are any.

A message that reaches the other parent's telephone, mailbox or house is read there. Source: the cases that this was
made for; where every way is another's too, a person looks before anything of such a parent is shared.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

import jellyfish

from shared.contracts.front_door import Address, Contact, Parent
from shared.contracts.vocabulary import ContactMethod
from shared.people.contact import email_addresses, phone_numbers, plain_postcode
from shared.people.names import name_parts

_WORDS = re.compile(r"[^\W_]+")


# Of a contact block's fields which ways they are.
_WAYS = {
    "phone": frozenset({ContactMethod.PHONE, ContactMethod.TEXT}),
    "email": frozenset({ContactMethod.EMAIL}),
    "address": frozenset({ContactMethod.POST}),
}


def not_separate(parents: Sequence[Parent]) -> Iterator[Parent]:
    """The parents to be kept confidential who have no safe way of contact that is not another parent's too."""
    for parent in parents:
        contact = parent.contact
        if contact.confidential_from_other_parent and not _own_ways(parent, parents) & set(contact.safe_methods):
            yield parent


def contact_to_share(parent: Parent, parents: Iterable[Parent]) -> Contact:
    """A parent's contact block as whoever is to reach them may have it. `parents` are all of the family.

    Where a parent to be kept confidential has a safe way of their own, the ways that are not theirs alone are left out,
    with what is given for them. Where they have none the block is whole: a coordinator looks, and may agree knowing it.
    """
    contact = parent.contact
    # Asked first: reading everybody's telephone numbers costs more than all else that is done with a parent.
    if not contact.confidential_from_other_parent:
        return contact
    own = _own_ways(parent, parents)
    safe = [method for method in contact.safe_methods if method in own]
    if not safe:
        return contact
    left_out = {field: None for field, ways in _WAYS.items() if not ways & own}
    return contact.model_copy(update={**left_out, "safe_methods": safe})


def _own_ways(parent: Parent, parents: Iterable[Parent]) -> frozenset[ContactMethod]:
    others = [other.contact for other in parents if other is not parent]
    return frozenset(method for method in ContactMethod if _is_theirs_alone(method, parent.contact, others))


def _is_theirs_alone(method: ContactMethod, contact: Contact, others: Sequence[Contact]) -> bool:
    """Whether whatever is given for this way reaches nobody else. A way of which nothing can be read is none."""
    if method is ContactMethod.POST:
        address = contact.address
        return (
            address is not None
            and bool(_words(address))
            and not any(other.address and _is_one_house(address, other.address) for other in others)
        )
    read = _emails if method is ContactMethod.EMAIL else _phones
    own = read(contact)
    return bool(own) and all(own.isdisjoint(read(other)) for other in others)


def _phones(contact: Contact) -> frozenset[str]:
    return phone_numbers(contact.phone or "")


def _emails(contact: Contact) -> frozenset[str]:
    return email_addresses(contact.email or "")


def _is_one_house(one: Address, other: Address) -> bool:
    """Supposes it where an address adds nothing to the other, or differs by a slip in its postcode."""
    left, right = _words(one), _words(other)
    postcodes = plain_postcode(one.postcode), plain_postcode(other.postcode)
    if postcodes[0] == postcodes[1]:
        return left <= right or right <= left or _numbers(left) == _numbers(right) != frozenset()
    near = not all(postcodes) or jellyfish.damerau_levenshtein_distance(*postcodes) == 1
    return near and left == right


def _words(address: Address) -> frozenset[str]:
    """The words of its lines, the postcode's left out where a line repeats it."""
    found: set[str] = set()
    for line in address.lines:
        if plain_postcode(line) != plain_postcode(address.postcode):
            for part in _WORDS.findall(line.casefold()):
                found.update((part,) if any(sign.isdigit() for sign in part) else name_parts(part))
    return frozenset(found)


def _numbers(words: frozenset[str]) -> frozenset[str]:
    return frozenset(part for part in words if any(sign.isdigit() for sign in part))
