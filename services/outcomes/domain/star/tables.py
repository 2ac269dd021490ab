"""The tables of the star: one row for each case, parent, child, referral, session, score and training.

Ids are text and days are dates, because engines differ in what they make of UUIDs and of times. Nobody's name, contact
or words come here, as they never come to outcomes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a column holds, by the same name in every engine that reads Parquet."""

    TEXT = "string"
    DAY = "date"
    WHOLE = "int64"
    NUMBER = "float64"
    FLAG = "boolean"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what it holds, what it means, and whether it may be empty."""

    kind: Kind
    means: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table: what one row of it is, the columns that tell rows apart, and all columns in their order."""

    row: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]


def _text(means: str, *, optional: bool = False) -> Column:
    return Column(Kind.TEXT, means, optional)


def _day(means: str, *, optional: bool = True) -> Column:
    return Column(Kind.DAY, means, optional)


def _whole(means: str, *, optional: bool = False) -> Column:
    return Column(Kind.WHOLE, means, optional)


def _number(means: str, *, optional: bool = True) -> Column:
    return Column(Kind.NUMBER, means, optional)


def _flag(means: str, *, optional: bool = False) -> Column:
    return Column(Kind.FLAG, means, optional)


_CASE = {"case_id": _text("the case")}
_PERSON = {"person_id": _text("the person within the case")}
_REFERRAL = {"referral_id": _text("the referral")}

