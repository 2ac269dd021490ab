"""The table for the database.

`python -m services.referral.domain.case.transition_view` prints migrations/R_transition.sql.
"""

import sys

from services.referral.domain.case.transitions import TABLE

_HEAD = """\
-- Written by `python -m services.referral.domain.case.transition_view` from domain/case/transitions.py. A view of
-- constants, so that nobody can add a row to it. It is put in place again whenever this file changes.
CREATE OR REPLACE VIEW transition (from_state, trigger, by, to_state, reasons) AS
    SELECT from_state, trigger, by, to_state, string_to_array(reasons, ' ') FROM (VALUES
"""


def transition_view() -> str:
    """The table's rows, one for each state that a row can lead to, as the view that the history is held against."""
    rows = sorted(
        (row.source, row.trigger, row.by, target, " ".join(sorted(row.reasons)))
        for row in TABLE
        for target in row.targets
    )
    values = ",\n".join("        ({})".format(", ".join(f"'{each}'" for each in row)) for row in rows)
    return f"{_HEAD}{values}\n    ) AS line (from_state, trigger, by, to_state, reasons);\n"


if __name__ == "__main__":
    sys.stdout.write(transition_view())
