"""What a decision knows beyond its case."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.referral.domain.agreement.offers import Catalogue
from services.referral.domain.calendar.schedule import Rules
from services.referral.domain.case.case import Case
from services.referral.domain.case.stamp import Stamp
from services.referral.domain.case.states import TERMINAL

_NEVER = datetime.min.replace(tzinfo=UTC)


def _at_that_time(at: datetime) -> datetime:
    return at


@dataclass(frozen=True, slots=True)
class DecisionContext(Stamp):
    """The stamp of a decision, and all that it looks at besides its case. Complete when it is made.

    `others` are the other cases of the family, through whichever front door, as the decisions before have left them.
    `sign_in_family`: a sign of abuse is known of the family, in another case, before the panel, or further on in what
    is being read. `catalogue` counts the places as the decisions of the batch take and free them. `as_of` gives the
    time at which a scheduled step counts as done whose time has passed. `latest` is the time that it is now, None where
    nobody knows: what a provider reports to have happened is not ahead of it.
    """

    catalogue: Catalogue = field(default_factory=Catalogue)
    rules: Rules = field(default_factory=Rules)
    sign_in_family: bool = False
    others: tuple[Case, ...] = ()
    as_of: Callable[[datetime], datetime] = _at_that_time
    latest: datetime | None = None

    @property
    def open_elsewhere(self) -> bool:
        """Whether another case of the family is the one that goes on."""
        return any(other.is_open for other in self.others)

    @property
    def family_withdrew_at(self) -> datetime | None:
        """When a parent withdrew last from another case of the family."""
        return max((other.withdrew_at for other in self.others if other.withdrew_at), default=None)

    def has_newer_case(self, case: Case) -> bool:
        """Whether the family has another case that is not over, or came later."""
        return any(
            other.state not in TERMINAL or (other.submitted_at or _NEVER) > (case.submitted_at or _NEVER)
            for other in self.others
        )
