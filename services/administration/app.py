"""The administration service: what it consumes and serves."""

from services.administration import web
from services.administration.handlers import directory
from services.administration.handlers.accounts import People
from services.administration.handlers.machinery import Machinery
from services.administration.manifest import MANIFEST
from services.administration.settings import AdministrationSettings
from shared.contracts.directory import (
    AgencyRegistered,
    AreaRegistered,
    OfferRegistered,
    ProgrammeRegistered,
    ProviderRegistered,
    RegionRegistered,
)
from shared.messaging.consuming.subscription import Subscription, event_reader
from shared.service.definition import Context, Wiring
from shared.service.serve import serve
from shared.web.sessions import SessionRetention


def wire(context: Context) -> Wiring:
    """The service's table of contents."""
    if not isinstance(context.settings, AdministrationSettings):
        raise TypeError("the administration service runs on AdministrationSettings")
    settings = context.settings
    machinery = Machinery(settings.oversees, settings.oversight_timeout_s, settings.internal_ca_file)
    return Wiring(
        subscriptions=(
            Subscription(
                name="directory",
                topics=("directory",),
                read=event_reader(
                    AreaRegistered,
                    RegionRegistered,
                    AgencyRegistered,
                    ProviderRegistered,
                    ProgrammeRegistered,
                    OfferRegistered,
                ),
                handle=directory.entries,
            ),
        ),
        routes=web.routes(context, machinery, People(context, context.settings)),
        retention=(SessionRetention(context.pool),),
    )


if __name__ == "__main__":
    serve(MANIFEST, AdministrationSettings(), wire)
