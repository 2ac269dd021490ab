"""The workforce service: what it consumes, serves, and is reminded of."""

from services.workforce import web
from services.workforce.domain.follow_up import CLOSES, LAPSES, OPENS
from services.workforce.handlers import Handlers
from services.workforce.manifest import MANIFEST
from shared.contracts.directory import AgencyRegistered, AreaRegistered
from shared.contracts.screening import ScreeningCompleted
from shared.messaging.consuming.subscription import Subscription, event_reader
from shared.messaging.timers.scheduled import Timer
from shared.service.definition import Context, Wiring
from shared.service.serve import serve
from shared.service.settings import ServiceSettings


def wire(context: Context) -> Wiring:
    """The service's table of contents."""
    handlers = Handlers(context)
    return Wiring(
        subscriptions=(
            Subscription(
                name="screenings",
                topics=("screening-completed",),
                read=event_reader(ScreeningCompleted),
                handle=handlers.screenings,
            ),
            Subscription(
                name="directory",
                topics=("directory",),
                read=event_reader(AreaRegistered, AgencyRegistered),
                handle=handlers.directory,
            ),
        ),
        routes=web.routes(context),
        timers={
            OPENS: Timer(handlers.follow_ups_open),
            CLOSES: Timer(handlers.follow_ups_close),
            LAPSES: Timer(handlers.certificates_lapse),
        },
    )


if __name__ == "__main__":
    serve(MANIFEST, ServiceSettings(), wire)
