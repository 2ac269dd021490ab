"""The table as a picture. `python -m services.referral.domain.case.diagram` prints what the README shows."""

import sys

from services.referral.domain.case.states import State, Trigger
from services.referral.domain.case.transitions import TABLE

_ANYWHERE = frozenset({Trigger.ABUSE_SIGN, Trigger.SAFETY_CONCERN, Trigger.HALT, Trigger.LINKED_SIGN, Trigger.WITHDRAW})


def diagram() -> str:
    """The table as a Mermaid state diagram, for the README.

    Rows that leave a case where it is and emit nothing are left out; what can happen anywhere is written once, as a
    note.
    """
    edges: dict[tuple[str, str], list[str]] = {}
    for row in TABLE:
        if row.trigger in _ANYWHERE:
            continue
        for target in sorted(row.targets):
            if target is not row.source or row.emits:
                edges.setdefault((_named(row.source), _named(target)), []).append(f"{row.trigger} ({row.by})")
    states = sorted(state for state in State if state is not State.NEW)
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{state}" as {_named(state)}' for state in states]
    lines += [f"    {source} --> {target}: {', '.join(labels)}" for (source, target), labels in edges.items()]
    lines.append("    note right of halted: from every state by abuse-sign, safety-concern or halt, and no way out")
    lines.append("    note right of closed: from every state but halted by withdraw (parent)")
    return "\n".join(lines) + "\n"


def _named(state: State) -> str:
    # Mermaid's own ids hold no hyphens; a new case is its start.
    return "[*]" if state is State.NEW else state.replace("-", "_")


if __name__ == "__main__":
    sys.stdout.write(diagram())
