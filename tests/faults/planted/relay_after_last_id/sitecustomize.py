"""A planted bug: the relay remembers the last id and reads what is greater, so it passes over what commits late."""

from typing import Any

import crash_points

if crash_points.service():
    from shared.messaging.publishing import relay

    _SINCE = relay._NEXT.replace("ORDER BY id", "AND id > {last} ORDER BY id")
    _next = relay.Relay._next

    async def _next_after_last(self: Any, *given: Any) -> Any:
        crash_points.replace(relay, "_NEXT", _SINCE.format(last=getattr(self, "last", 0)))
        made = await _next(self, *given)
        self.last = max([getattr(self, "last", 0), *made.ids])
        return made

    crash_points.replace(relay.Relay, "_next", _next_after_last)
crash_points.install()
