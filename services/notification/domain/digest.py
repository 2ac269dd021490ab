"""The mail of a week: what is overdue for one person, in numbers with links and nothing else."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from services.notification.domain.email import EmailText
from shared.contracts.ids import id_beside
from shared.contracts.overdue import LONDON, week_of

_EIGHT = time(8)
_WEEK = timedelta(days=7)
# A line that is saved while its mail is made would be in none: the last minutes belong to the next week.
_BEFORE = timedelta(minutes=5)
# What came late has others come after it: they are in the same mail.
_LATE = timedelta(minutes=10)
_MAILS = UUID("6a7f0a3e-5e0c-5f0b-8a51-7b1d0c9e2d44")
CHOICES_AT = "/notification/pages/mails"

# By kind, in the order in which it is read: one, several, and where that is seen.
_LINES: Mapping[str, tuple[str, str, str]] = {
    "step-ups": (
        "1 family was stepped up, and nobody has acknowledged it",
        "{number} families were stepped up, and nobody has acknowledged it",
        "/referral/pages/worklist",
    ),
    "cases-waiting": (
        "1 case waits longer than your area allows",
        "{number} cases wait longer than your area allows",
        "/referral/pages/worklist",
    ),
    "messages": (
        "1 conversation has messages that nobody has read",
        "{number} conversations have messages that nobody has read",
        "/referral/pages/messages",
    ),
    "referrals-unanswered": (
        "1 referral waits for your organisation's answer",
        "{number} referrals wait for your organisation's answer",
        "/referral/pages/referrals",
    ),
    "first-contacts": (
        "1 family should have heard from your organisation by now",
        "{number} families should have heard from your organisation by now",
        "/referral/pages/referrals",
    ),
    "warnings": (
        "1 practical warning should have been looked at again",
        "{number} practical warnings should have been looked at again",
        "/referral/pages/referrals",
    ),
    "information-asked": (
        "1 case was returned to your agency for information, and has not come back",
        "{number} cases were returned to your agency for information, and have not come back",
        "/notification/pages/families?view=team&turn=you",
    ),
    "drafts": (
        "1 draft of yours is deleted within days, unless you go on with it",
        "{number} drafts of yours are deleted within days, unless you go on with them",
        "/screening/pages/front-door",
    ),
    "new-messages": (
        "1 conversation with your area's team has something new",
        "{number} conversations with your area's team have something new",
        "/notification/pages/families",
    ),
    "training": (
        "1 thing is to be done about your own training",
        "{number} things are to be done about your own training",
        "/workforce/pages/my-training",
    ),
}
KINDS = frozenset(_LINES)


def goes_out(week: date) -> datetime:
    """When the mail of a week goes out: on its Monday at eight, by the clocks of the United Kingdom."""
    return datetime.combine(week, _EIGHT, LONDON).astimezone(UTC)


def next_week(at: datetime) -> date:
    """The week whose mail goes out next."""
    week = week_of(at)
    return week if at < goes_out(week) - _BEFORE else week + _WEEK


def due_at(week: date, now: datetime) -> datetime | None:
    """When the mail of a week is to be sent; None where another week has begun, and it is of no use to anybody."""
    if week < week_of(now):
        return None
    at = goes_out(week)
    return at if now < at else now + _LATE


def digest_id(staff_id: str, week: date) -> UUID:
    """The mail of a week to one person: always the same, so queued once."""
    return id_beside(_MAILS, f"{staff_id}/{week}")


def digest_text(week: date, numbers: Mapping[str, int], entrance: str) -> EmailText:
    """The text of the mail. A kind that is not known here is left out."""
    lines = []
    for kind, (one, several, path) in _LINES.items():
        if number := numbers.get(kind, 0):
            lines.append(f"- {one if number == 1 else several.format(number=number)}.\n  {entrance}{path}\n")
    return EmailText(
        "Your list of the week from Parley",
        f"This is for you to see to, as of Monday {week.day} {week:%B}.\n"
        "\n" + "\n".join(lines) + "\n"
        "This mail has numbers only, on purpose: e-mail is not a safe place for more.\n"
        f"You chose to get it. You can change that here: {entrance}{CHOICES_AT}\n"
        "Please do not reply to this mail.\n",
    )
