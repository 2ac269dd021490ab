"""What stands of each case, and whose people a person has to look at: by the rules in services/screening/README.md.

Written without its domain: from what front doors sent, in the order in which the screening service took it in, and from
what a coordinator said of strangers.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from shared.messaging.core.records import Record
from tests.stateful.couples import Submission
from tests.stateful.records import Value, events

IN_QUESTION, NOT_THEIRS = "in-question", "not-theirs"


class ScreeningsInForce:
    """One life's cases as the screening service may know them by now."""

    def __init__(self, submissions: dict[str, Submission]) -> None:
        self._submissions = submissions
        self._came: dict[str, list[Submission]] = defaultdict(list)
        # Of the submissions whose people are others than the case's: what a coordinator said of them.
        self._people: dict[str, str] = {}

    def processed(self, records: Iterable[Record]) -> None:
        """The screening service has taken these in."""
        for kind, event in events(records):
            if kind == "people-confirmed" and event["submission_id"] in self._people:
                self._looked_at(event["submission_id"], theirs=event["theirs"])
            elif kind in ("referral-agreed", "family-changed") and event["submission_id"] in self._people:
                self._looked_at(event["submission_id"], theirs=True)

    def published(self, event: Value) -> None:
        """It has told this screening: for the first time as it came, or once more as it stands, or is asked about."""
        case, submission = event["case_id"], self._submissions[event["submission_id"]]
        differ = "people-differ" in event["attention"]
        first = submission not in self._came[case]
        if first:
            self._came[case].append(submission)
            if differ:
                self._people[submission.submission_id] = IN_QUESTION
        current, asked = self.current(case), self.asked(case)
        if first:
            assert event["stands"] == (current is submission), "what was sent last does not stand"
        else:
            assert submission in (current, asked), "a screening is told again that neither stands nor is asked about"
        assert differ == (self._people.get(submission.submission_id) == IN_QUESTION), "strangers are not in question"
        assert event["in_question"] == (asked and asked.submission_id), "not what a person has to look at"

    def asked_about(self) -> list[str]:
        """The cases of which a person has to look at strangers."""
        return [case for case in self._came if self.asked(case)]

    def current(self, case: str) -> Submission | None:
        """The screening that stands: the last that was sent, where none corrects it. What is in question does so last.

        A correction takes the place of what it corrects, whatever its own clock says: the newest of them all counts,
        then the next. Of two that were sent at once, the one that came last stands.
        """
        return self._last_sent(case, {IN_QUESTION, NOT_THEIRS}) or self._last_sent(case, {NOT_THEIRS})

    def asked(self, case: str) -> Submission | None:
        """The screening of strangers that would stand if they were the family's."""
        last = self._last_sent(case, {NOT_THEIRS})
        return last if last and self._people.get(last.submission_id) == IN_QUESTION else None

    def _last_sent(self, case: str, left_out: set[str]) -> Submission | None:
        came = self._came[case]
        places = {submission.submission_id: place for place, submission in enumerate(came)}

        def counts(submission: Submission) -> bool:
            return self._people.get(submission.submission_id) not in left_out

        def below(submission: Submission) -> list[Submission]:
            if submission.supersedes not in places:
                return []
            corrected = came[places[submission.supersedes]]
            return [corrected, *below(corrected)]

        def chain(submission: Submission) -> list[tuple[datetime, int]]:
            each = [of for of in (submission, *below(submission)) if self._people.get(of.submission_id) != NOT_THEIRS]
            return sorted([(of.submitted_at, places[of.submission_id]) for of in each], reverse=True)

        corrected = {of.submission_id for submission in came if counts(submission) for of in below(submission)}
        left = [submission for submission in came if counts(submission) and submission.submission_id not in corrected]
        return max(left, key=chain, default=None)

    def _looked_at(self, submission_id: str, *, theirs: bool) -> None:
        if not theirs:
            self._people[submission_id] = NOT_THEIRS
        elif self._people[submission_id] == IN_QUESTION:
            del self._people[submission_id]
