"""A reader whose rights are taken and given back, on real Kafka."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from confluent_kafka.admin import AclBindingFilter, AclOperation, ResourceType

from deploy.stack import topics
from deploy.stack.home import Stack
from services import TOPOLOGY
from tests.support.event_traffic import consuming, effects_table, eventually, publish_event, refused


@contextmanager
def without_its_groups(stack: Stack, service: str) -> Iterator[None]:
    """A service may not be in its groups."""
    admin = topics.admin_client(stack.admin_properties())
    taken = [
        binding
        for binding in topics.acls(TOPOLOGY.internal_topics())
        if binding.principal == f"User:{service}" and binding.restype == ResourceType.GROUP
    ]
    filters = [
        AclBindingFilter(
            *(each.restype, each.name, each.resource_pattern_type, each.principal, each.host),
            *(AclOperation.READ, each.permission_type),
        )
        for each in taken
    ]
    assert filters
    for future in admin.delete_acls(filters).values():
        future.result(20)
    try:
        yield
    finally:
        topics.ensure_acls(admin, taken)


async def test_a_reader_that_was_put_out_of_its_group_reads_on_when_it_may(stack: Stack, databases: Any) -> None:
    case_id = uuid4()
    async with effects_table(databases) as effects, consuming(stack, effects, f"rights-{case_id}") as reading:
        publish_event(stack, refused(case_id, 1))

        async def done(count: int) -> bool:
            return len(await effects.of(case_id)) == count

        await eventually(lambda: done(1))

        async def heart_stopped() -> bool:
            return reading.kafka is not None and reading.kafka._coordinator._heartbeat_task.done()

        with without_its_groups(stack, "outcomes"):
            await eventually(heart_stopped)
        publish_event(stack, refused(case_id, 2))

        await eventually(lambda: done(2), seconds=40)
