"""Who may be reminded, and who may be asked again."""

from uuid import UUID

from services.notification.domain.case import Case, InvitedParent
from shared.contracts.referral import WrapAroundReminded


def may_remind(case: Case, event: WrapAroundReminded) -> bool:
    """Whether nothing is known that stopped or held the case since the reminder was decided, or changed the family.

    The stop comes by another topic, and may be here before a reminder that is older.
    """
    held = case.hold_sequence > max(case.resume_sequence, event.sequence)
    if case.abuse or case.stop_sequence >= event.sequence or held:
        return False
    referral = case.referrals.get(event.referral_id)
    changed = referral.changed if referral else None
    return changed is None or changed.sequence < event.sequence or event.person_id in _people(changed.parents)


def has_left(case: Case, referral_id: UUID, person_id: UUID) -> bool:
    """Whether this parent takes part no longer, as the family was changed: nothing is sent of them any more."""
    referral = case.referrals.get(referral_id)
    family = referral.family if referral else None
    return family is not None and person_id not in _people(family.parents)


def _people(parents: tuple[InvitedParent, ...]) -> set[UUID]:
    return {parent.person_id for parent in parents}
