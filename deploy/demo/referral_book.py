"""The offers that a provider has not answered yet. Pure: takes records, and returns complete offers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from deploy.demo.simulation import Parent
from shared.contracts.notification import FamilyChangedShared, ParentDetailsShared, ReferralOffered, ReferralStopped
from shared.messaging.core.envelope import read_headers

Partition = tuple[str, int]


class Record(Protocol):
    """The fields of a consumed record that are used here."""

    topic: str
    partition: int
    offset: int
    headers: Any
    value: bytes | None


@dataclass
class _Entry:
    offer: ReferralOffered
    where: Partition
    offset: int
    parents: dict[UUID, Parent] = field(default_factory=dict)

    def is_complete(self) -> bool:
        return set(self.parents) >= set(self.offer.parents)


class ReferralBook:
    """Open offers by referral; each stays until it is answered or stopped.

    An offer precedes its parents' details in the same partition, so details without an offer are a repeat and are
    ignored. `decrypt` opens one parent's details with the provider's private key.
    """

    def __init__(self, decrypt: Callable[[str], Mapping[str, Any]]) -> None:
        self._decrypt = decrypt
        self._entries: dict[UUID, _Entry] = {}
        self._answered: set[UUID] = set()
        self.stopped: set[UUID] = set()

    def take(self, record: Record) -> None:
        """Reads one record of `provider.<id>.referrals`. Unknown types are ignored."""
        kind = read_headers(record.headers).type
        value = record.value or b""
        if kind == ReferralOffered.ce_type():
            self._offered(ReferralOffered.model_validate_json(value), record)
        elif kind == ParentDetailsShared.ce_type():
            self._details(ParentDetailsShared.model_validate_json(value))
        elif kind == FamilyChangedShared.ce_type():
            self._changed(FamilyChangedShared.model_validate_json(value))
        elif kind == ReferralStopped.ce_type():
            referral = ReferralStopped.model_validate_json(value).referral_id
            self.stopped.add(referral)
            self._entries.pop(referral, None)

    def complete(self) -> list[tuple[ReferralOffered, list[Parent]]]:
        """The offers that have the details of all their parents, the earliest agreed first."""
        found = [entry for entry in self._entries.values() if entry.is_complete()]
        found.sort(key=lambda entry: entry.offer.agreed_at)
        return [(entry.offer, list(entry.parents.values())) for entry in found]

    def answered(self, referral: UUID) -> None:
        """Removes an offer once the broker has its answers."""
        self._answered.add(referral)
        self._entries.pop(referral, None)

    def waiting(self) -> int:
        """The number of offers that are not answered yet."""
        return len(self._entries)

    def safe_positions(self, read_to: Mapping[Partition, int]) -> dict[Partition, int]:
        """The offsets that may be committed: never past an offer that is still to be answered."""
        positions = dict(read_to)
        for entry in self._entries.values():
            positions[entry.where] = min(positions.get(entry.where, entry.offset), entry.offset)
        return positions

    def _offered(self, offer: ReferralOffered, record: Record) -> None:
        known = offer.referral_id in self._answered | self.stopped | self._entries.keys()
        if not known:
            where = (record.topic, record.partition)
            self._entries[offer.referral_id] = _Entry(offer, where, record.offset)

    def _changed(self, changed: FamilyChangedShared) -> None:
        entry = self._entries.get(changed.referral_id)
        if entry is not None:
            people = {"parents", "children_ages", "children_taking_part", "children_expected"}
            entry.offer = entry.offer.model_copy(update={name: getattr(changed, name) for name in people})
            entry.parents = {who: found for who, found in entry.parents.items() if who in changed.parents}

    def _details(self, shared: ParentDetailsShared) -> None:
        entry = self._entries.get(shared.referral_id)
        if entry is not None:
            details = self._decrypt(shared.encrypted)
            entry.parents[shared.person_id] = Parent(shared.person_id, shared.role, details)
