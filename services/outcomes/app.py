"""The outcomes service: what it consumes and serves."""

from services.outcomes import web
from services.outcomes.handlers import Handlers
from services.outcomes.settings import OutcomesSettings, pseudonyms_under
from shared.contracts import referral
from shared.contracts.directory import AgencyRegistered, AreaRegistered, ProviderRegistered
from shared.contracts.screening import ScreeningCompleted
from shared.messaging.subscription import Subscription, event_reader
from shared.runtime.serve import serve
from shared.runtime.service import Context, Wiring

CASE_EVENTS = (
    referral.ReferralAgreed,
    referral.ProviderAccepted,
    referral.ProviderDeclined,
    referral.ParentContacted,
    referral.ProviderAssessed,
    referral.SessionRecorded,
    referral.MeasureRecorded,
    referral.CaseReturned,
    referral.CaseRefused,
    referral.CaseTakenToPanel,
    referral.CaseHeld,
    referral.CaseResumed,
    referral.CaseHalted,
    referral.CaseClosed,
)


def wire(context: Context) -> Wiring:
    """The service's table of contents."""
    pseudonyms = pseudonyms_under(context.settings)
    handlers = Handlers(pseudonyms)
    return Wiring(
        subscriptions=(
            Subscription(
                name="screenings",
                topics=("screening-completed",),
                read=event_reader(ScreeningCompleted),
                handle=handlers.case_history,
            ),
            Subscription(
                name="case-events",
                topics=tuple(event.topic for event in CASE_EVENTS if event.topic),
                read=event_reader(*CASE_EVENTS),
                handle=handlers.case_history,
            ),
            Subscription(
                name="directory",
                topics=("directory",),
                read=event_reader(AreaRegistered, AgencyRegistered, ProviderRegistered),
                handle=handlers.directory,
            ),
        ),
        routes=web.routes(context, pseudonyms),
    )


if __name__ == "__main__":
    serve("outcomes", OutcomesSettings(), wire)