STAR: Mapping[str, Table] = {
    "case": Table(
        "a case whose screening is known and was not taken back, by the screening that is in force",
        ("case_id",),
        {
            **_CASE,
            "area": _text("the area of the screening"),
            "agency": _text("the agency that screened"),
            "source": _text("the kind of front door"),
            "practitioner_id": _text("who screened", optional=True),
            "level_of_need": _text("the level on the continuum of need"),
            "relationship": _text("together, separated or separating"),
            "decision": _text("what the screening came to"),
            "screened_on": _day("the day of the screening", optional=False),
            "parents": _whole("parents in the screening"),
            "fathers": _whole("fathers among them"),
            "children": _whole("children in the screening"),
            "referrals": _whole("how many referrals were agreed"),
            "service": _text("the kind of service of the first referral; empty where there was none", optional=True),
            "provider": _text("the provider of the first referral", optional=True),
            "first_agreed_on": _day("the day on which the first referral was agreed"),
            "first_submitted_on": _day("the day of the screening that the first referral was agreed on"),
            "started_on": _day("the first day on which a referred parent came to a session"),
            "completed_on": _day("the last day on which it was closed as completed"),
            "ended_on": _day("the day on which it ended; empty while it goes on or where it was opened again"),
            "ending": _text("how it ended: a closure's reason, or halted-for-safety", optional=True),
            "previous_case_id": _text("the ended case of the same family that this one follows", optional=True),
            "again_within_months": _whole("within how many months it followed: 6 or 12", optional=True),
            "again_for_same_reason": _flag("whether it asks for the same service", optional=True),
            "again_on": _day("the day on which the family was known to come again"),
        },
    ),
    "case_reason": Table(
        "a reason that the decision on a case gives",
        ("case_id", "reason"),
        {**_CASE, "reason": _text("its code")},
    ),
    "screening": Table(
        "a screening, in force or not, but for those that were taken back",
        ("case_id", "submission_id"),
        {
            **_CASE,
            "submission_id": _text("the screening"),
            "area": _text("its area"),
            "agency": _text("its agency"),
            "source": _text("the kind of front door"),
            "practitioner_id": _text("who screened", optional=True),
            "decision": _text("what it came to"),
            "screened_on": _day("its day", optional=False),
            "in_force": _flag("whether it is the one that counts for its case"),
        },
    ),
    "parent": Table(
        "a parent of a case, from its screening in force or from a referral",
        ("case_id", "person_id"),
        {
            **_CASE,
            **_PERSON,
            "is_father": _flag("whether any of the records names them father"),
            "screened": _flag("whether the screening in force names them"),
            "agrees": _flag("whether they agree to a referral, by the screening in force", optional=True),
            "sex": _text("as they stated it in the screening in force", optional=True),
            "ethnicity": _text("as they stated it", optional=True),
            "first_language": _text("as they stated it", optional=True),
            "disability": _text("as they stated it", optional=True),
            "employment": _text("as they stated it", optional=True),
            "referred": _flag("whether a referral that was agreed names them"),
            "referred_on": _day("the day on which the first of those was agreed"),
            "started_on": _day("the first day on which they came to a session of a referral that names them"),
            "started_service": _text("the kind of service of that referral", optional=True),
            "started_provider": _text("the provider of that referral", optional=True),
            "completed_on": _day("the day on which the case was closed as completed, where they started"),
            "asked_6_months_on": _day("the day on which they were to be asked again after six months"),
            "asked_12_months_on": _day("the same after twelve"),
            "answered_6_months_on": _day("the first day of a score after six months, where they were referred"),
            "answered_12_months_on": _day("the same after twelve"),
            "change": _text("what they said has changed, as a code, when they were asked last", optional=True),
        },
    ),
    "child": Table(
        "a child of the screening in force",
        ("case_id", "person_id"),
        {
            **_CASE,
            **_PERSON,
            "takes_part": _flag("whether the child takes part"),
            "views_source": _text("how the child's views were sought: direct, third-party, observation, not-sought"),
            "change": _text("what the child said has changed, as a code, when asked last", optional=True),
        },
    ),
    "referral": Table(
        "a referral that was agreed",
        ("case_id", "referral_id"),
        {
            **_CASE,
            **_REFERRAL,
            "nth": _whole("its place among the case's, from 1"),
            "area": _text("the area that agreed it"),
            "provider": _text("the provider"),
            "service": _text("the kind of service"),
            "offer": _text("the provider's offer", optional=True),
            "agreed_by": _text("coordinator, panel or rule"),
            "submitted_on": _day("the day of the screening that it was agreed on"),
            "agreed_on": _day("the day on which it was agreed", optional=False),
            "accepted_on": _day("the day on which the provider accepted it"),
            "declined_on": _day("the day on which the provider declined it"),
            "declined_for": _text("the reason for that", optional=True),
            "assessed_on": _day("the day of the initial assessment"),
            "assessed_as": _text("what it found", optional=True),
            "started_on": _day("the first day on which a parent whom it names came to a session of it"),
            "closed_on": _day("the last day on which it was closed"),
            "completed": _flag("whether it was closed as completed"),
            "parents": _whole("the parents whom it names"),
            "fathers": _whole("fathers among them"),
            "children": _whole("children whom it names"),
            "sessions": _whole("sessions that were held"),
            "unit_cost_pence": _whole("the newest price of its offer, in pence", optional=True),
            "unit_cost_for": _text("what that price is for: completed-case, started-case or session", optional=True),
        },
    ),
    "session": Table(
        "a session that was held, by its last report",
        ("case_id", "referral_id", "number"),
        {
            **_CASE,
            **_REFERRAL,
            "number": _whole("its number within the referral"),
            "held_on": _day("the day on which it was held", optional=False),
            "kind": _text("its kind"),
            "parents": _whole("parents who came"),
            "fathers": _whole("fathers among them"),
            "children": _whole("others who came"),
        },
    ),
    "attendance": Table(
        "a person who was expected at a session",
        ("case_id", "referral_id", "number", "person_id"),
        {
            **_CASE,
            **_REFERRAL,
            "number": _whole("the session's number"),
            **_PERSON,
            "is_parent": _flag("whether a parent of the case, else a child"),
            "is_father": _flag("whether a father"),
            "attended": _text("yes, late or no"),
        },
    ),
    "measure": Table(
        "a person's score on an instrument, by its last report",
        ("case_id", "person_id", "instrument", "version", "occasion"),
        {
            **_CASE,
            **_PERSON,
            "is_parent": _flag("whether of a parent of the case, else of a child"),
            "is_father": _flag("whether of a father"),
            "instrument": _text("the instrument's code"),
            "version": _text("its version"),
            "occasion": _text("baseline, closure, follow-up-6-months or follow-up-12-months"),
            "taken_on": _day("its day", optional=False),
            "score": _number("the score", optional=False),
            "baseline": _number("the same person's score at the baseline on the same version; empty at the baseline"),
            "verdict": _text(
                "recovered, improved, unchanged or deteriorated by the instrument's published reliable change and "
                "cut-off; empty at a baseline, without one, and where none was published",
                optional=True,
            ),
        },
    ),
    "training": Table(
        "a training that a practitioner completed, by the last report of it",
        ("training_id",),
        {
            "training_id": _text("the training"),
            "practitioner_id": _text("who was trained"),
            "profession": _text("their profession", optional=True),
            "completed_on": _day("the day on which it was completed", optional=False),
            "used": _flag("whether they used it, asked six to twelve months later", optional=True),
        },
    ),
    "training_area": Table(
        "an area that a training was for",
        ("training_id", "area"),
        {"training_id": _text("the training"), "area": _text("the area")},
    ),
    "training_module": Table(
        "a module of a training, and how sure the practitioner felt about it",
        ("training_id", "module"),
        {
            "training_id": _text("the training"),
            "module": _text("the module"),
            "before": _whole("confidence before it", optional=True),
            "after": _whole("confidence after it", optional=True),
            "later": _whole("confidence six to twelve months later", optional=True),
        },
    ),
    "area": Table(
        "an area of the directory",
        ("area",),
        {"area": _text("the area"), "name": _text("its name")},
    ),
    "region": Table(
        "an area's membership of a region",
        ("region", "area"),
        {"region": _text("the region"), "name": _text("the region's name"), "area": _text("the area")},
    ),
    "agency": Table(
        "an agency of the directory",
        ("agency",),
        {"agency": _text("the agency"), "name": _text("its name")},
    ),
    "provider": Table(
        "a provider of the directory",
        ("provider",),
        {"provider": _text("the provider"), "name": _text("its name")},
    ),
    "population": Table(
        "how many people of a group live in an area, as the area states it",
        ("area", "characteristic", "code"),
        {
            "area": _text("the area"),
            "characteristic": _text("sex, ethnicity, first_language, disability or employment"),
            "code": _text("the group"),
            "people": _whole("how many"),
        },
    ),
    "avoidable_cost": Table(
        "what an outcome that may be avoided costs, as the area states it",
        ("area", "outcome"),
        {
            "area": _text("the area"),
            "outcome": _text("the outcome"),
            "pence": _whole("its cost in pence"),
            "source": _text("where the figure is from"),
            "as_of": _day("of which day the figure is"),
            "pence_low": _whole("the least that it may cost, in pence", optional=True),
            "pence_high": _whole("the most that it may cost, in pence", optional=True),
            "avoided_per": _text(
                "for what so many are assumed to be avoided: completed-case or started-parent; empty without an "
                "assumption",
                optional=True,
            ),
            "avoided_low": _number("the least that are assumed to be avoided for each of those"),
            "avoided_central": _number("how many are most likely avoided"),
            "avoided_high": _number("the most that are assumed to be avoided"),
            "avoided_source": _text("where that assumption is from", optional=True),
        },
    ),
}
"""Every table of the star, facts first and then dimensions. Time is no table: engines read year and month off a day."""

PARTITIONED = ("case", "case_reason", "screening", "parent", "child", "referral", "session", "attendance", "measure")
"""Those that are kept month by month of the case's first screening, so that what changes is written again alone."""
