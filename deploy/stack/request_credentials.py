"""The token that a request of the command line to a service carries.

A person's own, once they have signed in; an automation's, where `PARLEY_CLIENT_ID` and `PARLEY_CLIENT_SECRET` are set.
What is about the machinery alone goes with the stack's own token, unless the person is an operator: whoever can read
the home may run it. Without a sign-in it is the operator's token of the home.
"""

import getpass
import os
import re
from collections.abc import Mapping
from functools import cache

from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.openid import OpenIdProvider
from deploy.stack.sign_in import SignIn, ca_file_of, claims_of, issuer_of
from services import MANIFESTS
from shared.access.requests import OF_EVERY_SERVICE
from shared.access.roles import Purpose, Role
from shared.access.table import TABLE, Action

_PARAMETER = re.compile(r"\\\{[^}]*\\\}")


class RequestCredentials:
    """Chooses the token of each request."""

    def __init__(self, stack: Stack, sign_in: SignIn | None = None) -> None:
        self._stack = stack
        self._sign_in = sign_in or SignIn(stack.home)
        self._automation: str | None = None

    def headers(self, service: str, method: str, path: str) -> dict[str, str]:
        """The headers that say who asks. Raises `ParleyError` where nobody can be asked for a token."""
        token = self._automations() or self._sign_in.access_token()
        if token is None:
            return {"Authorization": f"Bearer {self._stack.operator_token}", "X-Operator": _name()}
        if Role.OPERATOR not in claims_of(token).get("roles", ()) and is_machinery(service, method, path):
            token = self._stack.machine_token(Purpose.MACHINERY)
        return {"Authorization": f"Bearer {token}"}

    def is_signed_in(self) -> bool:
        """Whether requests go out in the name of a person or an automation."""
        return bool(os.environ.get("PARLEY_CLIENT_ID")) or self._sign_in.is_there()

    def _automations(self) -> str | None:
        """An automation's token, asked for once by each command: a command takes less time than a token is good."""
        client, secret = os.environ.get("PARLEY_CLIENT_ID"), os.environ.get("PARLEY_CLIENT_SECRET")
        if not client:
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
    asked = f"{method} {path}"
    return any(pattern.fullmatch(asked) for pattern in _machinery(service))


@cache
def _machinery(service: str) -> tuple[re.Pattern[str], ...]:
    own: Mapping[str, str] = next((each.requests for each in MANIFESTS if each.name == service), {})
    requests = {**OF_EVERY_SERVICE, **{request: Action(name) for request, name in own.items()}}
    return tuple(
        re.compile(_PARAMETER.sub("[^/]+", re.escape(request).replace("\\ ", " ")))
        for request, action in requests.items()
        if Purpose.MACHINERY in TABLE[action].machines
    )


def _name() -> str:
    """The current user's name for the audit trail, in ASCII as headers require."""
    try:
        return getpass.getuser().encode("ascii", "replace").decode()
    except (OSError, KeyError):
        return "operator"
