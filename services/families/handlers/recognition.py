"""Looks for families among all others: opens what is sealed in memory, compares, saves and publishes what follows."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from typing import Any
from uuid import UUID

from services.families.domain.blocking import kin_keys, parent_keys
from services.families.domain.groups import Pair, pair_of
from services.families.domain.identity import Child, Household, Parent, child_of, parent_of
from services.families.domain.links import Known, Status
from services.families.domain.matching import Likeness, Verdict, liken
from services.families.domain.weights import Weights
from services.families.handlers.publishing import save_and_publish
from services.families.repository import forms, identities, links, taken_back
from services.families.repository.identities import SealedHousehold, SubmissionKey, Token
from services.families.settings import FamiliesSettings
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.postgres.connection import Connection
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
        self._tokens = settings.tokens()
        self._weights = Weights.read()
        self._thresholds = settings.thresholds()
        self._common = settings.common_token

    async def recognise(
        self,
        tx: Transaction,
        keys: Collection[SubmissionKey],
        now: datetime,
        causes: Mapping[SubmissionKey, Received[Any]] | None = None,
    ) -> None:
        """Saves these screenings' tokens, looks for their families, saves and publishes what was found.

        Who is alike is found whatever the order in which the two arrive: whichever comes second finds the first. The
        caller holds the lock of identities. `causes` are the records that brought the screenings here.
        """
        connection = tx.connection
        opened = await self._open(connection, keys)
        tokens = [token for each in opened.values() for token in each.tokens]
        await identities.add_tokens(connection, tokens)
        alike = await identities.sharing_a_token(connection, tokens, self._common)
        pairs = {tuple(sorted((key, each))) for key, found in alike.items() for each in found}
        others = {key for found in alike.values() for key in found} - opened.keys()
        looked_for = dict(opened)
        opened |= await self._open(connection, others)
        likenesses = self._likenesses(opened, pairs, now).values()
        screened = [looked_for[key].sealed.screened for key in sorted(looked_for)]
        members = {each.member for each in screened} | {side for each in likenesses for side in each.pair}
        known = await links.load(connection, members)
        for likeness in likenesses:
            known.record(likeness)
        await forms.brought_up(connection, looked_for)
        await save_and_publish(tx, known, now, screened, causes=causes or {})

    async def remove(self, tx: Transaction, keys: Collection[SubmissionKey], now: datetime) -> None:
        """Removes what these screenings reported, weighs again what rested on it, and publishes what follows.

        What is left is compared itself, not found by its tokens: those of some may be in an earlier form. The caller
        holds the lock of identities.
        """
        connection = tx.connection
        affected = await taken_back.links_based_on(connection, keys)
        await taken_back.remove(connection, keys)
        if not affected:
            return
        members = {side for pair in affected for side in pair}
        left = await taken_back.left_of(connection, members)
        pairs = {
            tuple(sorted(both))
            for pair in affected
            for both in product(left.get(pair.one, ()), left.get(pair.other, ()))
        }
        opened = await self._open(connection, {key for both in pairs for key in both})
        found = self._likenesses(opened, pairs, now)
        known = await links.load(connection, members)
        known.weigh_again({pair: found.get(pair) for pair in affected}, now)
        await save_and_publish(tx, known, now, also=("doubtful", "linked"))

    async def _open(self, connection: Connection, wanted: Iterable[SubmissionKey]) -> dict[SubmissionKey, _Opened]:
        households = await identities.households(connection, list(wanted))
        keys = await self._keyring.for_opening(box for each in households.values() for box in each.boxes())
        return {key: self._opened(keys, sealed) for key, sealed in households.items()}

    def _opened(self, keys: Keys, sealed: SealedHousehold) -> _Opened:
        """Whoever's key was erased is left out: nobody is recognised by what was to be erased."""
        parents: dict[UUID, Parent] = {}
        for person, box in sealed.parents.items():
            try:
                parents[person] = parent_of(keys.open(box, sealed.key[1]))
            except CannotOpenError:
                continue
        children: dict[UUID, Child] = {}
        for box in sealed.children:
            try:
                children[box.subject] = child_of(keys.open(box, sealed.key[1]))
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
        self, opened: Mapping[SubmissionKey, _Opened], pairs: Iterable[tuple[SubmissionKey, ...]], now: datetime
    ) -> dict[Pair, Known]:
        """The strongest likeness of each two families, over these pairs of their screenings, that is more than none.

        Where the people of a screening are in question it is doubtful at most: whoever was filed under another family's
        reference must not halt that family for good.
        """
        best: dict[Pair, Known] = {}
        for one, other in sorted(pairs):
            left, right = opened[one].sealed, opened[other].sealed
            found = liken(opened[one].household, opened[other].household, self._weights, self._thresholds)
            if found.verdict is Verdict.APART:
                continue
            in_question = left.look_first or right.look_first
            if in_question:
                found = replace(found, verdict=Verdict.DOUBTFUL)
            pair = pair_of(left.screened.member, right.screened.member)
            across = left.screened.area != right.screened.area
            screenings = {left.screened.member: left.key[1], right.screened.member: right.key[1]}
            based_on = screenings[pair.one], screenings[pair.other]
            fields = _fields(found, in_question=in_question)
            known = Known(pair, Status.OPEN, across, now, found.verdict, found.weight, fields, based_on)
            if pair not in best or known.is_stronger_than(best[pair]):
                best[pair] = known
        return {pair: best[pair] for pair in sorted(best)}


def _fields(found: Likeness, *, in_question: bool) -> dict[str, Any]:
    return {
        "parents": [dict(pattern) for pattern in found.parents],
        "children": found.children,
        "house": found.house,
        "in_question": in_question,
    }
