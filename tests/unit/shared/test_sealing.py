"""Sealing: what opens, and what must not."""

import base64
import secrets
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.privacy.sealing import CannotOpenError, open_value, seal_value

KEY = secrets.token_bytes(32)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(), lambda inner: st.lists(inner, max_size=3)
)


@given(subject=st.uuids(), field=st.text(max_size=20), value=json_values)
def test_what_was_sealed_opens_with_its_key(subject: UUID, field: str, value: object) -> None:
    assert open_value(KEY, seal_value(KEY, subject, field, value)) == value


@given(subject=st.uuids(), other=st.uuids())
def test_a_box_moved_to_another_person_or_field_stays_shut(subject: UUID, other: UUID) -> None:
    sealed = seal_value(KEY, subject, "details", "secret")
    moves = [{"field": "conversation"}, {"subject": other}] if other != subject else [{"field": "conversation"}]
    for move in moves:
        with pytest.raises(CannotOpenError):
            open_value(KEY, sealed.model_copy(update=move))


@given(subject=st.uuids(), event=st.uuids(), other=st.uuids(), value=json_values)
def test_a_box_of_an_event_opens_as_that_alone(subject: UUID, event: UUID, other: UUID, value: object) -> None:
    sealed = seal_value(KEY, subject, "details", value, event)
    assert open_value(KEY, sealed, event) == open_value(KEY, sealed) == value
    if other != event:
        with pytest.raises(CannotOpenError, match="another event"):
            open_value(KEY, sealed, other)
        box = bytearray(base64.urlsafe_b64decode(sealed.box))
        box[1:17] = other.bytes
        moved = sealed.model_copy(update={"box": base64.urlsafe_b64encode(box).decode()})
        with pytest.raises(CannotOpenError):
            open_value(KEY, moved, other)
    assert open_value(KEY, seal_value(KEY, subject, "details", value), event) == value, "from before events were bound"


def test_another_key_does_not_open_it() -> None:
    sealed = seal_value(KEY, UUID(int=1), "details", "secret")
    with pytest.raises(CannotOpenError):
        open_value(secrets.token_bytes(32), sealed)


@given(cut=st.integers(0, 60), event=st.none() | st.uuids())
def test_a_damaged_box_is_refused_and_never_crashes(cut: int, event: UUID | None) -> None:
    sealed = seal_value(KEY, UUID(int=1), "details", "a secret of some length", event)
    damaged = sealed.model_copy(update={"box": sealed.box[:cut]})
    with pytest.raises(CannotOpenError):
        open_value(KEY, damaged)
