"""Showing a coordinator that something of the work with a provider is late, and that it no longer is."""

from dataclasses import replace

from services.referral.domain.case.progress import Progress
from services.referral.domain.case.states import (
    FROM_THE_CALENDAR,
    TO_CONFIRM,
    WaitingReason,
)


def show(progress: Progress, reason: WaitingReason) -> None:
    """Shows a case with a provider to the coordinator, beside a consent that has expired and what is to be confirmed;
    not where it waits there for something else.
    """
    waiting = progress.case.waiting
    if waiting is None or waiting.reason in FROM_THE_CALENDAR:
        progress.wait(reason)
    elif waiting.reason is WaitingReason.CONSENT_EXPIRED or waiting.reason in TO_CONFIRM:
        progress.change(waiting=replace(waiting, before=reason))


def hide(progress: Progress, *reasons: WaitingReason) -> None:
    """What was shown is no longer so."""
    waiting = progress.case.waiting
    if waiting and waiting.reason in reasons:
        progress.change(waiting=None)
    elif waiting and waiting.before in reasons:
        progress.change(waiting=replace(waiting, before=None))
