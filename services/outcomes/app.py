"""The outcomes service: what it consumes and serves."""

from functools import partial

from services.outcomes.domain.readings import CASE_EVENTS
from services.outcomes.domain.training import TRAINING_EVENTS
from services.outcomes.handlers.board_report import BoardReport
from services.outcomes.handlers.case_history import CaseHistory
from services.outcomes.handlers.directory import save_directory
from services.outcomes.handlers.facts import FactPublisher
from services.outcomes.handlers.own_counts import OwnCounts
from services.outcomes.handlers.reading import history_reader
from services.outcomes.handlers.releases import DailyBatches
from services.outcomes.handlers.returns import Returns
from services.outcomes.handlers.star import StarWriter
from services.outcomes.handlers.training import save_training
from services.outcomes.manifest import MANIFEST
from services.outcomes.repository import people
from services.outcomes.settings import OutcomesSettings, pseudonyms_under, settings_of
from services.outcomes.web import api, pages
from services.outcomes.web.facts import facts_routes
from services.outcomes.web.known import Known
from services.outcomes.web.publications import publication_routes
from services.outcomes.web.star import star_routes
from services.outcomes.web.summary import summary_route
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
from shared.web import notices
from shared.web.sessions import SessionRetention


def wire(context: Context) -> Wiring:
    """The service's table of contents."""
    pseudonyms = partial(pseudonyms_under, context.settings)
    pseudonyms()  # Without a key that can be used it does not start.
    batches = DailyBatches(context.pool, context.service, context.clock, pseudonyms)
    publisher = FactPublisher(context.pool, context.service, batches)
    own = settings_of(context.settings)
    star = StarWriter(
        *(context.pool, context.clock, publisher, own.star_folder),
        memory_mb=own.star_memory_mb,
        threads=own.star_threads,
    )
    board = BoardReport(context.pool, context.clock, publisher, star, own.publications_folder)
    returns = Returns(context.pool, publisher, star, own.publications_folder)
    own_counts = OwnCounts(context.pool, context.clock, publisher, star)
    known = Known(board, own_counts)
    history = CaseHistory(publisher, context.clock)
    return Wiring(
        subscriptions=(
            Subscription(
                name="screenings",
                topics=("screening-completed",),
                read=history_reader(ScreeningCompleted),
                handle=history.handle,
            ),
            Subscription(
                name="case-events",
                topics=tuple(event.topic for event in CASE_EVENTS if event.topic),
                read=history_reader(*CASE_EVENTS),
                handle=history.handle,
            ),
            Subscription(
                name="training",
                topics=("training",),
                read=event_reader(*TRAINING_EVENTS),
                handle=save_training,
            ),
            Subscription(
                name="directory",
                topics=("directory",),
                read=event_reader(
                    AreaRegistered, AgencyRegistered, ProviderRegistered, RegionRegistered, OfferRegistered
                ),
                handle=save_directory,
            ),
            notices.subscription(),
        ),
        routes=(
            summary_route(context, known),
            *facts_routes(context, publisher),
            *star_routes(star),
            *publication_routes(returns),
            *api.routes(own.publications_folder),
            *pages.routes(context, known, board),
        ),
        retention=(SessionRetention(context.pool),),
        concerned_by=people.concerned_by,
        background=(publisher.run, *((star.run, board.run, returns.run, own_counts.run) if star.has_folder else ())),
    )


if __name__ == "__main__":
    serve(MANIFEST, OutcomesSettings(), wire)
