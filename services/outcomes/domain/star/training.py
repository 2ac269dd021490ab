"""Who was trained in what and where, how sure they feel, and whether they used it."""

import ibis.expr.types as ir

from services.outcomes.domain.star.reported import Tables
from services.outcomes.domain.star.rows import beside, newest

_TRAINING = ("training_id",)
_MODULE = ("training_id", "module")


def current_trainings(reported: Tables) -> ir.Table:
    """A training by the last report of it, unless that withdrew it."""
    last = newest(reported["training_said"], _TRAINING, "position")
    return last.filter(last["completed_on"].notnull())


def trainings(reported: Tables, current: ir.Table) -> ir.Table:
    """The trainings, each with the last answer to whether it was used."""
    answers = newest(reported["training_use_said"], _TRAINING, "position").select(*_TRAINING, "used")
    return beside(current, answers, _TRAINING)


def areas(reported: Tables, current: ir.Table) -> ir.Table:
    """The areas that a training was for."""
    return reported["training_said_area"].semi_join(current, ["training_id", "position"])


def modules(reported: Tables, current: ir.Table) -> ir.Table:
    """The modules of a training, with how sure the practitioner was each time they were last asked.

    What was rated on another version of the instrument than the newest rating is not compared with it, and is left out.
    """
    taught = reported["training_said_module"].semi_join(current, ["training_id", "position"])
    ratings = newest(reported["confidence_said"], (*_MODULE, "occasion"), "position")
    by = newest(reported["confidence_said"], _MODULE, "position").select(*_MODULE, "instrument", "version")
    ratings = ratings.semi_join(by, [*_MODULE, "instrument", "version"])
    score, occasion = ratings["score"], ratings["occasion"]
    known = ratings.group_by(*_MODULE).agg(
        before=score.max(where=occasion == "before"),
        after=score.max(where=occasion == "after"),
        later=score.max(where=occasion == "follow-up"),
    )
    return beside(taught, known, _MODULE)
