"""The directory's file, taken in: every error of it by its line, what it would change, and the change itself."""

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.administration.domain.changes import ChangedMeanwhileError, Plan, RefusedChangeError
from services.administration.handlers.changes import Changes, UnderWayError, preview
from services.administration.web.pages import plans
from services.administration.web.pages.plans import Names
from shared.contracts.directory import DirectoryEntry
from shared.contracts.directory_reading import DirectoryFileError, Line, read_entries
from shared.service.form_keys import AlreadySentError
from shared.service.gate import acting, reach_of
from shared.service.recording import belongs_to
from shared.web.forms import new_key
from shared.web.pages import Pages, form_of

_NO_FILE = "Select the directory file that you changed"
_UNDER_WAY = "Some of it was changed a moment ago. Send the file again in a few seconds"
_MOST = 50


def routes(pages: Pages, changes: Changes) -> list[Route]:
    """GET and POST /pages/import."""

    @pages.guarded
    async def ask(request: Request) -> Response:
        return await _page(pages, request)

    @pages.guarded
    async def send(request: Request) -> Response:
        form, areas = form_of(request), reach_of(request).whole_areas
        text = form.whole("file")
        belongs_to(request, areas or ())
        if not text.strip():
            return await _page(pages, request, [(0, _NO_FILE)])

        def lines(registered: Mapping[str, DirectoryEntry]) -> Sequence[Line]:
            return read_entries(text, registered)

        meanwhile = None
        try:
            if form.get("step") == "confirm":
                await changes.apply(lines, areas, plans.read_seen(form.get("seen")), acting(request), form.key)
                return pages.to("/pages/directory", done="changed")
            registered = await changes.registered()
            plan = preview(lines, areas, registered)
        except AlreadySentError:
            return pages.to("/pages/directory", done="changed")
        except (DirectoryFileError, RefusedChangeError) as error:
            return await _page(pages, request, error.findings)
        except UnderWayError:
            return await _page(pages, request, [(0, _UNDER_WAY)])
        except ChangedMeanwhileError as error:
            meanwhile, registered = error, await changes.registered()
            plan = preview(lines, areas, registered)
        return await _preview(pages, request, plan, text, meanwhile, Names(registered))

    return [Route("/pages/import", ask), Route("/pages/import", send, methods=["POST"])]


async def _page(pages: Pages, request: Request, findings: Sequence[tuple[int, str]] = ()) -> Response:
    return await pages.render(
        request,
        "import.html",
        422 if findings else 200,
        title="Change the directory by its file",
        findings=[{"line": line, "text": text} for line, text in findings[:_MOST]],
        more=max(0, len(findings) - _MOST),
    )


async def _preview(
    pages: Pages,
    request: Request,
    plan: Plan,
    text: str,
    meanwhile: ChangedMeanwhileError | None,
    names: Names,
) -> Response:
    others = meanwhile.changes if meanwhile else {}
    return await pages.render(
        request,
        "preview.html",
        409 if meanwhile else 200,
        title="Check what changes",
        path="/pages/import",
        changes=plans.shown(plan, names),
        meanwhile=[
            each for key, fields in others.items() for each in plans.fields_shown(fields, key.partition("/")[0], names)
        ],
        unchanged=plan.unchanged,
        hidden=[{"name": "file", "value": text}],
        seen=plans.seen_of(plan.known),
        opened="",
        key=new_key(),
        again=False,
    )
