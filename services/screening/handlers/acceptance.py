"""Which submissions of a batch are decided, and in which case: registered, not sent before, under the family's lock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.screening.domain.content import content_of
from services.screening.domain.decision import AreaRules, decide_screening
from services.screening.repository import directory, families, submissions
from services.screening.repository.families import FamilyKey
from services.screening.repository.submissions import EarlierSubmission
from shared.contracts.front_door import Submission
from shared.contracts.vocabulary import Decision
from shared.messaging.core.envelope import new_id
from shared.messaging.core.records import Finding, Received
from shared.messaging.publishing.transaction import Transaction
from shared.privacy.keyring import Keyring

USED_BEFORE = Finding("submission_id", "was used for another record; send it with a new one, superseding the old")
SubmissionKey = tuple[str, UUID]


@dataclass(frozen=True)
class AcceptedSubmission:
    """A submission that is to be decided, and its case."""

    received: Received[Submission]
    case_id: UUID
    # A keyed fingerprint of what was submitted.
    content: bytes
    # Its case was opened for it, or for another submission of the same batch.
    is_new: bool
    # What it supersedes was filed under another family, and is taken back from there.
    takes_back: UUID | None = None
    # It was superseded under another family before it came: that family's reference and case.
    belongs_to: tuple[str, UUID] | None = None

    @property
    def submission(self) -> Submission:
        """What was sent."""
        return self.received.event


async def accept(
    tx: Transaction, keyring: Keyring, batch: Sequence[Received[Submission]]
) -> Sequence[AcceptedSubmission]:
    """Those that are to be decided, each with its family's case, the families locked.

    Leaves duplicates out. Refuses those of an agency that is not registered so, and other content under a used id.
    """
    registered = await _registered(tx, batch)
    if not registered:
        return []
    cases = await _FamilyCases.load(tx, registered)
    accepted = []
    for each in registered:
        content = keyring.fingerprint(content_of(each.event))
        earlier = cases.earlier.get(_id(each.event))
        if earlier is None:
            accepted.append(cases.accept(each, content))
        elif _differs(earlier, each.event, content):
            tx.reject(each, USED_BEFORE)
    await families.open_new_cases(tx.connection, cases.used)
    return accepted


async def _registered(tx: Transaction, batch: Sequence[Received[Submission]]) -> Sequence[Received[Submission]]:
    agencies = await directory.agencies(tx.connection, {each.event.agency for each in batch})
    registered = []
    for each in batch:
        if finding := registration_finding(each.event, agencies.get(each.event.agency)):
            tx.reject(each, finding)
        else:
            registered.append(each)
    return registered


def registration_finding(submission: Submission, agency: directory.Agency | None) -> Finding | None:
    """What is wrong with whose submission it is, by the agency's entry in the directory; None where nothing is."""
    if agency is None:
        return Finding("agency", "is not registered in the directory")
    if submission.area not in agency.areas:
        return Finding("area", "is not one that this agency is registered in")
    if agency.sources is not None and submission.source not in agency.sources:
        return Finding("source", "is not one that this agency is registered as")
    return None


@dataclass(frozen=True)
class _FamilyCases:
    """The cases that a batch's submissions can belong to, with the submissions that were accepted before."""

    # The case of each family, and the id of one that is opened where it has none.
    open: Mapping[FamilyKey, UUID]
    fresh: Mapping[FamilyKey, UUID]
    earlier: dict[SubmissionKey, EarlierSubmission]
    # Of those that a correction came before: its family's reference and its case.
    corrections: dict[SubmissionKey, tuple[str, UUID]]
    # The open cases that submissions are given: a family whose case had closed has a new one by that.
    used: dict[FamilyKey, UUID]

    @classmethod
    async def load(cls, tx: Transaction, batch: Sequence[Received[Submission]]) -> "_FamilyCases":
        sent = {_id(each.event) for each in batch}
        superseded = {(each.event.agency, each.event.supersedes) for each in batch if each.event.supersedes}
        # A family that something is taken back from is locked as well, in the one order.
        before = await submissions.earlier_submissions(tx.connection, superseded) if superseded else {}
        keys = {_family(each.event) for each in batch}
        keys |= {(agency, each.family_ref) for (agency, _), each in before.items()}
        fresh = {key: new_id() for key in keys}
        open_cases = await families.lock_cases(tx.connection, fresh)
        earlier = await submissions.earlier_submissions(tx.connection, superseded | sent)
        corrections = await submissions.corrections_of(tx.connection, sent)
        return cls(open_cases, fresh, earlier, corrections, used={})

    def accept(self, received: Received[Submission], content: bytes) -> AcceptedSubmission:
        """Gives a submission its case: that of what it corrects or is corrected by, else its family's open one."""
        submission = received.event
        key, family_ref = _family(submission), submission.family_ref
        corrected = self.earlier.get((submission.agency, submission.supersedes)) if submission.supersedes else None
        corrected_by = self.corrections.get(_id(submission))
        if corrected is not None and corrected.family_ref == family_ref:
            case_id = corrected.case_id
        elif corrected_by is not None and corrected_by[0] == family_ref:
            case_id = corrected_by[1]
        else:
            case_id = self.used[key] = self.open[key]
        self.earlier[_id(submission)] = EarlierSubmission(family_ref, case_id, content)
        if submission.supersedes:
            self.corrections[submission.agency, submission.supersedes] = (family_ref, case_id)
        return AcceptedSubmission(
            received,
            case_id,
            content,
            is_new=case_id == self.fresh[key],
            takes_back=submission.supersedes if corrected and corrected.family_ref != family_ref else None,
            belongs_to=corrected_by if corrected_by and corrected_by[0] != family_ref else None,
        )


def _differs(earlier: EarlierSubmission, submission: Submission, content: bytes) -> bool:
    """Whether it is another record under a used id. Where the content was not stored: whether it discloses more."""
    if earlier.content is not None:
        return earlier.content != content
    abuse = Decision.DOMESTIC_ABUSE_PATHWAY
    return earlier.decision != abuse and decide_screening(submission, AreaRules()).decision is abuse


def _family(submission: Submission) -> FamilyKey:
    return submission.agency, submission.family_ref


def _id(submission: Submission) -> SubmissionKey:
    return submission.agency, submission.submission_id
