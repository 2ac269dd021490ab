"""What a webhook sends and where to: the address, the message, how long a failure waits, what an answer means."""

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from urllib.parse import urlsplit
from uuid import UUID

import orjson

LONGEST_ADDRESS = 500
GIVEN_UP_AFTER = timedelta(days=3)
GONE_UNTIL_DISABLED = 3
"""So many answers of 410 in a row, and the webhook is disabled: Standard Webhooks, "Delivery"."""
PING = "parley.webhook-ping.v1"
"""The type of a test. A reader that does not know it ignores it, as any that it does not know."""
OVERLAP = timedelta(days=1)
"""For how long the secret before signs too."""
_BLOCK = 2048
_ATTRIBUTES = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "ce_dataschema")
_EXTENSIONS = ("ce_correlationid", "ce_causationid")
# What a packet to one of these reaches is somewhere else, which is in the address itself (RFC 6052).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def wrong_address(address: str) -> str | None:
    """The rule that an address breaks; None for one that may be sent to. Who it resolves to is looked at with each
    attempt, since that changes."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return "must be an https address"
    if parts.scheme != "https" or not parts.hostname:
        return "must be an https address"
    if not address.isascii() or not address.isprintable() or " " in address or len(address) > LONGEST_ADDRESS:
        return f"must have at most {LONGEST_ADDRESS} characters, of ASCII, without spaces"
    if parts.username is not None or parts.password is not None:
        return "must not have a name or a password in it"
    if "#" in address:
        return "must not have a fragment"
    if port == 0:
        return "must have a port that exists"
    return None


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet's, and neither this machine's nor of any network that is not public.

    One that stands for another address is judged by that: IPv4 in IPv6 (RFC 4291, 3056, 4380, 6052).
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if inner is None and found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if found.is_site_local:
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def message(headers: Mapping[str, str], data: str) -> bytes:
    """A record of the topic as one CloudEvent in JSON (CloudEvents 1.0, JSON format): its attributes and its data as
    they are there.

    Spaces fill it up to a multiple of 2 KiB, so that whoever counts the bytes of what is encrypted does not know a stop
    from an offer.
    """
    event = {name.removeprefix("ce_"): headers[name] for name in (*_ATTRIBUTES, *_EXTENSIONS) if name in headers}
    event |= {name: headers[name] for name in ("traceparent",) if name in headers}
    written = orjson.dumps(
        {**event, "datacontenttype": headers.get("content-type", "application/json"), "data": orjson.Fragment(data)}
    )
    return written.ljust(-(-len(written) // _BLOCK) * _BLOCK)


def ping(message_id: UUID, at: datetime) -> bytes:
    """A test of a webhook, as one CloudEvent without data that is of anybody; as long as an offer or a stop."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(message_id),
        "ce_source": "notification",
        "ce_type": PING,
        "ce_time": at.isoformat().replace("+00:00", "Z"),
    }
    return message(headers, "{}")


def body(encrypted: str) -> str:
    """What is sent and signed."""
    return json.dumps({"encrypted": encrypted})


class Outcome(StrEnum):
    """What came of one attempt."""

    DELIVERED = "delivered"
    OVERTAKEN = "overtaken"
    FAILED = "failed"
    GONE = "gone"


@dataclass(frozen=True)
class Attempt:
    """One attempt. `error` is a code of ours, or `http-` and the status; never what a server wrote."""

    outcome: Outcome
    error: str | None = None


def attempt_of(status: int) -> Attempt:
    """What an answer with this status means: a redirect is not followed, and so is a failure."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Attempt(Outcome.DELIVERED)
    outcome = Outcome.GONE if status == HTTPStatus.GONE else Outcome.FAILED
    return Attempt(outcome, f"http-{status}")


def wait_s(attempts: int, first_s: float, longest_s: float, chance: float) -> float:
    """How long to wait after so many failed attempts in a row: doubling, up to the longest; of it at least half, and by
    `chance` (0 to 1) all, so that what failed together does not come again together.
    """
    return min(first_s * 2.0 ** min(attempts - 1, 40), longest_s) * (0.5 + chance / 2)
