"""The people of an area: who may sign in and as what; inviting them, giving them other roles, keeping them out."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.administration.domain.directory import of_areas
from services.administration.handlers.accounts import (
    AccountRefusedError,
    Administrator,
    Entries,
    MailNotSentError,
    NoSuchAccountError,
    NotAdministeredError,
    People,
)
from services.administration.repository import accounts as queries
from services.administration.web.pages.plans import Names
from shared.access.accounts import GIVES, OF_A_PROVIDER, OF_AN_AGENCY, Person
from shared.access.principal import Principal
from shared.access.roles import Role
from shared.contracts.directory import AgencyRegistered, ProviderRegistered
from shared.people.accounts import Account
from shared.people.keycloak_admin import KeycloakError
from shared.service.answers import Endpoint
from shared.service.gate import acting, reach_of
from shared.service.recording import belongs_to
from shared.web.forms import Form
from shared.web.pages import Pages, form_of

ROLES: Mapping[Role, tuple[str, str]] = {
    Role.PRACTITIONER: ("Practitioner", "Screens families at a front door"),
    Role.TEAM_MANAGER: ("Team manager", "Sees the families of their own front-door team"),
    Role.COORDINATOR: ("Coordinator", "Agrees referrals in the area"),
    Role.PANEL_MEMBER: ("Panel member", "Reads and advises on cases before a panel"),
    Role.TRAINER: ("Trainer", "Runs training sessions"),
    Role.PROVIDER_WORKER: ("Provider's worker", "Works with the families that a provider accepted"),
    Role.PROVIDER_MANAGER: ("Provider's manager", "Accepts referrals, assigns workers, sets the webhook"),
    Role.ANALYST: ("Analyst", ""),
    Role.AREA_ADMINISTRATOR: ("Administers the area", ""),
    Role.OPERATOR: ("Operator", ""),
}
_GIVEN = [role for role in ROLES if role in GIVES[Role.AREA_ADMINISTRATOR]]
_DID = {
    "invited": "Invited",
    "changed": "Given other roles or areas",
    "disabled": "Kept from signing in",
    "enabled": "Let in again",
    "sent-again": "Sent a new link",
}
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,59}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LATEST = 10
_ELSEWHERE = "People sign in with accounts of your organisation's own. They are administered where these are."
_AWAY = "Where people sign in does not answer now, or refused this. Look at the account before you try again."
_NOBODY = "There is nobody of this kind in your areas."
log = structlog.get_logger()


def routes(pages: Pages, people: People) -> list[Route]:
    """GET /pages/accounts, one of them, and the form to invite somebody; POST what is done with an account."""
    answering = _answering(pages)

    @pages.guarded
    @answering
    async def listing(request: Request) -> Response:
        entries = await people.entries()
        names = Names(entries)
        lines = [_line(each, names) for each in await people.listed(_who(request), entries)]
        return await pages.render(request, "accounts.html", title="People", lines=lines)

    @pages.guarded
    @answering
    async def ask(request: Request) -> Response:
        return await _invitation(pages, request, await people.entries(), Form(), {})

    @pages.guarded
    @answering
    async def invite(request: Request) -> Response:
        form, entries = form_of(request), await people.entries()
        person = _person(form, form.get("name").lower())
        belongs_to(request, reach_of(request).areas)
        if problems := _problems(person):
            return await _invitation(pages, request, entries, form, problems)
        try:
            identity = await people.invite(_who(request), person, entries)
        except AccountRefusedError as error:
            return await _invitation(pages, request, entries, form, _under(error))
        except MailNotSentError:
            return await _not_sent(pages, request)
        return pages.to(f"/pages/accounts/{identity}", done="invited")

    @pages.guarded
    @answering
    async def show(request: Request) -> Response:
        return await _page(pages, people, request, await people.entries())

    @pages.guarded
    @answering
    async def change(request: Request) -> Response:
        form = form_of(request)
        return await _done(
            *(pages, people, request, "changed"),
            lambda who, one, entries: people.change(who, one, _person(form, ""), entries),
        )

    @pages.guarded
    @answering
    async def disable(request: Request) -> Response:
        return await _done(pages, people, request, "disabled", partial(people.enable, enabled=False))

    @pages.guarded
    @answering
    async def enable(request: Request) -> Response:
        return await _done(pages, people, request, "enabled", partial(people.enable, enabled=True))

    @pages.guarded
    @answering
    async def again(request: Request) -> Response:
        return await _done(pages, people, request, "sent-again", people.invite_again)

    at = "/pages/accounts/{account:uuid}"
    return [
        Route("/pages/accounts", listing),
        Route("/pages/accounts/invite", ask),
        Route("/pages/accounts/invite", invite, methods=["POST"]),
        Route(at, show),
        Route(f"{at}/change", change, methods=["POST"]),
        Route(f"{at}/disable", disable, methods=["POST"]),
        Route(f"{at}/enable", enable, methods=["POST"]),
        Route(f"{at}/invite", again, methods=["POST"]),
    ]


def _answering(pages: Pages) -> Callable[[Endpoint], Endpoint]:
    def wrapping(endpoint: Endpoint) -> Endpoint:
        """Says in words who is not there, and that Keycloak does not answer."""

        @wraps(endpoint)
        async def answered(request: Request) -> Response:
            link = {"href": f"{pages.prefix}/pages/accounts", "text": "Go to the people of your areas"}
            try:
                return await endpoint(request)
            except NoSuchAccountError:
                return await pages.problem(request, 404, "Page not found", _NOBODY, link=link)
            except NotAdministeredError:
                return await pages.problem(request, 404, "People are administered elsewhere", _ELSEWHERE)
            except KeycloakError as error:
                log.warning("people cannot be administered", fault=type(error).__name__)
                return await pages.problem(request, 503, "This could not be done", _AWAY, link=link)

        return answered

    return wrapping


def _who(request: Request) -> Administrator:
    caller: Principal = request.state.caller
    return Administrator(caller.username, acting(request), reach_of(request).areas)


async def _done(pages: Pages, people: People, request: Request, done: str, do: Callable[..., Any]) -> Response:
    identity, entries = str(request.path_params["account"]), await people.entries()
    belongs_to(request, reach_of(request).areas)
    try:
        await do(_who(request), identity, entries)
    except AccountRefusedError as error:
        return await _page(pages, people, request, entries, error.findings)
    except MailNotSentError:
        return await _not_sent(pages, request)
    return pages.to(f"/pages/accounts/{identity}", done=done)


async def _not_sent(pages: Pages, request: Request) -> Response:
    text = "The account is there, but no mail with a link could be sent. Open it and send the link again later."
    link = {"href": f"{pages.prefix}/pages/accounts", "text": "Go to the people of your areas"}
    return await pages.problem(request, 503, "The mail was not sent", text, link=link)


async def _page(
    pages: Pages, people: People, request: Request, entries: Entries, findings: Sequence[str] = ()
) -> Response:
    account, beyond = await people.one(_who(request), str(request.path_params["account"]), entries)
    names = Names(entries)
    async with pages.context.pool.acquire() as connection:
        history = await queries.history(connection, people.staff_id(account), _LATEST)
    form = form_of(request) if findings and request.url.path.endswith("/change") else None
    wanted = _person(form, "") if form else account.person
    return await pages.render(
        request,
        "account.html",
        422 if findings else 200,
        title=_full_name(account.person),
        id=account.id,
        one=_one(account, names),
        beyond=beyond or "",
        done=request.query_params.get("done", ""),
        errors=[{"href": "#roles", "text": text} for text in findings],
        **_choices(wanted, entries, reach_of(request).areas),
        history=[
            {
                "at": each["changed_at"],
                "who": each["changed_by"],
                "did": _DID[each["did"]],
                "roles": _words(each["roles"]),
            }
            for each in history
        ],
    )


async def _invitation(
    pages: Pages, request: Request, entries: Entries, form: Form, problems: Mapping[str, str]
) -> Response:
    typed = {name: form.get(name) for name in ("name", "given_name", "family_name", "email")}
    return await pages.render(
        request,
        "account_invite.html",
        422 if problems else 200,
        title="Invite somebody",
        typed=typed,
        wrong=dict(problems),
        errors=[{"href": f"#{name}", "text": text} for name, text in problems.items()],
        **_choices(_person(form, ""), entries, reach_of(request).areas),
    )


def _choices(person: Person, entries: Entries, areas: frozenset[str]) -> dict[str, Any]:
    """What may be chosen of roles, areas, agencies and providers, and what is."""
    within, names = of_areas(entries, areas), Names(entries)
    agencies = [each for each in within.values() if isinstance(each, AgencyRegistered) and not each.left]
    providers = [each for each in within.values() if isinstance(each, ProviderRegistered) and not each.left]
    return {
        "roles": [
            {"value": role.value, "text": ROLES[role][0], "does": ROLES[role][1], "checked": role in person.roles}
            for role in _GIVEN
        ],
        "areas": [
            {"value": area, "text": names.of("area", area), "checked": area in person.areas} for area in sorted(areas)
        ],
        "agencies": [
            {
                "value": each.id,
                "text": each.name if each.agreement_signed_on else f"{each.name} (no signed sharing agreement)",
                "selected": each.id == person.agency,
                "disabled": each.agreement_signed_on is None,
            }
            for each in agencies
        ],
        "providers": [
            {"value": each.id, "text": each.name, "selected": each.id == person.provider, "disabled": False}
            for each in providers
        ],
    }


def _person(form: Form, name: str) -> Person:
    """Who is wanted. An agency and a provider go with the roles that have one, whatever else was chosen."""
    roles = tuple(role.value for role in _GIVEN if role in form.all("roles"))
    return Person(
        name,
        roles,
        tuple(form.all("areas")),
        (form.get("agency") or None) if {*roles} & OF_AN_AGENCY else None,
        (form.get("provider") or None) if {*roles} & OF_A_PROVIDER else None,
        form.get("given_name"),
        form.get("family_name"),
        form.get("email"),
    )


def _problems(person: Person) -> dict[str, str]:
    found = {}
    if not _NAME.fullmatch(person.name):
        found["name"] = "Enter what they sign in as: 3 to 60 small letters, digits, dots and dashes, such as r.malik"
    if not person.given_name:
        found["given_name"] = "Enter their given name"
    if not person.family_name:
        found["family_name"] = "Enter their family name"
    if not _MAIL.fullmatch(person.email):
        found["email"] = "Enter an e-mail address of theirs, to which the link is sent, such as r.malik@example.org"
    return found


def _under(error: AccountRefusedError) -> dict[str, str]:
    text = " ".join(error.findings)
    return {"name" if "signs in as" in text else "roles": text}


def _line(account: Account, names: Names) -> dict[str, Any]:
    return {"id": account.id, "name": _full_name(account.person), **_about(account, names)}


def _one(account: Account, names: Names) -> dict[str, Any]:
    person = account.person
    more = {"email": person.email, "enabled": person.enabled, "waits": account.waits}
    return {**_about(account, names), **more}


def _about(account: Account, names: Names) -> dict[str, Any]:
    person = account.person
    of = names.of("agency", person.agency) if person.agency else ""
    of = names.of("provider", person.provider) if person.provider else of
    state = "Cannot sign in" if not person.enabled else "Has not set a password" if account.waits else ""
    return {
        "signs_in_as": person.name,
        "roles": _words(person.roles),
        "of": of,
        "areas": ", ".join(names.of("area", area) for area in person.areas),
        "state": state,
    }


def _full_name(person: Person) -> str:
    return f"{person.given_name} {person.family_name}".strip() or person.name


def _words(roles: Sequence[str]) -> str:
    return ", ".join(ROLES[Role(role)][0] for role in roles if role in set(Role))
