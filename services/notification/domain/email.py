"""The words of the e-mails.

E-mail is not safe: it lies in shared mailboxes, on lock screens and on screens that others see. So a mail has only
the case id and that there is something to read, in the same words whatever was decided; a reminder has the day, too.
A mail about a practitioner's own training mentions no family; a link in it opens nothing without a sign-in.
A parent's link is read by whoever has that mailbox open: it names no service, no family and no reason.
Nobody can infer abuse from a mail, nor from what it leaves out.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from shared.contracts.ids import id_beside
from shared.contracts.workforce import TrainingDelivery

About = Literal[
    "answer",
    "referral",
    "reminder",
    "training-follow-up",
    "training-renewal",
    "training-place",
    "training-comes-up",
    "training-called-off",
    "training-moved",
    "training-certificate",
    "emergency",
    "own-link",
    "complaint",
    "webhook-changed",
    "key-changed",
    "help-requested",
    "help-requested-danger",
    "digest",
]

_GIVE_UP = (
    "If you cannot come, please give the place up, so that somebody else gets it:\n"
    "{link}\n"
    "\n"
    "If you do not sign in to Parley, tell whoever booked it for you.\n"
)
_HOW: dict[TrainingDelivery, str] = {
    TrainingDelivery.IN_PERSON: "It begins on {day} and is held in person: {venue}.",
    TrainingDelivery.ONLINE: "It begins on {day} and is held online: {venue}.",
    TrainingDelivery.E_LEARNING: "It is e-learning, which is open from {day} on.",
}
_VENUE_UNKNOWN: dict[TrainingDelivery, str] = {
    TrainingDelivery.IN_PERSON: "whoever arranged it says where",
    TrainingDelivery.ONLINE: "whoever arranged it says how you join it",
}
REQUESTS = "/screening/pages/requests"
"""The path of the page where parents' requests are."""

