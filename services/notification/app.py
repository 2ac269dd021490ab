"""The notification service: what it consumes, serves and sends."""

from services.notification import web
from services.notification.handlers import emergencies, help_requests
from services.notification.handlers.case_events import CaseEvents
from services.notification.handlers.digests import Digests
from services.notification.handlers.directory import Directory
from services.notification.handlers.email_sender import EmailSender
from services.notification.handlers.erasures import Erasures
from services.notification.handlers.mail_choices import MailChoiceRetention
from services.notification.handlers.messages import Messages
from services.notification.handlers.offers import Offers
from services.notification.handlers.own_sessions import OwnSessionRetention
from services.notification.handlers.practitioners import Practitioners
from services.notification.handlers.provider_keys import ProviderKeys
from services.notification.handlers.provider_updates import ProviderUpdates
from services.notification.handlers.restrictions import Restrictions
from services.notification.handlers.screenings import Screenings
from services.notification.handlers.webhook_sender import WebhookSender
from services.notification.manifest import MANIFEST
from services.notification.repository.erasures import concerned_by
from services.notification.settings import NotificationSettings
from shared.contracts import referral
from shared.contracts.case_record import CaseOpenedInEmergency
from shared.contracts.directory import AgencyRegistered, AreaRegistered, ProviderRegistered
from shared.contracts.families import PersonErased, PersonRestricted
from shared.contracts.messages import MessagesWaiting
from shared.contracts.overdue import DraftsExpiring, WorkOverdue
from shared.contracts.screening import (
    HelpRequested,
    ParentDetailsSealed,
    ScreeningCompleted,
    ScreeningTakenBack,
    SubmissionRefused,
)
from shared.contracts.workforce import (
    CertificateIssued,
    CertificateLapses,
    PractitionerHandedOver,
    PractitionerUntrained,
    TrainingCalledOff,
    TrainingComesUp,
    TrainingFollowUpOpened,
    TrainingMoved,
    TrainingPlaceConfirmed,
)
from shared.messaging.consuming.subscription import Subscription, event_reader
from shared.service.definition import Context, Wiring
from shared.service.serve import serve
from shared.web import notices
from shared.web.sessions import SessionRetention
from shared.web.settings import PagesSettings

CASE_EVENTS: tuple[type[referral.SequencedEvent], ...] = (
    referral.ReferralAgreed,
    referral.ProviderAccepted,
    referral.ProviderDeclined,
    referral.ProviderAssessed,
    referral.SessionRecorded,
    referral.ConcernRaised,
    referral.ChildParticipationChanged,
    referral.FamilyChanged,
    referral.WrapAroundReminded,
    referral.FollowUpDue,
    referral.CaseReopened,
    referral.CaseReturned,
    referral.CaseRefused,
    referral.CaseTakenToPanel,
    referral.CaseWaitingListed,
    referral.CaseLeftWaitingList,
    referral.CaseHeld,
    referral.CaseResumed,
    referral.CaseHalted,
    referral.CaseJoined,
    referral.CaseClosed,
)


def wire(context: Context) -> Wiring:
    """The service's table of contents."""
    if not isinstance(context.settings, NotificationSettings):
        raise TypeError("the notification service runs on NotificationSettings")
    offers = Offers(context.keyring, context.clock)
    updates = ProviderUpdates(offers)
    screenings = Screenings(context.clock, offers, updates)
    asked = Digests(context.keyring)
    practitioners = Practitioners(context.clock, offers, context.keyring)
    sender = EmailSender(
        context.pool, context.keyring, context.settings, PagesSettings().entrance_url, context.activity
    )
    webhook_sender = WebhookSender(context, context.settings)
    return Wiring(
        subscriptions=(
            Subscription(
                name="screenings",
                topics=("screening-completed",),
                read=event_reader(ScreeningCompleted),
                handle=screenings.completed,
            ),
            Subscription(
                name="parent-details",
                topics=("parent-details-sealed",),
                read=event_reader(ParentDetailsSealed),
                handle=screenings.parent_details,
            ),
            Subscription(
                name="case-events",
                topics=tuple(event.event_name for event in CASE_EVENTS),
                read=event_reader(*CASE_EVENTS),
                handle=CaseEvents(context.clock, offers, updates).changed,
            ),
            Subscription(
                name="emergencies",
                topics=("case-opened-in-emergency",),
                read=event_reader(CaseOpenedInEmergency),
                handle=emergencies.opened,
            ),
            Subscription(
                name="messages",
                topics=("messages-waiting",),
                read=event_reader(MessagesWaiting),
                handle=Messages(offers, context.keyring).waiting,
            ),
            Subscription(
                name="taken-back",
                topics=("screening-taken-back",),
                read=event_reader(ScreeningTakenBack),
                handle=screenings.taken_back,
            ),
            Subscription(
                name="refused-submissions",
                topics=("submission-refused",),
                read=event_reader(SubmissionRefused),
                handle=screenings.refused,
            ),
            Subscription(
                name="work-overdue",
                topics=("work-overdue",),
                read=event_reader(WorkOverdue),
                handle=asked.overdue,
            ),
            Subscription(
                name="drafts-expiring",
                topics=("drafts-expiring",),
                read=event_reader(DraftsExpiring),
                handle=asked.drafts,
            ),
            Subscription(
                name="help-requests",
                topics=("help-requested",),
                read=event_reader(HelpRequested),
                handle=help_requests.requested,
            ),
            Subscription(
                name="handovers",
                topics=("practitioner-handed-over",),
                read=event_reader(PractitionerHandedOver),
                handle=practitioners.handed_over,
            ),
            Subscription(
                name="untrained",
                topics=("practitioner-untrained",),
                read=event_reader(PractitionerUntrained),
                handle=practitioners.untrained,
            ),
            Subscription(
                name="training-reminders",
                topics=("training-reminders",),
                read=event_reader(
                    TrainingFollowUpOpened,
                    CertificateLapses,
                    TrainingPlaceConfirmed,
                    TrainingComesUp,
                    TrainingCalledOff,
                    TrainingMoved,
                    CertificateIssued,
                ),
                handle=practitioners.training_reminders,
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
                handle=Restrictions(offers, updates).published,
            ),
            Subscription(
                name="directory",
                topics=("directory",),
                read=event_reader(AreaRegistered, AgencyRegistered, ProviderRegistered),
                handle=Directory(offers, updates).entries,
            ),
            notices.subscription(),
        ),
        routes=web.routes(context, ProviderKeys(context, offers, updates), webhook_sender),
        concerned_by=concerned_by,
        background=(sender.run, webhook_sender.send_webhooks),
        retention=(SessionRetention(context.pool), OwnSessionRetention(context), MailChoiceRetention(context)),
    )


if __name__ == "__main__":
    serve(MANIFEST, NotificationSettings(), wire)
