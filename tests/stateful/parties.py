"""What parties outside get to see: providers, front doors, operators. Nothing there may be theirs not to know."""

import re
from collections.abc import Iterable, Mapping

import orjson
from joserfc import jwe
from joserfc.jwk import ECKey

from shared.messaging.core.records import Record
from tests.stateful.agreed import Agreements
from tests.stateful.couples import DECISIONS, SURNAMES, Key, Submission
from tests.stateful.records import Value, events, kind_of, value_of

WORDS = re.compile(r"abus|halt|safe|specialist|violen|danger|risk|sign", re.IGNORECASE)
OF_FAMILIES = re.compile(
    r"07700 9|kinmail|Tanglewood|ZZ\d\d 4QX|19[78]\d-\d\d-\d\d|shouting|Prendergast|Annika|Bartholomew|Clementine|"
    r"Dashiell|Eleanora|Fitzgerald|Guinevere|Horatio|Rosamund|Ignatius|Underhill|" + "|".join(SURNAMES)
)
_STOP = {"case_id", "occurred_at", "referral_id", "instruction"}
_WORDS_OF_A_STOP = "Stop all work on this case and do not contact the family."
_STOPPED = "Work on this case has stopped. Do not contact the family."


class Parties:
    """What was sent to whom in one life, and what had reached the notification service by then."""

    def __init__(self, submissions: dict[str, Submission], agreements: Agreements, keys: Mapping[str, ECKey]) -> None:
        self._submissions = submissions
        self._agreements = agreements
        self._keys = keys
        self._never_again: set[str] = set()
        self._persons: dict[str, list[tuple[Submission, str]]] = {}
        self._questioned: set[str] = set()
        # Of each referral: with its provider, ended by it, or stopped.
        self.referrals: dict[str, str] = {}
        self.taking_part: dict[tuple[str, str], bool] = {}
        self.phones: dict[tuple[str, str], str] = {}
        self.offers: dict[str, list[Value]] = {provider: [] for provider in keys}
        self.screened: list[str] = []
        self.steps: dict[str, list[str]] = {}

    @property
    def referred(self) -> dict[str, tuple[str, str]]:
        """The referrals that a provider has, as it must see it, with their case and provider."""
        return {each: self._agreements.asked[each] for each, state in self.referrals.items() if state == "with"}

    def processed(self, subscription: str, records: Iterable[Record]) -> None:
        """The notification service has taken these in: from now on it knows."""
        for kind, event in events(records):
            if kind == "screening-completed" and self._submissions[event["submission_id"]].sign:
                self._never_again.add(event["case_id"])
            if kind == "case-halted" or (kind == "case-closed" and event["reason"] == "withdrawn"):
                self._never_again.add(event["case_id"])

    def published(self, service: str, record: Record) -> None:
        """Something was sent."""
        kind, event = kind_of(record), value_of(record)
        self._nothing_of_a_person(record)
        if kind == "screening-completed":
            self._decided_by_the_table(event)
        elif service == "referral" and _ended_by_provider(kind, event):
            # Nobody is to be told. A stop that was on its way says the same.
            self.referrals[event["referral_id"]] = "ended"
        if record.topic.endswith(".referrals"):
            self._to_provider(record.topic.split(".")[1], kind, event)
        elif record.topic.endswith(".refusals"):
            self._refused(event)
        elif record.topic.endswith(".progress"):
            self._to_front_door(record.topic.split(".")[1], kind, event)

    def _nothing_of_a_person(self, record: Record) -> None:
        if record.topic.endswith((".screenings", ".contacts", ".updates")):
            return  # what they wrote themselves, and nobody but their service reads
        text = b" ".join([record.key or b"", record.value or b"", *(value for _, value in record.headers)]).decode()
        found = OF_FAMILIES.search(text)
        assert not found, f"{found and found[0]} stands in the clear on {record.topic}"

    def _decided_by_the_table(self, event: Value) -> None:
        submission = self._submissions[event["submission_id"]]
        assert event["decision"] == DECISIONS[submission.kind]
        assert event["risk_item"] == (submission.kind == "risk-item")
        if "people-differ" in event["attention"]:
            self._questioned.add(submission.submission_id)
        else:
            self._questioned.discard(submission.submission_id)
        for parent in event["parents"]:
            now = submission.parent(parent["ref"])
            for earlier, ref in self._persons.get(parent["person_id"], ()):
                was = earlier.parent(ref)
                same = was["date_of_birth"] == now["date_of_birth"] or was["name"]["given"] == now["name"]["given"]
                assert same, "an id went to somebody else"
            self._persons.setdefault(parent["person_id"], []).append((submission, parent["ref"]))

    def _to_provider(self, provider: str, kind: str, event: Value) -> None:
        case, referral = event["case_id"], event["referral_id"]
        assert self._agreements.asked[referral] == (case, provider), "a provider was told of another one's referral"
        shown = {name: value for name, value in event.items() if name != "encrypted"}
        if kind == "referral-stopped":
            assert self.referrals.get(referral) in ("with", "ended"), "a provider was told to stop what it did not have"
            self.referrals[referral] = "stopped"
            assert set(event) == _STOP
            assert event["instruction"] == _WORDS_OF_A_STOP
            return
        assert not WORDS.search(orjson.dumps(shown).decode()), "what a provider gets speaks of a sign"
        assert case not in self._never_again, f"{kind} reached a provider after a sign of abuse or a withdrawal"
        if kind == "referral-offered":
            assert self.referrals.get(referral) != "with", "a provider was asked twice"
            self.referrals[referral] = "with"
            self._takes_part(referral, event)
            self.offers[provider].append(event)
        elif kind == "parent-details-shared":
            assert self.referrals.get(referral) in ("with", "ended"), "details went to a provider that was told to stop"
            self._details(provider, referral, event)
        elif kind == "family-changed-shared":
            assert self.referrals.get(referral) in ("with", "ended"), "a provider that was stopped hears of a family"
            self._takes_part(referral, event)
        elif kind == "child-participation-shared":
            assert self.referrals.get(referral) in ("with", "ended"), "a provider that was stopped hears of a child"
            self.taking_part[(referral, event["person_id"])] = event["takes_part"]
        else:
            assert kind == "follow-up-asked"

    def _takes_part(self, referral: str, event: Value) -> None:
        _, children = self._agreements.people_of[self._agreements.based_on[referral]]
        for child in {*children, *event["children_taking_part"]}:
            self.taking_part[(referral, child)] = child in event["children_taking_part"]

    def _details(self, provider: str, referral: str, event: Value) -> None:
        opened = jwe.decrypt_compact(event["encrypted"], self._keys[provider], algorithms=["ECDH-ES+A256KW", "A256GCM"])
        details = orjson.loads(opened.plaintext or b"{}")
        person = event["person_id"]
        assert details["person_id"] == person
        own = [submission.parent(ref) for submission, ref in self._persons[person]]
        of = {submission.submission_id for submission, _ in self._persons[person]}
        assert not of <= self._questioned, "a stranger's details went out before anybody had looked"
        assert any((each["name"], each["contact"]) == (details["name"], details["contact"]) for each in own), (
            "a parent's details are not that parent's own"
        )
        assert set(details) == {"person_id", "name", "date_of_birth", "contact"}
        self.phones[(referral, person)] = details["contact"]["phone"]

    def _refused(self, event: Value) -> None:
        shown = {name: value for name, value in event.items() if name not in ("update", "explanation")}
        assert not WORDS.search(orjson.dumps(shown).decode())
        if event.get("reason") == "case-stopped":
            assert event["explanation"] == _STOPPED

    def _to_front_door(self, agency: str, kind: str, event: Value) -> None:
        if kind == "submission-set-aside":
            assert event["agency"] == agency, "a front door was told of another one's record"
        else:
            self._progress(agency, event)

    def _progress(self, agency: str, event: Value) -> None:
        key: Key = (agency, event["family_ref"])
        case = event["case_id"]
        assert self._agreements.key_of.get(case, key) == key, "a front door was told of another one's case"
        self.steps.setdefault(case, []).append(event["step"])
        if event["step"] == "screened":
            if not event["said_again"]:
                self.screened.append(event["submission_id"])
            assert self._submissions[event["submission_id"]].key == key
            known = self._submissions[event["submission_id"]].sign
        else:
            known = key in self._agreements.signs
        speaks = event["step"] == "halted" or any("specialist" in each["code"] for each in event["next_steps"])
        assert known or not speaks, "a front door was told of a sign that another one's case has"

    def newest_phone(self, case: str, person: str) -> str:
        """The telephone number of a parent in the screening that stands."""
        current = self._agreements.newest(case)
        submission, ref = next(each for each in self._persons[person] if each[0] is current)
        phone: str = submission.parent(ref)["contact"]["phone"]
        return phone


def _ended_by_provider(kind: str, event: Value) -> bool:
    return kind == "provider-declined" or (
        kind == "case-closed" and bool(event["referral_id"]) and event["stopped_provider"] is None
    )
