"""What a service is, as data: its topics, its port, the keys that it may use. Topics and rights derive from it.

`services/__init__.py` lists the services; each has its manifest in `services/<name>/manifest.py`, as `MANIFEST`.
"""

import importlib
import importlib.util
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from shared.contracts.topics import raw_template

KeyKind = Literal["person", "practitioner", "staff", "dead-letter", "form", "webhook"]
"""Whose key it is; a dead letter has one of its own, a form that a front door writes too, and a provider's webhook."""

EVERY_SERVICES: tuple[KeyKind, ...] = ("staff",)
"""What every service makes and opens: whoever acts through its pages has their name sealed there."""

SERVICES_PACKAGE = "services"
# It names a package, a database, a login, a Kafka user and the prefix of its consumer groups.
_NAME = re.compile(r"[a-z][a-z0-9]*")
_RESERVED = frozenset(
    {
        "admin",
        "agency",
        "analyst",
        "audit",
        "controller",
        "entrance",
        "identity",
        "kafka",
        "keyring",
        "operator",
        "postgres",
        "provider",
        "smtp",
    }
)
_PORTS = range(1024, 65536)


class ManifestError(ValueError):
    """A manifest that breaks a rule, alone or together with the others. Names the service, the field and the rule."""

    def __init__(self, service: str, field_name: str, rule: str) -> None:
        super().__init__(f"the manifest of {service}: {field_name}: {rule}")
        self.service = service
        self.field = field_name


@dataclass(frozen=True, kw_only=True)
class KeyRights:
    """What a service may do with data keys. It can always open those that it made itself.

    `makes`, `opens` and `erases` are kinds of key; `opens` covers keys that other services made, and `erases` those of
    them that it may erase for good. Those of its own dead letters each service may.
    """

    makes: tuple[KeyKind, ...] = ("dead-letter",)
    opens: tuple[KeyKind, ...] = ()
    erases: tuple[KeyKind, ...] = ()


@dataclass(frozen=True)
class Place:
    """An entry of the navigation that all pages share: its words, its path under `/pages/`, and whose it is."""

    text: str
    path: str
    roles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One service. Its folder, database, login, Kafka user and processes all have its name.

    - `reads`, `writes`: names of topics; for parties outside, templates such as `front-door.{agency}.screenings`
    - `takes`: what of parties outside it also takes over HTTP, and writes to the party's own topic
    - `port`: its preferred port on the loopback interface; a stack that finds it taken uses the next free one
    - `changelog`: false where its rows derive from other services' events, and reading these again rebuilds them
    - `secrets`: keys of its own, 32 random bytes each; `<name>` is passed as the file `PARLEY_<NAME>_FILE`
    - `folders`: folders of its own that it keeps files in; `<name>` is passed as `PARLEY_<NAME>_FOLDER`
    - `mails`: whether it sends e-mail, and so gets the address of the mail server
    - `pages`: whether it serves pages, and so gets what it needs to have people sign in there
    - `places`: which of its pages are in the navigation of every service's, for which roles, in this order
    - `oversees`: whether its pages ask the other services about their machinery, and so gets their addresses
    - `administers`: whether its pages administer people, and so gets a client of the identity provider's that may
    - `tuning`: settings that the environment in which the stack is started may override
    - `by_link`: what it answers to somebody without an account, who comes by a one-time link; nobody has it by a role
    - `by_signature`: what it takes from whoever proves by the identity provider's signature what they say
    - `open_pages`: pages of it for anybody, without an account and without a link
    - `requests`: what it answers over HTTP, as `GET /path` of the route, each with its action in the table of access

    Raises ManifestError where a field breaks its rule.
    """

    name: str
    purpose: str
    port: int
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    takes: tuple[str, ...] = ()
    keys: KeyRights = field(default_factory=KeyRights)
    changelog: bool = True
    secrets: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    mails: bool = False
    pages: bool = False
    places: tuple[Place, ...] = ()
    oversees: bool = False
    administers: bool = False
    tuning: tuple[str, ...] = ()
    requests: Mapping[str, str] = field(default_factory=dict)
    by_link: tuple[str, ...] = ()
    by_signature: tuple[str, ...] = ()
    open_pages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ManifestError(self.name, "name", "must be small letters and digits, beginning with a letter")
        if self.name in _RESERVED:
            raise ManifestError(self.name, "name", "is reserved for another part of the stack")
        if self.port not in _PORTS:
            raise ManifestError(self.name, "port", f"must be between {_PORTS.start} and {_PORTS.stop - 1}")
        for listed in (
            "reads",
            "writes",
            "takes",
            "secrets",
            "folders",
            "tuning",
            "by_link",
            "by_signature",
            "open_pages",
        ):
            names: tuple[str, ...] = getattr(self, listed)
            if doubled := sorted({each for each in names if names.count(each) > 1}):
                raise ManifestError(self.name, listed, f"names {doubled[0]} twice")
        if strange := [topic for topic in self.takes if topic not in self.reads or raw_template(topic) is None]:
            raise ManifestError(self.name, "takes", f"{strange[0]} is nothing that it reads from a party outside")
        if unknown := sorted({*self.keys.makes, *self.keys.opens} - set(get_args(KeyKind))):
            raise ManifestError(self.name, "keys", f"{unknown[0]!r} is not a kind of key")
        if self.places and not self.pages:
            raise ManifestError(self.name, "places", "must be empty where pages is not set")
        if unserved := sorted({place.path for place in self.places if f"GET {place.path}" not in self.requests}):
            raise ManifestError(self.name, "places", f"{unserved[0]} is not among its requests")
        for listed, names in (("by_link", self.by_link), ("open_pages", self.open_pages)):
            if strange := [each for each in names if " /pages/" not in each or each in self.requests]:
                raise ManifestError(self.name, listed, f"{strange[0]} must be a page, and none that a role may ask for")
        if "dead-letter" not in self.keys.makes:
            raise ManifestError(self.name, "keys", "must make dead-letter: a record that could not be read is sealed")

    @property
    def opens_records(self) -> bool:
        """Whether it reads what parties outside send, and so has keys for which they may seal it."""
        return any(raw_template(topic) for topic in self.reads)

    @property
    def module(self) -> str:
        """What `python -m` starts."""
        return f"{SERVICES_PACKAGE}.{self.name}.app"


def read_manifests(*names: str) -> tuple[Manifest, ...]:
    """The manifests of these services, in this order. Raises ManifestError where a folder has none, or another's."""
    return tuple(_read(name) for name in names)


def listed_manifests() -> tuple[Manifest, ...]:
    """The manifests of `services/__init__.py`, for programs in `shared` that act on behalf of all services."""
    manifests: tuple[Manifest, ...] = importlib.import_module(SERVICES_PACKAGE).MANIFESTS
    return manifests


def service_folder(name: str) -> Path:
    """Where a service's files are. Raises ManifestError where it has no folder of its own."""
    module = f"{SERVICES_PACKAGE}.{name}"
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise ManifestError(name, "name", f"there is no package {module}")
    return Path(spec.submodule_search_locations[0])


def _read(name: str) -> Manifest:
    module = f"{SERVICES_PACKAGE}.{name}.manifest"
    try:
        manifest = importlib.import_module(module).MANIFEST
    except (ModuleNotFoundError, AttributeError) as error:
        raise ManifestError(name, "MANIFEST", f"is missing in {module} ({error})") from error
    if not isinstance(manifest, Manifest):
        raise ManifestError(name, "MANIFEST", f"is not a Manifest in {module}")
    if manifest.name != name:
        raise ManifestError(name, "name", f"is {manifest.name!r}, but the folder is called {name!r}")
    return manifest
