"""Writes what a person gets, and what goes to whoever decides, into two folders that nobody else can read."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader

from deploy.rights.subject_access import CaseWithheld, PersonsCopy, SubjectAccess
from deploy.rights.words import label, words
from deploy.stack.errors import ParleyError
from shared.privacy.register.kinds import kinds

FOR_THE_PERSON, FOR_THE_REVIEWER = "for-the-person", "for-the-reviewer"
_SCHEDULES = {"case": "What says who you are, and what you said", "case-codes": "The course of your case, in codes"}


def write(found: SubjectAccess, folder: Path) -> list[Path]:
    """Writes five files and returns their paths. Raises ParleyError where the folder is there and not empty."""
    if folder.exists() and any(folder.iterdir()):
        raise ParleyError(f"{folder} is not empty. Name a folder that is not there yet.")
    schema = PersonsCopy.model_json_schema()
    withheld = [_as_json(each) for each in found.withheld]
    files = {
        f"{FOR_THE_PERSON}/information.html": persons_page(found.copy),
        f"{FOR_THE_PERSON}/information.json": found.copy.model_dump_json(indent=2),
        f"{FOR_THE_PERSON}/information.schema.json": json.dumps(schema, indent=2),
        f"{FOR_THE_REVIEWER}/withheld.html": reviewers_page(found.withheld, found.perhaps),
        f"{FOR_THE_REVIEWER}/withheld.json": json.dumps(withheld, indent=2, default=str),
    }
    return [_private(folder / name, text) for name, text in files.items()]


def persons_page(copy: PersonsCopy) -> str:
    """What the person gets, to read and to print."""
    schedules = [
        {"what": what, "lasts": kinds().schedules[name].lasts, "because": kinds().schedules[name].because}
        for name, what in _SCHEDULES.items()
    ]
    return _page("copy.html", copy=copy, schedules=schedules)


def reviewers_page(withheld: Iterable[CaseWithheld], perhaps: Iterable[dict[str, Any]]) -> str:
    """What whoever decides looks at."""
    cases = [{**vars(each), "items": each.items} for each in withheld]
    return _page("reviewer.html", cases=list(map(_Case, cases)), perhaps=list(perhaps))


class _Case:
    """A case as the template names its parts: a mapping would answer `items` with its method."""

    def __init__(self, parts: dict[str, Any]) -> None:
        self.__dict__.update(parts)


def _page(name: str, **values: Any) -> str:
    pages = Environment(loader=PackageLoader("deploy.rights"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    pages.filters |= {"label": label, "words": words}
    return pages.get_template(name).render(**values)


def _as_json(case: CaseWithheld) -> dict[str, Any]:
    return {**asdict(case), "items": [each.model_dump(mode="json") for each in case.items]}


def _private(path: Path, text: str) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(text, encoding="utf-8")
    return path
