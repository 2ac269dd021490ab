"""Codes in a commissioner's words. A code without words here is shown with its hyphens as spaces."""

from collections.abc import Callable, Mapping
from datetime import date
from math import isnan

DECISIONS: Mapping[str, str] = {
    "domestic-abuse-pathway": "Specialist domestic abuse support",
    "more-information": "More information needed first",
    "not-suitable": "Not suitable for this support",
    "not-ready": "Not ready yet",
    "universal-offer": "Help that is open to everybody, first",
    "refer": "Refer to a service",
}
REASONS: Mapping[str, str] = {
    "abuse-indicator-disclosed": "a parent told of a sign of abuse",
    "second-parent-missing": "only one parent is named",
    "parent-not-screened": "a parent has had no safety conversation",
    "parent-not-seen-alone": "a parent was not seen alone",
    "tool-not-evidence-based": "the conversation did not follow an evidence-based tool",
    "indicator-unanswered": "a question about abuse has no clear answer",
    "screening-out-of-date": "a safety conversation is too long ago",
    "no-child-named": "no child is named",
    "parent-under-age": "a parent is under the age from which the area refers",
    "same-person-twice": "one person is named as two parents",
    "in-crisis": "a parent is in crisis",
    "therapy-elsewhere": "a parent has or awaits therapy elsewhere",
    "public-law-proceedings": "the family is in public law proceedings",
    "parent-does-not-agree": "a parent does not agree",
    "privacy-notice-missing": "a parent has not had the privacy notice",
    "no-wish-for-change": "a parent does not want change",
    "childs-perspective-missing": "a parent does not see the child's side",
    "used-as-exit-strategy": "meant as a way out of another plan",
    "no-wrap-around": "a parent has nobody to hold them in mind",
    "universal-offer-first": "help that is open to everybody comes first",
}
SERVICES: Mapping[str, str] = {
    "mediation": "Mediation",
    "couple-support": "Couple support",
    "family-counselling": "Family counselling",
    "coordinator-decides": "The coordinator decides",
}
SOURCES: Mapping[str, str] = {
    "mash": "multi-agency safeguarding hub",
    "gp": "GP",
    "camhs": "child and adolescent mental health",
    "prison-probation": "prison or probation",
    "self": "the family itself",
}
LEVELS: Mapping[str, str] = {
    "universal-plus": "Universal plus",
    "child-in-need": "Child in need",
    "child-protection": "Child protection",
}
STEPS: Mapping[str, str] = {
    "referred": "Referred to a service",
    "started": "Started",
    "completed": "Completed",
    "answered-6-months": "Answered after 6 months",
    "answered-12-months": "Answered after 12 months",
}
DAYS: Mapping[str, str] = {
    "submitted agreed": "From screening to the referral being agreed",
    "agreed accepted": "From agreed to accepted by the provider",
    "accepted assessed": "From accepted to first assessment",
    "assessed first-session": "From assessment to first session",
    "first-session closed": "From first session to the end",
    "submitted first-session": "Whole wait: from screening to first session",
}
ENDINGS: Mapping[str, str] = {
    "completed": "Completed",
    "ended-early": "Ended early",
    "no-contact": "No contact could be made",
    "withdrawn": "A parent withdrew",
    "unsuitable": "The service turned out not to suit",
    "halted-for-safety": "Stopped for safety",
    "under-way": "Still under way",
}
VIEWS: Mapping[str, str] = {
    "direct": "Asked directly",
    "third-party": "Heard through somebody else",
    "observation": "Observed",
    "not-sought": "Not sought",
}
# Which way is better is the instrument's own; one without words here is shown without a verdict.
INSTRUMENTS: Mapping[str, str] = {
    "core-10": "CORE-10, a parent's distress: a lower score is better",
    "cors": "CORS, how a child says things are going: a higher score is better",
}
OCCASIONS: Mapping[str, str] = {
    "baseline": "At the start",
    "closure": "At the end",
    "follow-up-6-months": "6 months later",
    "follow-up-12-months": "12 months later",
}
CHARACTERISTICS: Mapping[str, str] = {"first_language": "First language", "employment": "Work"}
GROUPS: Mapping[str, Mapping[str, str]] = {
    "first_language": {
        "ar": "Arabic",
        "bn": "Bengali",
        "cy": "Welsh",
        "en": "English",
        "pa": "Panjabi",
        "pl": "Polish",
        "pt": "Portuguese",
        "ro": "Romanian",
        "so": "Somali",
        "ur": "Urdu",
    },
    "disability": {"yes": "Disabled", "no": "Not disabled"},
    "employment": {"working": "In work", "workless": "Out of work"},
}
# Codes that read well with their hyphens as spaces need no words here.
CONCERNS: Mapping[str, str] = {"child-wellbeing": "the child's wellbeing", "wrap-around-support": "wrap-around support"}
CHANGES: Mapping[str, str] = {"better": "better", "same": "the same", "worse": "worse", "not-said": "not said"}


def words(table: Mapping[str, str], code: str) -> str:
    """What a code means; a code that has no words yet is still readable."""
    return table.get(code) or code.replace("-", " ").capitalize()


HELD_BACK = "*"
"""What is shown of a figure that is held back, which within the summary is not a number (NaN)."""


def percent(share: float | None) -> str:
    """A share as a whole percentage; nothing where there was nobody to count."""
    return _shown(share, lambda known: f"{known:.0%}")


def _shown(figure: float | None, write: Callable[[float], str]) -> str:
    if figure is None:
        return "-"
    return HELD_BACK if isnan(figure) else write(figure)


def number(count: float) -> str:
    """A count with its thousands apart."""
    return _shown(count, lambda known: f"{known:,.0f}")


def pounds(pence: float | None) -> str:
    """Money in whole pounds; nothing where it is not known, which is not the same as none."""
    return _shown(pence, lambda known: f"£{known / 100:,.0f}")


def decimal(value: float | None, written: str = ".1f") -> str:
    """A mean, or a difference of means; nothing where there was nobody to count."""
    return "" if value is None else _shown(value, lambda known: format(known, written))


def days(count: float | None) -> str:
    """Days, with a half where the middle lies between two days."""
    return _shown(count, lambda known: f"{known:,.1f}".removesuffix(".0"))


def day(written: str) -> str:
    """A date as it is spoken, such as 1 April 2025, from its form in JSON."""
    on = date.fromisoformat(written)
    return f"{on.day} {on:%B %Y}"
