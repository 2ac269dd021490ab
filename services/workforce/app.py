"""The workforce service: what it consumes, serves, and is reminded of."""

from services.workforce import web
from services.workforce.domain.follow_up import CLOSES, LAPSES, OPENS
from services.workforce.domain.notices import CALLED_OFF, CERTIFIED, COMES_UP, CONFIRMED, MOVED
from services.workforce.handlers.directory import Directory
from services.workforce.handlers.erasures import PractitionerRetention, WorkerErasures
from services.workforce.handlers.reminders import Reminders
from services.workforce.handlers.screenings import Screenings
from services.workforce.manifest import MANIFEST
from shared.contracts.directory import AgencyRegistered, AreaRegistered
from shared.contracts.screening import ScreeningCompleted
from shared.messaging.consuming.subscription import Subscription, event_reader
from shared.messaging.timers.scheduled import Timer
from shared.service.definition import Context, Wiring
from shared.service.serve import serve
from shared.service.settings import ServiceSettings
from shared.web import notices
from shared.web.sessions import SessionRetention


def wire(context: Context) -> Wiring:
    """The service's table of contents."""
    reminders = Reminders(context)
    erasures = WorkerErasures(context)
    return Wiring(
        subscriptions=(
            Subscription(
                name="screenings",
                topics=("screening-completed",),
                read=event_reader(ScreeningCompleted),
                handle=Screenings(context).completed,
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
        retention=(PractitionerRetention(context, erasures), SessionRetention(context.pool)),
        background=(erasures.sweep,),
        timers={
            OPENS: Timer(reminders.follow_ups_open),
            CLOSES: Timer(reminders.follow_ups_close),
            LAPSES: Timer(reminders.certificates_lapse),
            CONFIRMED: Timer(reminders.places_confirmed),
            COMES_UP: Timer(reminders.sessions_come_up),
            CALLED_OFF: Timer(reminders.sessions_called_off),
            MOVED: Timer(reminders.sessions_moved),
            CERTIFIED: Timer(reminders.certificates_issued),
        },
    )


if __name__ == "__main__":
    serve(MANIFEST, ServiceSettings(), wire)
