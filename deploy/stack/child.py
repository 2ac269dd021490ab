"""Runs one program so that it never outlives its parent: `child.py PARENT_PID DEATH_SIGNAL UID GID PROGRAM ...`.

It is started by path with a bare interpreter and imports none of our modules. UID and GID are -1 to keep the current
user. On Linux this process becomes the program, and the kernel sends it DEATH_SIGNAL when the parent dies, however it
dies. Elsewhere it stays alongside the program, watches the parent, and forwards signals.
"""

import ctypes
import os
import signal
import sys
import time

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.2


def _become(uid: int, gid: int) -> None:
    if gid >= 0:
        os.setgroups([])
        os.setgid(gid)
    if uid >= 0:
        os.setuid(uid)


def _run_beside(parent: int, death_signal: int, program: list[str]) -> int:
    pid = os.posix_spawn(program[0], program, os.environ)

    def pass_on(number: int, _frame: object) -> None:
        os.kill(pid, number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, pass_on)
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
        if os.getppid() != parent:
            os.kill(pid, death_signal)
        time.sleep(_POLL_SECONDS)


def main(arguments: list[str]) -> int:
    """Becomes the program, or supervises it."""
    parent, death_signal, uid, gid = (int(argument) for argument in arguments[:4])
    program = arguments[4:]
    # Python ignores these two signals; the program must not inherit that.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    # The kernel clears the death signal when the user changes, so the user is changed first.
    _become(uid, gid)
    if not sys.platform.startswith("linux"):
        return _run_beside(parent, death_signal, program)
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        return 128 + death_signal  # The parent died before the death signal was set.
    try:
        os.execv(program[0], program)  # noqa: S606 - to become the program is the point
    except OSError as error:
        sys.stderr.write(f"{program[0]} can't be run: {error.strerror}\n")
    return 127


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
