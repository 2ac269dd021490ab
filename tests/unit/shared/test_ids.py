"""Ids that follow from another one."""

from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.ids import id_beside
from shared.messaging.core.envelope import new_id

NEAR = st.one_of(st.uuids(), st.builds(new_id))


@given(NEAR, st.text(max_size=20), st.text(max_size=20))
def test_each_name_has_one_id_of_its_own(near: UUID, one: str, other: str) -> None:
    assert id_beside(near, one) == id_beside(near, one)
    assert (id_beside(near, one) == id_beside(near, other)) == (one == other)
    assert id_beside(near, one) != near


@given(NEAR, st.text(max_size=20))
def test_it_begins_with_the_time_of_what_it_is_beside(near: UUID, name: str) -> None:
    beside = id_beside(near, name)
    assert beside.bytes[:6] == near.bytes[:6]
    assert (beside.version, beside.variant) == (8, RFC_4122)


def test_the_same_name_beside_two_ids_of_one_millisecond_is_not_the_same() -> None:
    near = new_id()
    twin = UUID(bytes=near.bytes[:6] + new_id().bytes[6:])
    assert id_beside(near, "P1") != id_beside(twin, "P1")
    # Only the time is shared with the other id: the one does not reveal the other.
    assert id_beside(near, "P1").bytes[9:] != near.bytes[9:]
