"""What is certain in a record that was set aside: a sign of abuse, or that a parent does not agree.

That much takes effect as if a screening had reported it, on the family's case or before there is one: the case is
opened for it, so that a mended record finds it stopped.
"""

from services.referral.domain.agreement.people import parents_of
from services.referral.domain.case.case import Case
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.reasons import SET_ASIDE
from services.referral.domain.case.stamp import Stamp
from services.referral.domain.case.states import TERMINAL, State, Trigger
from services.referral.domain.safety.halting import halt
from services.referral.domain.safety.withdrawal import withdraw
from shared.contracts.screening import StopReported


def decide_stop(case: Case, event: StopReported, stamp: Stamp) -> Progress:
    """Stops the case. `case` is a new one where nothing is known of it yet.

    A sign halts it. A withdrawal ends what is open; of a case whose screening is still to come it is kept, and a
    screening that was sent before it is no agreement.
    """
    progress = Progress(case, stamp)
    if event.sign_of_abuse:
        halt(progress, Trigger.ABUSE_SIGN, SET_ASIDE)
    if event.parent_does_not_agree:
        _withdraw(progress, event)
    return progress


def withdraws_open_case(case: Case, event: StopReported) -> bool:
    """Whether the family's open case, through whichever front door, stops with it: somebody here had agreed."""
    if not event.parent_does_not_agree or case.family is None or case.state in TERMINAL:
        return False
    return case.state is State.JOINED or all(each.agrees_to_referral for each in case.family.parents)


def _withdraw(progress: Progress, event: StopReported) -> None:
    case = progress.case
    withdrew_at = max(event.submitted_at, case.submitted_at or event.submitted_at)
    if case.state is not State.NEW:
        named = [person for person in event.parents if person in parents_of(case.family)]
        withdraw(progress, named[0] if len(named) == 1 else None)
    progress.change(withdrew_at=max(withdrew_at, case.withdrew_at or withdrew_at))
