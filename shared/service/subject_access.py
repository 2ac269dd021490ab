"""What is held of a person in a case, the same in every service: by the register, which no table can be left out of.

What is of the whole family, or of anybody else, is not read into the answer. What may be harmful is in `withheld`, for
whoever decides about it. See `shared/privacy/register/subject_access.py`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any, TypeVar
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.access.actions import Action
from shared.access.scopes import EVERYWHERE, Belonging
from shared.audit import store
from shared.audit.entry import Outcome, Subjects
from shared.audit.recorder import Concerned, ConcernedBy
from shared.audit.store import Wanted
from shared.contracts.base import Sealed
from shared.contracts.subject_access import Given, Records, SubjectAccessReason, Values, Withheld
from shared.messaging.core.records import Finding
from shared.postgres.connection import Connection
from shared.postgres.row_reach import reading_within
from shared.privacy.keyring import Keys
from shared.privacy.register.kinds import Kind
from shared.privacy.register.subject_access import DocumentPart, TableRule, box_field, table_rules
from shared.privacy.sealing import CannotOpenError
from shared.service.answers import Json, problem
from shared.service.definition import Context
from shared.service.described import Query, describes
from shared.service.gate import covers, guarded
from shared.service.recording import because, concerns
from shared.service.requests import InvalidRequestError

_AT, _ALSO, _SOMEBODY = "parley_at", "parley_also_", "somebody else, whose name is left out"
_WHY = {
    "safety": "may put somebody at risk of serious harm (Data Protection Act 2018, Schedule 3, paragraph 5)",
    "free-text": "may speak of somebody else (Data Protection Act 2018, Schedule 2, paragraph 16)",
}
_OF_THE_FAMILY = "is about the whole family, and so about others (Data Protection Act 2018, Schedule 2, paragraph 16)"
_UNKNOWN = "is not in the register of personal data"
_ITEM = re.compile(r"[a-z]+/[a-z0-9_.-]+")
# Who only looked, at what. That somebody asked for an export, erased, or saw to a sign is not the person's to know.
_LOOKED = frozenset({Action.CASES_READ, Action.NOTES_READ, Action.CONSENTS_READ, Action.PANEL_ITEMS_READ})
_ENTRIES = 100_000
T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """Whose data, from when until when (both days included), and what was decided to be given after all."""

    person: UUID
    case: UUID
    since: date | None = None
    until: date | None = None
    give: frozenset[str] = frozenset()

    def gives(self, item: str) -> bool:
        """Whether this, or what it is part of, is given after all."""
        return any(item == each or item.startswith(f"{each}.") for each in self.give)

    def is_within(self, day: date | None) -> bool:
        """Whether a day is asked for. What has none always is."""
        return day is None or ((not self.since or day >= self.since) and (not self.until or day <= self.until))


REASON = Query("reason", "why it is asked for", {"type": "string", "enum": [*SubjectAccessReason]}, required=True)
_DAY: Mapping[str, str] = {"type": "string", "format": "date"}
_GIVE = Query("give", "an item of the reviewer's sheet that is given after all", {"type": "string"}, repeated=True)


def subject_access_routes(context: Context, concerned_by: ConcernedBy | None) -> list[Route]:
    """GET /cases/{case}/people/{id}/records?reason=&from=&to=&give=."""

    @guarded
    @describes(query=(REASON, Query("from", "the first day", _DAY), Query("to", "the last day", _DAY), _GIVE))
    async def records(request: Request) -> Response:
        asked, reason = _asked(request), reason_of(request)
        because(request, reason)
        concerns(request, persons=[asked.person])
        request.state.subjects |= Subjects.of(records=(f"given/{each}" for each in asked.give))
        # What is theirs is not decided on a part of the rows; whether it may be asked for is, by the areas of the case.
        with reading_within(EVERYWHERE):
            async with context.pool.acquire() as connection, connection.transaction(readonly=True):
                known = await concerned_by(connection, [asked.case]) if concerned_by else Concerned()
                if not _is_within_reach(request, known):
                    return problem(404, "Nothing is held of this case here.")
                found = await records_of(connection, context, asked)
        return Json(found.model_dump(mode="json"))

    return [Route("/cases/{case:uuid}/people/{id:uuid}/records", records)]


def _is_within_reach(request: Request, known: Concerned) -> bool:
    """Whether each area of the case is the caller's. A case that is not known here has none."""
    return bool(known.areas) and all(covers(request, Belonging.of([area])) for area in known.areas)


