"""One parent's consents, on a page of their own: nothing on it is the other parent's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.deciders.commands import Command
from services.referral.domain.deciders.consent_commands import RecordConsent, WithdrawConsent
from services.referral.handlers.commands import Instruction, carry_out
from services.referral.handlers.errors import NotThereError
from services.referral.web.pages import words
from services.referral.web.pages.answering import answering
from services.referral.web.pages.asking import Sheet, ask, give
from services.referral.web.pages.reading import case_of
from services.referral.web.provider.questions import Question, choice
from shared.access.staff_ids import is_staff_id
from shared.service.gate import acting
from shared.web.pages import Pages, form_of

_AT = "/pages/cases/{id:uuid}/parents/{number:int}/consents"
_NOBODY = "There is no such parent in this case."
_CHILD = "child-participation"
_BASES = {
    "consent": "The parent agrees",
    "public-task": "Public task",
    "legal-obligation": "Legal obligation",
    "vital-interests": "Vital interests",
    "legitimate-interests": "Legitimate interests",
}
_STOPS = (
    "Everything stops, also at a provider that has the family. Neither parent is told which of them took their "
    "agreement back."
)
_ONLY_THIS = "Nothing else of the case changes, and the other parent is not told."


@dataclass(frozen=True)
class Parent:
    """One parent of a case, and what they can agree to: a code, or with a child's id behind it, in words."""

    case_id: UUID
    person_id: UUID
    number: int
    called: str
    purposes: Mapping[str, str]
    items: list[dict[str, Any]]
    seen: int
    family_ref: str

    @property
    def at(self) -> str:
        """The address of their page."""
        return f"/pages/cases/{self.case_id}/parents/{self.number}/consents"


def routes(pages: Pages) -> list[Route]:
    """GET /pages/cases/{id}/parents/{number}/consents; GET and POST its record and its withdraw."""

    @pages.guarded
    @answering(pages)
    async def show(request: Request) -> Response:
        parent = await _parent_of(pages, request)
        return await pages.render(
            request,
            "consents.html",
            title=f"{parent.called}: consents",
            words=words,
            case_id=parent.case_id,
            number=parent.number,
            called=parent.called,
            family_ref=parent.family_ref,
            purposes=dict(parent.purposes),
            consents=parent.items,
        )

    @pages.guarded
    @answering(pages)
    async def record(request: Request) -> Response:
        return await ask(pages, request, _record(await _parent_of(pages, request)))

    @pages.guarded
    @answering(pages)
    async def recorded(request: Request) -> Response:
        parent, form = await _parent_of(pages, request), form_of(request)

        async def do(answers: dict[str, Any]) -> None:
            purpose, child = _what(answers.pop("what"))
            command = form.read(RecordConsent, parent=parent.person_id, purpose=purpose, child=child, **answers)
            await _carry_out(pages, request, command)

        return await give(pages, request, _record(parent), do)

    @pages.guarded
    @answering(pages)
    async def withdraw(request: Request) -> Response:
        parent = await _parent_of(pages, request)
        return await ask(pages, request, _withdraw(parent, request.query_params.get("what", "")))

    @pages.guarded
    @answering(pages)
    async def withdrawn(request: Request) -> Response:
        parent, form = await _parent_of(pages, request), form_of(request)

        async def do(_answers: dict[str, Any]) -> None:
            purpose, child = _what(form.get("what"))
            command = form.read(WithdrawConsent, parent=parent.person_id, purpose=purpose, child=child)
            await _carry_out(pages, request, command)

        return await give(pages, request, _withdraw(parent, form.get("what")), do)

    return [
        Route(_AT, show),
        Route(f"{_AT}/record", record),
        Route(f"{_AT}/record", recorded, methods=["POST"]),
        Route(f"{_AT}/withdraw", withdraw),
        Route(f"{_AT}/withdraw", withdrawn, methods=["POST"]),
    ]


async def _carry_out(pages: Pages, request: Request, command: Command) -> None:
    case_id: UUID = request.path_params["id"]
    await carry_out(pages.context, Instruction(case_id, command, acting(request), key=form_of(request).key))


async def _parent_of(pages: Pages, request: Request) -> Parent:
    """The parent of the path. Raises NotThereError where the case has none, or it is out of reach."""
    case, found = await case_of(pages.context, request)
    number: int = request.path_params["number"]
    if case.family is None or not 1 <= number <= len(case.family.parents):
        raise NotThereError(_NOBODY)
    # By its number on the page of the case, which has no id of a person.
    person = case.family.parents[number - 1].person_id
    people: Mapping[UUID, str] = found["people"]
    purposes = {"referral": "The referral", "evaluation": "The evaluation"}
    for child in case.family.children:
        purposes[f"{_CHILD}/{child.person_id}"] = f"{people[child.person_id]} taking part"
    items = [
        {
            "what": f"{_CHILD}/{each['child_id']}" if each["child_id"] else each["purpose"],
            **{
                name: each[name] for name in ("status", "basis", "given_on", "expires_at", "withdrawn_at", "expired_at")
            },
            "notice_version": each["notice_version"],
            "by": _actor(each["recorded_by"] or ""),
        }
        for each in found["consents"]
        if each["person_id"] == person
    ]
    return Parent(case.case_id, person, number, people[person], purposes, items, found["seen"], case.family_ref)


def _what(given: str) -> tuple[str, str]:
    """A purpose, and the id of the child whom it is about."""
    purpose, _, child = given.partition("/")
    return purpose, child


def _record(parent: Parent) -> Sheet:
    return Sheet(
        f"{parent.called}: record a consent",
        "Save the consent",
        to=f"{parent.at}/record",
        back=parent.at,
        back_text=parent.called,
        caption=f"Family {parent.family_ref}",
        lead="Ask this parent alone. What they agree to is theirs: the other parent is not told.",
        hidden={"seen": str(parent.seen)},
        questions=(
            choice("what", "What do they agree to?", parent.purposes, "Select what they agree to"),
            Question("given_on", "date", "When did they say so?", "Enter the day on which they said so"),
            choice(
                "basis",
                "On what ground?",
                _BASES,
                "Select the ground",
                given=("consent",),
                hint="For the referral it is always that the parent agrees.",
            ),
            Question("notice_version", "line", "Which privacy notice did they have? (optional)"),
        ),
    )


def _withdraw(parent: Parent, what: str) -> Sheet:
    if what not in parent.purposes:
        raise NotThereError("There is nothing of this kind to take back.")
    stops = what == "referral"
    about = _inside(parent.purposes[what])
    return Sheet(
        f"{parent.called} takes back: {about}",
        "Stop the referral" if stops else "Record that it is taken back",
        to=f"{parent.at}/withdraw",
        back=parent.at,
        back_text=parent.called,
        caption=f"Family {parent.family_ref}",
        lead=_STOPS if stops else _ONLY_THIS,
        warning=stops,
        hidden={"what": what, "seen": str(parent.seen)},
    )


def _actor(by: str) -> str:
    """Somebody of the staff by their id, which a page shows as their name; else whose record it came by, in words."""
    return by if is_staff_id(by) else words.sentence(words.worded(by))


def _inside(called: str) -> str:
    return called[:1].lower() + called[1:]
