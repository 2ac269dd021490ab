"""Numbers that identify a person in somebody's system, with their check digits where the kind has one."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from stdnum.gb import nhs, upn

from shared.contracts.base import Record, Reference
from shared.contracts.vocabulary import IdentifierKind

_UPN_LENGTH = 13


def _is_upn(value: str) -> bool:
    """Whether a unique pupil number's letter is right.

    Its local authority is not looked up: lists of authorities in libraries lack the councils formed since 2019.
    """
    number = upn.compact(value)
    letter, digits = number[:1], number[1:]
    # A temporary number ends in a letter, which counts as its place in the alphabet; the library works that out.
    if len(number) != _UPN_LENGTH or not digits[:-1].isdecimal() or not digits.isascii():
        return False
    try:
        return bool(upn.calc_check_digit(digits) == letter)
    except ValueError:
        return False


class Identifier(Record):
    """A number by which a system knows a person. Sealed like a name; no provider and no analyst ever gets it."""

    kind: IdentifierKind
    value: Reference

    @model_validator(mode="after")
    def _check_digits_hold(self) -> Self:
        if self.kind is IdentifierKind.NHS_NUMBER and not nhs.is_valid(self.value):
            raise ValueError("value: must be an NHS number: ten digits, of which the last is right")
        if self.kind is IdentifierKind.UPN and not _is_upn(self.value):
            raise ValueError("value: must be a unique pupil number whose letter is right")
        return self

    def compact(self) -> str:
        """The number without the spaces and hyphens that people write into it."""
        if self.kind is IdentifierKind.NHS_NUMBER:
            return str(nhs.compact(self.value))
        return str(upn.compact(self.value)) if self.kind is IdentifierKind.UPN else self.value.strip()


Identifiers = Annotated[list[Identifier], Field(max_length=20)]
