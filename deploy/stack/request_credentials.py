"""The token that a request of the command line to a service carries.

A person's own, once they have signed in; an automation's, where `PARLEY_CLIENT_ID` and `PARLEY_CLIENT_SECRET` are set.
What is about the machinery alone goes with the stack's own token, unless whoever asks is an operator: who can read the
home may run it. Anything else without a sign-in is not asked at all.
"""

import os
import re
from collections.abc import Mapping
from functools import cache

from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.openid import OpenIdProvider
from deploy.stack.sign_in import SignIn, ca_file_of, claims_of, described, issuer_of
from services import MANIFESTS
from shared.access.actions import Action
from shared.access.requests import OF_EVERY_SERVICE
from shared.access.roles import Purpose, Role
from shared.access.table import TABLE

_PARAMETER = re.compile(r"\\\{[^}]*\\\}")
_SIGN_IN = "`parley sign-in` signs you in; an automation has PARLEY_CLIENT_ID and PARLEY_CLIENT_SECRET."


class NotSignedInError(ParleyError):
    """Nobody is there in whose name this could be asked."""


class RequestCredentials:
    """Chooses the token of each request: of whoever uses this home, or of the one whose sign-in is given."""

    def __init__(self, stack: Stack, sign_in: SignIn | None = None) -> None:
        self._stack = stack
        self._sign_in = sign_in or SignIn(stack.home)
        self._of_this_home = sign_in is None
        self._automation: str | None = None

    def headers(self, service: str, method: str, path: str) -> dict[str, str]:
        """The headers that say who asks. Raises `ParleyError` where nobody can be asked for a token."""
        machinery = is_machinery(service, method, path)
        try:
            token = self._automations() or self._sign_in.access_token()
        except ParleyError:
            # Whoever looks after the machinery has to see it while the identity provider is away, too.
            if not machinery or method != "GET":
                raise
            token = None
        if machinery and (token is None or Role.OPERATOR not in claims_of(token).get("roles", ())):
            token = self._stack.machine_token(Purpose.MACHINERY)
        if token is None:
            raise NotSignedInError(f"Nobody is signed in here. {_needed(service, method, path)}{_SIGN_IN}")
        return {"Authorization": f"Bearer {token}"}

    def after_refusal(self, headers: Mapping[str, str], *, known: bool) -> str:
        """Who asked with these headers, and what they can do: for whoever was refused. `known`: by the service."""
        claims = claims_of(headers["Authorization"].removeprefix("Bearer "))
        if not claims:
            return "This was asked with the stack's own token for machinery, which `parley down` and `parley up` renew."
        who = described(claims)
        if known:
            return f"{who} Whoever administers people gives a role: `parley people`, or where you sign in."
        return f"{who} `parley sign-in` starts a new sign-in."

    def _automations(self) -> str | None:
        """An automation's token, asked for once by each command: a command takes less time than a token is good."""
        client, secret = os.environ.get("PARLEY_CLIENT_ID"), os.environ.get("PARLEY_CLIENT_SECRET")
        if not client or not self._of_this_home:
            return None
        if not secret:
            raise ParleyError("PARLEY_CLIENT_ID is set, and PARLEY_CLIENT_SECRET is not.")
        if self._automation is None:
            home = self._stack.home
            with OpenIdProvider(issuer_of(home), ca_file_of(home)) as provider:
                self._automation = provider.client_credentials(client, secret).access_token
        return self._automation


def is_machinery(service: str, method: str, path: str) -> bool:
    """Whether the stack's own token has the right to this request."""
    action = _action_of(service, method, path)
    return action is not None and Purpose.MACHINERY in TABLE[action].machines


def _needed(service: str, method: str, path: str) -> str:
    action = _action_of(service, method, path)
    if action is None:
        return ""
    return f"This needs the right {action}, which these roles have: {', '.join(sorted(TABLE[action].roles))}. "


def _action_of(service: str, method: str, path: str) -> Action | None:
    asked = f"{method} {path}"
    return next((action for pattern, action in _requests(service) if pattern.fullmatch(asked)), None)


@cache
def _requests(service: str) -> tuple[tuple[re.Pattern[str], Action], ...]:
    own: Mapping[str, str] = next((each.requests for each in MANIFESTS if each.name == service), {})
    requests = {**OF_EVERY_SERVICE, **{request: Action(name) for request, name in own.items()}}
    return tuple(
        (re.compile(_PARAMETER.sub("[^/]+", re.escape(request).replace("\\ ", " "))), action)
        for request, action in requests.items()
    )
