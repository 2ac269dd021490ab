"""What a front door sends on `front-door.<agency>.screenings` to take one of its own submissions back."""

from typing import Literal
from uuid import UUID

from shared.contracts.base import Record, Reference, Slug
from shared.contracts.written import Timestamp


class SubmissionTakenBack(Record):
    """One of the agency's own submissions was filed in error: it counts no longer.

    What it superseded stands again; where nothing is left of the case, the case ends. `family_ref` is the one that it
    was filed under. A sign of abuse in it is not taken back: a coordinator looks at it. Its `submission_id` stays used.
    A record that belongs to another family is not taken back by this, but sent under its right family, superseding it.
    """

    takes_back: UUID
    agency: Slug
    family_ref: Reference
    sent_at: Timestamp
    because: Literal["filed-in-error"]
