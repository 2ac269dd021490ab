"""The forms of a referral: what each asks for, when it is offered, and the update that its answers are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.referral.domain.case.shown_to_provider import AT_WORK, ShownReferral, Stage
from services.referral.web.provider import words
from services.referral.web.provider.measures import measure_lead, measure_of, measure_questions
from services.referral.web.provider.questions import Question, choice, parts_of, starts_at, time_of

Answers = Mapping[str, Any]


@dataclass(frozen=True)
class Form:
    """One form. `questions` and `update` take the referral and what the form is about: a number, or an instrument."""

    name: str
    title: str
    button: str
    stages: frozenset[Stage]
    questions: Callable[[ShownReferral, str], tuple[Question, ...]]
    update: Callable[[ShownReferral, str, Answers], dict[str, Any]]
    lead: str = ""
    lead_about: Callable[[str], str] = lambda _about: ""
    warning: bool = False
    of_session: bool = False
    """Whether it is about one session that is planned."""

    def fits(self, shown: ShownReferral, about: str) -> bool:
        """Whether it can be used now."""
        if shown.stage not in self.stages or not shown.newest:
            return False
        return not self.of_session or _planned(shown, about) is not None


def _none(_shown: ShownReferral, _about: str) -> tuple[Question, ...]:
    return ()


def _plain(update: str) -> Callable[[ShownReferral, str, Answers], dict[str, Any]]:
    return lambda _shown, _about, answers: {"update": update, **answers}


def _asked(*questions: Question) -> Callable[[ShownReferral, str], tuple[Question, ...]]:
    return lambda _shown, _about: questions


def _planned(shown: ShownReferral, about: str) -> Any:
    return shown.course.session(int(about)) if about.isascii() and about.isdigit() and len(about) < 4 else None


def _contact(shown: ShownReferral, _about: str) -> tuple[Question, ...]:
    parents = {str(each.person_id): each.called for each in shown.parents}
    return (
        choice("parent", "Whom did you try to reach?", parents, "Select whom you tried to reach"),
        choice("method", "How?", words.METHODS, "Select how you tried", inline=True),
        choice("outcome", "What came of it?", words.CONTACTS, "Select what came of it"),
    )


def _assess(shown: ShownReferral, _about: str) -> tuple[Question, ...]:
    return tuple(
        choice(
            f"of-{each.person_id}",
            f"{each.called}: what did you find?",
            {**words.OUTCOMES, "not-seen": "Not seen yet"},
            f"Select what you found for the {each.called.lower()}, or that they were not seen yet",
            given=(_found(shown, each.person_id),),
        )
        for each in shown.parents
    )


def _found(shown: ShownReferral, person: Any) -> str:
    outcome = shown.course.outcome_of(person)
    return str(outcome) if outcome else ""


def _assessed(_shown: ShownReferral, _about: str, answers: Answers) -> dict[str, Any]:
    seen = {name.removeprefix("of-"): outcome for name, outcome in answers.items() if outcome != "not-seen"}
    worst = next((each for each in ("safety-concern", "not-suitable") if each in seen.values()), "suitable")
    return {
        "update": "initial-assessment",
        "outcome": worst,
        "parents_seen": list(seen),
        "parents": [{"parent": person, "outcome": outcome} for person, outcome in seen.items()],
    }


def _session(shown: ShownReferral, about: str) -> tuple[Question, ...]:
    planned = _planned(shown, about)
    people = {str(each.person_id): each.called for each in shown.taking_part}
    expected = [str(each) for each in planned.expected] if planned else list(people)
    return (
        choice(
            "kind",
            "Who is it with?",
            words.KINDS,
            "Select who the session is with",
            given=(str(planned.kind),) if planned else (),
        ),
        Question(
            "day",
            "date",
            "Which day?",
            "Enter the day",
            given=parts_of(planned.scheduled_for) if planned else (),
            hint="For example, 27 3 2026",
        ),
        Question(
            "time",
            "time",
            "What time does it begin?",
            "Enter the time",
            given=(time_of(planned.scheduled_for),) if planned else (),
            hint="For example, 14:30",
        ),
        Question(
            "expected",
            "checkboxes",
            "Who is expected?",
            "Select who is expected",
            tuple(people.items()),
            given=tuple(each for each in expected if each in people),
        ),
    )


def _scheduled(shown: ShownReferral, about: str, answers: Answers) -> dict[str, Any]:
    return {
        "update": "session-scheduled",
        "number": int(about) if _planned(shown, about) else shown.next_number,
        "scheduled_for": starts_at(answers["day"], answers["time"]),
        "kind": answers["kind"],
        "expected": answers["expected"],
    }


def _attendance(shown: ShownReferral, about: str) -> tuple[Question, ...]:
    planned = _planned(shown, about)
    expected = planned.expected if planned else frozenset()
    people = [each for each in shown.people if each.person_id in expected]
    return (
        *(
            choice(
                f"of-{each.person_id}",
                each.called,
                words.ATTENDANCE,
                f"Select whether the {each.called.lower()} came",
                inline=True,
            )
            for each in people
        ),
        Question(
            "held_on",
            "date",
            "Which day was it held?",
            "Enter the day",
            given=parts_of(planned.scheduled_for) if planned else (),
        ),
    )


def _attended(shown: ShownReferral, about: str, answers: Answers) -> dict[str, Any]:
    planned = _planned(shown, about)
    return {
        "update": "session",
        "number": planned.number,
        "kind": str(planned.kind),
        "held_on": answers["held_on"],
        "attendance": [
            {"person": name.removeprefix("of-"), "attended": came}
            for name, came in answers.items()
            if name.startswith("of-")
        ],
    }


def _close(shown: ShownReferral, _about: str) -> tuple[Question, ...]:
    asked: list[Question] = [choice("reason", "How did it end?", words.CLOSURES, "Select how it ended")]
    for each in shown.people:
        if each.is_parent or each.takes_part:
            asked += [
                choice(
                    f"change-{each.person_id}",
                    f"{each.called}: what do they say has changed?",
                    words.CHANGES,
                    f"Select what the {each.called.lower()} says",
                    inline=True,
                    hint="Ask each alone. It is their own view, not yours.",
                ),
                Question(
                    f"words-{each.person_id}", "words", f"{each.called}: in their own words (optional)", hint=_SEALED
                ),
            ]
    return tuple(asked)


def _closed(_shown: ShownReferral, _about: str, answers: Answers) -> dict[str, Any]:
    people = [name.removeprefix("change-") for name in answers if name.startswith("change-")]
    return {
        "update": "case-closed",
        "reason": answers["reason"],
        "views": [
            {"person": each, "change": answers[f"change-{each}"], "words": answers[f"words-{each}"] or None}
            for each in people
        ],
    }


def _taken_back(shown: ShownReferral, about: str, _answers: Answers) -> dict[str, Any]:
    return {"update": "session-taken-back", "number": _planned(shown, about).number}


_SEALED = "It is stored encrypted, and the other parent is not shown it."
_NEW, _ACCEPTED, _CLOSED = frozenset({Stage.NEW}), frozenset({Stage.ACCEPTED}), frozenset({Stage.CLOSED})
FORMS: tuple[Form, ...] = (
    Form(
        "accept",
        "Accept the referral",
        "Accept the referral",
        _NEW,
        _none,
        _plain("referral-accepted"),
        lead="You take the family on. The next step is to reach each parent, alone and as they say is safe.",
    ),
    Form(
        "decline",
        "Decline the referral",
        "Decline the referral",
        _NEW,
        _asked(choice("reason", "Why?", words.DECLINES, "Select why you decline the referral")),
        _plain("referral-declined"),
        lead="The area then looks for another service. You cannot take it back.",
    ),
    Form(
        "contact",
        "Record a contact attempt",
        "Save the attempt",
        AT_WORK,
        _contact,
        _plain("contact-attempted"),
    ),
    Form(
        "assessment",
        "Record the initial assessment",
        "Save the assessment",
        _ACCEPTED,
        _assess,
        _assessed,
        lead="Each parent is assessed alone. You can save one now and the other later.",
    ),
    Form("session", "Plan or move a session", "Save the session", AT_WORK, _session, _scheduled),
    Form(
        "attendance",
        "Who came?",
        "Save who came",
        frozenset({Stage.ASSESSED, Stage.IN_SESSIONS}),
        _attendance,
        _attended,
        of_session=True,
    ),
    Form(
        "not-held",
        "The session is not held",
        "Remove the session",
        AT_WORK,
        _none,
        _taken_back,
        lead="It is removed from the plan, as if it had not been planned. To hold it on another day, move it instead.",
        of_session=True,
    ),
    Form(
        "measure",
        "Record a measure",
        "Save the measure",
        AT_WORK | _CLOSED,
        measure_questions,
        measure_of,
        lead_about=measure_lead,
    ),
    Form(
        "concern",
        "Tell the referrer of a concern",
        "Tell the referrer",
        AT_WORK,
        _asked(choice("code", "What is it about?", words.CONCERNS, "Select what it is about")),
        _plain("concern"),
        lead="For something that the referrer should see to. If it is about abuse, report a safety concern instead.",
    ),
    Form(
        "close",
        "Close the referral",
        "Close the referral",
        AT_WORK,
        _close,
        _closed,
    ),
    Form(
        "reopen",
        "Take it up again",
        "Take it up again",
        _CLOSED,
        _asked(choice("reason", "Why?", words.REOPENINGS, "Select why you take it up again")),
        _plain("case-reopened"),
    ),
    Form(
        "safety-concern",
        "Report a safety concern",
        "Report it and stop",
        frozenset(Stage) - {Stage.STOPPED},
        _none,
        _plain("safety-concern"),
        lead="All work with this family stops at once, and specialist support takes over. You do not need proof. Say "
        "nothing of it to either parent. If somebody is in danger now, call 999.",
        warning=True,
    ),
)
