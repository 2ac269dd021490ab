"""The requests that every service answers, with the action that each asks for. A service's own are in its manifest."""

from collections.abc import Mapping

from shared.access.actions import Action

OF_EVERY_PAGE = frozenset(
    {
        "GET /start",
        "GET /whats-new",
        "GET /sign-in",
        "GET /sign-in/callback",
        "POST /sign-out",
        "GET /assets/{name}",
        # Without content, and only to whoever is signed in and has the right to the page that it is about.
        "GET /changes",
        # To whoever is signed in, what they know themselves.
        "GET /pages/your-sign-in",
        "GET /pages/{path:path}",
    }
)
"""What a service with pages answers to anybody: how one comes in and out, what pages are dressed in, and that there is
no page of an address. It holds nothing of anybody."""

ANONYMOUS = frozenset({"GET /health/live", "GET /health/ready", "GET /record-keys"}) | OF_EVERY_PAGE
"""What may be asked without a token. The first two tell no more than yes or no; with `health.read` the second says why.
The third gives public keys."""

OF_EVERY_SERVICE: Mapping[str, Action] = {
    "GET /metrics": Action.METRICS_READ,
    "GET /status": Action.STATUS_READ,
    "GET /dead-letters": Action.DEAD_LETTERS_READ,
    "GET /dead-letters/{id:uuid}": Action.DEAD_LETTERS_READ,
    "POST /dead-letters/{id:uuid}/retry": Action.DEAD_LETTERS_RESOLVE,
    "POST /dead-letters/{id:uuid}/discard": Action.DEAD_LETTERS_RESOLVE,
    "GET /outbox/set-aside": Action.SET_ASIDE_READ,
    "POST /outbox/set-aside/{id:int}/send": Action.SET_ASIDE_RESOLVE,
    "POST /outbox/set-aside/{id:int}/discard": Action.SET_ASIDE_RESOLVE,
    "POST /subscriptions/{name}/resume": Action.SUBSCRIPTIONS_RESUME,
    "GET /audit": Action.AUDIT_READ,
    "GET /audit/head": Action.AUDIT_VERIFY,
    "GET /audit/check": Action.AUDIT_VERIFY,
    "GET /cases/{case:uuid}/people/{id:uuid}/records": Action.PEOPLE_EXPORT,
    "GET /retention": Action.RETENTION_READ,
    "POST /retention/apply": Action.RETENTION_APPLY,
    "GET /clock": Action.CLOCK_READ,
    "POST /clock": Action.CLOCK_MOVE,
    "GET /timers/failing": Action.CLOCK_READ,
}


def action_of(own: Mapping[str, str], method: str, path: str) -> Action | None:
    """The action that a request asks for, by its route's path; None for one that is in no list, which is refused.

    `own`: the requests of the service's manifest.
    """
    request = f"{'GET' if method == 'HEAD' else method} {path}"
    if request in own:
        return Action(own[request])
    return OF_EVERY_SERVICE.get(request)
