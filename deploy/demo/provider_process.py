"""Controls the process of the providers' clients: starts it, reads its reports, lets it answer, and always ends it."""

import json
import subprocess
import sys
import threading
from dataclasses import dataclass, fields
from types import TracebackType
from typing import Self

from deploy.stack.errors import ParleyError
from deploy.stack.home import Home

_STOP_SECONDS = 15


@dataclass(frozen=True)
class Report:
    """The providers' last report, added up over all of them."""

    providers: int = 0
    answered: int = 0
    updates: int = 0
    stopped: int = 0
    refused: int = 0
    waiting: int = 0


class ProviderProcess:
    """A context manager: the process lives as long as the context, and ends by itself if this process is killed."""

    def __init__(self, home: Home, seed: int) -> None:
        self._home = home
        self._seed = seed
        self._report = Report()
        self.log = home.log / "demo-providers.log"

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "deploy.demo.providers"]
        command += ["--home", str(self._home.path), "--seed", str(self._seed)]
        with self.log.open("ab") as log:
            # A separate session: Ctrl-C in the terminal must reach only the demo, which then stops the providers in
            # order.
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, start_new_session=True
            )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._write(None)
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        finally:
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            self._listener.join(_STOP_SECONDS)

    def let_answer(self) -> None:
        """Lets the providers answer their referrals from now on."""
        self._write(b"answer\n")

    def report(self) -> Report:
        """The newest report. Raises `ParleyError` if the process has ended."""
        if self._process.poll() is not None:
            raise ParleyError(
                f"The providers' clients have ended; the cause is in {self.log}. Then run `parley demo` again."
            )
        return self._report

    def _write(self, line: bytes | None) -> None:
        pipe = self._process.stdin
        if pipe is None or pipe.closed:
            return
        try:
            if line is None:
                pipe.close()
            else:
                pipe.write(line)
                pipe.flush()
        except BrokenPipeError:
            return  # It has ended; `report` raises.

    def _listen(self) -> None:
        names = {field.name for field in fields(Report)}
        for line in self._process.stdout or ():
            try:
                values = json.loads(line)
            except ValueError:
                continue
            self._report = Report(**{name: value for name, value in values.items() if name in names})
