"""How a front door's record is read."""

from datetime import datetime, timedelta

from services.screening.domain.salvage import salvage
from shared.contracts.front_door import Submission
from shared.messaging.envelope import Envelope
from shared.messaging.records import Finding, Record, RejectedError
from shared.messaging.subscription import Read, json_reader
from shared.runtime.service import Context

_read_json: Read[Submission] = json_reader(Submission)


class SubmissionReader:
    """Reads front doors' records by the contract, by whose topic it is, and by the clock."""

    def __init__(self, context: Context) -> None:
        minutes = context.settings.clock_tolerance_minutes
        self._clock = context.clock
        self._tolerance = timedelta(minutes=minutes)
        self._ahead = Finding("submitted_at", f"must not be ahead of the clock by more than {minutes} minutes")

    def read(self, record: Record, envelope: Envelope) -> Submission:
        """A submission. Raises RejectedError where the record is none, is not of the topic's agency, or has a time that
        is ahead of the clock."""
        try:
            submission = _read_json(record, envelope)
        except RejectedError as error:
            # By a time that is decades ahead every child is too old, which would say nothing of what is wrong.
            if any(self.is_ahead(part.submitted_at) for part in salvage(record.value) if part.submitted_at):
                raise RejectedError([self._ahead, *error.findings]) from None
            raise
        if submission is None or record.topic != f"front-door.{submission.agency}.screenings":
            raise RejectedError([Finding("agency", "must be the agency whose topic this is")])
        if self.is_ahead(submission.submitted_at):
            raise RejectedError([self._ahead])
        return submission

    def is_ahead(self, time: datetime) -> bool:
        """Whether it is ahead of the clock by more than clocks differ."""
        return time > self._clock.latest() + self._tolerance
