"""One replay: publishes as each agency, and follows how far screening has come with what was published."""

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
"""Called with how many are published and how many are decided."""


class Following:
    """Where each published record stands, and how many of them the group has committed past."""

    def __init__(self) -> None:
        self._offsets: dict[Position, list[int]] = {}
        self.published = 0
        self.decided = 0

    def delivered(self, topic: str, partition: int, offset: int) -> None:
        """A record arrived. Acknowledgements of one partition come in its order."""
        self._offsets.setdefault((topic, partition), []).append(offset)
        self.published += 1

    def look(self, next_offsets: dict[Position, int]) -> None:
        """Take in how far the group has come."""
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
        """Publish everything, at most `rate` records a second. Lines of one topic arrive in the order of the file."""
        started = time.monotonic()
        for count, submission in enumerate(self._submissions):
            if rate:
                self._pause_until(started + count / rate)
            publisher = self._publishers[submission.agency]
            publisher.publish(submission.topic, submission.key, submission.value)
            self._look_now_and_then()
        while any(publisher.waiting() for publisher in self._publishers.values()):
            for publisher in self._publishers.values():
                publisher.serve(0.01)
            self._look_now_and_then()
        for publisher in self._publishers.values():
            publisher.finish()

    def wait_until_decided(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until screening has committed past every record. Raises `ParleyError` where it stands for `seconds`."""
        moved = time.monotonic()
        before = self.following.decided
        while self.following.decided < len(self._submissions):
            time.sleep(_LOOK_SECONDS)
            self._look_now_and_then()
            if self.following.decided != before:
                before, moved = self.following.decided, time.monotonic()
            elif time.monotonic() - moved > seconds:
                raise ParleyError(
                    f"Screening stands at {before} of {len(self._submissions)} records for {seconds:.0f} s now. "
                    "See `parley status` and its log; what is published is not lost."
                )

    def _pause_until(self, due: float) -> None:
        while (left := due - time.monotonic()) > 0:
            for publisher in self._publishers.values():
                publisher.serve()
            self._look_now_and_then()
            time.sleep(min(left, 0.05))

    def _look_now_and_then(self) -> None:
        now = time.monotonic()
        if now - self._looked < _LOOK_SECONDS:
            return
        self._looked = now
        # A broker that is away for a moment is waited out; one that stays away ends the patience of whoever waits.
        with contextlib.suppress(ParleyError):
            self.following.look(committed(self._properties, [GROUP])[GROUP])
        self._progress(self.following.published, self.following.decided)
