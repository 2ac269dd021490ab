"""What follows within a family from what is known of it through every front door."""

from collections.abc import Iterator, Sequence
from typing import Protocol
from uuid import UUID

from services.referral.domain.agreement.re_referral import report_if_linked_again
from services.referral.domain.case.case import Case
from services.referral.domain.case.family import FamilyKey
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.stamp import Stamp
from services.referral.domain.case.states import State, Trigger
from services.referral.domain.safety.halting import halt_with_family
from services.referral.domain.safety.joining import join, separate, to_be_joined, withdrawn_elsewhere


class KnownFamilies(Protocol):
    """Cases by family, as the decisions so far have left them."""

    def find(self, case_id: UUID) -> Case | None:
        """A case; None where it is of another family."""

    def of_family(self, key: FamilyKey) -> Sequence[Case]:
        """The family's cases, whichever front door they came by."""

    def is_one_family(self, one: FamilyKey, other: FamilyKey) -> bool:
        """Whether two front doors' families are one and the same."""


def withdrawn_before(known: KnownFamilies, key: FamilyKey, stamp: Stamp) -> Iterator[Progress]:
    """What a family's being found to be one brings to its open case where a parent has withdrawn elsewhere before."""
    family = known.of_family(key)
    return (stopped for case in family if (stopped := withdrawn_elsewhere(case, family, stamp)))


def keep_as_one(known: KnownFamilies, key: FamilyKey, stamp: Stamp) -> Iterator[Progress]:
    """Each step that makes a family's cases one again; the caller records each before it asks for the next.

    A case joined to what is no longer its family is separated. A sign of abuse that another front door's case has halts
    the case, and stays when the two are separated later: only a person releases. Of open cases, one stays.
    """
    for case in known.of_family(key):
        into = known.find(case.joined_to) if case.joined_to else None
        if case.state is State.JOINED and (into is None or not known.is_one_family(case.key, into.key)):
            yield separate(case, stamp)
    signs = {case.key for case in known.of_family(key) if case.abuse_sign_at}
    for case in known.of_family(key):
        elsewhere = min(signs - {case.key}, default=None)
        if elsewhere and case.key not in signs:
            halted = halt_with_family(case, Trigger.LINKED_SIGN, stamp, found_in=elsewhere)
            if halted:
                yield halted
    for case in known.of_family(key):
        again = report_if_linked_again(case, known.of_family(key), stamp)
        if again:
            yield again
    stays, others = to_be_joined(known.of_family(key))
    for case in others:
        if stays:
            yield join(case, stays, stamp)
