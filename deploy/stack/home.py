"""The state folder of a stack, and access to the running stack for commands, the demo and tests.

`load_stack(Home.from_environment())` is the entry point: it gives the addresses and credentials of Kafka, PostgreSQL
and the services. It raises `StackNotRunning` if nothing is running.
"""

import base64
import hashlib
import json
import os
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import httpx

from deploy.stack.certificates import Authority, KeyPair
from deploy.stack.errors import ParleyError, StackNotRunning
from deploy.stack.mail import service_mail
from deploy.stack.processes import ProcessIdentity
from deploy.stack.secret_store import SecretStore, write_private
from deploy.stack.services import KEYRING_DATABASE, SERVICE_NAMES, navigation
from services import MANIFESTS
from shared.access.roles import Purpose
from shared.people.accounts import AUDIENCE, REALM
from shared.privacy.aws_kms import PREFIX as AWS
from shared.privacy.key_encryption import LocalKeys, keys_in
from shared.privacy.sealed_records import with_new_key
from shared.privacy.transit import PREFIX as VAULT

ADMIN = "admin"

_TUNING = (
    "PARLEY_AUDIT_ANCHOR_ENTRIES",
    "PARLEY_AUDIT_ANCHOR_MINUTES",
    "PARLEY_BATCH_SIZE",
    "PARLEY_DATABASE_CONNECTIONS",
    "PARLEY_DEAD_LETTER_LIMIT",
    "PARLEY_DEAD_LETTER_WINDOW_S",
    "PARLEY_HTTP_HOSTS",
    "PARLEY_KEK",
    "PARLEY_LOG_LEVEL",
    "PARLEY_MAX_POLL_INTERVAL_S",
    "PARLEY_METADATA_MAX_AGE_MS",
    "PARLEY_VAULT_ADDRESS",
    "PARLEY_VAULT_CA_FILE",
    "PARLEY_VAULT_TOKEN_FILE",
)
"""What the shell that starts the stack may set for every service; a manifest names more for one. Addresses and secrets
are the stack's own."""

_MANIFESTS = {manifest.name: manifest for manifest in MANIFESTS}


