"""The forms of a case that ask for something: what each says, which codes it offers, and when."""

from dataclasses import dataclass
from typing import Any

from services.referral.domain.case import reasons
from services.referral.domain.case.case import Case
from services.referral.domain.case.states import DONE_WHEN_SEEN_TO, TO_CONFIRM, State, Trigger, WaitingReason
from services.referral.domain.case.transitions import allows
from services.referral.domain.deciders.commands import (
    Answer,
    Command,
    FromPanel,
    Halt,
    Hold,
    Refuse,
    Reopen,
    Resume,
    Return,
    SeenTo,
    SpecialistContact,
    TakeOffList,
    ToPanel,
    Withdraw,
)
from services.referral.domain.deciders.confirming import ConfirmPeople
from services.referral.web.pages import words
from shared.messaging.core.records import Finding
from shared.service.requests import InvalidRequestError
from shared.web.forms import Form


@dataclass(frozen=True)
class Choices:
    """What a form asks for: one code, or several, of a closed list."""

    field: str
    legend: str
    codes: tuple[str, ...]
    missing: str
    many: bool = False


@dataclass(frozen=True)
class Asked:
    """A form of its own for one command: what it says, what it asks for, and when it is offered."""

    name: str
    title: str
    lead: str
    button: str
    kind: type[Command]
    choices: Choices | None = None
    waits_for: frozenset[WaitingReason] | None = None
    warning: bool = False

    def fits(self, case: Case) -> bool:
        """Whether the table of transitions has it for this case, which waits for it where it must."""
        waiting = case.waiting.reason if case.waiting else None
        if self.waits_for is not None and waiting not in self.waits_for:
            return False
        if self.warning and case.state is State.HALTED:
            return False  # It has stopped, and stays so.
        return allows(State(case.state), self.kind.trigger)

    def as_shown(self) -> dict[str, Any]:
        """What its page says and asks for."""
        shown = {name: getattr(self, name) for name in ("name", "title", "lead", "button", "warning")}
        asked = self.choices
        choices = {"field": asked.field, "legend": asked.legend, "many": asked.many} if asked else None
        return {**shown, "choices": choices}

    def read(self, form: Form) -> Command:
        """The command that the form gives. Raises InvalidRequestError."""
        asked = self.choices
        if asked is None:
            return self.kind()
        given: object = form.all(asked.field) if asked.many else form.get(asked.field)
        if not given:
            raise InvalidRequestError([Finding(asked.field, "is missing")])
        return form.read(self.kind, **{asked.field: given})


def in_order(codes: frozenset[str], *last: str) -> tuple[str, ...]:
    """Codes by their words, with these at the end."""
    return (*sorted(codes - set(last), key=words.worded), *last)


ASKED: tuple[Asked, ...] = (
    Asked(
        "return",
        "Return for information",
        "The referrer is told what is missing, and the case comes back to you once they have corrected it.",
        "Return to the referrer",
        Return,
        Choices(
            "missing",
            "What is missing?",
            in_order(frozenset(map(str, reasons.MISSING)), "other-information"),
            "Select what is missing",
            many=True,
        ),
    ),
    Asked(
        "refuse",
        "Decline the referral",
        "The referrer is told the reason, and that they may send the family again when it changes.",
        "Decline the referral",
        Refuse,
        Choices("reason", "Why?", in_order(reasons.REFUSALS, "other"), "Select why you decline the referral"),
    ),
    Asked(
        "answer",
        "Record the referrer's answer",
        "For an answer that came by telephone. A corrected screening brings the case back by itself.",
        "Record the answer",
        Answer,
        Choices("outcome", "What did the referrer say?", in_order(reasons.ANSWERS), "Select what the referrer said"),
    ),
    Asked(
        "to-panel",
        "Take it to the panel",
        "The multi-agency panel recommends what comes next. You can take the case back.",
        "Take it to the panel",
        ToPanel,
    ),
    Asked("from-panel", "Take it back from the panel", "You decide the case yourself.", "Take it back", FromPanel),
    Asked(
        "take-off-list",
        "Take it off the waiting list",
        "The family loses its place, and the case comes back to you.",
        "Take it off the list",
        TakeOffList,
    ),
    Asked(
        "confirm-people",
        "Confirm the people",
        "You have looked, and the people are those of this family. A provider that has it is told who takes part.",
        "The people are right",
        ConfirmPeople,
        waits_for=TO_CONFIRM,
    ),
    Asked(
        "seen-to",
        "I have seen to it",
        "It leaves your worklist. The timeline keeps who saw to it and when.",
        "I have seen to it",
        SeenTo,
        waits_for=DONE_WHEN_SEEN_TO,
    ),
    Asked(
        "specialist-contact",
        "Record the specialist contact",
        "What came of the contact with specialist support for the person at risk.",
        "Record it",
        SpecialistContact,
        Choices(
            "outcome",
            "What came of it?",
            in_order(reasons.SPECIALIST_CONTACTS, "not-reached"),
            "Select what came of the contact",
        ),
        waits_for=frozenset({WaitingReason.SPECIALIST_CONTACT, WaitingReason.CORRECTED_AFTER_HALT}),
    ),
    Asked(
        "hold",
        "Put on hold",
        "Nothing goes out while it is on hold, and a provider that has the family waits. It resumes where it was.",
        "Put on hold",
        Hold,
    ),
    Asked("resume", "Resume", "The case goes on where it was held.", "Resume", Resume),
    Asked(
        "reopen",
        "Reopen",
        "The case goes to the provider that closed it, within your area's limit. Each parent must still agree.",
        "Reopen the case",
        Reopen,
        Choices("reason", "Why?", in_order(reasons.OF_TRIGGER[Trigger.REOPEN]), "Select why you reopen the case"),
    ),
    Asked(
        "withdraw",
        "A parent withdraws",
        "Everything stops, also at a provider that has the family. Neither parent is told which of them withdrew.",
        "Record the withdrawal",
        Withdraw,
    ),
    Asked(
        "halt",
        "Stop for a sign of abuse",
        "Every case of this family stops at once and stays stopped. A provider is told to stop and not why; nothing is "
        "said to the other parent. You do not need proof.",
        "Stop the case now",
        Halt,
        Choices(
            "source",
            "How did you learn of it?",
            in_order(reasons.SIGNS, "sign-of-abuse"),
            "Select how you learnt of it",
        ),
        warning=True,
    ),
)
