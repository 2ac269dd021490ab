"""Who may be reminded, and who may be asked again."""

from services.notification.domain.case import Case
from shared.contracts.referral import WrapAroundReminded


def may_remind(case: Case, event: WrapAroundReminded) -> bool:
    """Whether nothing is known that stopped or held the case since the reminder was decided.

    The stop comes by another topic, and may be here before a reminder that is older.
    """
    held = case.hold_sequence > max(case.resume_sequence, event.sequence)
    return not case.abuse and case.stop_sequence < event.sequence and not held