async def records_of(connection: Connection, context: Context, asked: Asked) -> Records:
    """What this service holds of the person in the case, as far as it is theirs."""
    collected = _Collected(context.service, asked)
    for rule in table_rules(context.service).values():
        if rule.whose != "nobody":
            await _read_table(connection, context, rule, asked, collected)
    await _read_looks(connection, asked, collected)
    return Records(service=context.service, given=_once(collected.given), withheld=_once(collected.withheld))


class _Collected:
    def __init__(self, service: str, asked: Asked) -> None:
        self._service, self._asked = service, asked
        self.given: list[Given] = []
        self.withheld: list[Withheld] = []

    def give(self, section: str, day: date | None, fields: Mapping[str, Values]) -> None:
        if known := {name: value for name, value in fields.items() if value not in (None, "", [])}:
            self.given.append(Given(section=section, on=day, fields=known))

    def withhold(self, rule: TableRule, place: str, why: str, day: date | None, value: Values) -> bool:
        """Lists it for whoever decides; false where they decided to give it."""
        item = f"{self._service}/{place}"
        if self._asked.gives(item):
            return False
        self.withheld.append(
            Withheld(item=item, section=rule.title, because=why, on=day, values={place.rpartition(".")[2]: value})
        )
        return True

    def withhold_rows(self, rule: TableRule, rows: int) -> None:
        item = f"{self._service}/{rule.table}"
        self.withheld.append(Withheld(item=item, section=rule.title, because=_OF_THE_FAMILY, rows=rows))


async def _read_table(
    connection: Connection, context: Context, rule: TableRule, asked: Asked, collected: _Collected
) -> None:
    rows = await connection.fetch(*_query(rule, asked))
    within = [(row, day) for row in rows if asked.is_within(day := _day(row[_AT]))]
    boxes = [box for row, _ in within for box in _boxes_in(dict(row), asked.person)]
    keys = await context.keyring.for_opening(boxes)
    for row, day in within:
        _read_row(rule, dict(row), day, asked, collected, keys)
    others = [column for column in rule.kinds if rule.access_of(column) == "withheld" or column in rule.documents]
    if rule.whose == "case" and within and others:
        collected.withhold_rows(rule, len(within))


def _query(rule: TableRule, asked: Asked) -> tuple[Any, ...]:
    """The statement with its arguments. All names and conditions in it are the register's own."""
    names = {"$case": "$1::uuid", "$person": "$2::uuid"}

    def written(sql: str) -> str:
        return re.sub(r"\$(?:case|person)", lambda match: names[match[0]], sql)

    listed = [f'{rule.table}."{column}"' for column in rule.kinds]
    listed += [f"({written(sql)}) AS {_ALSO}{name}" for name, sql in rule.also.items()]
    listed.append(f"({written(rule.at) if rule.at else 'NULL::timestamptz'}) AS {_AT}")
    condition = written(rule.rows)
    # Both arguments are used whether or not the condition does, or PostgreSQL would not know their types.
    statement = (
        f'SELECT {", ".join(listed)} FROM "{rule.table}" '  # noqa: S608 - the register's own names
        f"WHERE ({condition}) AND $1::uuid IS NOT NULL AND $2::uuid IS NOT NULL ORDER BY {_AT} NULLS FIRST"
    )
    return statement, asked.case, asked.person


def _read_row(
    rule: TableRule, row: Mapping[str, Any], day: date | None, asked: Asked, collected: _Collected, keys: Keys
) -> None:
    fields: dict[str, Values] = {name: _plain(row[f"{_ALSO}{name}"]) for name in rule.also}
    for column, kind in rule.kinds.items():
        value = row[column]
        if value is None or column in rule.documents or kind.at_rest != "clear":
            # Whatever of it is the person's own comes out of the boxes and the parts.
            if value is not None and kind.access == "redacted" and rule.whose == "person":
                fields[column] = _SOMEBODY
            continue
        if column in rule.only:
            value = [each for each in value if each in rule.only[column]]
        access = rule.access_of(column)
        if access == "redacted" and rule.whose == "person" and value != "":
            fields[column] = _SOMEBODY
        elif access == "given":
            fields[column] = _plain(value)
        elif access == "withheld" and rule.whose == "person":
            place = f"{rule.table}.{column}"
            if not collected.withhold(rule, place, _why(kind), day, _plain(value)):
                fields[column] = _plain(value)
    for column, parts in rule.documents.items():
        for found in _own_parts(row[column], parts, asked.person):
            collected.give(rule.title, day, found)
    collected.give(rule.title, day, fields)
    for box in _boxes_in(row, asked.person):
        try:
            opened = keys.open(box)
        except CannotOpenError:
            continue
        _read_box(rule, box.field, opened, day, collected)


