"""The outcomes service: what it consumes and serves."""

from services.outcomes.domain.rows import CASE_EVENTS
from services.outcomes.domain.training import TRAINING_EVENTS
from services.outcomes.handlers.case_history import Handlers
from services.outcomes.handlers.facts import Telling
from services.outcomes.handlers.records import history_reader
from services.outcomes.settings import OutcomesSettings, pseudonyms_under
from services.outcomes.web import summary as web
from shared.contracts.directory import (
    AgencyRegistered,
    AreaRegistered,
    OfferRegistered,
    ProviderRegistered,
    RegionRegistered,
)
from shared.contracts.screening import ScreeningCompleted
from shared.messaging.consuming.subscription import Subscription, event_reader
from shared.service.definition import Context, Wiring
from shared.service.serve import serve


def wire(context: Context) -> Wiring:
    """The service's table of contents."""
    pseudonyms = pseudonyms_under(context.settings)
    telling = Telling(context.pool, pseudonyms, context.service)
    handlers = Handlers(telling)
    return Wiring(
        subscriptions=(
            Subscription(
                name="screenings",
                topics=("screening-completed",),
                read=history_reader(ScreeningCompleted),
                handle=handlers.case_history,
            ),
            Subscription(
                name="case-events",
                topics=tuple(event.topic for event in CASE_EVENTS if event.topic),
                read=history_reader(*CASE_EVENTS),
                handle=handlers.case_history,
            ),
            Subscription(
                name="training",
                topics=("training",),
                read=event_reader(*TRAINING_EVENTS),
                handle=handlers.training,
            ),
            Subscription(
                name="directory",
                topics=("directory",),
                read=event_reader(
                    AreaRegistered, AgencyRegistered, ProviderRegistered, RegionRegistered, OfferRegistered
                ),
                handle=handlers.directory,
            ),
        ),
        routes=web.routes(context, pseudonyms, telling),
        background=(telling.run,),
    )


if __name__ == "__main__":
    serve("outcomes", OutcomesSettings(), wire)
