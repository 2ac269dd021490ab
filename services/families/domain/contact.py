"""Where a person is reached, in one form each: telephone numbers, e-mail addresses, postcodes.

A field may hold several, with words between. What can't be read is left out: missing, and never a difference.
"""

import re
from collections.abc import Iterator

import phonenumbers
from phonenumbers import Leniency, NumberParseException, PhoneNumber, PhoneNumberMatcher, PhoneNumberType

from shared.people.contact import email_addresses, number_pieces, plain_postcode

_REGION = "GB"
_BRITISH = 44
_JUST_A_NUMBER = re.compile(r"[+\d\s().-]{9,20}")
_SHORTEST = 9
_TRIES = 20
_LANDLINES = frozenset(
    {PhoneNumberType.FIXED_LINE, PhoneNumberType.VOIP, PhoneNumberType.UAN, PhoneNumberType.SHARED_COST}
)
_SHORTEST_POSTCODE = 5


def phones(value: object) -> tuple[frozenset[str], frozenset[str]]:
    """The numbers of a field in E.164: those that one person carries, and those of a house or an office.

    A number without a country is a British one, its leading zero or not. An extension is left out.
    """
    carried: set[str] = set()
    fixed: set[str] = set()
    for number in _numbers(str(value or "")):
        written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        (fixed if _is_landline(number) else carried).add(written)
    return frozenset(carried), frozenset(fixed)


def emails(value: object) -> frozenset[str]:
    """The addresses of a field, without what one person writes in different ways: capitals, a tag after +, dots."""
    return email_addresses(str(value or ""))


def postcode(value: object) -> str:
    """A postcode in capitals without spaces; empty where it can't be one."""
    text = plain_postcode(str(value or ""))
    return text if len(text) >= _SHORTEST_POSTCODE and any(sign.isdigit() for sign in text) else ""


def _numbers(text: str) -> Iterator[PhoneNumber]:
    if _JUST_A_NUMBER.fullmatch(text):
        # By far the most fields: the search below takes several times as long.
        try:
            number = phonenumbers.parse(text, _REGION)
        except NumberParseException:
            return
        if _is_whole(number):
            yield number
            return
    for piece in number_pieces(text):
        for match in PhoneNumberMatcher(piece, _REGION, leniency=Leniency.POSSIBLE, max_tries=_TRIES):
            if _is_whole(match.number):
                yield match.number


def _is_whole(number: PhoneNumber) -> bool:
    """Not a number that is dialled within one town: it may be another town's too."""
    digits = phonenumbers.national_significant_number(number)
    return len(digits) >= _SHORTEST and phonenumbers.is_possible_number(number)


def _is_landline(number: PhoneNumber) -> bool:
    kind = phonenumbers.number_type(number)
    if kind == PhoneNumberType.UNKNOWN and number.country_code == _BRITISH:
        # Ranges that are not in use, Ofcom's numbers for drama among them, keep to the plan: 07 is carried.
        return not phonenumbers.national_significant_number(number).startswith("7")
    return kind in _LANDLINES
