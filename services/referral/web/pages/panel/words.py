"""What the panel's pages call things, and how they answer what cannot be done."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from services.referral.domain.case.transitions import NotAllowedError
from services.referral.domain.deciders.commands import ConflictError
from services.referral.domain.deciders.panel import Role
from services.referral.handlers.errors import NotThereError
from services.referral.web.pages import words
from shared.service.answers import Endpoint
from shared.service.form_keys import AlreadySentError
from shared.web.directory_names import Names
from shared.web.pages import Pages

ROLES: Mapping[str, str] = {
    Role.COORDINATOR.value: "Coordinator",
    Role.DOMESTIC_ABUSE.value: "Domestic abuse service",
    Role.DRUG_AND_ALCOHOL.value: "Drug and alcohol service",
    Role.EARLY_HELP.value: "Early help",
    Role.POLICE.value: "Police",
    Role.PROGRAMMES.value: "Programmes",
}
STEPS: Mapping[str, str] = {
    "agree": "Agree with an offer",
    "return": "Return it for information",
    "refuse": "Decline the referral",
    "specialist-pathway": "Specialist support, and stop the case",
}
STATUSES: Mapping[str, str] = {"planned": "Planned", "closed": "Held", "cancelled": "Cancelled"}
NO_MEETING = "There is no panel meeting with this id."


def called(member: Mapping[str, Any], names: Names) -> str:
    """A member as a page names them: by name, role and agency."""
    agency = names.of("agency", member["agency"])
    return f"{member['name'] or 'Name erased'}, {ROLES[member['role']].lower()} ({agency})"


def by_id(members: Sequence[Mapping[str, Any]], names: Names) -> dict[UUID, str]:
    """Every member's name by their id."""
    return {member["member_id"]: called(member, names) for member in members}


def at(request: Request) -> str:
    """The address of the page of the request's meeting."""
    return f"/pages/panel/meetings/{request.path_params['meeting']}"


def answering(
    pages: Pages, back: Callable[[Request], str], text: str = "Go back and look"
) -> Callable[[Endpoint], Endpoint]:
    """Answers in words what cannot be done. `back`: the page that shows how it is now."""

    def wrapping(endpoint: Endpoint) -> Endpoint:
        @wraps(endpoint)
        async def answered(request: Request) -> Response:
            link = {"href": f"{pages.prefix}{back(request)}", "text": text}
            try:
                return await endpoint(request)
            except NotThereError as error:
                panel = {"href": f"{pages.prefix}/pages/panel", "text": "Go to the panel"}
                return await pages.problem(request, 404, "Page not found", str(error), link=panel)
            except AlreadySentError:
                # Sent twice by a double click or after a lost answer: it is done, and counts once.
                return pages.to(back(request))
            except ConflictError as error:
                return await pages.problem(
                    request, 409, "This cannot be done now", f"Nothing was changed. {error}", link=link
                )
            except NotAllowedError as error:
                state = words.state(error.state).lower()
                text_of_it = f"Nothing was changed. The case is now {state}, and that does not allow it."
                return await pages.problem(request, 409, "This cannot be done now", text_of_it, link=link)

        return answered

    return wrapping
