"""What whoever administers an area may change of the directory and of accounts: nothing that is others' too."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.administration.domain.accounts import findings, why_not
from services.administration.domain.changes import RefusedChangeError, plan, since
from services.administration.domain.directory import areas_of
from services.administration.web.pages import entry_forms
from shared.access.accounts import GIVES, Person
from shared.access.roles import Role
from shared.contracts.directory import AreaRegistered
from shared.contracts.directory_reading import Line, read_entries
from shared.web.forms import Form

EXAMPLE = Path(__file__).parents[3] / "examples" / "directory.yaml"
ENTRIES = {line.entry.key(): line.entry for line in read_entries(EXAMPLE.read_text(encoding="utf-8"), {})}
AREAS = sorted(entry.id for entry in ENTRIES.values() if isinstance(entry, AreaRegistered))
HAMPSHIRE = "E10000014"
ADMIN = Role.AREA_ADMINISTRATOR


def text_of(kind: str, name: str, setting: str) -> str:
    return f"{kind}:\n  - id: {name}\n    {setting}\n"


@given(st.sampled_from(sorted(ENTRIES)), st.sets(st.sampled_from(AREAS)), st.sets(st.sampled_from(AREAS), min_size=1))
def test_whatever_is_changed_was_and_stays_of_ones_own_areas_alone(key: str, own: set[str], moved: set[str]) -> None:
    entry = ENTRIES[key]
    changes = {"name": "Another name"} | ({"areas": sorted(moved)} if "areas" in type(entry).model_fields else {})
    changed = entry.model_copy(update=changes)
    try:
        made = plan([Line(1, changed)], ENTRIES, own)
    except RefusedChangeError:
        return
    after = {**ENTRIES, key: changed}
    assert made.changes
    assert areas_of(entry, ENTRIES) | areas_of(changed, after) <= own


def test_a_change_shows_what_follows_and_of_two_the_second_sees_the_first() -> None:
    lines = read_entries(text_of("areas", HAMPSHIRE, "case_retention_months: 12"), ENTRIES)
    (change,) = plan(lines, ENTRIES, [HAMPSHIRE]).changes
    assert any("erased" in text for text in change.effects)
    now = {f"area/{HAMPSHIRE}": change.entry}
    before = {f"area/{HAMPSHIRE}": ENTRIES[f"area/{HAMPSHIRE}"].model_dump(mode="json")}
    assert [each.field for each in since(before, now)[f"area/{HAMPSHIRE}"]] == ["case_retention_months"]
    assert since({f"area/{HAMPSHIRE}": change.entry.model_dump(mode="json")}, now) == {}
    fewer = read_entries(text_of("areas", HAMPSHIRE, "smallest_group: 1"), ENTRIES)
    with pytest.raises(RefusedChangeError, match="whoever runs Parley alone"):
        plan(fewer, ENTRIES, [HAMPSHIRE])


@pytest.mark.parametrize("kind", sorted(entry_forms.BOXES))
def test_a_form_that_is_sent_as_it_was_shown_changes_nothing(kind: str) -> None:
    boxes = entry_forms.BOXES[kind]
    for entry in (each.model_dump(mode="json") for each in ENTRIES.values() if each.kind == kind):
        pairs: list[tuple[str, str]] = []
        for box in entry_forms.shown(boxes, entry_forms.stored(boxes, entry), {}):
            chosen = [(box["name"], option["value"]) for option in box["options"] if option["checked"]]
            pairs += chosen if box["options"] else [(box["name"], "yes" if box["on"] else box["value"])]
        assert entry_forms.given(boxes, entry_forms.typed(boxes, Form(pairs)), entry) == {}


@given(st.sampled_from(list(Role)), st.sets(st.sampled_from(AREAS), max_size=2), st.sets(st.sampled_from(AREAS)))
def test_nobody_gives_a_role_that_is_not_theirs_to_give_nor_beyond_their_areas(
    role: Role, places: set[str], own: set[str]
) -> None:
    person = Person("somebody", (role.value,), tuple(sorted(places)))
    if findings(person, ENTRIES, own, "a.dmin", ADMIN):
        return
    assert role in GIVES[ADMIN]
    assert places
    assert places <= own


def test_nobody_changes_themselves_and_an_agency_without_an_agreement_gets_nobody() -> None:
    me = Person("A.Dmin", ("coordinator",), (HAMPSHIRE,))
    assert "your own" in (why_not(me, ENTRIES, [HAMPSHIRE], "a.dmin", ADMIN) or "")
    agency = "agency/hants-early-help"
    unsigned = ENTRIES | {agency: ENTRIES[agency].model_copy(update={"agreement_signed_on": None})}
    worker = Person("n.obody", ("practitioner",), (), "hants-early-help")
    assert "no signed sharing agreement" in findings(worker, unsigned, [HAMPSHIRE], "a.dmin", ADMIN)[0]
    assert GIVES[ADMIN].isdisjoint({Role.OPERATOR, Role.ANALYST, ADMIN})
