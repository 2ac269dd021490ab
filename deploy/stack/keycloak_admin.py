"""Keycloak's admin API for the stack and its commands, whose errors are for whoever runs them."""

from deploy.stack.errors import ParleyError
from shared.people import keycloak_admin as shared


class FailedError(ParleyError, shared.KeycloakError):
    """Keycloak did not do what it was asked, or does not answer."""


class CredentialsRefusedError(ParleyError, shared.CredentialsRefusedError):
    """Keycloak does not take this client's secret, or has no such realm or client."""


class NotThereError(ParleyError, shared.NotThereError):
    """Keycloak has nothing of this name."""


class AlreadyThereError(ParleyError, shared.AlreadyThereError):
    """Keycloak has something of this name already."""


class KeycloakAdmin(shared.KeycloakAdmin):
    """Sends requests about a realm as one of its clients. Raises `ParleyError`."""

    hint = " See `parley status`."
    failed = FailedError
    refused = CredentialsRefusedError
    not_there = NotThereError
    already_there = AlreadyThereError
