"""What the referral service has been told, and so what it must not agree: by the rules in docs/pathway.md.

Written without its deciders: only from what reached it and from what it then told.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter
from typing import Any

from shared.messaging.core.records import Record
from tests.stateful.couples import Key, Submission
from tests.stateful.records import Value, events, is_sign, kind_of, time_of, value_of

CONSENT_DAYS = 365


class Agreements:
    """One life's cases as the referral service may know them by now."""

    def __init__(self, submissions: dict[str, Submission]) -> None:
        self._submissions = submissions
        self.key_of: dict[str, Key] = {}
        self.signs: set[Key] = set()
        self.withdrawn: dict[str, datetime] = {}
        # Without those that were over then: such a withdrawal is from nothing but being asked again.
        self.withdrew: dict[str, datetime] = {}
        self._over: set[str] = set()
        self.screened: dict[str, list[Submission]] = defaultdict(list)
        self.asked: dict[str, tuple[str, str]] = {}
        self.legal_basis: dict[str, str | None] = {}
        self._views: dict[str, dict[str, str]] = defaultdict(dict)
        self._renewed: dict[tuple[str, str], list[date]] = defaultdict(list)
        self._family: dict[Key, tuple[int, str]] = {}
        self._found: dict[str, tuple[int, str]] = {}
        # Under which ref a submission names a person.
        self._refs: dict[tuple[str, str], str] = {}
        # What broken records disclose, and since when a parent does not agree by them: owed until it has taken effect.
        self.owed_signs: set[Key] = set()
        self.owed_stops: dict[Key, datetime] = {}
        self.reported: set[str] = set()
        # What each case goes by, with its revision. Nothing goes by strangers' screenings until a person has looked.
        self._taken_up: dict[str, tuple[int, Submission]] = {}
        # Who each screening names, and the screening that each referral's provider was told of the family by.
        self.people_of: dict[str, tuple[list[str], list[str]]] = {}
        self.based_on: dict[str, str] = {}
        # The newest screening of a case before the batch in hand and after each of its records.
        self._newest: dict[str, list[Submission]] = {}

    def linked(self, key: Key) -> set[Key]:
        """The family under every key that front doors know it by, as the families service told."""
        own = self._family.get(key)
        return {key} | {other for other, family in self._family.items() if own and family[1] == own[1]}

    def has_sign(self, key: Key) -> bool:
        """Whether a sign of abuse was told of the family, through whichever front door."""
        return not self.signs.isdisjoint(self.linked(key))

    def newest(self, case: str) -> Submission | None:
        """The screening that the case goes by: the last that stood, and was not in question."""
        return self._taken_up[case][1] if case in self._taken_up else None

    def people(self, case: str) -> tuple[list[str], list[str]]:
        """Parents and children of the family that the case goes by, by their opaque ids."""
        newest = self.newest(case)
        assert newest, "a case goes by no screening"
        return self.people_of[newest.submission_id]

    def processed(self, subscription: str, records: Iterable[Record]) -> None:
        """The service has taken these in."""
        self._newest = {}
        match subscription:
            case "screenings":
                for _, event in events(records):
                    self._screened(event)
            case "updates":
                for update in map(value_of, records):
                    if is_sign(update) and update["case_id"] in self.key_of:
                        self.signs.add(self.key_of[update["case_id"]])
            case "contacts":
                for record in records:
                    contact = value_of(record)
                    if contact.get("sign_of_abuse") and contact.get("family_ref"):
                        self.signs.add((record.topic.split(".")[1], contact["family_ref"]))
            case "stops":
                for _, event in events(records):
                    key = (event["agency"], event["family_ref"])
                    self.key_of.setdefault(event["case_id"], key)
                    if event["sign_of_abuse"]:
                        self.reported.add(event["case_id"])
                        self.signs.add(key)
            case "families":
                for kind, event in events(records):
                    self._recognised(kind, event)
            case "directory":
                for _, entry in events(records):
                    if entry.get("kind") == "agency":
                        self.legal_basis[entry["id"]] = entry["legal_basis"]

    def commanded(self, path: str, body: Any, now: datetime) -> None:
        """The service has carried a person's command out."""
        self._newest = {}
        parts, body = path.strip("/").split("/"), body or {}
        if parts[0] == "panel":
            self._at_panel(parts, body)
            return
        if parts[0] != "cases":
            return
        case, command = parts[1], "/".join(parts[2:])
        if command == "halt":
            self.signs.add(self.key_of[case])
        elif command == "withdraw" or (command == "consents/withdraw" and body["purpose"] == "referral"):
            self._withdraws(case, now)
        elif command == "consents" and body["purpose"] == "referral":
            self._renewed[(case, body["parent"])].append(date.fromisoformat(body["given_on"]))

    def published(self, records: Iterable[Record]) -> None:
        """The service has told these: nothing among them may be against what it had taken in."""
        records = list(records)
        for record in records:
            kind, event = kind_of(record), value_of(record)
            if kind == "people-confirmed" and event["theirs"]:
                revision, _ = self._taken_up.get(event["case_id"], (0, None))
                self._taken_up[event["case_id"]] = (revision, self._submissions[event["submission_id"]])
            if kind in ("referral-agreed", "family-changed"):
                self.based_on[event["referral_id"]] = event["submission_id"]
            if kind == "referral-agreed":
                self._may_be_agreed(event)
                self.asked[event["referral_id"]] = (event["case_id"], event["provider"])
            elif kind in ("follow-up-due", "case-reopened"):
                assert event["case_id"] not in self.withdrawn, f"{kind} after a withdrawal"
        for kind, event in events(records):
            if kind == "case-closed" and event["reason"] == "withdrawn":
                self._withdraws(event["case_id"], time_of(event["occurred_at"]))
            if kind in ("case-closed", "case-halted"):
                self._over.add(event["case_id"])
            elif kind == "case-reopened":
                self._over.discard(event["case_id"])
        self._newest = {}

    def _withdraws(self, case: str, when: datetime) -> None:
        self.withdrawn.setdefault(case, when)
        if case not in self._over:
            self.withdrew[case] = when

    def _agrees_again(self, case: str) -> None:
        """Both agree by a screening that was sent after the withdrawal: it concerns the rest of the family no more."""
        newest = self.newest(case)
        if newest and case in self.withdrew and newest.agreed and newest.submitted_at >= self.withdrew[case]:
            del self.withdrew[case]

    def _screened(self, event: Value) -> None:
        case, submission = event["case_id"], self._submissions[event["submission_id"]]
        if case not in self._newest:
            before = self.newest(case)
            self._newest[case] = [before] if before else []
        self.key_of[case] = submission.key
        if submission not in self.screened[case]:
            self.screened[case].append(submission)
        self.people_of[submission.submission_id] = (
            [parent["person_id"] for parent in event["parents"]],
            [child["person_id"] for child in event["children"]],
        )
        revision, held = self._taken_up.get(case, (0, submission))
        # What was published before the screening service knew that strangers were confirmed is published again.
        before_it_knew = event["in_question"] == held.submission_id
        if event["stands"] and not before_it_knew:
            self._taken_up[case] = max((revision, held), (event["revision"], submission), key=itemgetter(0))
            self._agrees_again(case)
        for parent in event["parents"]:
            self._refs[(submission.submission_id, parent["person_id"])] = parent["ref"]
        if submission.sign:
            self.signs.add(submission.key)
        self._newest[case].append(self.newest(case) or submission)

    def _recognised(self, kind: str, event: Value) -> None:
        revision = event["revision"]
        groups = [event, *event.get("separated", ())]
        for group in groups:
            for member in group["members"]:
                key = (member["agency"], member["family_ref"])
                if self._family.get(key, (0, ""))[0] < revision:
                    self._family[key] = (revision, group["family_id"])
        if kind == "family-recognised":
            submission = event["submission_id"]
            if self._found.get(submission, (0, ""))[0] < revision:
                self._found[submission] = (revision, event["outcome"])

    def _at_panel(self, parts: list[str], body: Value) -> None:
        if parts[-1] == "views":
            self._views[parts[4]][body["member"]] = body["recommendation"]
        elif parts[-1] == "decision" and body["decision"] == "specialist-pathway":
            self.signs.add(self.key_of[parts[4]])

    def _may_be_agreed(self, event: Value) -> None:
        case, at = event["case_id"], time_of(event["occurred_at"])
        key = self.key_of[case]
        assert not self.has_sign(key), "a family with a sign of abuse was agreed"
        assert "specialist-pathway" not in self._views[case].values(), "agreed over a panel member's sign of abuse"
        assert case not in self.withdrawn, "a case was agreed after a withdrawal"
        bases = self._newest.get(case) or [self.newest(case)]
        assert any(submission and submission.refers for submission in bases), (
            "agreed on a screening that is none to refer on"
        )
        unseen = event["agreed_by"] == "area-setting" and all(
            submission and submission.kind == "not-judged" for submission in bases
        )
        assert not unseen, "agreed by a setting over answers that nobody can judge"
        assert self.legal_basis[key[0]], "agreed without a legal basis"
        found = self._found.get(event["submission_id"], (0, "not looked for"))[1]
        assert found in ("alone", "linked"), f"agreed while the family was {found}"
        assert len(event["parents"]) == 2
        for parent in event["parents"]:
            assert self._consents(case, parent["person_id"], at), "agreed without a parent's standing consent"

    def _consents(self, case: str, person: str, at: datetime) -> bool:
        given = [
            date.fromisoformat(parent["privacy_notice_on"])
            for submission in self.screened[case]
            if (submission.submission_id, person) in self._refs
            for parent in (submission.parent(self._refs[(submission.submission_id, person)]),)
            if parent["agrees_to_referral"] and parent["privacy_notice_on"]
        ]
        until = (datetime.combine(day + timedelta(days=CONSENT_DAYS), time(), UTC) for day in given)
        renewed = (
            datetime.combine(day + timedelta(days=CONSENT_DAYS), time(), UTC) for day in self._renewed[(case, person)]
        )
        return any(end > at for end in (*until, *renewed))
