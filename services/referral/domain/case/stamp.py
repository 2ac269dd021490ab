"""When and by whom something is decided."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Stamp:
    """When something is decided, by which event, where new ids come from, and who acts, by an opaque name."""

    now: datetime
    cause: UUID | None
    new_id: Callable[[], UUID]
    who: str = ""
