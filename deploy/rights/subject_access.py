"""Puts together what is held of one human being, under every id of theirs and from every service.

Two results: what the person gets, in which nothing says what else there is; and what was withheld, for whoever
decides about it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from deploy.stack.errors import ParleyError
from deploy.stack.operator_api import NotFoundError, OperatorClient
from services import MANIFESTS
from shared.contracts.subject_access import Given, Records, SubjectAccessReason, Withheld

_KNOWS_WHO = "families"
FORM = 1
LEFT_OUT = (
    "Information about other people, and information that the law lets or makes us leave out, is not in this document. "
    "You may ask us to look at that again."
)


class CaseRecords(BaseModel):
    """What is held in one case. `front_door`: the agency that made the person known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    front_door: str
    known_as: str
    records: tuple[Given, ...]


class PersonsCopy(BaseModel):
    """What the person gets: the machine-readable document."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: int = FORM
    made_on: date
    asked_from: date | None = None
    asked_to: date | None = None
    cases: tuple[CaseRecords, ...]
    left_out: str = LEFT_OUT


@dataclass(frozen=True)
class CaseWithheld:
    """What was withheld of one case, for whoever decides."""

    case: UUID
    person: UUID
    front_door: str
    items: Sequence[Withheld]


@dataclass(frozen=True)
class SubjectAccess:
    """Both results, and the ids that may be the person's too and were left alone."""

    copy: PersonsCopy
    withheld: Sequence[CaseWithheld]
    perhaps: Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Question:
    """Whose data, why, from when until when, what is given after all, and which further ids are theirs."""

    person: UUID
    reason: SubjectAccessReason
    since: date | None = None
    until: date | None = None
    give: Sequence[str] = ()
    also: Sequence[UUID] = ()


def put_together(client: OperatorClient, question: Question, today: date) -> SubjectAccess:
    """Asks every service. Raises ParleyError where one does not answer: half of an answer is none."""
    found = client.get(_KNOWS_WHO, f"/people/{question.person}/ids", reason=question.reason)
    if found["erased"]:
        raise ParleyError(
            f"Whoever had this id was erased on {str(found['erased']['at'])[:10]}. Nothing is held of them."
        )
    ids = [*found["people"], *(each for each in found["perhaps"] if UUID(each["person"]) in question.also)]
    cases, withheld = [], []
    for each in sorted(ids, key=lambda one: (one["agency"], one["case"])):
        answers = [answer for manifest in MANIFESTS if (answer := _asked(client, manifest.name, each, question))]
        given = tuple(one for answer in answers for one in answer.given)
        cases.append(CaseRecords(front_door=each["agency"], known_as=each["as"], records=given))
        items = [one for answer in answers for one in answer.withheld]
        withheld.append(CaseWithheld(UUID(each["case"]), UUID(each["person"]), each["agency"], items))
    copy = PersonsCopy(made_on=today, asked_from=question.since, asked_to=question.until, cases=tuple(cases))
    perhaps = [each for each in found["perhaps"] if each not in ids]
    return SubjectAccess(copy, withheld, perhaps)


def _asked(client: OperatorClient, service: str, known: dict[str, Any], question: Question) -> Records | None:
    parameters: dict[str, Any] = {"reason": str(question.reason)}
    if question.since:
        parameters["from"] = question.since.isoformat()
    if question.until:
        parameters["to"] = question.until.isoformat()
    if question.give:
        parameters["give"] = list(question.give)
    try:
        path = f"/cases/{known['case']}/people/{known['person']}/records"
        return Records.model_validate(client.get(service, path, **parameters))
    except NotFoundError:
        # A case that was never referred is none of some services'.
        return None
