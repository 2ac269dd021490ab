"""The screening service: what it consumes and serves."""

from services.screening.handlers.cases import closed_cases
from services.screening.handlers.directory import directory_entries
from services.screening.handlers.erasures import Erasures
from services.screening.handlers.expiring_drafts import ExpiringDrafts
from services.screening.handlers.forms import DraftRetention
from services.screening.handlers.front_doors import FrontDoorHandlers
from services.screening.handlers.parent_requests import RequestRetention
from services.screening.handlers.reading import SubmissionReader
from services.screening.handlers.refused_records import RefusedRecordHandlers
from services.screening.handlers.reviews import ReviewHandlers
from services.screening.manifest import MANIFEST
from services.screening.repository.people import concerned_by
from services.screening.settings import ScreeningSettings
from services.screening.web import contacts, decisions, pages, people, records
from shared.contracts.directory import AgencyRegistered, AreaRegistered
from shared.contracts.families import PersonErased
from shared.contracts.referral import CaseClosed, CaseReopened, FamilyChanged, PeopleConfirmed, ReferralAgreed
from shared.messaging.consuming.sealed import opener
from shared.messaging.consuming.subscription import Subscription, by_position, event_reader
from shared.service.definition import Context, Wiring
from shared.service.serve import serve
from shared.web import notices
from shared.web.sessions import SessionRetention


def wire(context: Context) -> Wiring:
    """The service's table of contents."""
    reader = SubmissionReader(context)
    return Wiring(
        subscriptions=(
            Subscription(
                name="front-doors",
                pattern=r"^front-door\.[a-z0-9-]+\.screenings$",
                read=reader.read,
                identify=by_position,
                handle=FrontDoorHandlers(context).records,
                rejected=RefusedRecordHandlers(context, reader).refused_records,
                open=opener(context.settings.record_keys_file),
            ),
            Subscription(
                name="closed-cases",
                topics=("case-closed", "case-reopened"),
                read=event_reader(CaseClosed, CaseReopened),
                handle=closed_cases,
            ),
            Subscription(
                name="agreements",
                topics=("referral-agreed", "family-changed", "people-confirmed"),
                read=event_reader(ReferralAgreed, FamilyChanged, PeopleConfirmed),
                handle=ReviewHandlers(context).reviews,
            ),
            Subscription(
                name="erasures",
                topics=("person-erased",),
                read=event_reader(PersonErased),
                handle=Erasures(context).erased,
            ),
            Subscription(
                name="directory",
                topics=("directory",),
                read=event_reader(AreaRegistered, AgencyRegistered),
                handle=directory_entries,
            ),
            notices.subscription(),
        ),
        routes=[
            *decisions.routes(context),
            *contacts.routes(context),
            *people.routes(context),
            *records.routes(context),
            *pages.routes(context),
        ],
        concerned_by=concerned_by,
        background=(ExpiringDrafts(context).run,),
        retention=(SessionRetention(context.pool), DraftRetention(context), RequestRetention(context)),
    )


if __name__ == "__main__":
    serve(MANIFEST, ScreeningSettings(), wire)
