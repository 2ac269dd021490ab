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
    """The agency's, in one of the caller's areas."""
    PROVIDER = "own-provider"
    """The provider's, in one of the caller's areas."""


@dataclass(frozen=True)
class Place:
    """Where a record belongs. What is of several areas is reached from each of them."""

    areas: frozenset[str] = frozenset()
    agency: str | None = None
    provider: str | None = None

    @classmethod
    def of(cls, areas: Iterable[str], agency: str | None = None, provider: str | None = None) -> "Place":
        """The place of a record of these areas."""
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

    def covers(self, place: Place) -> bool:
        """Whether a record of this place is within reach. What belongs to no area is within nobody's own."""
        if self.everywhere:
            return True
        if self.areas.isdisjoint(place.areas):
            return False
        return (
            Scope.AREA in self.scopes
            or (Scope.AGENCY in self.scopes and self.agency is not None and self.agency == place.agency)
            or (Scope.PROVIDER in self.scopes and self.provider is not None and self.provider == place.provider)
        )

    @property
    def whole_areas(self) -> list[str] | None:
        """The areas of which everything is within reach, for a query; None where that is all of them."""
        if self.everywhere:
            return None
        return sorted(self.areas) if Scope.AREA in self.scopes else []


EVERYWHERE = Reach(frozenset({Scope.EVERYWHERE}))
NOWHERE = Reach()
