"""Changing an entry of the directory, or registering one: the form, what it would change, and the change itself."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.administration.domain.changes import (
    ChangedMeanwhileError,
    Plan,
    RefusedChangeError,
    may_change,
    since,
)
from services.administration.domain.directory import of_areas
from services.administration.handlers.changes import Changes, UnderWayError, preview
from services.administration.web.pages import entry_forms, plans
from services.administration.web.pages.entry_forms import BOXES, Box, InvalidEntryError
from services.administration.web.pages.plans import Names
from shared.contracts.directory import DirectoryEntry
from shared.contracts.directory_reading import Line
from shared.messaging.core.records import Finding
from shared.service.form_keys import AlreadySentError
from shared.service.gate import acting, reach_of
from shared.service.recording import belongs_to
from shared.web.forms import Form, new_key
from shared.web.pages import Pages, form_of

_NEW = ("agency", "offer")
_NOTHING = "Nothing is different from what is registered. Change something, or go back to what is registered"
_UNDER_WAY = "It was changed a moment ago, and that is not in force everywhere yet. Send it again in a few seconds"
_NO_ENTRY = "Nothing of your areas that has a form is registered under this name."
_NOT_YOURS = (
    "It is of areas that somebody else administers too. Whoever administers all of its areas changes it, or whoever "
    "runs Parley."
)


@dataclass(frozen=True)
class _Editing:
    """What is being changed: an entry, or a new one of a kind.

    `opened` is what was in force when the form was opened, from which what somebody changed follows; `seen` is what
    was in force when they last saw it.
    """

    kind: str
    id: str
    new: bool
    boxes: tuple[Box, ...]
    opened: Mapping[str, Any]
    seen: Mapping[str, Any]
    values: Mapping[str, Any]
    names: Names
    path: str

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.id}"

    @property
    def entry(self) -> Mapping[str, Any]:
        return self.opened.get(self.key) or {}


def routes(pages: Pages, changes: Changes) -> list[Route]:
    """GET and POST /pages/directory/{kind}/{id}/change and /pages/registering/{kind}."""

    @pages.guarded
    async def edit(request: Request) -> Response:
        registered = await changes.registered()
        editing = _editing(request, registered, Form())
        if editing is None:
            return await _none(pages, request)
        if not editing.new and not may_change(registered[editing.key], registered, reach_of(request).whole_areas):
            return await pages.problem(request, 403, "You cannot change this", _NOT_YOURS, link=_back(pages))
        return await _form(pages, request, editing)

    @pages.guarded
    async def send(request: Request) -> Response:
        form, registered = form_of(request), await changes.registered()
        editing = _editing(request, registered, form)
        if editing is None:
            return await _none(pages, request)
        if form.get("step") == "edit":
            return await _form(pages, request, editing)
        areas = reach_of(request).whole_areas
        belongs_to(request, areas or ())
        fields = entry_forms.given(editing.boxes, editing.values, editing.entry)
        try:
            if not fields:
                raise InvalidEntryError([Finding(editing.boxes[0].name, _NOTHING)])
            lines = _lines(editing, fields)
            if form.get("step") == "confirm":
                await changes.apply(lines, areas, editing.seen, acting(request), form.key)
                return pages.to(f"/pages/directory/{editing.kind}/{editing.id}", done="changed")
            plan = preview(lines, areas, registered)
        except AlreadySentError:
            return pages.to(f"/pages/directory/{editing.kind}/{editing.id}", done="changed")
        except InvalidEntryError as error:
            return await _form(pages, request, editing, error.findings)
        except RefusedChangeError as error:
            found = [Finding("entry", text.partition(": ")[2] or text) for _, text in error.findings]
            return await _form(pages, request, editing, found)
        except UnderWayError:
            return await _form(pages, request, editing, [Finding("entry", _UNDER_WAY)])
        except ChangedMeanwhileError as error:
            plan = preview(lines, areas, await changes.registered())
            return await _preview(pages, request, editing, plan, error)
        if not plan.changes:
            return await _form(pages, request, editing, [Finding(editing.boxes[0].name, _NOTHING)])
        others = since(editing.opened, plan.known)
        return await _preview(pages, request, editing, plan, ChangedMeanwhileError(others) if others else None)

    return [
        Route("/pages/directory/{kind}/{id}/change", edit),
        Route("/pages/directory/{kind}/{id}/change", send, methods=["POST"]),
        Route("/pages/registering/{kind}", edit),
        Route("/pages/registering/{kind}", send, methods=["POST"]),
    ]


def _editing(request: Request, registered: Mapping[str, DirectoryEntry], form: Form) -> _Editing | None:
    kind, name = request.path_params["kind"], request.path_params.get("id")
    new = name is None
    areas = reach_of(request).whole_areas
    within = registered if areas is None else of_areas(registered, areas)
    if kind not in (_NEW if new else BOXES) or (not new and f"{kind}/{name}" not in within):
        return None
    known = {each.id: each.name or each.id for each in within.values() if each.kind == "area"}
    # A provider that no offer of theirs names yet may be chosen too: whoever runs Parley has registered it.
    providers = {each.id: each.name or each.id for each in registered.values() if each.kind == "provider"}
    boxes = entry_forms.boxes_of(kind, new=new, areas=known, providers=providers)
    sent = bool(form.get("seen")) or bool(form.get("step"))
    wanted = form.get("id") if name is None else str(name)
    entry = registered.get(f"{kind}/{wanted}")
    now = {f"{kind}/{wanted}": None if new and sent else _json(entry)}
    seen, opened = (plans.read_seen(form.get(each)) if sent and not new else now for each in ("seen", "opened"))
    values = entry_forms.typed(boxes, form) if sent else entry_forms.stored(boxes, _json(entry) or {})
    path = f"/pages/registering/{kind}" if new else f"/pages/directory/{kind}/{name}/change"
    return _Editing(kind, wanted, new, boxes, opened, seen, values, Names(registered), path)


def _lines(editing: _Editing, fields: Mapping[str, Any]) -> Any:
    def read(registered: Mapping[str, DirectoryEntry]) -> Sequence[Line]:
        if editing.new and editing.key in registered:
            raise InvalidEntryError([Finding("id", "is taken: choose another one")])
        wanted = {name: value for name, value in fields.items() if name != "id"}
        return [entry_forms.line_of(editing.kind, editing.id, wanted, registered)]

    return read


async def _form(pages: Pages, request: Request, editing: _Editing, findings: Sequence[Finding] = ()) -> Response:
    labels = {box.name: box.label for box in editing.boxes}
    problems = {
        each.field: f"{labels[each.field].removesuffix(' (optional)')}: {each.rule[:1].lower()}{each.rule[1:]}"
        if each.field in labels
        else each.rule
        for each in findings
    }
    names = {
        box.name: {code: editing.names.of("area" if box.name == "areas" else "provider", code) for code in box.options}
        for box in editing.boxes
        if box.name in ("areas", "provider")
    }
    boxes = [
        each | {"error": problems.get(each["name"], "")}
        for box in editing.boxes
        for each in entry_forms.shown((box,), editing.values, names.get(box.name, {}))
    ]
    first = editing.boxes[0].name
    what = plans.KINDS[editing.kind].lower()
    return await pages.render(
        request,
        "change.html",
        422 if findings else 200,
        title=f"Register a new {what}" if editing.new else f"Change {editing.names.of(editing.kind, editing.id)}",
        path=editing.path,
        back=f"/pages/directory/{editing.kind}/{editing.id}" if not editing.new else "/pages/directory",
        boxes=boxes,
        errors=[{"href": f"#{name if name in labels else first}", "text": text} for name, text in problems.items()],
        opened=json.dumps(editing.opened),
        seen=json.dumps(editing.seen),
    )


async def _preview(
    pages: Pages, request: Request, editing: _Editing, plan: Plan, meanwhile: ChangedMeanwhileError | None = None
) -> Response:
    form = form_of(request)
    hidden = [{"name": box.name, "value": each} for box in editing.boxes for each in form.all(box.name)]
    others = meanwhile.changes.get(editing.key, ()) if meanwhile else ()
    return await pages.render(
        request,
        "preview.html",
        409 if meanwhile else 200,
        title="Check what changes",
        path=editing.path,
        changes=plans.shown(plan, editing.names),
        meanwhile=plans.fields_shown(others, editing.kind, editing.names),
        unchanged=0,
        hidden=hidden,
        opened=json.dumps(editing.opened),
        seen=plans.seen_of(plan.known),
        key=new_key(),
        again=True,
    )


def _json(entry: DirectoryEntry | None) -> dict[str, Any] | None:
    return entry.model_dump(mode="json") if entry else None


def _back(pages: Pages) -> dict[str, str]:
    return {"href": f"{pages.prefix}/pages/directory", "text": "Go to what is registered"}


async def _none(pages: Pages, request: Request) -> Response:
    return await pages.problem(request, 404, "Page not found", _NO_ENTRY, link=_back(pages))
