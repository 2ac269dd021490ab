"""What a referrer can do next, in plain words, for every decision and every reason: on pages and in what is sent alike.

The words speak of the family, never of one parent: nobody can read from them which parent answered what.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.contracts.area_parts import Signpost
from shared.contracts.notification import NextStep
from shared.contracts.vocabulary import Decision, Reason


@dataclass(frozen=True)
class Area:
    """Where an area's families find the universal offer and specialist support."""

    universal_offer: Signpost
    specialist_support: Signpost


WORDS_OF_REASONS: Mapping[str, str] = {
    Reason.SECOND_PARENT_MISSING: (
        "Name the second parent or carer. The referral needs the safety conversation with each of them."
    ),
    Reason.PARENT_NOT_SCREENED: "Hold the safety conversation with each parent and send its answers.",
    Reason.PARENT_NOT_SEEN_ALONE: (
        "Hold the safety conversation with each parent alone, where the other cannot hear or read it."
    ),
    Reason.TOOL_NOT_EVIDENCE_BASED: (
        "Hold the safety conversation with the Safety Net tool, DASH or another evidence-based tool."
    ),
    Reason.INDICATOR_UNANSWERED: (
        "Ask each parent alone every safety question that is still open. An unknown is never read as a no."
    ),
    Reason.SCREENING_OUT_OF_DATE: "Hold the safety conversation with each parent again: one of them was too long ago.",
    Reason.NO_CHILD_NAMED: "Name the children of the family. The help is for families with children, born or expected.",
    Reason.PARENT_UNDER_AGE: (
        "One of the parents is under the age from which your area refers. Check the date of birth; if it is right, "
        "speak with the coordinator."
    ),
    Reason.SAME_PERSON_TWICE: (
        "Two of the parents have the same name and date of birth. Name each person once; where they are twins, say so."
    ),
    Reason.IN_CRISIS: "Support the family through the crisis first. Send the screening again when it is over.",
    Reason.THERAPY_ELSEWHERE: (
        "Let the therapy that is under way or waited for come first. Send the screening again after it."
    ),
    Reason.PUBLIC_LAW_PROCEEDINGS: (
        "Wait for the end of the public law proceedings about the children. Speak with their social worker meanwhile."
    ),
    Reason.PARENT_DOES_NOT_AGREE: (
        "Both parents must agree. Speak with each of them alone about what the service is, and respect a no."
    ),
    Reason.PRIVACY_NOTICE_MISSING: "Share the privacy notice for families with each parent and record the date.",
    Reason.NO_WISH_FOR_CHANGE: (
        "Speak with each parent about what they would want to be different. The service needs a wish for change "
        "from both."
    ),
    Reason.CHILDS_PERSPECTIVE_MISSING: "Speak with each parent about how the children see, hear and feel the conflict.",
    Reason.USED_AS_EXIT_STRATEGY: (
        "Make the referral a part of the early help, child in need or child protection plan, not the way out of it."
    ),
    Reason.NO_WRAP_AROUND: (
        "Find for each parent a practitioner who holds them in mind and speaks with them before each session."
    ),
}
"""What is missing or in the way. The two reasons that are not here have signposts of the area instead."""

WORDS_FOR_ONE_PARENT: Mapping[str, str] = {
    Reason.PARENT_NOT_SCREENED: "Hold the safety conversation with the parent and send its answers.",
    Reason.PARENT_NOT_SEEN_ALONE: "Hold the safety conversation with the parent where nobody can hear or read it.",
    Reason.INDICATOR_UNANSWERED: (
        "Ask the parent alone every safety question that is still open. An unknown is never read as a no."
    ),
    Reason.SCREENING_OUT_OF_DATE: "Hold the safety conversation with the parent again: it was too long ago.",
    Reason.PARENT_UNDER_AGE: (
        "The parent is under the age from which your area refers. Check the date of birth; if it is right, speak with "
        "the coordinator."
    ),
    Reason.PARENT_DOES_NOT_AGREE: (
        "The parent must agree. Speak with them alone about what the service is, and respect a no."
    ),
    Reason.PRIVACY_NOTICE_MISSING: "Share the privacy notice for families with the parent and record the date.",
    Reason.NO_WISH_FOR_CHANGE: "Speak with the parent about what they would want to be different.",
    Reason.CHILDS_PERSPECTIVE_MISSING: "Speak with the parent about how the children see, hear and feel the conflict.",
    Reason.NO_WRAP_AROUND: (
        "Find for the parent a practitioner who holds them in mind and speaks with them before each session."
    ),
}
"""Where one parent alone takes part: nobody is asked to speak with the other, or about them."""

_KEEP_SAFE = NextStep(
    code="keep-it-safe",
    text=(
        "Follow your safeguarding procedure now. Say nothing of this to the other parent, and do not offer mediation, "
        "couple support or family counselling."
    ),
)
LOOKED_AT = NextStep(
    code="referral-is-looked-at",
    text="The area's team looks at the referral and speaks with you if it needs to. You have nothing to do now.",
)
ASK_COORDINATOR = NextStep(
    code="ask-the-coordinator",
    text="Ask the coordinator what else would help this family.",
)


def specialist_support(area: Area | None) -> tuple[NextStep, ...]:
    """The steps where there is a sign of abuse."""
    return (
        _signpost(
            "specialist-support",
            "Contact the area's specialist domestic abuse support for the parent who is at risk, and for the children.",
            area.specialist_support if area else None,
        ),
        _KEEP_SAFE,
    )


def steps_after_screening(
    decision: Decision, reasons: Iterable[str], area: Area | None, *, one_parent: bool = False
) -> tuple[NextStep, ...]:
    """What to do after a decision. At least one step for every decision, and for every reason, of one that is newer
    than this service too.

    Where there is a sign of abuse, only the specialist steps: what else would be missing for a conflict service must
    not look like a thing to put right.
    """
    if decision is Decision.DOMESTIC_ABUSE_PATHWAY:
        return specialist_support(area)
    if decision is Decision.REFER:
        return (LOOKED_AT,)
    steps = tuple(dict.fromkeys(step_for(reason, area, one_parent=one_parent) for reason in reasons))
    return steps or (ASK_COORDINATOR,)


def step_for(reason: str, area: Area | None, *, one_parent: bool = False) -> NextStep:
    """What to do about one reason. Of one that is newer than this service, the coordinator knows."""
    if reason is Reason.ABUSE_INDICATOR_DISCLOSED:
        return specialist_support(area)[0]
    if reason is Reason.UNIVERSAL_OFFER_FIRST:
        return _signpost(
            "universal-offer-first",
            "Support the family to use the area's universal offer first. Send the screening again if it is not enough.",
            area.universal_offer if area else None,
        )
    words = (WORDS_FOR_ONE_PARENT.get(reason) if one_parent else None) or WORDS_OF_REASONS.get(reason)
    return NextStep(code=reason, text=words) if words else ASK_COORDINATOR


def _signpost(code: str, text: str, to: Signpost | None) -> NextStep:
    if to is None:
        return NextStep(code=code, text=text)
    return NextStep(code=code, text=text, name=to.name, phone=to.phone, url=to.url)
