"""Which region somebody means, by its id or its name."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Region:
    """Areas that evaluate together, by their codes. They share what was counted, never a case."""

    id: str
    name: str
    areas: Sequence[str]


def find_region(wanted: str, regions: Sequence[Region]) -> Region:
    """The region of this id or name, in whatever case it is written.

    Raises LookupError with a sentence that names those there are.
    """
    meant = wanted.strip().casefold()
    by_name = {region.name.casefold(): region for region in regions}
    found = {**by_name, **{region.id: region for region in regions}}.get(meant)
    if found:
        return found
    known = ", ".join(f"{region.name} ({region.id})" for region in regions)
    if not known:
        raise LookupError(f"There is no region {wanted!r}: the directory has none.")
    raise LookupError(f"There is no region {wanted!r}. Registered: {known}.")
