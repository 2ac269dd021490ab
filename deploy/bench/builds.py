"""Two builds of Parley beside each other: this one, and an earlier revision that is checked out for the time."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import deploy
from deploy.bench.measured import whole_build
from deploy.bench.rounds import Measured
from deploy.stack.errors import ParleyError

HERE = Path(deploy.__file__).parent.parent
_LOCK = "requirements.lock"
_STOP_S = 120.0


@dataclass(frozen=True)
class Revision:
    """A commit of this checkout: as it was asked for, its short name, and whether it locks the same packages."""

    asked: str
    commit: str
    same_packages: bool


def _git(folder: Path, *arguments: str) -> str:
    git = shutil.which("git")
    if git is None:
        raise ParleyError("git is not installed")
    done = subprocess.run((git, "-C", str(folder), *arguments), capture_output=True, text=True, check=False)
    if done.returncode:
        raise ParleyError((done.stderr.strip().splitlines() or ["git failed"])[-1])
    return done.stdout.strip()


def find_revision(asked: str, folder: Path = HERE) -> Revision:
    """The commit of that name. Raises ParleyError where Parley is not in a checkout, or nothing has that name."""
    try:
        if Path(_git(folder, "rev-parse", "--show-toplevel")).resolve() != folder.resolve():
            raise ParleyError("another project's checkout")
    except (OSError, ParleyError) as error:
        raise ParleyError(f"--against needs Parley's git checkout; {folder} is none.") from error
    try:
        commit = _git(folder, "rev-parse", "--verify", "--end-of-options", f"{asked}^{{commit}}")
    except ParleyError as error:
        raise ParleyError(
            f"--against: no revision here is called {asked!r}. `git log --oneline` lists them."
        ) from error
    same = not _git(folder, "diff", "--name-only", commit, "--", _LOCK)
    return Revision(asked, _git(folder, "rev-parse", "--short", commit), same)


@contextmanager
def checked_out(revision: Revision, folder: Path = HERE) -> Iterator[Path]:
    """The revision's files in a folder of their own, which is removed with everything that git notes of it."""
    with tempfile.TemporaryDirectory(prefix="parley-against-") as parent:
        tree = Path(parent) / "build"
        _git(folder, "worktree", "add", "--detach", "--force", str(tree), revision.commit)
        try:
            yield tree
        finally:
            _git(folder, "worktree", "remove", "--force", str(tree))


class HeldBuild:
    """A build's own whole stack. Its services run only while it is measured."""

    def __init__(self, name: str, process: "subprocess.Popen[str]", log: IO[bytes]) -> None:
        self.name = name
        self._process = process
        self._log = log

    def measure(self, line: str, size: float) -> Measured:
        """Measures one line once. Raises ParleyError where that build cannot."""
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        try:
            self._process.stdin.write(json.dumps({"measure": line, "size": size}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self.failed("ended") from None
        return self.answer()

    def answer(self) -> dict[str, Any]:
        """The next answer; raises ParleyError where there is none, or it is an error."""
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        line = self._process.stdout.readline()
        if not line:
            raise self.failed("cannot be set up")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise ParleyError(f"{self.name} cannot be measured: {answer['error']}")
        return answer

    def failed(self, what: str) -> ParleyError:
        """The error that has the last line which the build wrote."""
        self._log.seek(0)
        written = [line for line in self._log.read().decode(errors="replace").splitlines() if line.strip()]
        return ParleyError(f"{self.name} {what}: {written[-1] if written else 'it wrote nothing'}")


@contextmanager
def held(name: str, tree: Path, home: Path) -> Iterator[HeldBuild]:
    """Starts the stack of a build; with the packages of this process, whatever that revision locks."""
    environment = {each: value for each, value in os.environ.items() if not each.startswith("PARLEY_")}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            (sys.executable, str(Path(whole_build.__file__)), str(home)),
            cwd=tree,
            env=environment | {"PYTHONPATH": str(tree)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        build = HeldBuild(name, process, log)
        try:
            build.answer()
            yield build
        finally:
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
