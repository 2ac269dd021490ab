"""Every table of the star from what was reported: what the other files decide, put together in steps.

A step is one statement over the reported tables and the steps before it. In one expression each of them would be
written out wherever it is used, and an engine would work it out as often; so each is short enough to be read as SQL.
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from services.outcomes.domain.star import cases, measures, people, referrals, screenings, sessions, training
from services.outcomes.domain.star.reported import unbound
from services.outcomes.domain.star.rows import only_in
from services.outcomes.domain.star.tables import PARTITIONED, STAR

OF_STAR = "star_"
"""What the name of a step begins with that makes a table of the star; the others are on the way to them."""


class Steps:
    """Expressions by their names, in the order in which they are worked out."""

    def __init__(self) -> None:
        self.made: dict[str, ir.Table] = {}

    def keep(self, name: str, expression: ir.Table) -> ir.Table:
        """Adds a step. Returns its outcome as a table, for the steps after it."""
        self.made[name] = expression
        return ibis.table(expression.schema(), name=name)

    def star(self, name: str, expression: ir.Table) -> ir.Table:
        """Adds a table of the star, with its columns in their order."""
        columns = {column: expression[column].cast(each.kind.value) for column, each in STAR[name].columns.items()}
        return self.keep(OF_STAR + name, expression.select(**columns))


def of_cases() -> Mapping[str, ir.Table]:
    """The steps to the tables that are kept by month, which need the reported rows of their month and prices and norms.

    A case of which every screening was taken back is in none of them: it is as if it had never been.
    """
    reported, steps = unbound(), Steps()
    current = steps.keep("in_force", screenings.in_force(reported))
    screened = steps.keep("in_force_parent", screenings.screened_parents(reported, current))
    children = steps.keep("in_force_child", screenings.screened_children(reported, current))
    named = steps.keep("parent_of_case", screenings.parents_of_cases(reported))
    held = steps.keep("held_session", sessions.held(reported))
    expected = steps.keep("expected_person", sessions.expected(reported, held, named))
    present = steps.keep("present_person", sessions.came(expected))
    starts = steps.keep("start", sessions.starts(reported, present))
    scores = steps.keep("current_score", measures.current_scores(reported))
    agreed = steps.keep("agreed_referral", referrals.referrals(reported, held, starts))
    made = {
        "case": cases.cases(reported, current, screened, children, agreed),
        "case_reason": screenings.reasons(reported, current),
        "screening": screenings.screenings(reported, current),
        "parent": people.parents(reported, screened, named, starts, scores),
        "child": people.children(children, reported),
        "referral": agreed,
        "session": sessions.sessions(held, present),
        "attendance": expected,
        "measure": measures.measures(reported, scores, named),
    }
    for name in PARTITIONED:
        steps.star(name, made[name] if name == "case" else only_in(made[name], current))
    return steps.made


def of_everything_else() -> Mapping[str, ir.Table]:
    """The steps to the tables that are kept whole: trainings, and what the directory says now."""
    reported, steps = unbound(), Steps()
    current = steps.keep("current_training", training.current_trainings(reported))
    steps.star("training", training.trainings(reported, current))
    steps.star("training_area", training.areas(reported, current))
    steps.star("training_module", training.modules(reported, current))
    named = reported["directory_name"]
    for kind in ("area", "agency", "provider"):
        steps.star(kind, named.filter(named["kind"] == kind).rename({kind: "id"}))
    steps.star("region", reported["region_area"])
    steps.star("population", reported["population"])
    steps.star("avoidable_cost", reported["avoidable_cost"])
    return steps.made
