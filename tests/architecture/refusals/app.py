"""The refusals service: what it consumes and serves."""

from services.refusals import web
from services.refusals.handlers.refusals import Handlers
from services.refusals.manifest import MANIFEST

from shared.contracts.referral import CaseRefused
from shared.messaging.consuming.subscription import Subscription, event_reader
from shared.service.definition import Context, Wiring
from shared.service.serve import serve
from shared.service.settings import ServiceSettings


def wire(context: Context) -> Wiring:
    """The service's table of contents."""
    return Wiring(
        subscriptions=(
            Subscription(
                name="refused-cases",
                topics=("case-refused",),
                read=event_reader(CaseRefused),
                handle=Handlers().refused,
            ),
        ),
        routes=web.routes(context),
    )


if __name__ == "__main__":
    serve(MANIFEST, ServiceSettings(), wire)
