"""Whatever is done to a chain of entries is found, and said where; a chain that nobody touched is found whole."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.audit.entry import NOTHING_BEFORE, Access, Entry, Outcome, Subjects, chained
from shared.audit.verification import Anchor, Flaw, verify

SERVICE = "referral"
BEGAN = datetime(2026, 11, 29, 9, tzinfo=UTC)
IDS = st.lists(st.uuids(), max_size=3)
CODES = st.lists(st.sampled_from(["coordinator", "analyst", "trainer", "operator"]), max_size=3, unique=True)
ACCESSES = st.builds(
    Access,
    who=st.sampled_from(["staff-1", "staff-2", "stack:machinery"]),
    action=st.sampled_from(["cases.read", "cases.decide", ""]),
    request=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    outcome=st.sampled_from([*Outcome]),
    correlation_id=st.uuids(),
    roles=CODES.map(tuple),
    areas=CODES.map(tuple),
    subjects=st.builds(Subjects.of, cases=IDS, families=IDS, persons=IDS, practitioners=IDS, records=CODES),
    reason=st.none() | st.sampled_from(["same-people", "other"]),
    address=st.none() | st.ip_addresses().map(str),
)
CHAINS = st.lists(ACCESSES, min_size=1, max_size=8).map(lambda accesses: chain(accesses))


def chain(accesses: Sequence[Access], last: Entry | None = None) -> list[Entry]:
    entries: list[Entry] = []
    for access in accesses:
        at = BEGAN + timedelta(seconds=len(entries), microseconds=len(accesses))
        entries.append(chained(SERVICE, access, at, (last.sequence, last.hash) if last else None))
        last = entries[-1]
    return entries


def written_again(entries: Sequence[Entry]) -> list[Entry]:
    """The same accesses in a chain that holds together: what somebody does who knows how hashes are made."""
    return chain([entry.access for entry in entries])


def anchor(entry: Entry) -> Anchor:
    return Anchor(entry.service, entry.sequence, entry.hash, entry.at)


def flaws(entries: Sequence[Entry], anchors: Sequence[Anchor] = ()) -> dict[int, set[Flaw]]:
    found: dict[int, set[Flaw]] = {}
    for each in verify(SERVICE, entries, anchors).found:
        found.setdefault(each.sequence, set()).add(each.flaw)
    return found


@settings(max_examples=30)
@given(entries=CHAINS, data=st.data())
def test_a_chain_that_nobody_touched_is_whole(entries: list[Entry], data: st.DataObject) -> None:
    anchored = data.draw(st.lists(st.sampled_from(entries)))
    verified = verify(SERVICE, entries, [anchor(entry) for entry in anchored])
    assert not verified.found
    assert (verified.entries, verified.head) == (len(entries), (entries[-1].sequence, entries[-1].hash))
    assert verified.anchored == max((entry.sequence for entry in anchored), default=0)


def other(value: Any, data: st.DataObject) -> Any:
    """A value of the same type that differs."""
    if isinstance(value, datetime):
        return value + timedelta(microseconds=data.draw(st.integers(1, 10**12)))
    if isinstance(value, UUID):
        return data.draw(st.uuids().filter(lambda each: each != value))
    if isinstance(value, int):
        return value + data.draw(st.integers(1, 9))
    if isinstance(value, tuple):
        longer = (*value, value[0] if value else UUID(int=1))
        return data.draw(st.sampled_from([longer, value[:-1]] if value else [longer]))
    return data.draw(st.text(max_size=5).filter(lambda text: text != value)) if value is not None else ""


@given(entries=CHAINS, data=st.data())
def test_a_change_of_any_field_is_found_where_it_is(entries: list[Entry], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    was = entries[place]
    of_entry = ["service", "sequence", "at", "previous", "hash", "form"]
    of_access = [name for name in vars(was.access) if name != "subjects"]
    field = data.draw(st.sampled_from([*of_entry, *of_access, *vars(was.access.subjects)]))
    if field in of_entry:
        changed = replace(was, **{field: other(getattr(was, field), data)})
    elif field in of_access:
        changed = replace(was, access=replace(was.access, **{field: other(getattr(was.access, field), data)}))
    else:
        subjects = was.access.subjects
        subjects = replace(subjects, **{field: other(getattr(subjects, field), data)})
        changed = replace(was, access=replace(was.access, subjects=subjects))
    found = flaws([*entries[:place], changed, *entries[place + 1 :]])
    assert Flaw.CHANGED in found[changed.sequence], field


@settings(max_examples=30)
@given(entries=CHAINS.filter(lambda entries: len(entries) > 1), data=st.data())
def test_an_entry_that_is_replaced_with_a_hash_that_fits_is_found_by_the_next(
    entries: list[Entry], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(entries) - 2))
    was = entries[place]
    before = (was.sequence - 1, was.previous)
    replaced = chained(SERVICE, replace(was.access, who="somebody else"), was.at, before)
    assert flaws([*entries[:place], replaced, *entries[place + 1 :]]) == {was.sequence + 1: {Flaw.NOT_NEXT}}


@settings(max_examples=30)
@given(entries=CHAINS.filter(lambda entries: len(entries) > 1), data=st.data())
def test_an_entry_that_is_taken_out_is_found_with_its_number(entries: list[Entry], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(entries) - 2))
    found = flaws([*entries[:place], *entries[place + 1 :]])
    assert found == {entries[place + 1].sequence: {Flaw.GAP}}


@settings(max_examples=30)
@given(entries=CHAINS.filter(lambda entries: len(entries) > 1), data=st.data())
def test_two_that_change_places_are_found(entries: list[Entry], data: st.DataObject) -> None:
    one, two = sorted(data.draw(st.sets(st.integers(0, len(entries) - 1), min_size=2, max_size=2)))
    # As rows that are moved, and as contents that are put under each other's number.
    moved = [*entries]
    moved[one], moved[two] = moved[two], moved[one]
    assert Flaw.OUT_OF_ORDER in set().union(*flaws(moved).values())
    renumbered = [*entries]
    renumbered[one] = replace(entries[two], sequence=entries[one].sequence)
    renumbered[two] = replace(entries[one], sequence=entries[two].sequence)
    found = flaws(renumbered)
    assert all(Flaw.CHANGED in found[entries[place].sequence] for place in (one, two))


@settings(max_examples=30)
@given(entries=CHAINS, forged=ACCESSES, data=st.data())
def test_an_entry_that_is_put_in_is_found(entries: list[Entry], forged: Access, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    before = (entries[place - 1].sequence, entries[place - 1].hash) if place else None
    put_in = chained(SERVICE, forged, BEGAN, before)
    assert flaws([*entries[:place], put_in, *entries[place:]])
    # With the numbers of what follows moved up.
    following = [replace(entry, sequence=entry.sequence + 1) for entry in entries[place:]]
    assert flaws([*entries[:place], put_in, *following])


@settings(max_examples=30)
@given(entries=CHAINS, data=st.data())
def test_a_cut_at_the_end_is_found_by_the_anchors(entries: list[Entry], data: st.DataObject) -> None:
    anchored = data.draw(st.integers(1, len(entries)))
    left = data.draw(st.integers(0, anchored - 1))
    found = flaws(entries[:left], [anchor(entries[anchored - 1])])
    assert found == {left + 1: {Flaw.CUT_OFF}}


@settings(max_examples=30)
@given(entries=CHAINS, more=st.lists(ACCESSES, min_size=1, max_size=8), data=st.data())
def test_what_is_written_again_with_new_hashes_is_found_by_the_anchors(
    entries: list[Entry], more: list[Access], data: st.DataObject
) -> None:
    anchored = data.draw(st.integers(0, len(entries) - 1))
    anchors = [anchor(entries[anchored])]
    changed = data.draw(st.integers(0, anchored))
    kind = data.draw(st.sampled_from(["changed", "taken out", "put in", "cut off and gone on"]))
    accesses = [entry.access for entry in entries]
    if kind == "changed":
        accesses[changed] = replace(accesses[changed], who="somebody else")
    elif kind == "taken out":
        del accesses[changed]
    elif kind == "put in":
        accesses.insert(changed, replace(accesses[changed], who="somebody else"))
    else:
        accesses[changed:] = [replace(each, who="somebody else") for each in more]
    forged = chain(accesses)
    assert not flaws(forged), "the chain alone holds together"
    found = flaws(forged, anchors)
    if len(forged) > anchored:
        assert found == {anchored + 1: {Flaw.NOT_AS_ANCHORED}}
    else:
        assert found == {len(forged) + 1: {Flaw.CUT_OFF}}


@settings(max_examples=30)
@given(entries=CHAINS)
def test_a_false_anchor_cannot_vouch_for_a_forged_chain(entries: list[Entry]) -> None:
    forged = chain([replace(entry.access, who="somebody else") for entry in entries])
    found = flaws(forged, [anchor(entries[-1]), anchor(forged[-1])])
    assert found == {entries[-1].sequence: {Flaw.ANCHORS_DISAGREE}}
    assert not flaws(entries, [replace(anchor(forged[-1]), service="screening")]), "another service's anchor"


def test_the_first_entry_continues_nothing_and_canonical_bytes_are_rfc_8785() -> None:
    access = Access("staff-1", "cases.read", "GET /cases/{id:uuid}", Outcome.ALLOWED, UUID(int=1), areas=("E2", "E1"))
    [entry] = chain([access])
    assert (entry.sequence, entry.previous) == (1, NOTHING_BEFORE)
    written = orjson.loads(entry.canonical())
    assert entry.canonical() == orjson.dumps(written, option=orjson.OPT_SORT_KEYS), "sorted, without spaces"
    assert written["areas"] == ["E2", "E1"], "as they are stored"
    # It must stay so: entries that were written by an earlier release have to verify.
    assert entry.hash == "f3a40482a54a9ce900da1bc739899820521c3b849b640544c13a7b4db9927287"
