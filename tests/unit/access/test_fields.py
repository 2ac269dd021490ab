"""The table of fields: nothing is shown that it does not have, and to nobody beyond it. Nobody but who is told of signs
reads a code that tells of one."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import services
import shared.web
from services import MANIFESTS
from shared.access.actions import Action
from shared.access.fields import WITHHELD, Audience, UnknownFieldError, View, signs, view_of, views
from shared.access.requests import OF_EVERY_SERVICE
from shared.access.roles import Role
from shared.access.table import TABLE, About

NOT_REQUESTS = {"every refusal", "GET /health/ready"}
WHOLE = {name for name, view in views().items() if view.is_whole}
DETAILED = sorted(set(views()) - WHOLE)
ANY_NAME = "a-name"
ROLES = st.frozensets(st.sampled_from(Role))


def actions() -> dict[str, set[Action]]:
    found: dict[str, set[Action]] = {}
    for manifest in MANIFESTS:
        for request, action in manifest.requests.items():
            found.setdefault(request, set()).add(Action(action))
    return found | {request: {action} for request, action in OF_EVERY_SERVICE.items()}


def test_every_request_and_every_page_has_its_view_and_no_view_is_left_over() -> None:
    requests = {request for request in actions() if " /pages/" not in request}
    folders = [Path(package.__path__[0]) for package in (services, shared.web)]
    layouts = {"base.html", "own_base.html", "own_page.html"}
    pages = {f"page {path.name}" for folder in folders for path in folder.rglob("*.html") if path.name not in layouts}
    assert set(views()) == requests | pages | NOT_REQUESTS


def test_only_what_is_of_no_family_is_shown_whole_and_roles_are_those_that_may_ask() -> None:
    for request, asked in actions().items():
        if " /pages/" in request:
            continue
        about = {TABLE[action].about for action in asked}
        may_ask = {role for action in asked for role in TABLE[action].roles}
        assert request not in WHOLE or About.FAMILIES not in about, request
        for path, field in view_of(request).fields.items():
            assert field.roles is None or field.roles <= may_ask, (request, path)
            assert not path.endswith("**") or request in WHOLE, (request, path)


def contents(view: View) -> st.SearchStrategy[Any]:
    """Content with every field of a view, in rows where the view is of rows; each value says where it stands."""
    tree: dict[str, Any] = {}
    for path in view.fields:
        node = tree
        *above, last = path.replace("*", ANY_NAME).split(".")
        for part in above:
            node = node.setdefault(part, {})
        node[last] = st.one_of(st.none(), st.just(path), st.integers(), st.lists(st.just(path), max_size=2))

    def built(node: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        parts = {name: built(below) if isinstance(below, dict) else below for name, below in node.items()}
        made = st.fixed_dictionaries(parts)
        return st.one_of(made, st.lists(made, max_size=3)) if node is not tree else made

    return built(tree)


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, Mapping):
        for name, below in node.items():
            yield from leaves(below, f"{path}.{name}" if path else name)
    elif isinstance(node, list):
        for each in node:
            yield from leaves(each, path)
    else:
        yield path, node


@given(data=st.data(), name=st.sampled_from(DETAILED), roles=ROLES)
def test_a_role_sees_the_fields_that_the_table_gives_it_and_no_others(
    data: st.DataObject, name: str, roles: frozenset[Role]
) -> None:
    view = view_of(name)
    content = data.draw(contents(view))
    shown = {path.replace(ANY_NAME, "*") for path, _ in leaves(view.shown(content, Audience(roles)))}
    sees = {path for path, field in view.fields.items() if field.roles is None or field.roles & roles}
    given_ = {path.replace(ANY_NAME, "*") for path, _ in leaves(content)}
    inner = {path for path, _ in leaves(content) if path in view.inner}
    assert shown - inner == (given_ - inner) & sees


@given(data=st.data(), name=st.sampled_from(DETAILED), field=st.sampled_from(["postcode", "new", "answers"]))
def test_a_field_that_is_not_in_the_table_is_an_error_wherever_it_is_planted(
    data: st.DataObject, name: str, field: str
) -> None:
    view = view_of(name)
    content = data.draw(contents(view).filter(lambda made: any(True for _ in maps(made))))
    places = list(maps(content))
    path, place = data.draw(st.sampled_from(places))
    planted = f"{path}.{field}" if path else field
    if planted in view.fields or planted in view.inner or f"{path}.*" in view.fields:
        return
    place[field] = "ZZ1 1ZZ"
    with pytest.raises(UnknownFieldError) as refused:
        view.shown(content, Audience(frozenset(Role)))
    assert "ZZ1" not in str(refused.value), "an error names the field, never its value"


def maps(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        yield path, node
        for name, below in node.items():
            yield from maps(below, f"{path}.{name}" if path else name)
    elif isinstance(node, list):
        for each in node:
            yield from maps(each, path)


MARKED = sorted((name, path) for name, view in views().items() for path, field in view.fields.items() if field.signals)


@given(where=st.sampled_from(MARKED), code=st.sampled_from(sorted(signs().codes)), roles=ROLES, also=st.booleans())
def test_whoever_sees_no_signs_reads_no_code_that_shows_one(
    where: tuple[str, str], code: str, roles: frozenset[Role], also: bool
) -> None:
    name, path = where
    *above, last = path.replace("*", ANY_NAME).split(".")
    row: dict[str, Any] = {last: f"other-reason, {code}" if also else code}
    content = row
    for part in reversed(above):
        content = {part: [content]}
    shown = view_of(name).shown(content, Audience(roles))
    values = [value for _, value in leaves(shown)]
    assert values == ([row[last]] if roles & signs().seen_by else [WITHHELD])


def test_a_row_that_is_withheld_shows_nothing_by_who_or_by_which_step() -> None:
    """A case that halts and one that a parent leaves read the same for whoever is not told of signs."""
    halted = {"by": "families", "who": "", "step": "linked-sign", "reason": "sign-in-another-case-of-the-family"}
    withdrawn = {"by": "parent", "who": "staff-1", "step": "withdraw", "reason": "one-parent"}
    at = {"at": "2026-05-01", "what": "not-shared", "provider": None}
    sees, kept = Audience(frozenset({Role.COORDINATOR})), Audience(frozenset({Role.AREA_ADMINISTRATOR}))
    view = view_of("GET /cases/{id:uuid}/sharing")
    rows = [view.shown({"case_id": "c", "items": [{**at, **row}]}, kept) for row in (halted, withdrawn)]
    assert rows[0] == rows[1]
    assert view.shown({"case_id": "c", "items": [{**at, **halted}]}, sees)["items"] == [{**at, **halted}]


@given(people=st.frozensets(st.sampled_from("abc")), rows=st.lists(st.tuples(*2 * [st.sampled_from([None, *"abcd"])])))
def test_somebody_of_an_agency_sees_the_rows_of_whom_it_screened(
    people: frozenset[str], rows: list[tuple[str | None, str | None]]
) -> None:
    view = view_of("GET /cases/{id:uuid}/consents")
    content = {"items": [{"person_id": person, "child_id": child_, "status": "given"} for person, child_ in rows]}
    shown = view.shown(content, Audience(frozenset({Role.PRACTITIONER}), people)).get("items", [])
    assert [(row["person_id"], row["child_id"]) for row in shown] == [
        row for row in rows if {each for each in row if each is not None} <= people
    ]
