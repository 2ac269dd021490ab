"""What follows within a family from what is known of it through every front door."""

from collections.abc import Iterator

from services.referral.domain.agreement.re_referral import tell_if_linked_again
from services.referral.domain.case.case import FamilyKey
from services.referral.domain.case.progress import Moment, Progress
from services.referral.domain.case.states import State, Trigger
from services.referral.domain.safety.halting import halt_with_family
from services.referral.domain.safety.joining import join, separate, to_be_joined, withdrawn_elsewhere
from services.referral.handlers.unit_of_work import Work


def withdrawn_before(work: Work, key: FamilyKey, moment: Moment) -> list[Progress]:
    """What a family's being found to be one brings to its open case where a parent has withdrawn elsewhere before."""
    family = work.of_family(key)
    return [stopped for case in family if (stopped := withdrawn_elsewhere(case, family, moment))]


def keep_as_one(work: Work, key: FamilyKey, moment: Moment) -> Iterator[Progress]:
    """Each step that makes a family's cases one again; the caller takes each before it asks for the next.

    A case joined to what is no longer its family is separated. A sign of abuse that another front door's case has halts
    the case, and stays when the two are separated later: only a person releases. Of open cases, one stays.
    """
    for case in work.of_family(key):
        into = work.cases.get(case.joined_to) if case.joined_to else None
        if case.state is State.JOINED and (into is None or not work.is_one_family(case.key, into.key)):
            yield separate(case, moment)
    signs = {case.key for case in work.of_family(key) if case.abuse_sign_at}
    for case in work.of_family(key):
        elsewhere = min(signs - {case.key}, default=None)
        if elsewhere and case.key not in signs:
            halted = halt_with_family(case, Trigger.LINKED_SIGN, moment, found_in=elsewhere)
            if halted:
                yield halted
    for case in work.of_family(key):
        again = tell_if_linked_again(case, work.of_family(key), moment)
        if again:
            yield again
    stays, others = to_be_joined(work.of_family(key))
    for case in others:
        if stays:
            yield join(case, stays, moment)
