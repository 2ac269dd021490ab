"""Front doors' records over HTTP, for agencies without Kafka: checked as on their topic, and put there."""

import csv
import io
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from services.screening.handlers.ingress import FrontDoorIngress, UsedBeforeError
from services.screening.handlers.reading import FrontDoorRecord
from services.screening.repository import directory, submissions
from shared.contracts.front_door import Submission
from shared.messaging.core.records import Finding
from shared.service.answers import Json, problem
from shared.service.definition import Context
from shared.service.described import JSON_LINES, describes
from shared.service.gate import guarded, reach_of
from shared.service.ingress import EFFECT_S, await_effect
from shared.service.requests import InvalidRequestError, prefers, record_of

CSV = "text/csv"
ASYNCHRONOUS = "respond-async"
LARGEST_UPLOAD = 16 * 1024 * 1024
MOST_LINES = 10_000
_NOT_YOURS = "There is no front door of this name within your reach."
_USED = "This submission_id was used for another record. Send it with a new one, superseding the old."


def routes(context: Context) -> list[Route]:
    """POST /front-doors/{agency}/screenings, and /screenings/bulk; GET /front-doors/{agency}/screenings/{id}."""
    ingress = FrontDoorIngress(context)

    async def taken(request: Request, content: bytes, seconds: float) -> dict[str, Any]:
        """What became of a record. Raises InvalidRequestError, or UsedBeforeError for another under a used id."""
        agency = request.path_params["agency"]
        read = await ingress.hand_in_within(reach_of(request).areas or (), agency, content)
        return await _became(context, agency, read, seconds)

    @guarded
    @describes(body=Submission, statuses=(202,))
    async def hand_in(request: Request) -> Response:
        if not _is_theirs(request):
            return problem(404, _NOT_YOURS)
        at_once = prefers(request, ASYNCHRONOUS)
        try:
            answer = await taken(request, await record_of(request, Submission), 0.0 if at_once else EFFECT_S)
        except UsedBeforeError:
            return problem(409, _USED)
        if at_once:
            return Json(answer, status_code=202, headers={"Preference-Applied": ASYNCHRONOUS})
        return Json(answer)

    @guarded
    @describes()
    async def one(request: Request) -> Response:
        agency, submission_id = request.path_params["agency"], request.path_params["id"]
        found = await _decided(context, agency, submission_id) if _is_theirs(request) else None
        return Json(found) if found else problem(404, "There is no decision for this id, or not yet.")

    @guarded
    @describes(takes=JSON_LINES, answers=JSON_LINES)
    async def bulk(request: Request) -> Response:
        if not _is_theirs(request):
            return problem(404, _NOT_YOURS)
        lines = list(_lines(request.headers.get("content-type", ""), await request.body()))
        if len(lines) > MOST_LINES:
            raise InvalidRequestError([Finding("value", f"must not have more than {MOST_LINES:,} lines")])

        async def reported() -> AsyncIterator[bytes]:
            for number, content in lines:
                yield orjson.dumps({"line": number, **await _line(content)}, default=str) + b"\n"

        async def _line(content: bytes) -> Mapping[str, Any]:
            try:
                # Nobody waits for the decision of each: it is read later.
                return await taken(request, content, 0.0)
            except InvalidRequestError as error:
                return {"status": "refused", "errors": [finding.as_json() for finding in error.findings]}
            except UsedBeforeError:
                return {"status": "refused", "errors": [{"field": "submission_id", "rule": _USED}]}

        return StreamingResponse(reported(), media_type=JSON_LINES)

    at = "/front-doors/{agency}/screenings"
    return [
        Route(at, hand_in, methods=["POST"]),
        Route(f"{at}/bulk", bulk, methods=["POST"]),
        Route(f"{at}/{{id:uuid}}", one),
    ]


def _is_theirs(request: Request) -> bool:
    return bool(reach_of(request).agency == request.path_params["agency"])


async def _became(context: Context, agency: str, read: FrontDoorRecord, seconds: float) -> dict[str, Any]:
    submission_id = read.submission_id if isinstance(read, Submission) else read.takes_back
    received = {"submission_id": submission_id, "status": "received"}
    if not seconds or not isinstance(read, Submission):
        return received
    return await await_effect(lambda: _decided(context, agency, submission_id), seconds) or received


async def _decided(context: Context, agency: str, submission_id: UUID) -> dict[str, Any] | None:
    async with context.pool.acquire() as connection:
        found = await submissions.decided(connection, agency, submission_id)
        known = (await directory.agencies(connection, {agency})).get(agency)
    if found and (known is None or known.sources is None or "self" in known.sources):
        # Where families refer themselves, one of the parents may read the answer: it is the same whatever was decided.
        return {"submission_id": submission_id, "status": "received"}
    return {"status": "decided", **found} if found else None


def _lines(kind: str, content: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of an upload, each with the number of its line. Raises InvalidRequestError for all of it."""
    if len(content) > LARGEST_UPLOAD:
        raise InvalidRequestError([Finding("value", f"must not have more than {LARGEST_UPLOAD // 1024**2} MiB")])
    if kind.partition(";")[0].strip().lower() != CSV:
        yield from ((at, line) for at, line in enumerate(content.splitlines(), 1) if line.strip())
        return
    try:
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        header = next(rows, [])
        if len(set(header)) < len(header) or not header:
            raise InvalidRequestError([Finding("value", "must begin with a line that names each column once")])
        for row in rows:
            if any(row):
                yield rows.line_num, orjson.dumps(nested(dict(zip(header, row, strict=False))))
    except (UnicodeDecodeError, csv.Error):
        raise InvalidRequestError([Finding("value", "must be CSV (RFC 4180) in UTF-8")]) from None


def nested(row: Mapping[str, str]) -> dict[str, Any]:
    """A line of CSV as a record. A column is a field's path, `parents.0.name.given`, with `:number` where it holds one.

    `true`, `false` and `[]` are themselves. An empty cell is null; where a whole part is empty, as of a third child, so
    is the part, and it is left out of its list.
    """
    made: dict[str, Any] = {}
    for path, value in row.items():
        name, _, kind = path.partition(":")
        node, parts = made, name.split(".")
        for part in parts[:-1]:
            below = node.setdefault(part, {})
            node = below if isinstance(below, dict) else {}
        node[parts[-1]] = _cell(value, kind)
    whole: dict[str, Any] = _with_lists(made) or {}
    return whole


def _cell(text: str, kind: str) -> Any:
    if text == "":
        return None
    if kind == "number":
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            return text  # Its rule is broken, which the contract says.
    if text == "[]":
        return []
    return {"true": True, "false": False}.get(text.lower(), text)


def _with_lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    known = {key: _with_lists(value) for key, value in node.items()}
    if known and all(value is None for value in known.values()):
        return None
    if all(key.isascii() and key.isdigit() and len(key) < 4 for key in known):
        return [known[key] for key in sorted(known, key=int) if known[key] is not None]
    return known
