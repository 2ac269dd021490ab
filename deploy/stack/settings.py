"""Settings from the environment of the shell that starts the stack: external servers instead of the embedded ones."""

import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from deploy.stack.errors import ParleyError
from deploy.stack.home import Home
from deploy.stack.ports import PortClaims, choose_ports
from shared.access.roles import Role
from shared.contracts.topics import RAW_RETENTION_HOURS

_MOST_HOURS = 30 * 24
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_OPTIONAL = "optional"
_DNS_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
_ALL_OR_NONE: dict[str, tuple[str, ...]] = {"all": tuple(Role), "none": ()}


@dataclass(frozen=True)
class Outside:
    """External servers that are only provisioned here; an empty value stands for the embedded server.

    `raw_retention_hours`: how long what a party sent stays on its topic once it has been processed.
    """

    kafka: str = ""
    kafka_username: str = ""
    kafka_password: str = ""
    kafka_security_protocol: str = "SASL_SSL"
    kafka_ca_file: str = ""
    postgres_url: str = ""
    identity: str = ""
    identity_ca_file: str = ""
    raw_retention_hours: float = RAW_RETENTION_HOURS
    entrance_name: str = ""
    entrance_certificate: str = ""
    entrance_key: str = ""
    second_factor: tuple[str, ...] | None = None
    """The roles that the embedded identity provider asks for a second factor; None: as before."""

    @classmethod
    def from_environment(cls) -> "Outside":
        """Reads the settings. Raises `ParleyError` for unusable combinations."""
        outside = cls(
            kafka=os.environ.get("PARLEY_EXTERNAL_KAFKA", ""),
            kafka_username=os.environ.get("PARLEY_KAFKA_ADMIN_USERNAME", ""),
            kafka_password=os.environ.get("PARLEY_KAFKA_ADMIN_PASSWORD", ""),
            kafka_security_protocol=os.environ.get("PARLEY_KAFKA_SECURITY_PROTOCOL", "SASL_SSL"),
            kafka_ca_file=_absolute(os.environ.get("PARLEY_KAFKA_CA_FILE", "")),
            postgres_url=_with_absolute_certificate(os.environ.get("PARLEY_POSTGRES_URL", "")),
            identity=os.environ.get("PARLEY_EXTERNAL_IDENTITY", "").rstrip("/"),
            identity_ca_file=os.environ.get("PARLEY_IDENTITY_CA_FILE", ""),
            raw_retention_hours=_hours("PARLEY_RAW_RETENTION_HOURS", RAW_RETENTION_HOURS),
            entrance_name=os.environ.get("PARLEY_ENTRANCE_NAME", ""),
            entrance_certificate=_absolute(os.environ.get("PARLEY_ENTRANCE_CERTIFICATE", "")),
            entrance_key=_absolute(os.environ.get("PARLEY_ENTRANCE_KEY", "")),
            second_factor=_roles("PARLEY_SECOND_FACTOR"),
        )
        if outside.kafka and not (outside.kafka_username and outside.kafka_password):
            raise ParleyError(
                "PARLEY_EXTERNAL_KAFKA needs PARLEY_KAFKA_ADMIN_USERNAME and PARLEY_KAFKA_ADMIN_PASSWORD: a user that "
                "may create topics, users and ACLs."
            )
        if outside.kafka_ca_file and not Path(outside.kafka_ca_file).is_file():
            raise ParleyError(
                f"PARLEY_KAFKA_CA_FILE names {outside.kafka_ca_file}, where there is no file. It takes the certificate "
                "(PEM) of the authority that signed the brokers'."
            )
        if outside.kafka_security_protocol not in ("SASL_PLAINTEXT", "SASL_SSL"):
            raise ParleyError(
                f"PARLEY_KAFKA_SECURITY_PROTOCOL is {outside.kafka_security_protocol!r}; it may be SASL_PLAINTEXT or "
                "SASL_SSL, since nobody gets in without a password."
            )
        if outside.postgres_url and urlsplit(outside.postgres_url).scheme not in ("postgresql", "postgres"):
            raise ParleyError(
                "PARLEY_POSTGRES_URL must be postgresql://USER:PASSWORD@HOST:PORT/DATABASE of an administrator."
            )
        _check_encryption(outside.postgres_url)
        if outside.entrance_name and not _DNS_NAME.fullmatch(outside.entrance_name):
            raise ParleyError(
                f"PARLEY_ENTRANCE_NAME is {outside.entrance_name!r}; it takes the DNS name that people reach the "
                "entrance by, in small letters and without a port."
            )
        pair = (outside.entrance_certificate, outside.entrance_key)
        if any(pair) and not all(path and Path(path).is_file() for path in pair):
            raise ParleyError(
                "PARLEY_ENTRANCE_CERTIFICATE and PARLEY_ENTRANCE_KEY go together: the files (PEM) of the entrance's "
                "certificate, with those of the authorities between, and of its key."
            )
        issuer = urlsplit(outside.identity)
        if outside.identity and (issuer.scheme != "https" or not issuer.hostname or issuer.query or issuer.fragment):
            raise ParleyError(
                "PARLEY_EXTERNAL_IDENTITY must be the https:// address of an OpenID provider's issuer, as its "
                "configuration names it."
            )
        if (
            (outside.identity or outside.entrance_certificate)
            and outside.identity_ca_file
            and not Path(outside.identity_ca_file).is_file()
        ):
            raise ParleyError(f"PARLEY_IDENTITY_CA_FILE: there is no file {outside.identity_ca_file}.")
        return outside