class Home:
    """Paths under `PARLEY_HOME` (by default `./.parley`). Only its owner may read them."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).expanduser().absolute()
        self.kafka = self.path / "kafka"
        self.postgres = self.path / "postgres"
        self.log = self.path / "log"
        self.run = self.path / "run"
        self.credentials = self.path / "credentials"
        self.keys = self.path / "keys"
        self.tokens = self.path / "tokens"
        self.tls = self.path / "tls"
        self.entrance = self.path / "entrance"
        self.identity = self.path / "identity"
        self.stack_file = self.path / "stack.json"
        self.state_file = self.run / "supervisor.json"
        self.lock_file = self.run / "lock"
        self.key_encryption_key = self.keys / "key-encryption-key"
        self.fingerprint_key = self.keys / "fingerprint-key"
        self.root_certificate = self.tls / "root.crt"
        self.secrets = SecretStore(self.path / "secrets.json")

    @classmethod
    def from_environment(cls) -> "Home":
        """The home that the environment names."""
        return cls(os.environ.get("PARLEY_HOME") or ".parley")

    def create(self) -> None:
        """Creates the folders and the keys. Keys are created once: a lost key is lost data."""
        try:
            folders = (
                self.kafka,
                self.postgres,
                self.log,
                self.run,
                self.credentials,
                self.keys,
                self.tokens,
                self.tls,
            )
            for folder in (self.path, *folders):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for purpose in Purpose:
                if not (token := self.token_file(purpose)).exists():
                    write_private(token, secrets.token_urlsafe(32))
            own = [self.keys / name for manifest in MANIFESTS for name in manifest.secrets]
            # With its key in a vault or a KMS a home needs none in a file, once digests have a key of their own.
            outside = os.environ.get("PARLEY_KEK", "").startswith((VAULT, AWS)) and self.fingerprint_key.exists()
            for key in own if outside else (self.key_encryption_key, *own):
                if not key.exists():
                    write_private(key, base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
            if not self.fingerprint_key.exists():
                # Digests that were stored before it had a file of its own stay what they are.
                derived = LocalKeys(keys_in(self.key_encryption_key)).fingerprint_key()
                write_private(self.fingerprint_key, base64.b64encode(derived).decode() + "\n")
            for manifest in MANIFESTS:
                if manifest.opens_records and not self.record_keys(manifest.name).exists():
                    self.make_record_key(manifest.name)
        except (PermissionError, NotADirectoryError, FileExistsError) as error:
            raise ParleyError(
                f"The state folder {self.path} can't be used: {error.strerror}. Set PARLEY_HOME to a folder of yours."
            ) from error

    def token_file(self, purpose: Purpose) -> Path:
        """The file of the stack's own token for this purpose, as a scraper of metrics reads it. Removed, it is renewed
        at the next start."""
        return self.tokens / purpose

    def record_keys(self, service: str) -> Path:
        """Where a service's private keys for records are that parties seal for it."""
        return self.keys / f"{service}-record-keys.jwks"

    def make_record_key(self, service: str) -> Path:
        """Makes the newest of these keys, and keeps those before it. Returns the file."""
        path = self.record_keys(service)
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        write_private(path, json.dumps(with_new_key(known), indent=1))
        return path

    def begin_release(self) -> int:
        """Replaces the key of analysts' pseudonyms by one made by chance, and returns the number of its release.

        The one before is gone: nobody makes its pseudonyms again.

        Raises FileNotFoundError before the first start.
        """
        path = self.keys / "pseudonym-key"
        _, _, number = path.read_text(encoding="utf-8").strip().partition(" ")
        release = int(number or 1) + 1
        write_private(path, f"{base64.b64encode(secrets.token_bytes(32)).decode()} {release}\n")
        return release

    def remembered(self) -> dict[str, Any]:
        """The values that earlier starts stored in `stack.json`: ports, cluster id, versions."""
        try:
            content: dict[str, Any] = json.loads(self.stack_file.read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return content

    def remember(self, **values: Any) -> None:
        """Adds values to `stack.json`. They must not be secret."""
        write_private(self.stack_file, json.dumps(self.remembered() | values, indent=1, sort_keys=True))

    def state(self) -> dict[str, Any] | None:
        """The last supervisor's state: phase, step, notes, error, processes; None if there was none."""
        try:
            content: dict[str, Any] = json.loads(self.state_file.read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        return content

    def supervisor(self) -> ProcessIdentity | None:
        """The running supervisor, if there is one."""
        identity = ProcessIdentity.recorded(self.state() or {})
        return identity if identity is not None and identity.is_alive() else None


@dataclass(frozen=True)
class Stack:
    """The addresses and credentials of a stack. `service_environment` has the settings of each service."""

    home: Home
    ports: Mapping[str, int]
    kafka_bootstrap: str
    kafka_security_protocol: str
    kafka_ca_file: str
    admin_username: str
    admin_password: str
    database_admin_url: str
    external_identity: str = ""
    external_identity_ca_file: str = ""
    second_factor: tuple[str, ...] | None = None
    """The roles that the embedded identity provider asks for a second factor; None: those of `realm.yaml`."""
    entrance_name: str = "localhost"
    entrance_certificate: str = ""
    entrance_key: str = ""

    @property
    def entrance_url(self) -> str:
        """The one origin of pages, services and sign-in."""
        return f"https://{self.entrance_name}:{self.ports['entrance']}"

    @property
    def entrance_pair(self) -> KeyPair | None:
        """The entrance's certificate and key where they are an authority's; None for one of the home's own."""
        return KeyPair(Path(self.entrance_certificate), Path(self.entrance_key)) if self.entrance_certificate else None

    @property
    def identity_url(self) -> str:
        """The embedded Keycloak's own address, past the entrance: for its admin API, and nothing else."""
        return f"https://127.0.0.1:{self.ports['identity']}/identity"

    @property
    def identity_issuer(self) -> str:
        """The issuer of tokens, as its OpenID configuration names it."""
        return self.external_identity or f"{self.entrance_url}/identity/realms/{REALM}"

    @property
    def identity_ca_file(self) -> str:
        """What a client of the issuer trusts; empty for the system's own certificates."""
        elsewhere = self.external_identity or self.entrance_certificate
        return self.external_identity_ca_file if elsewhere else str(self.home.tls / "root.crt")

    def identity_secret(self, client: str) -> str:
        """The secret of a client of the embedded Keycloak."""
        return self.home.secrets.ensure([f"identity/{client}"])[f"identity/{client}"]

    @property
    def pages_secret(self) -> str:
        """The secret of the client that has people sign in on pages: where the identity provider is another's, what was
        agreed with it, and empty where nothing was."""
        if self.external_identity:
            return os.environ.get("PARLEY_PAGES_CLIENT_SECRET", "")
        return self.identity_secret("parley-pages")

    def http_url(self, service: str) -> str:
        """The base URL of a service's HTTP API."""
        return f"https://127.0.0.1:{self.ports[service]}"

    @property
    def trust(self) -> ssl.SSLContext:
        """What certificates inside the stack are checked by: its own authority's alone."""
        return ssl.create_default_context(cafile=Authority(self.home.tls).root)

    def transport(self) -> httpx.HTTPTransport:
        """How a client of the embedded Keycloak reaches it: each needs its own, which is closed with it."""
        return httpx.HTTPTransport(verify=self.trust)

    def machine_token(self, purpose: Purpose) -> str:
        """The stack's own token for this purpose. Raises `ParleyError` where the home has none."""
        try:
            return self.home.token_file(purpose).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ParleyError(
                f"The token {self.home.token_file(purpose)} can't be read: {error.strerror}. `parley down` and "
                "`parley up` make it again."
            ) from error

    def database_url(self, login: str, database: str | None = None) -> str:
        """The URL of `database` (by default the login's own) for this login."""
        password = self.home.secrets.ensure([f"database/{login}"])[f"database/{login}"]
        return with_login(self.database_admin_url, login, password, database or login)

    def admin_database_url(self, database: str) -> str:
        """The URL of `database` for the administrator."""
        parts = urlsplit(self.database_admin_url)
        return urlunsplit(parts._replace(path=f"/{database}"))

    def admin_properties(self) -> dict[str, str]:
        """Settings of a confluent-kafka client with the administrator's rights."""
        return self._client(self.admin_username, self.admin_password)

    def client_properties(self, user: str) -> dict[str, str]:
        """Settings of a confluent-kafka client that connects as `user`. Raises `ParleyError` if not registered."""
        password = self.home.secrets.get(f"kafka/{user}")
        if password is None:
            raise ParleyError(f"There is no Kafka user {user!r} here. Register it with `parley directory apply`.")
        return self._client(user, password)

    def service_environment(self, name: str) -> dict[str, str]:
        """Every PARLEY_ variable of one service, and nothing that the service has no right to."""
        manifest = _MANIFESTS[name]
        kafka = self.client_properties(name)
        http = Authority(self.home.tls).issue(name)
        environment = {
            "PARLEY_KAFKA_BOOTSTRAP": self.kafka_bootstrap,
            "PARLEY_KAFKA_SECURITY_PROTOCOL": self.kafka_security_protocol,
            "PARLEY_KAFKA_USERNAME": kafka["sasl.username"],
            "PARLEY_KAFKA_PASSWORD": kafka["sasl.password"],
            "PARLEY_DATABASE_URL": self.database_url(name),
            "PARLEY_HTTP_PORT": str(self.ports[name]),
            "PARLEY_HTTP_CERTIFICATE_FILE": str(http.certificate),
            "PARLEY_HTTP_KEY_FILE": str(http.key),
            "PARLEY_INTERNAL_CA_FILE": str(self.home.root_certificate),
            # A service recognises the stack's own tokens and cannot use them.
            "PARLEY_MACHINE_TOKENS": json.dumps({purpose: _digest(self.machine_token(purpose)) for purpose in Purpose}),
            "PARLEY_CLOCK": os.environ.get("PARLEY_CLOCK", "wall"),
            "PARLEY_CALENDAR": os.environ.get("PARLEY_CALENDAR", "follows"),
            "PARLEY_KEYRING_URL": self.database_url(name, KEYRING_DATABASE),
            "PARLEY_KEK_FILE": str(self.home.key_encryption_key),
            "PARLEY_FINGERPRINT_KEY_FILE": str(self.home.fingerprint_key),
            "PARLEY_IDENTITY_ISSUER": self.identity_issuer,
            "PARLEY_IDENTITY_AUDIENCE": AUDIENCE,
        }
        if self.identity_ca_file:
            environment["PARLEY_IDENTITY_CA_FILE"] = self.identity_ca_file
        if not self.external_identity:
            # Keys are read past the entrance, which a service does not need to be up.
            keys = f"{self.identity_url}/realms/{REALM}/protocol/openid-connect/certs"
            environment["PARLEY_IDENTITY_JWKS_URL"] = keys
        if manifest.pages:
            environment["PARLEY_ENTRANCE_URL"] = self.entrance_url
            environment["PARLEY_PLACES"] = json.dumps(navigation())
            environment["PARLEY_PAGES_CLIENT_SECRET"] = self.pages_secret
            environment["PARLEY_CHANGES_SIGN_INS"] = str(not self.external_identity)
        if manifest.oversees:
            environment["PARLEY_OVERSEES"] = json.dumps({each: self.http_url(each) for each in _MANIFESTS})
        if manifest.administers and not self.external_identity:
            environment["PARLEY_IDENTITY_ADMIN_URL"] = self.identity_url
            environment["PARLEY_IDENTITY_ADMIN_SECRET"] = self.identity_secret("parley-administration")
        if manifest.mails:
            environment |= service_mail(self.ports["smtp"])
        if manifest.opens_records:
            environment["PARLEY_RECORD_KEYS_FILE"] = str(self.home.record_keys(name))
        for secret in manifest.secrets:
            environment[f"{_variable(secret)}_FILE"] = str(self.home.keys / secret)
        for folder in manifest.folders:
            environment[f"{_variable(folder)}_FOLDER"] = str(self.home.path / folder)
        if self.kafka_ca_file:
            environment["PARLEY_KAFKA_CA_FILE"] = self.kafka_ca_file
        tuning = (*_TUNING, *map(_variable, manifest.tuning))
        return {key: os.environ[key] for key in tuning if os.environ.get(key)} | environment

    def process_environment(self, name: str) -> dict[str, str]:
        """The environment of a service's process: this shell's, with the service's PARLEY_ variables."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("PARLEY_")}
        return inherited | self.service_environment(name)

    def _client(self, username: str, password: str) -> dict[str, str]:
        client = {
            "bootstrap.servers": self.kafka_bootstrap,
            "security.protocol": self.kafka_security_protocol,
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": username,
            "sasl.password": password,
        }
        return client | ({"ssl.ca.location": self.kafka_ca_file} if self.kafka_ca_file else {})


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _variable(name: str) -> str:
    return f"PARLEY_{name.upper().replace('-', '_')}"


def with_login(url: str, login: str, password: str, database: str) -> str:
    """`url` with another login and database; server and options stay the same."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{quote(login, safe='')}:{quote(password, safe='')}@{host}"
    return urlunsplit(parts._replace(netloc=netloc, path=f"/{database}"))


def describe_stack(home: Home) -> Stack:
    """The stack as stored in its home, running or not. Missing secrets are created."""
    remembered = home.remembered()
    ports = {name: int(port) for name, port in remembered["ports"].items()}
    outside = bool(remembered.get("external_kafka"))
    made = home.secrets.ensure(["postgres-admin", "kafka-admin", *(f"kafka/{name}" for name in SERVICE_NAMES)])
    known = home.secrets.all()
    return Stack(
        home=home,
        ports=ports,
        kafka_bootstrap=remembered.get("external_kafka") or f"127.0.0.1:{ports['kafka']}",
        kafka_security_protocol=remembered.get("kafka_security_protocol", "SASL_SSL"),
        kafka_ca_file=remembered.get("kafka_ca_file", "") if outside else str(home.root_certificate),
        admin_username=known.get("external-kafka-username", ADMIN),
        admin_password=known.get("external-kafka-password", made["kafka-admin"]),
        database_admin_url=known.get("external-postgres-url")
        or f"postgresql://postgres:{made['postgres-admin']}@127.0.0.1:{ports['postgres']}/postgres"
        f"?sslmode=verify-full&sslrootcert={quote(str(home.root_certificate), safe='/')}",
        external_identity=remembered.get("external_identity", ""),
        external_identity_ca_file=remembered.get("external_identity_ca_file", ""),
        entrance_name=remembered.get("entrance_name") or "localhost",
        entrance_certificate=remembered.get("entrance_certificate", ""),
        entrance_key=remembered.get("entrance_key", ""),
        second_factor=tuple(remembered["second_factor"]) if "second_factor" in remembered else None,
    )


def load_stack(home: Home) -> Stack:
    """The running stack of this home. Raises `StackNotRunning` if it is not running or not ready yet."""
    state = home.state()
    if state is None or home.supervisor() is None:
        raise StackNotRunning(f"Nothing runs in {home.path}. Start it with `parley up --detach`.")
    if state["phase"] != "ready":
        raise StackNotRunning(f"The stack in {home.path} is {state['phase']}. Wait until `parley status` says ready.")
    return describe_stack(home)
