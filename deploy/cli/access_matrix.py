"""Writes docs/access-matrix.md and .json: the tables of access and of fields, the manifests' requests, the commands.

`python -m deploy.cli.access_matrix` writes them; with `--check` it writes nothing and exits with 1 where they differ.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from deploy.cli.rights import ACTIONS_OF_COMMANDS
from services import MANIFESTS
from shared.access.fields import Field, View, signs, views
from shared.access.requests import ANONYMOUS, OF_EVERY_SERVICE
from shared.access.roles import Role
from shared.access.scopes import Scope
from shared.access.table import TABLE, About

DOCS = Path(__file__).parents[2] / "docs"
_HEAD = """\
# Who may do what

Made from the code by `make contracts` and held to it by a test: roles and actions are rows of
[`shared/access/table.py`](../shared/access/table.py), requests those of each service's manifest. What is not here,
nobody may do.

- **area**: what belongs to one of the caller's own areas. **agency**, **provider**: what belongs to their own agency or
  provider; where they have areas, in these alone. **all**: what belongs to no area. **beyond**: what is not their own,
  one by one, with a reason and for a time, told to its area's lead and reviewed there. Empty: not at all.
- Whoever has several roles may do what any of them may.
- A record out of reach is answered as one that is not there (404). A right that the caller has nowhere is named (403).
- A *token of the stack's own* is bound to its purposes and reaches nothing of a family. It is a file in the home.
"""
_FIELDS = """\
## Fields

What an answer or a page holds, by [`shared/access/fields.yaml`](../shared/access/fields.yaml): nothing is rendered but
through it, and a field that is not here is an error. Of the roles that may ask:

- *whoever may ask* sees the field, or else the roles that are named. **everything**: all there is; none of a family.
- A field with **!** is a code that may tell of a sign of abuse. Only these are told of one: {seen_by}. Anybody else
  reads `withheld` in all such fields of the row, as for the other ways in which a case ends that it hides among.
