"""Where a record belongs, and how far somebody's right reaches."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from shared.access.principal import Principal


class Scope(StrEnum):
    """How far a role's right to an action reaches."""

    EVERYWHERE = "everywhere"
    """What belongs to no area: the machinery, and what is published."""
    AREA = "own-area"
    AGENCY = "own-agency"
    """The agency's; where the caller has areas, in one of these."""
    PROVIDER = "own-provider"
    """The provider's; where the caller has areas, in one of these."""
    BEYOND = "beyond-own"
    """What is not one's own, for a reason and a time. It covers no record: each is opened by itself, and reviewed."""


@dataclass(frozen=True)
class Belonging:
    """Where a record belongs. What is of several areas is reached from each of them."""

    areas: frozenset[str] = frozenset()
    agency: str | None = None
    provider: str | None = None

    @classmethod
    def of(cls, areas: Iterable[str], agency: str | None = None, provider: str | None = None) -> "Belonging":
        """What a record of these areas belongs to."""
        return cls(frozenset(areas), agency, provider)


@dataclass(frozen=True)
class Reach:
    """How far one caller's right to one action reaches: the scopes of every role that gives it, together."""

    scopes: frozenset[Scope] = frozenset()
    areas: frozenset[str] = frozenset()
    agency: str | None = None
    provider: str | None = None

    @classmethod
    def of(cls, principal: Principal, scopes: Iterable[Scope]) -> "Reach":
        """The reach of a person in these scopes."""
        return cls(frozenset(scopes), principal.areas, principal.agency, principal.provider)

    @property
    def everywhere(self) -> bool:
        """Whether nothing is out of reach."""
        return Scope.EVERYWHERE in self.scopes

    def covers(self, record: Belonging) -> bool:
        """Whether a record that belongs so is within reach. What belongs to no area is within nobody's own area."""
        if self.everywhere:
            return True
        shared_area = not self.areas.isdisjoint(record.areas)
        if Scope.AREA in self.scopes and shared_area:
            return True
        if self.areas and not shared_area:
            return False
        return (Scope.AGENCY in self.scopes and self.agency is not None and self.agency == record.agency) or (
            Scope.PROVIDER in self.scopes and self.provider is not None and self.provider == record.provider
        )

    @property
    def whole_areas(self) -> list[str] | None:
        """The areas of which everything is within reach, for a query; None where that is all of them."""
        if self.everywhere:
            return None
        return sorted(self.areas) if Scope.AREA in self.scopes else []


EVERYWHERE = Reach(frozenset({Scope.EVERYWHERE}))
NOWHERE = Reach()
