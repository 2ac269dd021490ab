"""A provider's people among themselves: who has a referral in hand."""

from collections.abc import Callable
from uuid import UUID

from services.referral.domain.case.shown_to_provider import Stage
from services.referral.domain.deciders.provider_team import Given, may_give, may_give_back, may_take, seen_since
from services.referral.handlers.emergencies import WALL
from services.referral.handlers.locked_referrals import lock_referral
from services.referral.repository import provider_team
from services.referral.repository.provider_team import Held
from shared.messaging.publishing.transaction import in_transaction
from shared.service.definition import Context


class Seen:
    """Notes that a provider's people come to its list, once a day each."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: set[tuple[str, str]] = set()
        self._day = WALL.now().date()

    async def came(self, provider: str, who: str) -> None:
        """Somebody who is let in as one of a provider's people is one of them."""
        today = WALL.now().date()
        if today != self._day:
            self._known.clear()
            self._day = today
        if (provider, who) not in self._known:
            async with in_transaction(self._context.pool, self._context.service) as tx:
                await provider_team.seen(tx.connection, provider, who, today)
            self._known.add((provider, who))


async def take(context: Context, referral_id: UUID, who: str, *, key: UUID | None = None) -> None:
    """Somebody takes a referral in hand. Raises NotThereError, ConflictError or AlreadySentError."""

    def decide(stage: Stage, held: Held, _people: list[str]) -> str:
        may_take(stage, held.worker, who)
        return who

    await _put(context, referral_id, who, decide, key)


async def give_back(context: Context, referral_id: UUID, who: str, *, key: UUID | None = None) -> None:
    """Whoever has a referral in hand gives it back. Raises NotThereError, ConflictError or AlreadySentError."""

    def decide(_stage: Stage, held: Held, _people: list[str]) -> None:
        may_give_back(held.worker, who)

    await _put(context, referral_id, who, decide, key)


async def give(context: Context, referral_id: UUID, given: Given, *, key: UUID | None = None) -> None:
    """Somebody gives a referral to one of the provider's people, or to nobody.

    Raises NotThereError, InvalidCommandError, ConflictError or AlreadySentError.
    """

    def decide(stage: Stage, held: Held, people: list[str]) -> str | None:
        may_give(stage, given, held.worker, people)
        return given.to

    await _put(context, referral_id, given.by, decide, key)


async def _put(
    context: Context,
    referral_id: UUID,
    by: str,
    decide: Callable[[Stage, Held, list[str]], str | None],
    key: UUID | None,
) -> None:
    now = context.clock.now()
    async with in_transaction(context.pool, context.service) as tx:
        held, shown = await lock_referral(tx, referral_id, key)
        people = await provider_team.people(tx.connection, held.provider, seen_since(WALL.now()))
        worker = decide(shown.stage, held, people)
        if worker != held.worker:
            await provider_team.put(tx.connection, referral_id, held._replace(worker=worker), by, now)
