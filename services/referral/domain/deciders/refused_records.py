"""What was wrong with a front door's record that could not be taken in, in codes that are ours.

A finding names a field as the record has it, and whoever wrote the record may have written anything there. So nothing
of a finding is kept but which of these it is, and of the answers of a conversation no more than that something is
wrong: which question it was could say what was answered.
"""

import re
from collections.abc import Iterable
from enum import StrEnum

from shared.contracts.dead_letters import FindingMade


class Wrong(StrEnum):
    """What was wrong, in the order in which a person reads it."""

    UNREADABLE = "unreadable"
    USED_BEFORE = "used-before"
    REGISTRATION = "registration"
    REFERENCE = "reference"
    TIME = "time"
    PRACTITIONER = "practitioner"
    NAMES = "names"
    BIRTHS = "births"
    CONTACT = "contact"
    CONVERSATION = "conversation"
    NOTICE = "notice"
    PARENTS = "parents"
    CHILDREN = "children"
    WRAP_AROUND = "wrap-around"
    MEASURES = "measures"
    OTHER = "other"


_NAMED: tuple[tuple[str, Wrong], ...] = (
    (r"value|key|body|", Wrong.UNREADABLE),
    (r"agency|area|source", Wrong.REGISTRATION),
    (r"family_ref|takes_back|supersedes", Wrong.REFERENCE),
    (r"submitted_at|sent_at", Wrong.TIME),
    (r"practitioner(\..*)?", Wrong.PRACTITIONER),
    (r"parents\.\d+\.name(\..*)?", Wrong.NAMES),
    (r"(parents|children)\.\d+\.(date_of_birth|expected_on)", Wrong.BIRTHS),
    (r"parents\.\d+\.contact(\..*)?", Wrong.CONTACT),
    (r"parents\.\d+\.conversation(\..*)?", Wrong.CONVERSATION),
    (r"parents\.\d+\.privacy_notice_on", Wrong.NOTICE),
    (r"parents(\..*)?", Wrong.PARENTS),
    (r"children(\..*)?", Wrong.CHILDREN),
    (r"wrap_around(\..*)?", Wrong.WRAP_AROUND),
    (r"measures(\..*)?", Wrong.MEASURES),
)
_PATTERNS = tuple((re.compile(pattern), wrong) for pattern, wrong in _NAMED)


def what_is_wrong(findings: Iterable[FindingMade]) -> tuple[Wrong, ...]:
    """What is wrong with a record by what was found, each once, in the order of the codes."""
    found = {_of(each) for each in findings} or {Wrong.OTHER}
    return tuple(each for each in Wrong if each in found)


def _of(finding: FindingMade) -> Wrong:
    if finding.field == "submission_id":
        return Wrong.USED_BEFORE if finding.rule.startswith("was used for another record") else Wrong.REFERENCE
    return next((wrong for pattern, wrong in _PATTERNS if pattern.fullmatch(finding.field)), Wrong.OTHER)
