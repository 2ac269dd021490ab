"""Where a person is reached, in one form each: telephone numbers, e-mail addresses, postcodes.

A field may hold several, with words between. What can't be read is left out.
"""

import re
import unicodedata
from collections.abc import Iterator

import phonenumbers
from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher

_REGION = "GB"
_TRIES = 20
# A second number begins after a whole first one, and with its own trunk or international prefix.
_NEXT_NUMBER = re.compile(r"(?<=\d)\s+(?=(?:\+|0)\d\d)|(?<=(?<!\d)0\d{10})(?=0\d{10}(?!\d))")
_WHOLE_NUMBER = 10
_SHORTEST = 9
_BETWEEN_ADDRESSES = re.compile(r"[\s,;/|<>()]+")
_NOT_ALPHANUMERIC = re.compile("[^A-Z0-9]+")
# One mailbox under two names.
_HOSTS = {"googlemail.com": "gmail.com"}


def phone_numbers(text: str) -> frozenset[str]:
    """The whole numbers of a field in E.164, without extensions. One without a country is British.

    A number that is dialled within one town is not whole: it may be another town's too.
    """
    return frozenset(
        phonenumbers.format_number(match.number, PhoneNumberFormat.E164)
        for piece in number_pieces(text)
        for match in PhoneNumberMatcher(piece, _REGION, leniency=Leniency.POSSIBLE, max_tries=_TRIES)
        if len(phonenumbers.national_significant_number(match.number)) >= _SHORTEST
    )


def email_addresses(text: str) -> frozenset[str]:
    """The addresses of a field, without what one person writes in different ways: capitals, a tag after +, dots."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("mailto:", "")
    found = set()
    for word in _BETWEEN_ADDRESSES.split(plain):
        local, at, host = word.strip(".:'\"").rpartition("@")
        mailbox = local.partition("+")[0].replace(".", "")
        if at and mailbox and "." in host:
            found.add(f"{mailbox}@{_HOSTS.get(host, host)}")
    return frozenset(found)


def plain_postcode(text: str) -> str:
    """A postcode in capitals without spaces."""
    return _NOT_ALPHANUMERIC.sub("", unicodedata.normalize("NFKC", text).upper())


def number_pieces(text: str) -> Iterator[str]:
    """A field's parts, each with at most one whole telephone number: where a second one begins, a part begins."""
    piece = ""
    for part in _NEXT_NUMBER.split(text):
        if sum(sign.isdigit() for sign in piece) >= _WHOLE_NUMBER:
            yield piece
            piece = part
        else:
            piece = f"{piece} {part}" if piece else part
    yield piece
