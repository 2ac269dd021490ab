"""Below which count the figures of some areas are held back."""

from collections.abc import Iterable, Mapping

from shared.contracts.directory import default_of


def largest_of(smallest_groups: Mapping[str, int], areas: Iterable[str]) -> int:
    """The largest of what these areas ask for; one that is not registered asks for the default."""
    default = default_of("smallest_group")
    return max((smallest_groups.get(area, default) for area in areas), default=1)
