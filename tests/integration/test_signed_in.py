"""Whom a real Keycloak signs in, the services let in as who they are; and the command line signs in there."""

from collections.abc import Callable
from uuid import uuid4

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.demo.browser import Browser, signed_in_by_device
from deploy.directory.people import People
from deploy.stack.home import Stack
from deploy.stack.openid import Issued, SignedOutError
from deploy.stack.request_credentials import RequestCredentials
from deploy.stack.sign_in import SignIn, ca_file_of, claims_of, issuer_of
from shared.access.accounts import Person
from shared.access.actions import Action
from shared.access.roles import Role
from shared.service.answers import Json
from shared.service.gate import acting, gate_of, guarded, reach_of
from shared.service.settings import ServiceSettings
from tests.support.fields import show_all_fields
from tests.support.recorded import RecordedInMemory
from tests.support.sign_in import Proof
from tests.support.sign_in import SignIn as Pages

PASSWORD = "a password of twelve and more"
AREA, AGENCY = "E10000014", "hants-schools"


@pytest.fixture(autouse=True)
def shown_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """The request of these tests is in no table of fields."""
    show_all_fields(monkeypatch)


@guarded
async def who(request: Request) -> Response:
    reach = reach_of(request)
    return Json({"by": acting(request), "areas": sorted(reach.areas), "agency": reach.agency})


class NamesAlone:
    """Whoever acts is recorded by their name: there is no database here that could hold the names of ids."""

    def id_of(self, name: str) -> str:
        return name

    async def acts(self, name: str) -> str:
        return name

    async def with_names(self, body: bytes) -> bytes:
        return body


@pytest.fixture
def service(identity: Stack) -> Starlette:
    """A service with the settings that the stack gives to each."""
    settings = ServiceSettings(
        identity_issuer=identity.identity_issuer,
        identity_ca_file=identity.identity_ca_file,
        internal_ca_file=identity.home.root_certificate,
        identity_jwks_url=f"{identity.identity_url}/realms/parley/protocol/openid-connect/certs",
    )
    requests = {"GET /worklist": Action.WORKLIST_READ, "GET /decisions": Action.DECISIONS_READ}
    app = Starlette(routes=[Route(path, who) for path in ("/worklist", "/decisions", "/status")])
    app.state.gate = gate_of(settings, requests)
    app.state.staff, app.state.recorder = NamesAlone(), RecordedInMemory()
    return app


async def asked(app: Starlette, path: str, token: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as http:
        return await http.get(path, headers={"authorization": f"Bearer {token}"})


@pytest.fixture
def add(identity: Stack) -> Callable[..., Person]:
    def added(*roles: Role, **of: object) -> Person:
        person = Person(f"r.{uuid4().hex[:8]}", tuple(roles), **of)  # type: ignore[arg-type]
        with People(identity) as people:
            people.add(person, password=PASSWORD)
        return person

    return added


def by_device(stack: Stack, person: Person) -> Issued:
    """The person signs in at a browser while the command line waits."""
    return signed_in_by_device(stack, person.name, PASSWORD)


async def test_a_coordinator_is_let_in_by_their_own_areas_and_name(
    identity: Stack, service: Starlette, add: Callable[..., Person]
) -> None:
    person = add(Role.COORDINATOR, areas=(AREA,))
    issued = by_device(identity, person)
    answer = await asked(service, "/worklist", issued.access_token)
    subject = claims_of(issued.access_token)["sub"]
    expected = {"by": f"{person.name} ({subject})", "areas": [AREA], "agency": None}
    assert (answer.status_code, answer.json()) == (200, expected)
    refused = await asked(service, "/status", issued.access_token)
    assert (refused.status_code, refused.json()["right"]) == (403, "status.read")
    # A refresh token opens nothing, and neither does an ID token.
    assert issued.refresh_token
    assert (await asked(service, "/worklist", issued.refresh_token)).status_code == 401
    pages, proof = Pages(identity, "parley-pages", identity.identity_secret("parley-pages")), Proof.new()
    code = Browser(identity).sign_in(pages.address(proof), person.name, PASSWORD)
    given = pages.code(code, proof).json()
    assert (await asked(service, "/worklist", given["access_token"])).status_code == 200
    assert (await asked(service, "/worklist", given["id_token"])).status_code == 401


async def test_a_practitioner_is_let_in_by_their_agency(
    identity: Stack, service: Starlette, add: Callable[..., Person]
) -> None:
    token = by_device(identity, add(Role.PRACTITIONER, agency=AGENCY)).access_token
    answer = await asked(service, "/decisions", token)
    assert (answer.status_code, answer.json()["agency"], answer.json()["areas"]) == (200, AGENCY, [])
    assert (await asked(service, "/worklist", token)).status_code == 403


async def test_the_command_line_renews_its_tokens_and_ends_the_session(
    identity: Stack, service: Starlette, add: Callable[..., Person]
) -> None:
    issuer = issuer_of(identity.home)
    assert issuer == identity.identity_issuer
    assert str(ca_file_of(identity.home)) == identity.identity_ca_file
    issued = by_device(identity, add(Role.COORDINATOR, areas=(AREA,)))
    sign_in = SignIn(identity.home)
    sign_in.store(issuer, Issued(issued.access_token, issued.refresh_token, 0.0))
    headers = RequestCredentials(identity, sign_in).headers("referral", "GET", "/worklist")
    renewed = headers["Authorization"].removeprefix("Bearer ")
    assert renewed != issued.access_token
    assert (await asked(service, "/worklist", renewed)).status_code == 200
    kept = sign_in._read()
    assert kept is not None
    assert sign_in.end()
    sign_in.store(issuer, Issued(renewed, kept[1].refresh_token, 0.0))
    with pytest.raises(SignedOutError):
        sign_in.access_token()
    sign_in._path.unlink()


async def test_an_automation_is_let_in_by_its_own_role(
    identity: Stack, service: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLEY_CLIENT_ID", "parley-stack")
    monkeypatch.setenv("PARLEY_CLIENT_SECRET", identity.identity_secret("parley-stack"))
    headers = RequestCredentials(identity).headers("referral", "GET", "/status")
    token = headers["Authorization"].removeprefix("Bearer ")
    assert (await asked(service, "/status", token)).status_code == 200
    assert (await asked(service, "/worklist", token)).status_code == 403
