"""Cases as their events tell them, and everything that providers are told of them, without a database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from joserfc import jwe
from joserfc.jwk import ECKey

from services.notification.domain.case import Case, learn_case_event, learn_screening
from services.notification.domain.details import ParentDetails
from services.notification.domain.offers import FamilyNews, Provider, Stop, decide_provider_records
from services.notification.handlers.encryption import ProviderKey, parent_content
from shared.contracts import referral
from shared.contracts.base import Sealed
from shared.contracts.screening import PractitionerRef, ScreeningCompleted

AREA, AGENCY, FAMILY_REF = "E10000014", "hants-schools", "hants-schools-F1"
PROVIDERS = ("common-ground", "next-door", "third-way")
KEYS = {provider: ECKey.generate_key("P-256") for provider in PROVIDERS}
START = datetime(2025, 4, 1, 9, tzinfo=UTC)


@dataclass(frozen=True)
class ProviderKnown:
    """Stands for the directory's entry of a provider."""

    provider: str
    with_key: bool = True


@dataclass(frozen=True)
class DetailsKnown:
    """Stands for a parent's sealed details, opened."""

    details: ParentDetails


def parent_secrets(number: int, version: int = 0) -> dict[str, Any]:
    """What identifies one parent; nothing of it is in any other parent's."""
    return {
        "name": {"given": f"Given{number}v{version}", "family": f"Surname{number}v{version}"},
        "date_of_birth": f"19{80 + number}-02-0{1 + version % 9}",
        "contact": {
            "phone": f"07700 90{number}{version:03d}",
            "email": f"parent{number}.v{version}@example.org",
            "address": {"lines": [f"{number}{version} Example Street"], "postcode": f"ZZ{number}{version} 1ZZ"},
            "safe_methods": ["phone"],
            "safe_times": None,
            "confidential_from_other_parent": True,
        },
    }


def secrets_of(number: int, versions: int) -> set[bytes]:
    """The words that would give one parent away."""
    found = set()
    for version in range(versions):
        secrets = parent_secrets(number, version)
        contact = secrets["contact"]
        found |= {secrets["name"]["given"], secrets["name"]["family"], contact["phone"], contact["email"]}
        found |= {contact["address"]["lines"][0], contact["address"]["postcode"]}
    return {secret.encode() for secret in found}


class Story:
    """One case as the other services tell it. Each method adds the events that it is named after.

    Without `revisions` it is told as it was before screenings said what stands.
    """

    def __init__(self, *, revisions: bool = True) -> None:
        self.revisions = revisions
        self.revision = 0
        self.case_id = uuid4()
        self.parents = [uuid4(), uuid4()]
        self.events: list[Any] = []
        self.sequence = 0
        self.versions = 0
        self.submission = uuid4()
        self.referral: dict[str, Any] = {}
        self.agreed_version: dict[UUID, int] = {}
        self.now = START

    def screened(self, decision: str = "refer", **changes: Any) -> "Story":
        self.now += timedelta(days=1)
        self.submission = uuid4()
        self.revision += self.revisions and changes.get("stands", True)
        reasons = {"domestic-abuse-pathway": ("abuse-indicator-disclosed",), "refer": ()}
        worker = uuid4()
        fields: dict[str, Any] = {
            "case_id": self.case_id,
            "occurred_at": self.now,
            "submission_id": self.submission,
            "supersedes": None,
            "agency": AGENCY,
            "area": AREA,
            "source": "school",
            "family_ref": FAMILY_REF,
            "submitted_at": self.now,
            "practitioner": PractitionerRef(
                practitioner_id=worker, role="teacher", sealed=Sealed(subject=worker, field="practitioner", box="x")
            ),
            "level_of_need": "targeted",
            "relationship": "separated",
            "prefers_without_children": False,
            "decision": decision,
            "reasons": reasons.get(decision, ("universal-offer-first",)),
            "service": None,
            "eligible_services": (),
            "requested_service": None,
            "parents": (),
            "children": (),
            "measures": (),
            "revision": self.revision,
        }
        self.events.append(ScreeningCompleted(**{**fields, **changes}))
        if decision == "refer":
            for number, person in enumerate(self.parents):
                content = parent_secrets(number, self.versions)
                self.events.append(
                    DetailsKnown(ParentDetails(person, self.submission, self.now, content, self.revision))
                )
            self.versions += 1
        return self

    def agreed(self, provider: str = PROVIDERS[0]) -> "Story":
        self.referral = {"referral_id": uuid4(), "provider": provider, "service": "mediation"}
        self.agreed_version[self.referral["referral_id"]] = self.versions - 1
        worker = uuid4()
        sealed = Sealed(subject=worker, field="practitioner", box="x")
        return self.add(
            referral.ReferralAgreed,
            submission_id=self.submission,
            offer=f"{provider}-mediation",
            agreed_by="coordinator",
            legal_basis="public-task",
            practitioner=PractitionerRef(practitioner_id=worker, role="teacher", sealed=sealed),
            parents=tuple(
                referral.AgreedParent(person_id=who, ref=f"P{at}", role="mother", first_language="en", wrap_around=None)
                for at, who in enumerate(self.parents)
            ),
            children=(referral.AgreedChild(person_id=uuid4(), age=9, takes_part=True),),
            **self.referral,
        )

    def declined(self) -> "Story":
        return self.add(referral.ProviderDeclined, reason="no-capacity", **self.referral)

    def accepted(self) -> "Story":
        return self.add(referral.ProviderAccepted, **self.referral)

    def held(self) -> "Story":
        return self.add(referral.CaseHeld, **self._with_provider())

    def resumed(self) -> "Story":
        return self.add(referral.CaseResumed, **self._with_provider())

    def halted(self, by: str = "coordinator") -> "Story":
        fields = {"referral_id": self.referral.get("referral_id"), "stopped_provider": self.referral.get("provider")}
        return self.add(referral.CaseHalted, raised_by=by, **fields)

    def closed(self, reason: str = "completed", *, by_provider: bool = True) -> "Story":
        fields = {"referral_id": None, "provider": None, "service": None, **self.referral}
        stopped = None if by_provider else fields["provider"]
        return self.add(referral.CaseClosed, reason=reason, stopped_provider=stopped, views=(), **fields)

    def add(self, event: type[referral.SequencedEvent], **fields: Any) -> "Story":
        self.now += timedelta(days=1)
        self.sequence += 1
        common = {
            "case_id": self.case_id,
            "occurred_at": self.now,
            "sequence": self.sequence,
            "revision": self.revision,
        }
        self.events.append(event(**common, area=AREA, agency=AGENCY, family_ref=FAMILY_REF, **fields))
        return self

    def _with_provider(self) -> dict[str, Any]:
        return {key: self.referral.get(key) for key in ("referral_id", "provider")}


