"""What is registered of the areas that somebody administers: each entry, and all of them as the directory's file."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.administration.domain.changes import may_change
from services.administration.domain.directory import of_areas
from services.administration.repository import directory as queries
from services.administration.web.pages.entry_forms import BOXES
from services.administration.web.pages.plans import NAMED, Names, fields_shown
from shared.contracts.directory import (
    AgencyRegistered,
    AreaRegistered,
    DirectoryEntry,
    OfferRegistered,
    ProviderRegistered,
)
from shared.contracts.directory_file import written
from shared.contracts.directory_merge import differences
from shared.contracts.directory_words import fields_of, in_words, settings_of
from shared.service.gate import reach_of
from shared.web.pages import Pages

_KINDS = {
    "area": "Areas",
    "region": "Regions",
    "agency": "Front doors",
    "provider": "Providers",
    "programme": "Programmes",
    "offer": "Offers",
}
_FILE = {
    "Content-Disposition": 'attachment; filename="directory.yaml"',
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
_NO_BASIS = "No legal basis for sharing is recorded: its families are screened, and nothing can be referred."
_NOT_SIGNED = "Its sharing agreement is not recorded as signed: nobody of it gets an account before."
_LATEST = 5
_NO_ENTRY = "Nothing of your areas is registered under this name."


def routes(pages: Pages) -> list[Route]:
    """GET /pages/directory, one entry of it, and its file."""

    @pages.guarded
    async def listing(request: Request) -> Response:
        entries = await _entries(pages, request)
        names = Names(entries)
        groups = [
            {"text": text, "lines": [_line(each, names) for each in entries.values() if each.kind == kind]}
            for kind, text in _KINDS.items()
        ]
        shown = [group for group in groups if group["lines"]]
        return await pages.render(
            request,
            "directory.html",
            title="Directory",
            groups=shown,
            done=request.query_params.get("done", ""),
        )

    @pages.guarded
    async def show(request: Request) -> Response:
        entries = await _entries(pages, request)
        entry = entries.get("{kind}/{id}".format(**request.path_params))
        if entry is None:
            link = {"href": f"{pages.prefix}/pages/directory", "text": "Go to what is registered"}
            return await pages.problem(request, 404, "Page not found", _NO_ENTRY, link=link)
        names = Names(entries)
        async with pages.context.pool.acquire() as connection:
            history = await queries.history(connection, f"{entry.kind}/{entry.id}", _LATEST)
        settings = settings_of(entry) if isinstance(entry, AreaRegistered) else []
        return await pages.render(
            request,
            "entry.html",
            title=_name(entry),
            kind=entry.kind,
            id=entry.id,
            notes=_notes(entry),
            settings=[each._asdict() | {"own": each.value != each.default} for each in settings],
            fields=[]
            if settings
            else [
                {"name": name, "value": names.field(name, getattr(entry, name)) if name in NAMED else value}
                for name, value in fields_of(entry)
            ],
            may_change=entry.kind in BOXES and may_change(entry, entries, reach_of(request).whole_areas),
            done=request.query_params.get("done", ""),
            history=[_changed(each, entry.kind, names) for each in history],
        )

    @pages.guarded
    async def file(request: Request) -> Response:
        text = written((await _entries(pages, request)).values())
        return Response(text, media_type="application/yaml", headers=_FILE)

    return [
        Route("/pages/directory", listing),
        Route("/pages/directory/file", file),
        Route("/pages/directory/{kind}/{id}", show),
    ]


def _changed(change: Mapping[str, Any], kind: str, names: Names) -> dict[str, Any]:
    fields = differences(change["before"], change["entry"]) if change["before"] else ()
    return {
        "at": change["changed_at"],
        "who": change["changed_by"],
        "new": change["before"] is None,
        "fields": fields_shown(fields, kind, names),
    }


async def _entries(pages: Pages, request: Request) -> Mapping[str, DirectoryEntry]:
    """What is registered of the caller's areas, and nothing else."""
    async with pages.context.pool.acquire() as connection:
        entries = await queries.registered(connection)
    areas = reach_of(request).whole_areas
    return entries if areas is None else of_areas(entries, areas)


def _name(entry: DirectoryEntry) -> str:
    return entry.name or entry.id


def _line(entry: DirectoryEntry, names: Names) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "id": entry.id,
        "name": _name(entry),
        "about": _about(entry, names),
        "notes": _notes(entry),
    }


def _about(entry: DirectoryEntry, names: Names) -> str:
    match entry:
        case AreaRegistered():
            return (
                "clean cases are referred by themselves"
                if entry.automatic_agreement
                else "a coordinator agrees to each case"
            )
        case AgencyRegistered():
            return f"{in_words(entry.sources)}, in {names.field('areas', entry.areas)}"
        case ProviderRegistered():
            return "reads in the pages" if entry.reads == "pages" else "reads its topic"
        case OfferRegistered():
            return f"{entry.service.replace('-', ' ')}, by {names.of('provider', entry.provider)}"
        case _:
            return ""


def _notes(entry: DirectoryEntry) -> list[str]:
    """What keeps an entry from doing what somebody may expect of it."""
    found = []
    if isinstance(entry, AgencyRegistered | ProviderRegistered) and entry.left:
        found.append("It takes part no longer.")
    elif isinstance(entry, AgencyRegistered):
        found += [_NO_BASIS] if entry.legal_basis is None else []
        found += [_NOT_SIGNED] if entry.agreement_signed_on is None else []
    elif isinstance(entry, ProviderRegistered) and entry.reads == "topic" and entry.public_key is None:
        found.append("No public key is registered here: unless it has given one itself, its referrals wait.")
    if isinstance(entry, OfferRegistered) and entry.is_over:
        found.append("It has ended: no new family gets it.")
    return found
