import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.stack.certificates import Authority, KeyPair


def _greet_over_tls(pair: KeyPair, root: Path, host: str) -> None:
    """A server with this certificate and a client that trusts this root shake hands, or ssl.SSLError is raised."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(pair.certificate, pair.key)
    connecting = ssl.create_default_context(cafile=root)
    there, here = socket.socketpair()

    def serve() -> None:
        try:
            serving.wrap_socket(there, server_side=True).close()
        except (ssl.SSLError, OSError):
            there.close()

    server = threading.Thread(target=serve)
    server.start()
    try:
        connecting.wrap_socket(here, server_hostname=host).close()
    finally:
        here.close()
        server.join()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_client_that_trusts_the_root_accepts_a_server_under_its_hosts_alone(tmp_path: Path, host: str) -> None:
    authority = Authority(tmp_path / "tls")
    pair = authority.issue("kafka")
    _greet_over_tls(pair, authority.root, host)
    with pytest.raises(ssl.SSLCertVerificationError, match="not valid for"):
        _greet_over_tls(pair, authority.root, "elsewhere.example")


def test_the_root_of_another_home_is_not_trusted(tmp_path: Path) -> None:
    pair = Authority(tmp_path / "ours").issue("kafka")
    with pytest.raises(ssl.SSLCertVerificationError):
        _greet_over_tls(pair, Authority(tmp_path / "theirs").root, "localhost")


def test_a_certificate_is_kept_until_its_end_is_near_or_its_hosts_change(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    first = Authority(tmp_path, now).issue("kafka").certificate.read_bytes()
    assert Authority(tmp_path, now + timedelta(days=300)).issue("kafka").certificate.read_bytes() == first
    renewed = Authority(tmp_path, now + timedelta(days=340)).issue("kafka").certificate.read_bytes()
    assert renewed != first
    assert Authority(tmp_path, now).issue("kafka", ["localhost"]).certificate.read_bytes() != renewed


def test_a_certificate_whose_root_was_replaced_is_issued_again(tmp_path: Path) -> None:
    Authority(tmp_path).issue("kafka")
    (tmp_path / "root.key").unlink()
    authority = Authority(tmp_path)
    _greet_over_tls(authority.issue("kafka"), authority.root, "localhost")


def test_keys_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    Authority(tmp_path / "tls").issue("kafka")
    assert {file.stat().st_mode & 0o077 for file in (tmp_path / "tls").iterdir()} == {0}
