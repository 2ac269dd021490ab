"""Looks for families among all others: opens what is sealed in memory, compares, and says what follows of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.families.domain.blocking import kin_keys, parent_keys
from services.families.domain.groups import Pair, pair_of
from services.families.domain.identity import Child, Household, Parent, child_of, parent_of
from services.families.domain.links import Known, Status
from services.families.domain.matching import Likeness, Verdict, liken
from services.families.domain.weights import Weights
from services.families.repository import forms, identities, links
from services.families.repository.identities import SealedHousehold, SubmissionKey, Token
from services.families.repository.telling import save_and_tell
from services.families.settings import FamiliesSettings, Tokens
from shared.contracts.families import FamilyEvent
from shared.database.connection import Connection
from shared.privacy.keyring import Keyring, Keys
from shared.privacy.sealing import CannotOpenError


@dataclass(frozen=True)
class _Opened:
    """A screening's family in the clear: for the length of one batch, and never anywhere but in memory."""

    sealed: SealedHousehold
    household: Household
    tokens: tuple[Token, ...]


class Recognition:
    """Compares the families of screenings with all that share a token with them."""

    def __init__(self, keyring: Keyring, settings: FamiliesSettings) -> None:
        self._keyring = keyring
        self._tokens = Tokens.read(settings.linkage_key_file)
        self._weights = Weights.read()
        self._thresholds = settings.thresholds()
        self._common = settings.common_token

    async def look(
        self, connection: Connection, keys: Collection[SubmissionKey], now: datetime
    ) -> Sequence[FamilyEvent]:
        """Keeps these screenings' tokens, looks for their families, saves what was found, and gives what to tell.

        Who is alike is found whatever the order in which the two arrive: whichever comes second finds the first. The
        caller holds the lock of identities.
        """
        opened = await self._open(connection, keys)
        tokens = [token for each in opened.values() for token in each.tokens]
        await identities.add_tokens(connection, tokens)
        alike = await identities.sharing_a_token(connection, tokens, self._common)
        others = {key for found in alike.values() for key in found} - opened.keys()
        looked_for = dict(opened)
        opened |= await self._open(connection, others)
        likenesses = self._likenesses(opened, alike, now)
        screened = [looked_for[key].sealed.screened for key in sorted(looked_for)]
        members = {each.member for each in screened} | {side for each in likenesses for side in each.pair}
        known = await links.load(connection, members)
        for likeness in likenesses:
            known.take(likeness)
        await forms.brought_up(connection, looked_for)
        return await save_and_tell(connection, known, now, screened)

    async def _open(self, connection: Connection, wanted: Iterable[SubmissionKey]) -> dict[SubmissionKey, _Opened]:
        households = await identities.households(connection, list(wanted))
        keys = await self._keyring.for_opening(box for each in households.values() for box in each.boxes())
        return {key: self._opened(keys, sealed) for key, sealed in households.items()}

    def _opened(self, keys: Keys, sealed: SealedHousehold) -> _Opened:
        """Whoever's key was erased is left out: nobody is recognised by what was to be forgotten."""
        parents: dict[UUID, Parent] = {}
        for person, box in sealed.parents.items():
            try:
                parents[person] = parent_of(keys.open(box))
            except CannotOpenError:
                continue
        children: dict[UUID, Child] = {}
        for box in sealed.children:
            try:
                children[box.subject] = child_of(keys.open(box))
            except CannotOpenError:
                continue
        tokens: list[Token] = [
            (self._tokens.token(text), sealed.key, person, None)
            for person, parent in parents.items()
            for text in parent_keys(parent)
        ]
        tokens += [
            (self._tokens.token(key.text), sealed.key, key.person, key.with_person)
            for key in kin_keys(parents, children)
        ]
        return _Opened(sealed, Household.of(parents.values(), children.values()), tuple(tokens))

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
    return {
        "parents": [dict(pattern) for pattern in found.parents],
        "children": found.children,
        "house": found.house,
    }
