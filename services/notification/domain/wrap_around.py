"""What a referrer reads about wrap-around support and about a provider's concern, in plain words.

The words speak of the family, never of one parent.
"""

from collections.abc import Sequence

from shared.contracts.notification import NextStep
from shared.contracts.referral import AgreedParent

BOUNDARIES = NextStep(
    code="wrap-around-boundaries",
    text=(
        "One practitioner supports both parents. It is strongly advised that each has their own. If it stays so, keep "
        "clear boundaries: speak with each parent separately and before each session, carry nothing from one to the "
        "other, and see that the needs of both are met."
    ),
)
BEFORE_EACH_SESSION = NextStep(
    code="wrap-around-before-each-session",
    text=(
        "Each parent's practitioner touches base with that parent alone before each session, and is reminded by "
        "e-mail. Confirm each contact; tell at once of any sign of abuse."
    ),
)
BEFORE_EACH_SESSION_OF_ONE_PARENT = NextStep(
    code="wrap-around-before-each-session",
    text=(
        "The parent's practitioner touches base with them alone before each session, and is reminded by e-mail. "
        "Confirm each contact; tell at once of any sign of abuse."
    ),
)

_CONCERNS = {
    "attendance": "somebody of the family finds it hard to come",
    "childcare": "childcare stands in the way",
    "child-wellbeing": "a child may need support of their own",
    "education": "there is something to see to at school",
    "employment": "work stands in the way or is a worry",
    "finances": "money is a worry",
    "housing": "housing is a worry",
    "mental-health": "support with mental health may be needed",
    "physical-health": "support with physical health may be needed",
    "substance-use": "support with alcohol or drugs may be needed",
    "access-needs": "something is needed for the family to take part, such as an interpreter or a step-free room",
    "wrap-around-support": "wrap-around support before the sessions is missing",
}


def steps_for_wrap_around(parents: Sequence[AgreedParent]) -> tuple[NextStep, ...]:
    """What the referrer does about wrap-around once the referral is agreed; one practitioner for both is flagged."""
    if len(parents) == 1:
        return (BEFORE_EACH_SESSION_OF_ONE_PARENT,)
    practitioners = [each.wrap_around.practitioner_id for each in parents if each.wrap_around]
    shared = len(set(practitioners)) < len(practitioners)
    return (BEFORE_EACH_SESSION, BOUNDARIES) if shared else (BEFORE_EACH_SESSION,)


def step_for_concern(code: str, *, one_parent: bool = False) -> NextStep:
    """A provider's concern that is not about abuse. A code that is newer than this service is named as it is."""
    concern = _CONCERNS.get(code, f"it has a concern ({code.replace('-', ' ')})")
    whom = "Speak with the parent alone" if one_parent else "Speak with the family, each parent alone"
    return NextStep(code="concern", text=f"The provider tells you that {concern}. {whom}, and see what would help.")
