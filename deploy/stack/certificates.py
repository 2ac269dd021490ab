"""A certificate authority of this home's own, and the certificates that it issues to the stack's servers.

The authority exists so that nothing between two processes is in clear and every client can check whom it talks to,
without anybody buying or installing a certificate. A deployment elsewhere brings its own certificates.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from deploy.stack.secret_store import write_private

LOOPBACK = ("localhost", "127.0.0.1")
"""The hosts of a server that listens on the loopback interface alone."""

_AUTHORITY_LIFE = timedelta(days=3650)
# Clients refuse certificates of servers that are valid for longer than 398 days.
_SERVER_LIFE = timedelta(days=397)
_RENEWED_BEFORE_END = timedelta(days=60)
# Clocks differ, also on one machine that has just started.
_CLOCK_SKEW = timedelta(hours=1)


@dataclass(frozen=True)
class KeyPair:
    """A certificate with its private key (PKCS 8), both PEM files that only the owner may read."""

    certificate: Path
    key: Path


class Authority:
    """The authority whose key and root certificate are in one folder. Both are created if they are missing."""

    def __init__(self, folder: Path, now: datetime | None = None) -> None:
        self._folder = folder
        self._now = now or datetime.now(UTC)
        self.root = folder / "root.crt"
        """The root certificate (PEM), which clients trust."""
        pair = KeyPair(self.root, folder / "root.key")
        if not (pair.certificate.exists() and pair.key.exists()):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._create(pair)
        self._certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
        self._key = _private_key(pair.key)

    def issue(self, name: str, hosts: Sequence[str] = LOOPBACK) -> KeyPair:
        """The certificate of the server `name` for these hosts (DNS names or IP addresses), signed by the root.

        The one issued before is kept while it has at least 60 days left and is for the same hosts.
        """
        pair = KeyPair(self._folder / f"{name}.crt", self._folder / f"{name}.key")
        if not self._is_current(pair, hosts):
            key = ec.generate_private_key(ec.SECP256R1())
            builder = (
                self._builder(_named(name), self._certificate.subject, key.public_key(), _SERVER_LIFE)
                .add_extension(_alternative_names(hosts), critical=False)
                .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
                .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
                .add_extension(
                    x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
                )
            )
            _write(pair, builder.sign(self._key, hashes.SHA256()), key)
        return pair

    def _create(self, pair: KeyPair) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = _named("Parley local authority")
        usage = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        builder = (
            self._builder(name, name, key.public_key(), _AUTHORITY_LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        _write(pair, builder.sign(key, hashes.SHA256()), key)

    def _builder(
        self, subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, life: timedelta
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - _CLOCK_SKEW)
            .not_valid_after(self._now + life)
        )

    def _is_current(self, pair: KeyPair, hosts: Sequence[str]) -> bool:
        if not (pair.certificate.exists() and pair.key.exists()):
            return False
        found = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return (
            found.not_valid_after_utc - self._now >= _RENEWED_BEFORE_END
            and names == _alternative_names(hosts)
            and found.public_key() == _private_key(pair.key).public_key()
            and _is_issued_by(found, self._certificate)
        )


def _is_issued_by(certificate: x509.Certificate, root: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _private_key(file: Path) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(file.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{file} holds no elliptic-curve key")
    return key


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _alternative_names(hosts: Sequence[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([_general_name(host) for host in hosts])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write(pair: KeyPair, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    # The key first: a certificate whose key is missing is issued again.
    write_private(pair.key, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
    write_private(pair.certificate, certificate.public_bytes(Encoding.PEM).decode())
