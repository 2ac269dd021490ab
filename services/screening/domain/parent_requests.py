"""What one parent asks for without an account: that somebody at the front door speaks with each parent alone.

It is no screening: nothing is decided by it, and nothing of it is published. Of the other parent it asks nothing that
would say who or where they are.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from shared.people.contact import email_addresses, phone_numbers

Answers = Mapping[str, Sequence[str]]
"""What was answered, by the names of the fields."""

LONGEST: Mapping[str, int] = {
    **{"given": 100, "family": 100, "phone": 40, "email": 254, "safe_times": 300},
    **{"children": 500, "worry": 4000},
}
"""The fields in words, each with how many characters it takes."""
CHOICES: Mapping[str, tuple[str, ...]] = {
    "afraid": ("yes", "not-sure", "no"),
    "safe_methods": ("phone", "text", "email"),
    "leave_message": ("yes", "no"),
    "knows": ("yes", "no", "not-sure"),
}
"""The fields in codes. Several of `safe_methods` may be chosen."""
_MISSING = {
    "afraid": "Select whether you are afraid of the other parent",
    "given": "Enter your first name, or what we may call you",
    "safe_methods": "Select at least one safe way to contact you",
    "safe_times": "Enter when it is safe to contact you",
    "leave_message": "Select whether we may leave a message",
    "worry": "Write what worries you. A few words are enough",
    "knows": "Select whether the other parent knows that you ask for help",
}
_AS_ASKED = (
    *("afraid", "given", "family", "phone", "email", "safe_methods", "safe_times", "leave_message"),
    *("children", "worry", "knows"),
)
_NO_PHONE = "Enter a phone number, such as 07700 900123, or select another safe way"
_NO_EMAIL = "Enter an email address, such as name@example.com, or select another safe way"


class Method(StrEnum):
    """How somebody tried to reach the parent."""

    PHONE = "phone"
    TEXT = "text"
    EMAIL = "email"


class Outcome(StrEnum):
    """What came of it. `not-safe`: somebody else answered, or it was not safe to go on."""

    REACHED = "reached"
    NO_ANSWER = "no-answer"
    MESSAGE_LEFT = "message-left"
    NOT_SAFE = "not-safe"


class CloseReason(StrEnum):
    """Why a request is closed. One that the parent wants deleted is deleted at once, with its key."""

    SCREENED = "screened"
    SPECIALIST_SUPPORT = "specialist-support"
    OTHER_HELP = "other-help"
    NOT_WANTED = "not-wanted"
    NOT_REACHED = "not-reached"
    ASKED_TWICE = "asked-twice"
    DELETE = "asked-to-delete"


def answers_of(given: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Of what was sent, the answers to these questions; empty ones and strange codes are left out."""
    found = {name: [value for value in given.get(name, ()) if value][-1:] for name in LONGEST}
    for name, codes in CHOICES.items():
        chosen = [code for code in codes if code in given.get(name, ())]
        found[name] = chosen if name == "safe_methods" else chosen[:1]
    return {name: values for name, values in found.items() if values}


def problems_of(answers: Answers) -> dict[str, str]:
    """By field, in words, what is still missing or cannot be."""
    wrong = {name: text for name, text in _MISSING.items() if not answers.get(name)}
    for name, most in LONGEST.items():
        if len(_one(answers, name)) > most:
            wrong[name] = f"Write no more than {most:,} characters"
    safe = answers.get("safe_methods", ())
    if (_one(answers, "phone") or {"phone", "text"} & set(safe)) and not phone_numbers(_one(answers, "phone")):
        wrong.setdefault("phone", _NO_PHONE)
    if (_one(answers, "email") or "email" in safe) and len(email_addresses(_one(answers, "email"))) != 1:
        wrong.setdefault("email", _NO_EMAIL)
    return {name: wrong[name] for name in _AS_ASKED if name in wrong}


def is_danger(answers: Answers) -> bool:
    """Whether somebody has to look at once: only a plain no is a no (an unknown is never read as one)."""
    return _one(answers, "afraid") != "no"


def is_safe(answers: Answers, method: Method, outcome: Outcome) -> bool:
    """Whether the parent has agreed to be contacted so."""
    if method not in answers.get("safe_methods", ()):
        return False
    return outcome is not Outcome.MESSAGE_LEFT or _one(answers, "leave_message") == "yes"


def draft_of(answers: Answers) -> dict[str, dict[str, list[str]]]:
    """What of a request a screening begins with: who the first parent is, and how to reach them safely.

    What worries them, and how they answered about the other parent, is for the conversation: nobody answers a
    question of it for them.
    """
    times = [_one(answers, "safe_times"), "" if _one(answers, "leave_message") == "yes" else "Leave no message."]
    contact = {
        "phone": [_one(answers, "phone")],
        "email": [_one(answers, "email")],
        "safe_methods": list(answers.get("safe_methods", ())),
        "safe_times": [" ".join(filter(None, (f"{times[0].rstrip('.')}." if times[1] else times[0], times[1])))],
        "confidential": ["yes"],
    }
    who = {"given": [_one(answers, "given")], "family": [_one(answers, "family")]}
    return {
        "parent-1": {name: values for name, values in who.items() if values[0]},
        "parent-1-contact": {name: values for name, values in contact.items() if values and values[0]},
    }


def _one(answers: Answers, name: str) -> str:
    return next(iter(answers.get(name, ())), "")
