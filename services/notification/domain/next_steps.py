"""What a referrer can do next after what happens later. After a screening: `shared.contracts.next_steps`."""

from collections.abc import Iterable

from shared.contracts.next_steps import ASK_COORDINATOR, LOOKED_AT, Area, step_for
from shared.contracts.notification import NextStep
from shared.contracts.vocabulary import Reason
from shared.contracts.workforce import PractitionerUntrained

_OPEN_ALREADY = NextStep(
    code="case-open-already",
    text="A case is already open for this family. The coordinator will contact you.",
)


def steps_after_return(missing: Iterable[str], area: Area | None) -> tuple[NextStep, ...]:
    """What the coordinator needs before the case can go on."""
    known = set(Reason)
    steps = [
        step_for(Reason(code), area)
        if code in known
        else NextStep(code=code, text=f"The coordinator needs to know more: {code.replace('-', ' ')}.")
        for code in missing
    ]
    return (
        *steps,
        NextStep(
            code="send-again", text="Send the screening again, as a correction of the one before, when this is done."
        ),
    )


def steps_after_taking_back(*, one_is_in_force: bool) -> tuple[NextStep, ...]:
    """A screening counts no longer, as its front door asked."""
    if one_is_in_force:
        return (NextStep(code="earlier-one-stands", text="What you sent of this family before is what counts again."),)
    return (NextStep(code="nothing-stands", text="Nothing that you sent of this family counts any more."),)


def steps_for_training(event: PractitionerUntrained) -> tuple[NextStep, ...]:
    """Whoever screened is asked to be trained. The words speak of a course and not of the family."""
    modules = ", ".join(module.value.replace("-", " ") for module in event.missing)
    until = (
        f"Book a place before {event.grace_ended_on}."
        if event.standing == "in-grace"
        else "The days of grace are over: book a place now."
    )
    return (
        NextStep(
            code="book-training",
            text=f"Your area asks whoever screens to be trained. Still missing: {modules}. {until} "
            "Your screening stands and waits for nothing.",
        ),
    )


def steps_after_refusal() -> tuple[NextStep, ...]:
    """The coordinator refused."""
    return (ASK_COORDINATOR,)


def steps_while_looked_at() -> tuple[NextStep, ...]:
    """The area's team looks at the case."""
    return (LOOKED_AT,)


def steps_after_joining() -> tuple[NextStep, ...]:
    """Somebody else's case of the family is open. Nothing reveals whose, or what is known there."""
    return (_OPEN_ALREADY,)
