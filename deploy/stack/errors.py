"""What goes wrong in a way that the person at the keyboard can do something about."""


class ParleyError(Exception):
    """One line that says what is wrong and what to do; the command line shows it in red and exits with 1."""


class StackNotRunning(ParleyError):  # noqa: N818 - a state, not a mistake
    """The command needs the running stack of this home, and there is none."""
