"""Families' subscribers: keep what is sealed, open it in memory, compare, link, tell; a batch at a time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.families.domain.blocking import blocking_keys
from services.families.domain.groups import Pair, pair_of
from services.families.domain.identity import Household, Parent, date_of, parent_of
from services.families.domain.links import Known, Status
from services.families.domain.matching import Likeness, Thresholds, Verdict, liken
from services.families.domain.weights import Weights
from services.families.repository import directory, identities, links
from services.families.repository.identities import SealedHousehold, SubmissionKey, Token
from services.families.repository.telling import save_and_tell
from services.families.settings import FamiliesSettings, Tokens
from shared.contracts.directory import AgencyRegistered, AreaRegistered
from shared.contracts.screening import ParentIdentitySealed
from shared.messaging.records import Finding, Received
from shared.messaging.transaction import Transaction
from shared.privacy.keyring import Keys
from shared.privacy.sealing import CannotOpenError
from shared.runtime.service import Context


@dataclass(frozen=True)
class _Opened:
    """A screening's family in the clear: for the length of one batch, and never anywhere but in memory."""

    sealed: SealedHousehold
    household: Household
    tokens: tuple[Token, ...]


class Handlers:
    """The families service's handlers."""

    def __init__(self, context: Context, settings: FamiliesSettings) -> None:
        self._keyring = context.keyring
        self._clock = context.clock
        self._tokens = Tokens.read(settings.linkage_key_file)
        self._weights = Weights.read()
        self._thresholds: Thresholds = settings.thresholds()
        self._common = settings.common_token

    async def identities(self, tx: Transaction, batch: Sequence[Received[ParentIdentitySealed]]) -> None:
        """Looks for each screening's family among all others, once all its parents are here, and tells what it found.

        Who is alike is found whatever the order in which the two arrive: whichever comes second finds the first.
        """
        usable = []
        for each in batch:
            if each.event.sealed.subject == each.event.person_id:
                usable.append(each)
            else:
                tx.reject(each, Finding("sealed.subject", "must be the person whose identity this is"))
        await identities.lock(tx.connection)
        await identities.keep(tx.connection, (each.event for each in usable))
        causes = {(each.event.agency, each.event.submission_id): each for each in usable}
        fresh = await identities.complete(tx.connection, causes)
        if not fresh:
            return
        opened = await self._open(tx, fresh)
        tokens = [token for each in opened.values() for token in each.tokens]
        await identities.add_tokens(tx.connection, tokens)
        alike = await identities.sharing_a_token(tx.connection, tokens, self._common)
        others = {key for found in alike.values() for key in found} - opened.keys()
        opened |= await self._open(tx, others)
        # On a calendar of its own the service takes the time of what it handles, the newest of the batch.
        now = max(self._clock.now(each.event.occurred_at) for each in usable)
        likenesses = self._likenesses(opened, alike, now)
        screened = [opened[key].sealed.screened for key in fresh]
        members = {each.member for each in screened} | {side for each in likenesses for side in each.pair}
        known = await links.load(tx.connection, members)
        for likeness in likenesses:
            known.take(likeness)
        for event in await save_and_tell(tx.connection, known, now, screened):
            # Another agency's family is told of by an event of its own, so no correlation ties the two together.
            key = (getattr(event, "agency", ""), getattr(event, "submission_id", None))
            tx.emit(event, cause=causes.get(key))  # type: ignore[arg-type]

    async def directory(self, tx: Transaction, batch: Sequence[Received[AreaRegistered | AgencyRegistered]]) -> None:
        """Keeps the names of areas and agencies."""
        entries = {each.event.key(): (each.event, each.record.offset) for each in batch}
        await directory.save(tx.connection, list(entries.values()))

    async def _open(self, tx: Transaction, wanted: Iterable[SubmissionKey]) -> dict[SubmissionKey, _Opened]:
        households = await identities.households(tx.connection, list(wanted))
        keys = await self._keyring.for_opening(box for each in households.values() for box in each.boxes())
        return {key: self._opened(keys, sealed) for key, sealed in households.items()}

    def _opened(self, keys: Keys, sealed: SealedHousehold) -> _Opened:
        """Whoever's key was erased is left out: nobody is recognised by what was to be forgotten."""
        parents: list[Parent] = []
        tokens = []
        for person, box in sealed.parents.items():
            try:
                parent = parent_of(keys.open(box))
            except CannotOpenError:
                continue
            parents.append(parent)
            tokens += [(self._tokens.token(text), sealed.key, person) for text in blocking_keys(parent)]
        born = set()
        for box in sealed.children:
            try:
                born.add(date_of(keys.open(box)))
            except CannotOpenError:
                continue
        return _Opened(sealed, Household(tuple(parents), frozenset(day for day in born if day)), tuple(tokens))

    def _likenesses(
        self, opened: Mapping[SubmissionKey, _Opened], alike: Mapping[SubmissionKey, set[SubmissionKey]], now: datetime
    ) -> list[Known]:
        """The strongest likeness of each two families, over all their screenings, that is more than none."""
        best: dict[Pair, Known] = {}
        for one, other in sorted({tuple(sorted((key, each))) for key, found in alike.items() for each in found}):
            left, right = opened[one], opened[other]
            found = liken(left.household, right.household, self._weights, self._thresholds)
            if found.verdict is Verdict.APART:
                continue
            pair = pair_of(left.sealed.screened.member, right.sealed.screened.member)
            across = left.sealed.screened.area != right.sealed.screened.area
            known = Known(pair, Status.OPEN, across, now, found.verdict, found.weight, _fields(found))
            if pair not in best or known.is_stronger_than(best[pair]):
                best[pair] = known
        return [best[pair] for pair in sorted(best)]


def _fields(found: Likeness) -> dict[str, Any]:
    return {"parents": [dict(pattern) for pattern in found.parents], "children": found.children}
