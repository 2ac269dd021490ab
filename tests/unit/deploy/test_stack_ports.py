"""Which ports a stack takes."""

import socket
from collections.abc import Iterator

import pytest

from deploy.local.ports import PREFERRED_PORTS, choose_ports, is_free


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_taken_port_moves_to_the_next_free_one_and_is_said_aloud(taken: int) -> None:
    ports, notes = choose_ports({"kafka": taken})
    assert ports["kafka"] > taken
    assert any(f"Port {taken} is taken" in note and str(ports["kafka"]) in note for note in notes)


def test_all_ports_differ_and_cover_every_name() -> None:
    ports, _ = choose_ports({"kafka": PREFERRED_PORTS["controller"]})
    assert set(ports) == set(PREFERRED_PORTS)
    assert len(set(ports.values())) == len(ports)


def test_the_mail_port_stays_whoever_listens_there(taken: int) -> None:
    ports, notes = choose_ports({"smtp": taken}, unchecked=("smtp",))
    assert ports["smtp"] == taken
    assert not any("smtp" in note for note in notes)


def test_a_port_that_was_just_given_up_is_free_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            accepted, _ = server.accept()
            assert not is_free(port)
            accepted.close()
    assert is_free(port)
