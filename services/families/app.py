"""The families service: what it consumes and serves."""

from services.families import web
from services.families.handlers.directory import Directory
from services.families.handlers.erasures import ErasureSweep
from services.families.handlers.identities import Identities
from services.families.handlers.recognition import Recognition
from services.families.handlers.restrictions import RestrictionSweep
from services.families.handlers.retention import HumanRetention
from services.families.handlers.token_forms import TokenRenewal
from services.families.manifest import MANIFEST
from services.families.repository import pages
from services.families.settings import FamiliesSettings
from shared.contracts.case_record import CaseRetentionEnded
from shared.contracts.directory import AgencyRegistered, AreaRegistered
from shared.contracts.screening import ParentIdentitySealed, ScreeningTakenBack
from shared.messaging.consuming.subscription import Subscription, event_reader
from shared.service.definition import Context, Wiring
from shared.service.serve import serve
from shared.web import notices
from shared.web.sessions import SessionRetention


def wire(context: Context) -> Wiring:
    """The service's table of contents."""
    if not isinstance(context.settings, FamiliesSettings):
        raise TypeError("the families service runs on FamiliesSettings")
    recognition = Recognition(context.keyring, context.settings)
    identities = Identities(context, recognition)
    retention = HumanRetention(context)
    return Wiring(
        subscriptions=(
            Subscription(
                name="identities",
                topics=("parent-identity-sealed",),
                read=event_reader(ParentIdentitySealed),
                handle=identities.sealed,
            ),
            Subscription(
                name="taken-back",
                topics=("screening-taken-back",),
                read=event_reader(ScreeningTakenBack),
                handle=identities.taken_back,
            ),
            Subscription(
                name="retention",
                topics=("retention-ended",),
                read=event_reader(CaseRetentionEnded),
                handle=retention.ended,
            ),
            Subscription(
                name="directory",
                topics=("directory",),
                read=event_reader(AreaRegistered, AgencyRegistered),
                handle=Directory().entries,
            ),
            notices.subscription(),
        ),
        routes=web.routes(context),
        concerned_by=pages.concerned_by,
        retention=(retention, SessionRetention(context.pool)),
        background=(
            ErasureSweep(context, context.settings.clearing_interval_s).run,
            RestrictionSweep(context, context.settings.clearing_interval_s).run,
            TokenRenewal(context, recognition).run,
        ),
    )


if __name__ == "__main__":
    serve(MANIFEST, FamiliesSettings(), wire)