def _read_box(rule: TableRule, box: str, opened: Any, day: date | None, collected: _Collected) -> None:
    """The values of a sealed box. One that the register does not know is withheld."""
    for number in opened if isinstance(opened, list) else [opened]:
        fields: dict[str, Values] = {}
        for path, value in _leaves(number):
            if value in (None, "", []):
                continue
            known = box_field(box, path)
            given = known is not None and known.access == "given"
            why = _why(known.kind) if known else _UNKNOWN
            place = f"{box}.{path}" if path else box
            if given or not collected.withhold(rule, place, why, day, value):
                fields[path or box] = value
        collected.give(rule.title, day, fields)


def _leaves(node: Any, at: str = "") -> Iterator[tuple[str, Values]]:
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from _leaves(value, f"{at}.{name}" if at else name)
    elif isinstance(node, list) and any(isinstance(each, Mapping) for each in node):
        for each in node:
            yield from _leaves(each, at)
    else:
        yield at, _plain(node)


def _own_parts(document: Any, parts: Sequence[DocumentPart], person: UUID) -> Iterator[dict[str, Values]]:
    """Those parts of a document that name the person, with what may be given of them and nothing beside."""
    for part in parts:
        listed = (document or {}).get(part.at) or []
        for each in listed if isinstance(listed, list) else [listed]:
            named = each.get(part.mine)
            if str(person) == named or (isinstance(named, list) and str(person) in named):
                yield {name: _plain(each.get(name)) for name in part.given}


def _boxes_in(node: Any, person: UUID) -> Iterator[Sealed]:
    """The person's own sealed boxes, wherever they are in a row."""
    if isinstance(node, Mapping):
        if node.keys() == Sealed.model_fields.keys():
            box = Sealed.model_validate(node)
            if box.subject == person:
                yield box
            return
        node = node.values()
    if isinstance(node, Iterable) and not isinstance(node, str | bytes):
        for each in node:
            yield from _boxes_in(each, person)


async def _read_looks(connection: Connection, asked: Asked, collected: _Collected) -> None:
    """On which days somebody in which role looked at the case. Who it was is left out, and what else they did."""
    wanted = Wanted(
        cases=frozenset({asked.case}),
        since=datetime.combine(asked.since, time(), UTC) if asked.since else None,
        until=datetime.combine(asked.until + timedelta(days=1), time(), UTC) if asked.until else None,
    )
    entries = await store.about(connection, wanted, _ENTRIES)
    looks = sorted(
        (entry.at.date(), role)
        for entry in entries
        if entry.access.action in _LOOKED and entry.access.outcome == Outcome.ALLOWED
        for role in entry.access.roles
    )
    for (day, role), _ in groupby(looks):
        collected.give("Who looked at your case", day, {"somebody_in_the_role": role})


def _asked(request: Request) -> Asked:
    give = frozenset(request.query_params.getlist("give"))
    if any(not _ITEM.fullmatch(each) for each in give):
        raise InvalidRequestError([Finding("give", "must be an item of the reviewer's sheet")])
    asked = Asked(
        request.path_params["id"], request.path_params["case"], _date(request, "from"), _date(request, "to"), give
    )
    if asked.since and asked.until and asked.since > asked.until:
        raise InvalidRequestError([Finding("to", "must not be before from")])
    if give and reason_of(request) is not SubjectAccessReason.AFTER_REVIEW:
        raise InvalidRequestError([Finding("reason", "must be after-review where something is given after all")])
    return asked


def reason_of(request: Request) -> SubjectAccessReason:
    """Why it is asked for. Raises InvalidRequestError."""
    try:
        return SubjectAccessReason(request.query_params.get("reason", ""))
    except ValueError:
        raise InvalidRequestError([Finding("reason", f"must be one of {', '.join(SubjectAccessReason)}")]) from None


def _date(request: Request, name: str) -> date | None:
    text = request.query_params.get(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidRequestError([Finding(name, "must be a day, such as 2026-03-31")]) from None


def _why(kind: Kind) -> str:
    return _WHY.get(kind.sensitivity, _OF_THE_FAMILY)


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).date()
    return value if isinstance(value, date) else None


def _plain(value: Any) -> Values:
    if isinstance(value, list | tuple | set | frozenset):
        return [_one(each) for each in value]
    return _one(value)


def _one(value: Any) -> str | bool | int | float | None:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return str(value)


def _once(found: Iterable[T]) -> tuple[T, ...]:
    kept: list[T] = []
    for each in found:
        if each not in kept:
            kept.append(each)
    return tuple(kept)
