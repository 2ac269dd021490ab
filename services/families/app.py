"""The families service: what it consumes and serves."""

from services.families import web
from services.families.clearing import Clearing
from services.families.handlers import Handlers
from services.families.manifest import MANIFEST
from services.families.rederiving import Rederiving
from services.families.settings import FamiliesSettings
from shared.contracts.directory import AgencyRegistered, AreaRegistered
from shared.contracts.screening import ParentIdentitySealed, ScreeningTakenBack
from shared.messaging.consuming.subscription import Subscription, event_reader
from shared.service.definition import Context, Wiring
from shared.service.serve import serve


def wire(context: Context) -> Wiring:
    """The service's table of contents."""
    if not isinstance(context.settings, FamiliesSettings):
        raise TypeError("the families service runs on FamiliesSettings")
    handlers = Handlers(context, context.settings)
    clearing = Clearing(context, context.settings.clearing_interval_s)
    rederiving = Rederiving(context, context.settings)
    return Wiring(
        subscriptions=(
            Subscription(
                name="identities",
                topics=("parent-identity-sealed",),
                read=event_reader(ParentIdentitySealed),
                handle=handlers.identities,
            ),
            Subscription(
                name="taken-back",
                topics=("screening-taken-back",),
                read=event_reader(ScreeningTakenBack),
                handle=handlers.taken_back,
            ),
            Subscription(
                name="directory",
                topics=("directory",),
                read=event_reader(AreaRegistered, AgencyRegistered),
                handle=handlers.directory,
            ),
        ),
        routes=web.routes(context),
        background=(clearing.run, rederiving.run),
    )


if __name__ == "__main__":
    serve(MANIFEST, FamiliesSettings(), wire)