def _absolute(path: str) -> str:
    """The services' working folder is not this shell's."""
    return str(Path(path).expanduser().absolute()) if path else ""


def _with_absolute_certificate(url: str) -> str:
    parts = urlsplit(url)
    options = [(key, _absolute(value) if key == "sslrootcert" else value) for key, value in parse_qsl(parts.query)]
    return urlunsplit(parts._replace(query=urlencode(options, safe="/"))) if parts.query else url


def _check_encryption(url: str) -> None:
    """Raises `ParleyError` where what is read and written could be read on the way, or answered by another server."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    certificate = options.get("sslrootcert", "")
    if certificate and not Path(certificate).is_file():
        raise ParleyError(f"PARLEY_POSTGRES_URL: sslrootcert names {certificate}, where there is no file.")
    if not url or parts.hostname in _LOOPBACK or os.environ.get("PARLEY_POSTGRES_TLS") == _OPTIONAL:
        return
    if options.get("sslmode") != "verify-full" or not certificate:
        raise ParleyError(
            "PARLEY_POSTGRES_URL names another machine, so it must end with ?sslmode=verify-full&sslrootcert=FILE, the "
            "certificate (PEM) of the authority that signed the server's. In a network that encrypts by itself, set "
            f"PARLEY_POSTGRES_TLS={_OPTIONAL}."
        )


def _roles(name: str) -> tuple[str, ...] | None:
    """Roles by their names, `all` or `none`; None where nothing is set."""
    text = os.environ.get(name, "").strip()
    if not text or text in _ALL_OR_NONE:
        return _ALL_OR_NONE.get(text)
    named = tuple(each.strip() for each in text.split(","))
    if unknown := [each for each in named if each not in set(Role)]:
        raise ParleyError(
            f"{name} names {unknown[0]!r}, which is no role. It takes roles with commas between them, `all` or `none`."
        )
    return named


def _hours(name: str, default: float) -> float:
    text = os.environ.get(name, "")
    try:
        hours = float(text) if text else default
    except ValueError:
        hours = math.nan
    if not 0 < hours <= _MOST_HOURS:
        raise ParleyError(f"{name} is {text!r}; it must be a number of hours above 0 and at most {_MOST_HOURS}.")
    return hours


def choose_addresses(home: Home, outside: Outside, claims: PortClaims) -> str | None:
    """Chooses and stores the addresses for this start. Returns a note for the user if a port had to change."""
    remembered: dict[str, int] = home.remembered().get("ports", {})
    # A server that already listens on the mail port may be the one that the e-mails are meant for.
    ports, note = choose_ports(claims, remembered, unchecked=("smtp",) if "smtp" in remembered else ())
    home.remember(
        ports=ports,
        external_kafka=outside.kafka,
        external_postgres=bool(outside.postgres_url),
        kafka_security_protocol=outside.kafka_security_protocol if outside.kafka else "SASL_SSL",
        kafka_ca_file=outside.kafka_ca_file if outside.kafka else "",
        external_identity=outside.identity,
        external_identity_ca_file=(
            outside.identity_ca_file if outside.identity or outside.entrance_certificate else ""
        ),
        entrance_name=outside.entrance_name,
        entrance_certificate=outside.entrance_certificate,
        entrance_key=outside.entrance_key,
        raw_retention_hours=outside.raw_retention_hours,
        # A home that was told once who is asked for a second factor is not told otherwise by a shell that says nothing.
        **({} if outside.second_factor is None else {"second_factor": list(outside.second_factor)}),
    )
    home.secrets.put("external-kafka-username", outside.kafka_username if outside.kafka else None)
    home.secrets.put("external-kafka-password", outside.kafka_password if outside.kafka else None)
    home.secrets.put("external-postgres-url", outside.postgres_url or None)
    # An earlier release had a token that opened every page.
    home.secrets.put("operator-token", None)
    return note
