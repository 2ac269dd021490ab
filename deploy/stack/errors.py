"""Errors that the user of a command can do something about."""


class ParleyError(Exception):
    """An error whose message says what is wrong and what to do; the command line shows it in red and exits with 1."""


class StackNotRunning(ParleyError):  # noqa: N818 - a state, not a mistake
    """The command needs a running stack in this home, and there is none."""
