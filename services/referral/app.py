"""The referral service: what it consumes and serves."""

from services.referral import web
from services.referral.handlers import refused_records
from services.referral.handlers.calendar import Calendar
from services.referral.handlers.consents import Consents
from services.referral.handlers.contacts import CONTACTS, Contacts
from services.referral.handlers.directory import Directory
from services.referral.handlers.erasures import Erasures
from services.referral.handlers.families import Families
from services.referral.handlers.handovers import Handovers
from services.referral.handlers.offers_waited_for import OffersWaitedFor
from services.referral.handlers.overdue import OverdueWork
from services.referral.handlers.parents import Parents
from services.referral.handlers.rejected_contacts import RejectedContacts
from services.referral.handlers.rejected_updates import RejectedUpdates
from services.referral.handlers.restrictions import Restrictions
from services.referral.handlers.retention import CaseRetention
from services.referral.handlers.screenings import Screenings
from services.referral.handlers.stated_capacity import StatedCapacity
from services.referral.handlers.stops import Stops
from services.referral.handlers.updates import UPDATES, Updates
from services.referral.handlers.waiting_lists import WaitingLists
from services.referral.manifest import MANIFEST
from services.referral.repository import pages
from services.referral.settings import ReferralSettings
from shared.contracts.directory import (
    AgencyRegistered,
    AreaRegistered,
    OfferRegistered,
    ProviderRegistered,
    RegionRegistered,
)
from shared.contracts.families import FamilyLinked, FamilyRecognised, FamilyUnlinked, PersonErased, PersonRestricted
from shared.contracts.front_door_contacts import WrapAroundContact
from shared.contracts.notification import ParentAnswered, ParentMeasured
from shared.contracts.provider import provider_update
from shared.contracts.screening import ScreeningCompleted, ScreeningTakenBack, StopReported, SubmissionRefused
from shared.contracts.workforce import PractitionerHandedOver
from shared.messaging.consuming.sealed import opener
from shared.messaging.consuming.subscription import Subscription, by_position, event_reader, json_reader
from shared.service.definition import Context, Wiring
from shared.service.serve import serve
from shared.web import notices
from shared.web.sessions import SessionRetention


def wire(context: Context) -> Wiring:
    """The service's table of contents."""
    stops = Stops(context)
    open_sealed = opener(context.settings.record_keys_file)
    return Wiring(
        subscriptions=(
            Subscription(
                name="screenings",
                topics=("screening-completed",),
                read=event_reader(ScreeningCompleted),
                handle=Screenings(context).completed,
            ),
            Subscription(
                name="stops",
                topics=("stop-reported",),
                read=event_reader(StopReported),
                handle=stops.reported,
            ),
            Subscription(
                name="refused-records",
                topics=("submission-refused",),
                read=event_reader(SubmissionRefused),
                handle=refused_records.refused,
            ),
            Subscription(
                name="parents",
                topics=("parent-answered",),
                read=event_reader(ParentAnswered, ParentMeasured),
                handle=Parents(context).answered,
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
                handle=Updates(context).received,
                rejected=RejectedUpdates(context).rejected,
                open=open_sealed,
            ),
            Subscription(
                name="families",
                topics=("family-recognised", "family-linked", "family-unlinked"),
                read=event_reader(FamilyRecognised, FamilyLinked, FamilyUnlinked),
                handle=Families(context).known,
            ),
            Subscription(
                name="handovers",
                topics=("practitioner-handed-over",),
                read=event_reader(PractitionerHandedOver),
                handle=Handovers(context).handed_over,
            ),
            Subscription(
                name="contacts",
                pattern=CONTACTS,
                read=json_reader(WrapAroundContact),
                identify=by_position,
                handle=Contacts(context).reported,
                rejected=RejectedContacts(context).rejected,
                open=open_sealed,
            ),
            Subscription(
                name="erasures",
                topics=("person-erased",),
                read=event_reader(PersonErased),
                handle=Erasures(context).erased,
            ),
            Subscription(
                name="restrictions",
                topics=("person-restricted",),
                read=event_reader(PersonRestricted),
                handle=Restrictions(context).published,
            ),
            Subscription(
                name="directory",
                topics=("directory",),
                read=event_reader(
                    AreaRegistered, RegionRegistered, AgencyRegistered, ProviderRegistered, OfferRegistered
                ),
                handle=Directory(context).registered,
            ),
            notices.subscription(),
        ),
        timers={
            **Consents(context).timers(),
            **WaitingLists().timers(),
            **StatedCapacity().timers(),
            **OffersWaitedFor().timers(),
            **Calendar(context).timers(),
        },
        routes=web.routes(context),
        concerned_by=pages.concerned_by,
        background=(OverdueWork(context).run,),
        retention=(CaseRetention(context), SessionRetention(context.pool)),
        # A history also says which agency or provider it was.
        staff={
            "case_history.who": "who NOT IN (SELECT agency FROM agency UNION SELECT provider FROM provider)",
        },
    )


if __name__ == "__main__":
    serve(MANIFEST, ReferralSettings(), wire)
