"""Runs a replay: publishes with each agency's login, and follows how many records screening has decided."""

import contextlib
import time
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence

from deploy.replay.file import Submission
from deploy.stack.client_login import read_login
from deploy.stack.errors import ParleyError
from deploy.stack.group_progress import Position, committed
from deploy.stack.home import Home
from deploy.stack.publishing import Publisher
from shared.contracts.topics import agency_user

GROUP = "screening.front-doors"
PATIENCE_SECONDS = 120.0
_LOOK_SECONDS = 0.25

Progress = Callable[[int, int], None]
"""Called with the number of published and of decided records."""


class Following:
    """The offset of each published record, and how many of them the consumer group has committed."""

    def __init__(self) -> None:
        self._offsets: dict[Position, list[int]] = {}
        self.published = 0
        self.decided = 0

    def delivered(self, topic: str, partition: int, offset: int) -> None:
        """Notes a delivered record. Acknowledgements of one partition arrive in order."""
        self._offsets.setdefault((topic, partition), []).append(offset)
        self.published += 1

    def look(self, next_offsets: dict[Position, int]) -> None:
        """Updates the count of decided records from the group's committed offsets."""
        self.decided = sum(
            bisect_left(offsets, next_offsets.get(position, 0)) for position, offsets in self._offsets.items()
        )


class Replay:
    """Publishes submissions, one producer for each agency, and waits until screening has decided all of them."""

    def __init__(
        self, home: Home, properties: Mapping[str, str], submissions: Sequence[Submission], progress: Progress
    ) -> None:
        self._properties = properties
        self._submissions = submissions
        self._progress = progress
        self._looked = 0.0
        self.following = Following()
        agencies = dict.fromkeys(submission.agency for submission in submissions)
        self._publishers = {
            agency: Publisher(
                read_login(home.credentials / f"{agency_user(agency)}.properties"), self.following.delivered
            )
            for agency in agencies
        }

    def publish(self, rate: float | None = None) -> None:
        """Publishes everything, at most `rate` records per second. Records of one topic arrive in file order."""
        started = time.monotonic()
        for count, submission in enumerate(self._submissions):
            if rate:
                self._pause_until(started + count / rate)
            publisher = self._publishers[submission.agency]
            publisher.publish(submission.topic, submission.key, submission.value)
            self._refresh_progress()
        while any(publisher.waiting() for publisher in self._publishers.values()):
            for publisher in self._publishers.values():
                publisher.serve(0.01)
            self._refresh_progress()
        for publisher in self._publishers.values():
            publisher.finish()

    def wait_until_decided(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Waits until screening has committed every record. Raises `ParleyError` after `seconds` without progress."""
        moved = time.monotonic()
        before = self.following.decided
        while self.following.decided < len(self._submissions):
            time.sleep(_LOOK_SECONDS)
            self._refresh_progress()
            if self.following.decided != before:
                before, moved = self.following.decided, time.monotonic()
            elif time.monotonic() - moved > seconds:
                raise ParleyError(
                    f"Screening has not got past {before} of {len(self._submissions)} records for {seconds:.0f} s. "
                    "See `parley status` and its log; published records are not lost."
                )

    def _pause_until(self, due: float) -> None:
        while (left := due - time.monotonic()) > 0:
            for publisher in self._publishers.values():
                publisher.serve()
            self._refresh_progress()
            time.sleep(min(left, 0.05))

    def _refresh_progress(self) -> None:
        now = time.monotonic()
        if now - self._looked < _LOOK_SECONDS:
            return
        self._looked = now
        # A short outage of the broker is ignored; a long one runs into the caller's time limit.
        with contextlib.suppress(ParleyError):
            self.following.look(committed(self._properties, [GROUP])[GROUP])
        self._progress(self.following.published, self.following.decided)
