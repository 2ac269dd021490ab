"""A party's way in to Kafka: a new password, none any more, and back again."""

import os
import secrets
import signal
import time
from collections.abc import Callable

import httpx
from confluent_kafka import KafkaException

from deploy.directory.access import Intended, known_parties, why_not
from deploy.stack import topics
from deploy.stack.credentials import ensure_users, forget_users, write_properties
from deploy.stack.errors import ParleyError
from deploy.stack.home import ADMIN, Stack
from deploy.stack.kafka_rights import denials, of_user, present_users, remove_acls, remove_users
from deploy.stack.services import SERVICE_NAMES

_OPERATOR = "operator"
_SERVICE_SECONDS = 120.0


def rotate(stack: Stack, party: str) -> None:
    """Gives a party a new password, in Kafka and in its credentials file. Nobody gets in with the old one from now on.

    Who is in with the old one stays until the broker ends the session. A service of this home is started again, and
    is ready when this returns. Raises `ParleyError` if the party is unknown, has left or was revoked.
    """
    admin = topics.admin_client(stack.admin_properties())
    intended = known_parties(stack, admin)
    if party in intended.revoked:
        raise ParleyError(f"{party} was revoked. `parley access restore {party}` gives it access and a new password.")
    _check_known(party, intended)
    password = secrets.token_urlsafe(32)
    _asked(lambda: topics.ensure_user(admin, party, password))
    stack.home.secrets.put(f"kafka/{party}", password)
    write_properties(stack, party)
    if party in SERVICE_NAMES:
        _start_again(stack, party)


def revoke(stack: Stack, party: str) -> None:
    """Takes a party's access: everything is denied to it at once, also on connections that are open; its credential and
    its rights are removed, here and in Kafka. Its topics and what is on them stay.

    Raises `ParleyError` if the party is unknown, or is one that the system cannot do without.
    """
    admin = topics.admin_client(stack.admin_properties())
    intended = known_parties(stack, admin)
    if party in (*SERVICE_NAMES, _OPERATOR):
        raise ParleyError(f"The system cannot do without {party}. `parley access rotate {party}` changes its password.")
    if party not in intended.revoked:
        _check_known(party, intended)

    def take() -> None:
        # First, because it counts for who is in, and whatever else is still there.
        topics.ensure_acls(admin, denials(party))
        remove_acls(admin, of_user(topics.present_acls(admin), party))
        remove_users(admin, {party} & present_users(admin))

    _asked(take)
    forget_users(stack.home, [party])


def restore(stack: Stack, party: str) -> None:
    """Gives a revoked party its rights back, and a new password. Raises `ParleyError` if it was not revoked."""
    admin = topics.admin_client(stack.admin_properties())
    intended = known_parties(stack, admin)
    if party not in intended.revoked:
        raise ParleyError(f"{party} was not revoked. `parley access check` shows who was.")

    def give() -> None:
        ensure_users(stack, admin, [party])
        remove_acls(admin, denials(party))

    _asked(give)
    definitions = known_parties(stack, admin)
    _asked(
        lambda: topics.ensure_principal_topics(admin, definitions.definitions, definitions.left | definitions.revoked)
    )


def _check_known(party: str, intended: Intended) -> None:
    if party == ADMIN:
        raise ParleyError(f"{ADMIN} is the broker's own user; it has no credentials file and is not for parties.")
    if party in intended.users:
        return
    if party in intended.left:
        raise ParleyError(f"{party} has left the directory. `parley access check --apply` removes what it still has.")
    raise ParleyError(f"There is no party {party!r}. There are {', '.join(sorted(intended.users))}.")


def _asked(work: Callable[[], object]) -> None:
    try:
        work()
    except (KafkaException, TimeoutError) as error:
        raise ParleyError(f"Kafka did not take every change: {why_not(error)}. Do it again.") from error


def _start_again(stack: Stack, service: str) -> None:
    """Ends a service's process; its supervisor starts it with what the home knows now."""
    process = ((stack.home.state() or {}).get("processes") or {}).get(service)
    if not process or not process["pid"]:
        return
    os.kill(int(process["pid"]), signal.SIGTERM)
    deadline = time.monotonic() + _SERVICE_SECONDS
    while time.monotonic() < deadline:
        now = ((stack.home.state() or {}).get("processes") or {}).get(service) or {}
        if now.get("pid") not in (None, process["pid"]) and _is_ready(stack, service):
            return
        time.sleep(0.2)
    raise ParleyError(f"{service} has a new password, but is not ready with it. See `parley status` and its log.")


def _is_ready(stack: Stack, service: str) -> bool:
    try:
        address = f"{stack.http_url(service)}/health/ready"
        return httpx.get(address, timeout=3, trust_env=False, verify=stack.trust).is_success
    except httpx.HTTPError:
        return False
