"""Faults in what arrives: poison of every kind, the same thing sent again, and whole topics read again."""

import json
import os
import signal
from collections.abc import Sequence
from random import Random
from typing import Any
from uuid import UUID

from deploy.stack.consumer_groups import NoAnswerError, groups_of
from deploy.stack.services import SERVICE_NAMES
from tests.faults.administration import asked, read_again
from tests.faults.connections import insist
from tests.faults.processes import NotInjectedError
from tests.faults.submissions import FrontDoors
from tests.faults.traffic import ProviderClient, Publisher
from tests.faults.world import AGENCIES, World

_NEARLY_A_MEGABYTE = 1_000_000
BROKEN_HEADERS = [("ce_id", b"\xff\xfe"), ("\u00e9", b"\x80"), ("traceparent", b"")]


def poison(rng: Random, publisher: Publisher, clients: Sequence[ProviderClient]) -> None:
    """A burst of records that can never be used, between good ones, on every kind of topic from outside."""
    for value in poison_submissions(rng):
        agency = rng.choice(AGENCIES)
        headers = BROKEN_HEADERS if rng.random() < 0.3 else None
        publisher.send(agency, f"poison-{rng.getrandbits(32)}", value, headers=headers)
    for value in poison_updates(rng):
        rng.choice(clients).send(f"poison-{rng.getrandbits(32)}", value)
    # Headers that cannot be read do not make a good record bad.
    if publisher.published:
        agency, key, value = publisher.published[rng.choice(list(publisher.published))]
        publisher.send(agency, key, value, headers=BROKEN_HEADERS)


def poison_submissions(rng: Random) -> list[bytes]:
    """What no front door may send. Every one is different, so that each is a dead letter of its own."""
    doors = FrontDoors(rng.getrandbits(40))
    mark = str(rng.getrandbits(64))

    def changed(**changes: Any) -> bytes:
        agency, _, value, _ = doors.next()
        body = json.loads(value)
        return json.dumps(body | {name: change(agency) for name, change in changes.items()}).encode()

    return [
        f"not JSON {mark}".encode(),
        b"\xff\xfe\x00" + mark.encode(),
        json.dumps({"shape": mark}).encode(),
        json.dumps([mark]).encode(),
        b"",
        changed(unknown_field=lambda _: mark),
        changed(agency=lambda agency: f"not-{agency}"),
        changed(area=lambda _: "E00000000"),
        changed(wrap_around=lambda _: [{"parent_ref": "P9", "practitioner": None}]),
        changed(submission_id=lambda _: 7),
        json.dumps({"mark": mark, "filler": "x" * _NEARLY_A_MEGABYTE}).encode(),
    ]


def poison_updates(rng: Random) -> list[bytes]:
    """What no provider may send. An update of a case that is not theirs is refused, and no poison."""
    mark = str(UUID(int=rng.getrandbits(128)))
    return [
        f"not JSON {mark}".encode(),
        b"",
        json.dumps({"update": "nobody-knows", "mark": mark}).encode(),
        json.dumps({"update": "referral-accepted", "update_id": mark, "case_id": mark, "occurred_at": "soon"}).encode(),
        json.dumps({"mark": mark, "filler": "y" * _NEARLY_A_MEGABYTE}).encode(),
    ]


def duplicates(rng: Random, publisher: Publisher, clients: Sequence[ProviderClient]) -> None:
    """Submissions and updates that were sent before are sent again."""
    sent = list(publisher.published)
    for submission_id in rng.sample(sent, min(len(sent), 10)):
        publisher.send(*publisher.published[submission_id])
    for client in clients:
        sent = list(client.updates)
        for update_id in rng.sample(sent, min(len(sent), 10)):
            client.send(*client.updates[update_id])


def service_replayed(world: World, rng: Random) -> None:
    """A service stops; all that its groups have ever read is to be read again; it starts.

    Services take turns, so that a run which is long enough has every group read each of its topics again.
    """
    times = {
        name: max((n for (group, _), n in world.replayed.items() if _is_of(group, name)), default=0)
        for name in SERVICE_NAMES
    }
    replay(world, rng.choice([name for name in SERVICE_NAMES if times[name] == min(times.values())]))


def never_replayed(world: World) -> list[str]:
    """Services whose turn has not come."""
    return [name for name in SERVICE_NAMES if not any(_is_of(group, name) for group, _ in world.replayed)]


def replay(world: World, service: str) -> None:
    """One service reads everything again, with each of its groups."""
    supervisor, pid = world.home.supervisor(), world.process(service)
    if supervisor is None or pid is None:
        raise NotInjectedError(f"{service} had no process")
    admin = world.stack.admin_properties()
    # Held, the supervisor does not start the service again before the offsets are set.
    os.kill(supervisor.pid, signal.SIGSTOP)
    try:
        os.kill(pid, signal.SIGTERM)
        for group in insist(lambda: groups_of(admin), seconds=25):
            if _is_of(group, service):
                again = insist(lambda group=group: asked(read_again, admin, group), seconds=25)
                world.replayed.update((group, topic) for topic in again)
    except (NoAnswerError, ProcessLookupError) as error:
        raise NotInjectedError(str(error)) from error
    finally:
        os.kill(supervisor.pid, signal.SIGCONT)


def _is_of(group: str, service: str) -> bool:
    return group.startswith(f"{service}.")
