"""Contact details in canonical form: telephone numbers, e-mail addresses and postcodes.

A field may hold several, with text between them. Unreadable parts are left out.
"""

import re
import unicodedata
from collections.abc import Iterator

import phonenumbers
from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher

_REGION = "GB"
_TRIES = 20
# A second number follows a whole first one and starts with its own trunk or international prefix.
_NEXT_NUMBER = re.compile(r"(?<=\d)\s+(?=(?:\+|0)\d\d)|(?<=(?<!\d)0\d{10})(?=0\d{10}(?!\d))")
_WHOLE_NUMBER = 10
_SHORTEST = 9
_BETWEEN_ADDRESSES = re.compile(r"[\s,;/|<>()]+")
_NOT_ALPHANUMERIC = re.compile("[^A-Z0-9]+")
# Two host names of one mail provider.
_HOSTS = {"googlemail.com": "gmail.com"}


def phone_numbers(text: str) -> frozenset[str]:
    """The complete numbers of a field in E.164, without extensions. A number without a country code is British.

    A local number without an area code is not complete: other towns may have it too.
    """
    return frozenset(
        phonenumbers.format_number(match.number, PhoneNumberFormat.E164)
        for piece in number_pieces(text)
        for match in PhoneNumberMatcher(piece, _REGION, leniency=Leniency.POSSIBLE, max_tries=_TRIES)
        if len(phonenumbers.national_significant_number(match.number)) >= _SHORTEST
    )


def email_addresses(text: str) -> frozenset[str]:
    """The addresses of a field, without the parts that one person may vary: case, tags after +, dots."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("mailto:", "")
    found = set()
    for part in _BETWEEN_ADDRESSES.split(plain):
        local, at, host = part.strip(".:'\"").rpartition("@")
        mailbox = local.partition("+")[0].replace(".", "")
        if at and mailbox and "." in host:
            found.add(f"{mailbox}@{_HOSTS.get(host, host)}")
    return frozenset(found)


def plain_postcode(text: str) -> str:
    """A postcode in capital letters without spaces."""
    return _NOT_ALPHANUMERIC.sub("", unicodedata.normalize("NFKC", text).upper())


def number_pieces(text: str) -> Iterator[str]:
    """Splits a field into parts with at most one complete telephone number each."""
    piece = ""
    for part in _NEXT_NUMBER.split(text):
        if sum(sign.isdigit() for sign in piece) >= _WHOLE_NUMBER:
            yield piece
            piece = part
        else:
            piece = f"{piece} {part}" if piece else part
    yield piece
