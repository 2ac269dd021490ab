"""The services' HTTP held to its OpenAPI documents by Schemathesis, on real PostgreSQL: whatever is sent, no answer is
an error of ours, has a status or a shape that is not described, or takes what the description does not allow."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services import MANIFESTS
from shared.access.actions import Action
from shared.access.requests import OF_EVERY_SERVICE
from shared.contracts.manifest import Manifest
from shared.service.answers import Json, invalid
from shared.service.described import JSON_LINES, describes
from shared.service.openapi import document
from shared.service.openapi_documents import routes_of
from shared.service.serve import application
from shared.service.settings import ServiceSettings
from tests.support.described_http import Records, Served, answering, served

EXAMPLES = 5
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
# One asks Kafka, which is not there, and one has a file of the home.
WITHOUT = {"GET /health/ready", "GET /record-keys"}
SETTINGS = hypothesis.settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@schemathesis.serializer(JSON_LINES)
def as_lines(_context: Any, value: Any) -> bytes:
    """What it made up for JSON lines: text, of which no line is a record."""
    return str(value).encode(errors="replace")


def operations(manifest: Manifest) -> Iterator[Any]:
    """Those of the service; those of every service for one of them."""
    shared = {request.replace(":uuid}", "}").replace(":int}", "}") for request in OF_EVERY_SERVICE}
    for found in schemathesis.openapi.from_dict(document(manifest, routes_of(manifest))).get_all_operations():
        operation = found.ok()
        request = f"{operation.method.upper()} {operation.path}"
        if request not in WITHOUT and (manifest is MANIFESTS[0] or request not in shared):
            yield operation


def held(operation: Any, mode: GenerationMode, service: Served) -> None:
    """Sends what the description allows, or what it does not, and holds each answer to it."""

    @SETTINGS
    @hypothesis.given(data=st.data())
    def trial(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy(generation_mode=mode))
        if mode is GenerationMode.POSITIVE and data.draw(st.sampled_from([True, True, False])):
            case.path_parameters.update(service.records.of(operation.path))
        headers = service.headers(f"{operation.method.upper()} {operation.definition.raw['x-route']}")
        case.call_and_validate(base_url=service.address, headers=headers, checks=CHECKS, timeout=20)

    trial()


PLANTED = Manifest(
    name="planted", purpose="…", port=18999, reads=(), writes=(), requests={"POST /records": Action.CASES_DECIDE}
)


class Body(BaseModel):
    """What the planted request says that it takes."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=5)]


def failing(_body: Any) -> Response:
    raise ValueError


FAULTS: dict[str, Callable[[Any], Response]] = {
    "Server error": failing,
    "Undocumented status code": lambda _: Json({}, status_code=418),
    "Undocumented Content-Type": lambda _: Response("{}", media_type="text/html"),
    "Response violates schema": lambda _: invalid([]),
    "Schema-violating request accepted": lambda _: Json({}),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_planted_fault_of_each_kind_is_found(fault: str) -> None:
    @describes(body=Body)
    async def planted(request: Request) -> Response:
        return FAULTS[fault](await request.body())

    routes = [Route("/records", planted, methods=["POST"])]
    app = application(ServiceSettings(), routes=routes)
    [found] = schemathesis.openapi.from_dict(document(PLANTED, routes)).get_all_operations()
    async with answering(app) as address:
        service = Served(PLANTED, address, Records(None, None))
        reported = ""
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                await asyncio.to_thread(held, found.ok(), mode, service)
            except BaseException as error:
                reported += "".join(map(str, getattr(error, "exceptions", ()))) + str(error)
    assert fault in reported


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda each: each.name)
async def test_no_answer_differs_from_its_description(manifest: Manifest, databases: Any, tmp_path: Path) -> None:
    failures = []
    async with served(manifest, databases, tmp_path) as service:
        for operation in operations(manifest):
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                try:
                    await asyncio.to_thread(held, operation, mode, service)
                except hypothesis.errors.Unsatisfiable:
                    # Nothing is asked that could be wrong.
                    assert mode is GenerationMode.NEGATIVE, operation.label
                except BaseException as error:
                    failures.append(f"{operation.label}: {error}")
    assert not failures, "\n\n".join(failures)
