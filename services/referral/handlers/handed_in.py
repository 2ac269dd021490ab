"""A provider's update that one of its people gives on a page: decided as if it had come on the provider's topic.

The same handler decides it, the same update id makes a repeat harmless, and a refusal goes to the provider's topic of
refusals too; but the answer is known at once, for whoever waits at a page.
"""

from collections.abc import Mapping

import orjson
from pydantic import ValidationError

from services.referral.domain.deciders.refusals import RefusalReason, UpdateRefusedError
from services.referral.handlers.updates import Updates
from shared.contracts.dead_letters import FindingMade
from shared.contracts.provider import provider_update
from shared.messaging.core.envelope import Envelope, new_id
from shared.messaging.core.findings import findings_of
from shared.messaging.core.records import Received, Record
from shared.messaging.publishing.transaction import in_transaction
from shared.service.definition import Context
from shared.service.requests import InvalidRequestError

_NOT_FROM_A_LOG = -1


async def hand_in(context: Context, provider: str, record: Mapping[str, object]) -> None:
    """Decides an update of this provider in a transaction of its own. One that was given before has no second effect.

    `record` is what the provider's topic would carry. Raises InvalidRequestError where it breaks the contract, which
    changes nothing, and UpdateRefusedError where the case or its state does not allow it.
    """
    value = orjson.dumps(record)
    try:
        update = provider_update.validate_json(value)
    except ValidationError as error:
        raise InvalidRequestError(findings_of(error, provider_update, for_requester=True)) from None
    topic = f"provider.{provider}.updates"
    received = Received(new_id(), update, Record(topic, _NOT_FROM_A_LOG, _NOT_FROM_A_LOG, 0, None, value), Envelope())
    async with in_transaction(context.pool, context.service) as tx:
        await Updates(context).received(tx, [received])
        refusals = [each.value for each in tx.outgoing if each.topic == f"provider.{provider}.refusals"]
    for refusal in refusals:
        answer = orjson.loads(refusal)
        reason: RefusalReason = answer["reason"]
        raise UpdateRefusedError(reason, tuple(FindingMade(**each) for each in answer["findings"]))
