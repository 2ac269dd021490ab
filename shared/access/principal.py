"""The caller behind a request: a person or automation that the identity provider knows, or a token of the stack's."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.access.roles import Purpose, Role

_LONGEST_NAME = 60


@dataclass(frozen=True)
class Principal:
    """A person or an automation, as a verified access token says. Nobody is named where one is printed or logged."""

    subject: str
    username: str = field(repr=False)
    roles: frozenset[Role]
    areas: frozenset[str] = frozenset()
    """Codes of areas, as the directory has them. Empty: of no area."""
    agency: str | None = None
    provider: str | None = None
    issued_at: datetime | None = None
    session: str | None = field(default=None, repr=False)
    """The session at the identity provider; None for an automation."""
    name: str = field(default="", repr=False)
    """Their own name, where the identity provider says it: to fill in forms of theirs, and to write to them where they
    chose it."""
    email: str = field(default="", repr=False)

    @property
    def by(self) -> str:
        """The name under which their actions are recorded: the username, and the subject, which nobody else gets."""
        return f"{self.username[:_LONGEST_NAME]} ({self.subject})"


@dataclass(frozen=True)
class Machine:
    """Whoever holds a token of the stack's own, which is bound to one purpose."""

    purpose: Purpose

    @property
    def by(self) -> str:
        """The name under which its actions are recorded."""
        return f"stack:{self.purpose}"


Caller = Principal | Machine
