"""The referral service: what it consumes and serves."""

from services.referral import web
from services.referral.handlers import waiting_lists
from services.referral.handlers.calendar import CONTACTS, Calendar
from services.referral.handlers.families import FamilyHandlers
from services.referral.handlers.handovers import HandoverHandlers
from services.referral.handlers.rejected_updates import RejectedUpdates
from services.referral.handlers.screenings import UPDATES, Handlers
from services.referral.handlers.stops import StopHandlers
from services.referral.repository.consents import EXPIRY
from shared.contracts.directory import (
    AgencyRegistered,
    AreaRegistered,
    OfferRegistered,
    ProviderRegistered,
    RegionRegistered,
)
from shared.contracts.families import FamilyLinked, FamilyRecognised, FamilyUnlinked
from shared.contracts.front_door_contacts import WrapAroundContact
from shared.contracts.provider import provider_update
from shared.contracts.screening import ScreeningCompleted, ScreeningTakenBack, StopReported
from shared.contracts.workforce import PractitionerHandedOver
from shared.messaging.consuming.subscription import Subscription, by_position, event_reader, json_reader
from shared.messaging.timers.scheduled import Timer
from shared.service.definition import Context, Wiring
from shared.service.serve import serve
from shared.service.settings import ServiceSettings


def wire(context: Context) -> Wiring:
    """The service's table of contents."""
    handlers = Handlers(context)
    calendar = Calendar(context)
    stops = StopHandlers(context)
    return Wiring(
        subscriptions=(
            Subscription(
                name="screenings",
                topics=("screening-completed",),
                read=event_reader(ScreeningCompleted),
                handle=handlers.screenings,
            ),
            Subscription(
                name="stops",
                topics=("stop-reported",),
                read=event_reader(StopReported),
                handle=stops.stops,
            ),
            Subscription(
                name="taken-back",
                topics=("screening-taken-back",),
                read=event_reader(ScreeningTakenBack),
                handle=stops.taken_back,
            ),
            Subscription(
                name="updates",
                pattern=UPDATES,
                read=json_reader(provider_update),
                identify=by_position,
                handle=handlers.updates,
                rejected=RejectedUpdates(context).take,
            ),
            Subscription(
                name="families",
                topics=("family-recognised", "family-linked", "family-unlinked"),
                read=event_reader(FamilyRecognised, FamilyLinked, FamilyUnlinked),
                handle=FamilyHandlers(context).families,
            ),
            Subscription(
                name="handovers",
                topics=("practitioner-handed-over",),
                read=event_reader(PractitionerHandedOver),
                handle=HandoverHandlers(context).handovers,
            ),
            Subscription(
                name="contacts",
                pattern=CONTACTS,
                read=json_reader(WrapAroundContact),
                identify=by_position,
                handle=calendar.contacts,
            ),
            Subscription(
                name="directory",
                topics=("directory",),
                read=event_reader(
                    AreaRegistered, RegionRegistered, AgencyRegistered, ProviderRegistered, OfferRegistered
                ),
                handle=handlers.directory,
            ),
        ),
        timers={
            EXPIRY: Timer(handlers.consents_over, handlers.lock_cases),
            waiting_lists.KIND: waiting_lists.WaitingLists().timer(),
            **calendar.timers(),
        },
        routes=web.routes(context),
    )


if __name__ == "__main__":
    serve("referral", ServiceSettings(), wire)
