"""A case of whose people somebody is restricted: what is with anybody is held, and a person lets it go on.

Source: UK GDPR Art. 18. Nothing is shared and nothing decided meanwhile but what protects somebody (Art. 18(2)): a
sign of abuse halts a held case as any other.
"""

from services.referral.domain.agreement.agreeing import agree_or_wait
from services.referral.domain.agreement.context import DecisionContext
from services.referral.domain.case.case import Case, Waiting
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.states import State, WaitingReason
from services.referral.domain.case.transitions import HOLDABLE
from services.referral.domain.deciders.command_effects import decide_command
from services.referral.domain.deciders.commands import Hold


def decide_restriction(case: Case, context: DecisionContext) -> Progress | None:
    """Holds a case that is somebody's to work on, and shows why; a held one is shown for its new reason. None where
    nothing changes: a case that has ended, or was never referred, goes nowhere while it is restricted. One that waited
    for this alone is decided as if it came now.
    """
    if case.restricted and case.state in HOLDABLE - {State.REFUSED}:
        progress = decide_command(case, Hold(), context)
        return _shown(progress, WaitingReason.RESTRICTED)
    if case.waiting is None:
        return None
    if not case.restricted and case.state is State.AWAITING_COORDINATOR:
        if case.waiting.reason is not WaitingReason.RESTRICTED:
            return None
        progress = Progress(case, context)
        agree_or_wait(progress, context)
        return progress
    if case.state is not State.ON_HOLD:
        return None
    if case.restricted and case.waiting.reason is WaitingReason.ON_HOLD:
        return _shown(Progress(case, context), WaitingReason.RESTRICTED)
    if not case.restricted and case.waiting.reason is WaitingReason.RESTRICTED:
        return _shown(Progress(case, context), WaitingReason.ON_HOLD)
    return None


def _shown(progress: Progress, reason: WaitingReason) -> Progress:
    before = progress.case.waiting.before if progress.case.waiting else None
    progress.change(waiting=Waiting(reason, progress.stamp.now, before))
    return progress