_WORDS: dict[About, tuple[str, str]] = {
    "answer": (
        "There is an answer about a case",
        "There is an answer about one of your cases.\n"
        "\n"
        "Case: {about_id}\n"
        "\n"
        "Please read it in your own agency's system.\n"
        "This mail says nothing more on purpose: e-mail is not a safe place for it.\n"
        "Please do not reply, and do not forward it.\n",
    ),
    "referral": (
        "There is news about a referral",
        "There is news about a referral for your service.\n"
        "\n"
        "Case: {about_id}\n"
        "\n"
        "Please read it in your own organisation's system.\n"
        "This mail says nothing more on purpose: e-mail is not a safe place for it.\n"
        "Please do not reply, and do not forward it.\n",
    ),
    "reminder": (
        "A session is coming up",
        "A session is coming up on {day}, for a parent whom you hold in mind.\n"
        "\n"
        "Case: {about_id}\n"
        "\n"
        "Please speak with that parent before it, alone, and confirm it in your own agency's system.\n"
        "If you learn that somebody is afraid or is being harmed, say so at once: everything stops.\n"
        "This mail says nothing more on purpose: e-mail is not a safe place for it.\n"
        "Please do not reply, and do not forward it.\n",
    ),
    "emergency": (
        "A case was opened in an emergency",
        "Somebody from beyond your area opened a case of yours in an emergency.\n"
        "\n"
        "Case: {about_id}\n"
        "\n"
        "Who it was and why is read at Parley, where somebody of your area has to review it.\n"
        "This mail says nothing more on purpose: e-mail is not a safe place for it.\n"
        "Please do not reply, and do not forward it.\n",
    ),
    "own-link": (
        "Your link",
        "Here is the link that you were expecting.\n"
        "\n"
        "{link}\n"
        "\n"
        "It works once, until {day}. You need the six numbers that you were given.\n"
        "If you were not expecting it, you do not have to do anything.\n",
    ),
    "complaint": (
        "There is something for your area to read",
        "Somebody has written to your area.\n"
        "\n"
        "Case: {about_id}\n"
        "\n"
        "Please read it at Parley.\n"
        "This mail says nothing more on purpose: e-mail is not a safe place for it.\n"
        "Please do not reply, and do not forward it.\n",
    ),
    "webhook-changed": (
        "Your webhook was changed",
        "Somebody of your organisation changed where Parley sends what it has for your own system, or the\n"
        "secret that it is signed with.\n"
        "\n"
        "If nobody of yours did, tell whoever runs Parley at once, and look at your webhook in Parley.\n"
        "Please do not reply to this mail.\n",
    ),
    "key-changed": (
        "Your public key was changed",
        "Somebody of your organisation gave Parley another public key. What is sent to you from now on is\n"
        "encrypted for it.\n"
        "\n"
        "If nobody of yours did, tell whoever runs Parley at once.\n"
        "Please do not reply to this mail.\n",
    ),
    "help-requested": (
        "A parent has asked for help",
        "A parent has asked that somebody speaks with them.\n"
        "\n"
        "Please open it here, and take it: {link}\n"
        "\n"
        "Read how and when it is safe to reach them before you try. The other parent has been told nothing.\n"
        "This mail says nothing more on purpose: e-mail is not a safe place for it.\n"
        "Please do not reply, and do not forward it.\n",
    ),
    "help-requested-danger": (
        "A parent has asked for help: please look at once",
        "A parent has asked that somebody speaks with them, and they may not be safe.\n"
        "\n"
        "Please open it now, before anything else, and take it: {link}\n"
        "\n"
        "Read how and when it is safe to reach them before you try. Use no other way, and speak with nobody else of\n"
        "the family: the other parent has been told nothing. If somebody is in danger now, call 999.\n"
        "This mail says nothing more on purpose: e-mail is not a safe place for it.\n"
        "Please do not reply, and do not forward it.\n",
    ),
    "training-follow-up": (
        "How you use your training",
        "You completed a training half a year ago.\n"
        "\n"
        "Training: {about_id}\n"
        "\n"
        "Please tell whoever arranged it, before {day}, whether and how often you used it, and how sure you feel.\n"
        "Please name nobody in your answer.\n"
        "Please do not reply to this mail.\n",
    ),
    "training-renewal": (
        "A training certificate lapses soon",
        "A certificate of yours counts until {day}, that day included.\n"
        "\n"
        "Training: {about_id}\n"
        "\n"
        "Please book a place to renew it. Nothing that you do is held up meanwhile.\n"
        "Please do not reply to this mail.\n",
    ),
    "training-place": (
        "You have a place in a training",
        "You have a place in a training. {how}\n"
        "\n"
        "Training: {about_id}\n"
        "\n"
        f"{_GIVE_UP}"
        "Please do not reply to this mail.\n",
    ),
    "training-comes-up": (
        "A training of yours begins soon",
        "You have a place in a training. {how}\n"
        "\n"
        "Training: {about_id}\n"
        "\n"
        f"{_GIVE_UP}"
        "Please do not reply to this mail.\n",
    ),
    "training-moved": (
        "A training of yours was moved",
        "A training for which you had signed up is held on another day or elsewhere. {how}\n"
        "\n"
        "Training: {about_id}\n"
        "\n"
        "What you signed up for stays as it was.\n"
        f"{_GIVE_UP}"
        "Please do not reply to this mail.\n",
    ),
    "training-called-off": (
        "A training does not take place",
        "The training that was to begin on {day}{where}, for which you had signed up, does not take place.\n"
        "\n"
        "Training: {about_id}\n"
        "\n"
        "Other trainings are here, for whoever signs in to Parley:\n"
        "{link}\n"
        "\n"
        "Please do not reply to this mail.\n",
    ),
    "training-certificate": (
        "Your certificate is ready",
        "You completed a training on {day}, and your certificate is ready.\n"
        "\n"
        "Training: {about_id}\n"
        "\n"
        "It is here, for whoever signs in to Parley as you do:\n"
        "{link}\n"
        "\n"
        "Please do not reply to this mail.\n",
    ),
}


@dataclass(frozen=True)
class EmailText:
    """Subject and body of a mail."""

    subject: str
    body: str


def email_text(
    about: About,
    about_id: UUID,
    on_day: date | None = None,
    link: str = "",
    delivery: TrainingDelivery | None = None,
    venue: str | None = None,
) -> EmailText:
    """The text of a mail. The id of the case or training, a day, a link, and how and where a training is held are all
    that differs from others of its kind."""
    subject, body = _WORDS[about]
    day = f"{on_day:%A} {on_day.day} {on_day:%B}" if on_day else ""
    how = _HOW[delivery].format(day=day, venue=venue or _VENUE_UNKNOWN.get(delivery, "")) if delivery else ""
    where = f" ({venue})" if venue else ""
    return EmailText(subject, body.format(about_id=about_id, day=day, link=link, how=how, where=where))


def help_requested(*, danger: bool) -> About:
    """What a mail about a parent's request is about."""
    return "help-requested-danger" if danger else "help-requested"


def email_id(cause: UUID, recipient: str, about_id: UUID) -> UUID:
    """The mail that this event brings this recipient about a case or training: always the same, so queued once."""
    return id_beside(cause, f"{recipient}/{about_id}")


def message_id(email: UUID, sender: str) -> str:
    """The mail's Message-ID: the same at every attempt, so that a mail sent twice can be recognised."""
    return f"<{email}@{sender.rpartition('@')[2]}>"
