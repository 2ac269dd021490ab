"""The screening service: what it consumes and serves."""

from services.screening import web
from services.screening.front_door_handlers import FrontDoorHandlers
from services.screening.handlers import Handlers
from services.screening.manifest import MANIFEST
from services.screening.reading import SubmissionReader
from services.screening.refused_handlers import RefusedHandlers
from services.screening.taken_back_handlers import TakenBackHandlers
from shared.contracts.directory import AgencyRegistered, AreaRegistered
from shared.contracts.referral import CaseClosed, CaseReopened, FamilyChanged, PeopleConfirmed, ReferralAgreed
from shared.messaging.consuming.subscription import Subscription, by_position, event_reader
from shared.service.definition import Context, Wiring
from shared.service.serve import serve
from shared.service.settings import ServiceSettings


def wire(context: Context) -> Wiring:
    """The service's table of contents."""
    handlers = Handlers(context)
    reader = SubmissionReader(context)
    return Wiring(
        subscriptions=(
            Subscription(
                name="front-doors",
                pattern=r"^front-door\.[a-z0-9-]+\.screenings$",
                read=reader.read,
                identify=by_position,
                handle=FrontDoorHandlers(handlers, TakenBackHandlers(context)).told,
                rejected=RefusedHandlers(context, reader).refused,
            ),
            Subscription(
                name="closed-cases",
                topics=("case-closed", "case-reopened"),
                read=event_reader(CaseClosed, CaseReopened),
                handle=handlers.closed_cases,
            ),
            Subscription(
                name="agreements",
                topics=("referral-agreed", "family-changed", "people-confirmed"),
                read=event_reader(ReferralAgreed, FamilyChanged, PeopleConfirmed),
                handle=handlers.looked_at,
            ),
            Subscription(
                name="directory",
                topics=("directory",),
                read=event_reader(AreaRegistered, AgencyRegistered),
                handle=handlers.directory,
            ),
        ),
        routes=web.routes(context),
    )


if __name__ == "__main__":
    serve(MANIFEST, ServiceSettings(), wire)
