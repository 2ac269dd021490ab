"""What the pages call what they count, and what each of it means."""

from collections.abc import Mapping

HELD_BACK = "held back"
STEPS: Mapping[str, str] = {
    "referred": "Referred to a service",
    "started": "Started",
    "completed": "Completed",
    "answered-6-months": "Answered after 6 months",
    "answered-12-months": "Answered after 12 months",
}
WAITS: Mapping[str, str] = {
    "days-submitted-to-agreed": "Screening to agreed referral",
    "days-agreed-to-accepted": "Referral to acceptance",
    "days-accepted-to-assessed": "Acceptance to assessment",
    "days-assessed-to-first-session": "Assessment to first session",
    "days-submitted-to-first-session": "Whole wait, to the first session",
    "days-first-session-to-closed": "First session to the end",
}
SERVICES: Mapping[str, str] = {
    "none": "Not referred",
    "mediation": "Mediation",
    "couple-support": "Couple support",
    "family-counselling": "Family counselling",
}
SOURCES: Mapping[str, str] = {
    "mash": "Safeguarding hub (MASH)",
    "gp": "GP",
    "camhs": "CAMHS",
    "self": "The family itself",
}
OCCASIONS: Mapping[str, str] = {
    "at-closure": "at the end",
    "after-6-months": "6 months later",
    "after-12-months": "12 months later",
}
DEFINITIONS: Mapping[str, str] = {
    "funnel": "Parents, each counted once. Referred: a referral was agreed and sent to a provider. Started: they "
    "came to a session of it. Completed: they started, and the case was closed as completed. Answered: a "
    "follow-up measure of theirs arrived. Shares are of the parents who were referred.",
    "flow": "Families, each counted once, by the front door that screened them last, and how many of them were "
    "referred to a service: a referral was agreed. The interval holds the true share 95 times out of 100.",
    "waiting": "Whole days between two steps. Half of the families waited no longer than the first number, nine in "
    "ten no longer than the second. Counted are those for whom both steps have been reported.",
    "change": "The difference between a person's score and their own score at the start, on the same version of the "
    "same measure. The interval holds the true mean 95 times out of 100. Better and worse "
    "are those who changed by more than the measure's own error explains. It shows what changed, not that "
    "the support did it.",
    "fathers": "The share that fathers are of the parents who came to each step.",
    "again": "Families who had come to a session and whose case ended so many months ago or earlier. Came again: "
    "the family was referred again by then, by any front door. The interval holds the true share "
    "95 times out of 100.",
    "areas": "Parents who were referred in each area, who started and who completed. The bars are the share of the "
    "referred parents who started: where their intervals overlap, areas may differ by chance alone. A family is "
    "counted in the area that screened it last.",
}
TITLES: Mapping[str, str] = {
    "funnel": "How far parents come",
    "flow": "From front doors to services",
    "waiting": "How long families wait",
    "change": "What changed for people",
    "fathers": "How many are fathers",
    "again": "Who is referred again",
    "areas": "Area by area",
}


def words(table: Mapping[str, str], code: str) -> str:
    """What a code means; one that has no words yet is still readable."""
    return table.get(code) or code.replace("-", " ").capitalize()


def number(count: float | None) -> str:
    """A count with its thousands apart."""
    return HELD_BACK if count is None else f"{count:,.0f}"


def percent(share: float | None) -> str:
    """A share as a whole percentage."""
    return HELD_BACK if share is None else f"{share:.0%}"