- *own people*: whoever asks for their agency sees the rows of those whom it screened itself.
- Providers have no view: of a case they get what is sent to them, each parent's apart.
"""
_HEADINGS = {
    About.MACHINERY: "The machinery",
    About.FAMILIES: "Families",
    About.PUBLISHED: "What is published",
    About.TRAINING: "Training",
    About.PROVIDERS: "Providers' keys",
    About.DIRECTORY: "The directory",
}
_SCOPES = {
    Scope.EVERYWHERE: "all",
    Scope.AREA: "area",
    Scope.AGENCY: "agency",
    Scope.PROVIDER: "provider",
    Scope.BEYOND: "beyond",
}

# The manifest's fields with requests that need no account, and whose they are.
_WITHOUT_ACCOUNT = {
    "open_pages": "anybody's",
    "by_link": "a parent's, by a one-time link",
    "by_signature": "the identity provider's, signed",
}


def matrix() -> dict[str, Any]:
    """The whole matrix as one JSON document."""
    return {
        "roles": [role.value for role in Role],
        "actions": [
            {
                "action": action.value,
                "does": rule.does,
                "about": rule.about.value,
                "roles": {role.value: rule.roles[role].value for role in Role if role in rule.roles},
                "tokens": sorted(rule.machines),
            }
            for action, rule in TABLE.items()
        ],
        "anonymous": sorted(ANONYMOUS),
        **{
            kind: [{"service": service, "requests": requests} for service, requests in _without_account(kind)]
            for kind in sorted(_WITHOUT_ACCOUNT)
        },
        "requests": [
            {"service": service, "request": request, "action": str(action)} for service, request, action in _requests()
        ],
        "fields": [
            {
                "view": view.name,
                "fields": [
                    {"field": name, "roles": _seen_by(field), "may_tell_of_abuse": field.signals}
                    for name, field in view.fields.items()
                ],
                "people_of": {path: list(names) for path, names in view.people_of.items()},
            }
            for view in views().values()
        ],
        "signs": {"seen_by": sorted(signs().seen_by), "withheld_codes": sorted(signs().codes)},
        "commands": [
            {"command": f"parley {command}", "actions": list(map(str, actions))}
            for command, actions in sorted(ACTIONS_OF_COMMANDS.items())
        ],
    }


def page() -> str:
    """The same as a page to read."""
    parts = [_HEAD]
    for about, heading in _HEADINGS.items():
        rules = {action: rule for action, rule in TABLE.items() if rule.about is about}
        roles = [role for role in Role if any(role in rule.roles for rule in rules.values())]
        tokens = any(rule.machines for rule in rules.values())
        head = ["action", "what it does", *roles, *(["token of the stack's own"] if tokens else [])]
        rows = [
            [
                f"`{action}`",
                rule.does,
                *(_SCOPES[rule.roles[role]] if role in rule.roles else "" for role in roles),
                *([", ".join(sorted(rule.machines))] if tokens else []),
            ]
            for action, rule in rules.items()
        ]
        parts.append(f"## {heading}\n\n{_table(head, rows)}")
    none = [role for role in Role if not any(role in rule.roles for rule in TABLE.values())]
    if none:
        parts.append(f"No request of today's is for {' or '.join(none)}: they have their topics.\n")
    requests = [[service, f"`{request}`", f"`{action}`"] for service, request, action in _requests()]
    anonymous = ["every", ", ".join(f"`{request}`" for request in sorted(ANONYMOUS)), "anonymous"]
    others = [
        [service, ", ".join(f"`{request}`" for request in taken), whose]
        for kind, whose in _WITHOUT_ACCOUNT.items()
        for service, taken in _without_account(kind)
    ]
    listed = [anonymous, *others, *requests]
    parts.append(f"## Requests\n\n{_table(['service', 'request', 'action'], listed)}")
    rows = [row for view in views().values() for row in _rows_of(view)]
    seen_by = ", ".join(sorted(signs().seen_by))
    parts.append(_FIELDS.format(seen_by=seen_by) + "\n" + _table(["view", "who sees it", "fields"], rows))
    commands = [
        [f"`parley {command}`", ", ".join(f"`{action}`" for action in actions)]
        for command, actions in sorted(ACTIONS_OF_COMMANDS.items())
    ]
    parts.append(f"## Commands\n\n{_table(['command', 'actions'], commands)}")
    return "\n".join(parts)


def documents() -> dict[Path, str]:
    """Every generated file with its text."""
    return {
        DOCS / "access-matrix.json": json.dumps(matrix(), indent=2, ensure_ascii=False) + "\n",
        DOCS / "access-matrix.md": page(),
    }


def _without_account(kind: str) -> Iterator[tuple[str, list[str]]]:
    """By service, its requests of a kind that needs no account."""
    for manifest in MANIFESTS:
        if requests := sorted(getattr(manifest, kind)):
            yield manifest.name, requests


def _requests() -> Iterator[tuple[str, str, str]]:
    for request, action in OF_EVERY_SERVICE.items():
        yield "every", request, action
    for manifest in sorted(MANIFESTS, key=lambda each: each.name):
        for request, name in manifest.requests.items():
            yield manifest.name, request, name


def _seen_by(field: Field) -> list[str]:
    return ["*"] if field.roles is None else [role.value for role in Role if role in field.roles]


def _rows_of(view: View) -> Iterator[list[str]]:
    audiences: dict[str, list[str]] = {}
    for name, field in view.fields.items():
        who = ", ".join(_seen_by(field)).replace("*", "whoever may ask")
        shown = "everything" if name == "**" else f"`{name}`"
        audiences.setdefault(who, []).append(shown + (" **!**" if field.signals else ""))
    own = f" (own people: {', '.join(f'`{path}`' for path in view.people_of)})" if view.people_of else ""
    for who, names in audiences.items():
        yield [f"`{view.name}`", who + own, ", ".join(names)]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write docs/access-matrix.md and .json.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where something differs")
    check = parser.parse_args().check
    stale = [path for path, text in documents().items() if not path.exists() or path.read_text() != text]
    for path in stale:
        print(f"{'differs' if check else 'written'}: {path.relative_to(DOCS.parent)}")
        if not check:
            path.write_text(documents()[path])
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
