"""What the events reported, as the star's rules read it: outcomes' own rows, flat, each with the day of its event.

A moment is a day, and beside it microseconds since 1970 where rows of one day have to be put in order: engines differ
in what they make of times. A list is rows of a table of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from services.outcomes.domain.star.tables import Kind

Tables = Mapping[str, ir.Table]
"""Tables by their names."""

RECORDED_ON = "recorded_on"
"""The day (UTC) on which the event that a row comes from says that it happened."""


EVERY = "every_"
"""What the name of a table begins with that has every row, where another of its name has those until a day."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A table of what was reported: its key, and the kind of every column. `optional` names those that may be empty."""

    key: tuple[str, ...]
    columns: Mapping[str, Kind]
    optional: frozenset[str] = frozenset()

    def schema(self) -> ibis.Schema:
        """The columns as Ibis knows them."""
        return ibis.schema({name: kind.value for name, kind in self.columns.items()})


def _of(key: str, columns: str, *, recorded: bool = True) -> Reported:
    """A table from a line for each kind: `kind: column column?`, where `?` is one that may be empty."""
    kinds: dict[str, Kind] = {}
    optional = set()
    for part in columns.split(";"):
        kind, _, names = part.strip().partition(":")
        for name in names.split():
            kinds[name.rstrip("?")] = Kind[kind]
            if name.endswith("?"):
                optional.add(name.rstrip("?"))
    if recorded:
        kinds[RECORDED_ON] = Kind.DAY
    return Reported(tuple(key.split()), kinds, frozenset(optional))


CASES: Mapping[str, Reported] = {
    "screening": _of(
        "case_id submission_id",
        "TEXT: case_id submission_id supersedes? agency area source level_of_need relationship decision"
        " practitioner_id?; DAY: submitted_on; WHOLE: submitted_at decided_at revision; FLAG: stands",
    ),
    "screening_reason": _of("case_id submission_id reason", "TEXT: case_id submission_id reason"),
    "screened_parent": _of(
        "case_id submission_id person_id",
        "TEXT: case_id submission_id person_id role sex? ethnicity? first_language? disability? employment?;"
        " FLAG: agrees",
    ),
    "screened_child": _of(
        "case_id submission_id person_id", "TEXT: case_id submission_id person_id views_source; FLAG: takes_part"
    ),
    "screening_taken_back": _of("case_id submission_id", "TEXT: case_id submission_id stands?; WHOLE: revision"),
    "referral": _of(
        "case_id referral_id",
        "TEXT: case_id referral_id area provider service offer? agreed_by submission_id?;"
        " WHOLE: sequence agreed_at children; DAY: agreed_on",
    ),
    "referred_parent": _of("case_id referral_id person_id", "TEXT: case_id referral_id person_id role"),
    # Of the people whom a step is about the first alone: only an intake names more, and no rule here asks for those.
    "case_step": _of(
        "case_id step sequence",
        "TEXT: case_id step referral_id? outcome? person_id?; WHOLE: sequence; DAY: occurred_on",
    ),
    "session": _of(
        "case_id sequence", "TEXT: case_id referral_id kind; WHOLE: sequence number; DAY: held_on; FLAG: taken_back"
    ),
    "attendance": _of("case_id sequence person_id", "TEXT: case_id person_id attended; WHOLE: sequence"),
    "measure": _of(
        "case_id person_id instrument version occasion told_by sequence",
        "TEXT: case_id person_id instrument version occasion told_by; WHOLE: sequence taken_at; DAY: taken_on;"
        " NUMBER: score",
    ),
    "view_given": _of("case_id sequence person_id", "TEXT: case_id person_id change; WHOLE: sequence"),
    "referred_again": _of(
        "case_id sequence",
        "TEXT: case_id previous_case_id?; WHOLE: sequence months; DAY: occurred_on; FLAG: same_reason",
    ),
}
"""What is kept month by month, of the cases whose first screening was in that month."""

TRAINING: Mapping[str, Reported] = {
    "training_said": _of(
        "training_id position", "TEXT: training_id practitioner_id profession?; WHOLE: position; DAY: completed_on?"
    ),
    "training_said_area": _of("training_id position area", "TEXT: training_id area; WHOLE: position"),
    "training_said_module": _of("training_id position module", "TEXT: training_id module; WHOLE: position"),
    "confidence_said": _of(
        "training_id module occasion position",
        "TEXT: training_id module occasion instrument version; WHOLE: position score",
    ),
    "training_use_said": _of("training_id position", "TEXT: training_id; WHOLE: position; FLAG: used"),
}
"""What practitioners' trainings came to: kept as a whole."""

DIRECTORY: Mapping[str, Reported] = {
    "directory_name": _of("kind id", "TEXT: kind id name", recorded=False),
    "region_area": _of("region area", "TEXT: region name area", recorded=False),
    "offer_price": _of("offer", "TEXT: offer unit_cost_for; WHOLE: unit_cost_pence?", recorded=False),
    "population": _of("area characteristic code", "TEXT: area characteristic code; WHOLE: people", recorded=False),
    "avoidable_cost": _of(
        "area outcome",
        "TEXT: area outcome source; WHOLE: pence; DAY: as_of?; WHOLE: pence_low? pence_high?; TEXT: avoided_per?;"
        " NUMBER: avoided_low? avoided_central? avoided_high?; TEXT: avoided_source?",
        recorded=False,
    ),
}
"""What the directory says now. It has no day: a price or a population is the newest, whichever day is asked about."""

NORMS = Reported(
    ("instrument", "version"),
    {
        "instrument": Kind.TEXT,
        "version": Kind.TEXT,
        "lower_is_better": Kind.FLAG,
        "points": Kind.NUMBER,
        "cut_off": Kind.NUMBER,
    },
    frozenset({"cut_off"}),
)
"""What was published of an instrument: the reliable change, and the cut-off where there is one. `norms.py` makes it."""

REPORTED: Mapping[str, Reported] = {**CASES, **TRAINING, **DIRECTORY, "norm": NORMS}
"""Everything that the rules read."""


def unbound() -> dict[str, ir.Table]:
    """The reported tables without an engine, to write rules with and to read them as SQL."""
    return {name: ibis.table(each.schema(), name=name) for name, each in REPORTED.items()}


def as_known_on(day: date) -> dict[str, ir.Table]:
    """The reported tables as they were at the end of this day, each from one of the same name with `every_` before it.

    The rules are the same for any day. What came later, however early it says that it happened, is not in them.
    """
    made = {}
    for name, each in REPORTED.items():
        table = ibis.table(each.schema(), name=EVERY + name)
        made[name] = table.filter(table[RECORDED_ON] <= ibis.literal(day)) if RECORDED_ON in each.columns else table
    return made
