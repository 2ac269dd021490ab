"""How often one address, or one caller, may do what costs us something."""

import time
from collections import OrderedDict
from collections.abc import Callable

_MOST_KNOWN = 10_000


class Limit:
    """So many at once and then one every so often, for each address or caller; kept in this process alone."""

    def __init__(self, at_once: int, every_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._at_once = at_once
        self._every_s = every_s
        self._monotonic = monotonic
        self._known: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, who: str) -> bool:
        """Whether this one may, now; it counts."""
        now = self._monotonic()
        left, at = self._known.pop(who, (float(self._at_once), now))
        left = min(float(self._at_once), left + (now - at) / self._every_s)
        allowed = left >= 1
        self._known[who] = (left - 1 if allowed else left, now)
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        return allowed
