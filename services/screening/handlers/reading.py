"""How a front door's record is read."""

from datetime import datetime, timedelta

from services.screening.domain.lenient_json import Pairs, decoded, read_leniently
from services.screening.domain.salvage import salvage
from shared.contracts.front_door import Submission
from shared.contracts.front_door_take_back import SubmissionTakenBack
from shared.messaging.consuming.subscription import Read, json_reader
from shared.messaging.core.envelope import Envelope
from shared.messaging.core.records import Finding, Record, RejectedError
from shared.service.definition import Context

FrontDoorRecord = Submission | SubmissionTakenBack

_read_submission: Read[Submission] = json_reader(Submission)
_read_taken_back: Read[SubmissionTakenBack] = json_reader(SubmissionTakenBack)


class SubmissionReader:
    """Reads front doors' records by the contract, by whose topic it is, and by the clock."""

    def __init__(self, context: Context) -> None:
        minutes = context.settings.clock_tolerance_minutes
        self._clock = context.clock
        self._tolerance = timedelta(minutes=minutes)
        self._in_future = Finding("submitted_at", f"must not be ahead of the clock by more than {minutes} minutes")

    def read(self, record: Record, envelope: Envelope) -> FrontDoorRecord:
        """A submission, or that one is taken back.

        Raises RejectedError where the record is neither, is not of the topic's agency, or is ahead of the clock.
        """
        try:
            read = (_read_taken_back if _takes_back(record.value) else _read_submission)(record, envelope)
        except RejectedError as error:
            # By a time that is decades ahead every child is too old, which would hide what is wrong.
            if any(self.is_in_future(part.submitted_at) for part in salvage(record.value) if part.submitted_at):
                raise RejectedError([self._in_future, *error.findings]) from None
            raise
        if read is None or record.topic != f"front-door.{read.agency}.screenings":
            raise RejectedError([Finding("agency", "must be the agency whose topic this is")])
        if isinstance(read, SubmissionTakenBack):
            if self.is_in_future(read.sent_at):
                raise RejectedError([Finding("sent_at", self._in_future.rule)])
        elif self.is_in_future(read.submitted_at):
            raise RejectedError([self._in_future])
        return read

    def is_in_future(self, time: datetime) -> bool:
        """Whether it is ahead of the clock by more than clocks differ."""
        return time > self._clock.latest() + self._tolerance


def _takes_back(value: bytes | None) -> bool:
    """Whether a record is one that takes another back: it has a field that names it."""
    if value is None or b'"takes_back"' not in value:
        return False
    node, well_formed = read_leniently(decoded(value))
    return well_formed and isinstance(node, Pairs) and any(key == "takes_back" for key, _ in node)
