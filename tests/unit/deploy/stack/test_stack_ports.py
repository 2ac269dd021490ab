"""Which ports a stack takes."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.stack.ports import PREFERRED_PORTS, PortClaims, choose_ports, is_free


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def claims(tmp_path: Path) -> Iterator[PortClaims]:
    claims = PortClaims(tmp_path)
    yield claims
    claims.release()


def test_a_taken_port_moves_to_the_next_free_one_and_is_reported(claims: PortClaims, taken: int) -> None:
    ports, note = choose_ports(claims, {"kafka": taken})
    assert ports["kafka"] > taken
    assert f"kafka uses {ports['kafka']} instead of {taken}" in (note or "")


def test_all_ports_differ_and_cover_every_name(claims: PortClaims) -> None:
    ports, _ = choose_ports(claims, {"kafka": PREFERRED_PORTS["controller"]})
    assert set(ports) == set(PREFERRED_PORTS)
    assert len(set(ports.values())) == len(ports)


def test_the_mail_port_stays_whoever_listens_there(claims: PortClaims, taken: int) -> None:
    ports, note = choose_ports(claims, {"smtp": taken}, unchecked=("smtp",))
    assert ports["smtp"] == taken
    assert "smtp" not in (note or "")


def test_two_stacks_that_start_together_choose_different_ports(claims: PortClaims, tmp_path: Path) -> None:
    mine, _ = choose_ports(claims, {})
    others = PortClaims(tmp_path)
    theirs, _ = choose_ports(others, {})
    others.release()
    assert not set(mine.values()) & set(theirs.values())


def test_a_port_that_was_just_given_up_is_free_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            accepted, _ = server.accept()
            assert not is_free(port)
            accepted.close()
    assert is_free(port)