@dataclass
class Desk:
    """The service's decisions on one case, fed batch by batch, with all that was sent in `sent`.

    `sent` has (provider, record kind, referral id, bytes, person id where it is one person's).
    """

    case: Case
    providers: dict[str, Provider] = field(default_factory=dict)
    details: dict[UUID, list[ParentDetails]] = field(default_factory=dict)
    sent: list[tuple[str, str, UUID, bytes, UUID | None]] = field(default_factory=list)

    def receive(self, batch: Iterable[Any]) -> "Desk":
        for event in batch:
            self._learn(event)
        for record in decide_provider_records(self.case, self.providers, self.details):
            self._send(record)
        return self

    def kinds(self, provider: str | None = None) -> list[str]:
        return [kind for to, kind, *_ in self.sent if provider in (None, to)]

    def waits(self) -> list[str]:
        return [each.waits_for for each in self.case.referrals.values() if each.waits_for]

    def _learn(self, event: Any) -> None:
        match event:
            case ScreeningCompleted():
                learn_screening(self.case, event)
            case referral.SequencedEvent():
                learn_case_event(self.case, event)
            case DetailsKnown():
                known = self.details.setdefault(event.details.person_id, [])
                if event.details not in known:
                    known.append(event.details)
            case ProviderKnown():
                key = KEYS[event.provider].as_dict(private=False) if event.with_key else None
                self.providers[event.provider] = Provider(event.provider, None, key)

    def _send(self, record: Any) -> None:
        to, referral_id = record.terms.provider, record.referral.referral_id
        if isinstance(record, FamilyNews):
            self.sent.append((to, "family", referral_id, record.family.model_dump_json().encode(), None))
            return
        if isinstance(record, Stop):
            self.sent.append((to, "stopped", referral_id, b"", None))
            return
        self.sent.append((to, "offered", referral_id, record.terms.model_dump_json().encode(), None))
        key = ProviderKey(record.provider.public_key or {})
        for parent, details in record.parents:
            encrypted = key.encrypt(parent_content(parent.person_id, details.content or {})).encode()
            self.sent.append((to, "details", referral_id, encrypted, parent.person_id))


def opened(provider: str, encrypted: bytes) -> bytes:
    """What the provider reads with its private key."""
    result = jwe.decrypt_compact(encrypted.decode(), KEYS[provider], algorithms=["ECDH-ES+A256KW", "A256GCM"])
    return result.plaintext or b""


def everything(story: Story, providers: Sequence[str] = PROVIDERS) -> list[Any]:
    """The story's events and the providers' entries in the directory."""
    return [*(ProviderKnown(provider) for provider in providers), *story.events]
