"""What happens around families in a life: time passes, settings change, topics are slow, and records come twice."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.stateful import places
from tests.stateful.life import FLOW, PICK, Life

_DAYS = st.sampled_from([1, 1, 2, 4, 8, 15, 30, 90, 190])
_WHEN_FULL = st.sampled_from(["next-offer", "next-offer-then-waiting-list", "waiting-list"])
_SLOW = (
    "screening-completed",
    "parent-details-sealed",
    "parent-identity-sealed",
    "family-recognised",
    "family-linked",
    "referral-agreed",
    "case-halted",
    "case-closed",
    "case-held",
    "case-resumed",
    "case-joined",
    "provider-declined",
    "case-reopened",
    "follow-up-due",
)


class Circumstances(Life):
    """The rules of time, settings and transport."""

    @rule(days=_DAYS, flow=FLOW)
    def days_pass(self, days: int, flow: int) -> None:
        self.world.forward(timedelta(days=days))
        self.go(flow)

    @rule(topic=st.sampled_from(_SLOW), reader=PICK)
    def a_topic_is_slow(self, topic: str, reader: int) -> None:
        readers = self.world.bus.readers_of(topic)
        self.world.bus.slow.add((readers[reader % len(readers)], topic))
        self.go(0)

    @precondition(lambda self: self.world.bus.slow)
    @rule(flow=FLOW)
    def what_was_slow_arrives(self, flow: int) -> None:
        self.world.bus.slow.clear()
        self.go(flow)

    @rule(automatic=st.booleans(), when_full=_WHEN_FULL, trained=st.booleans(), flow=FLOW)
    def an_area_has_other_settings(self, automatic: bool, when_full: str, trained: bool, flow: int) -> None:
        settings: dict[str, Any] = {"automatic_agreement": automatic, "when_full": when_full}
        if trained:
            settings["training_required"] = {"modules": list(places.MODULES), "since": "2040-01-01", "grace_days": 0}
        self.world.register(places.area(places.HERE, **settings))
        self.go(flow)

    @rule(
        provider=st.sampled_from(places.PROVIDERS),
        service=st.sampled_from(places.SERVICES),
        capacity=st.sampled_from([None, 0, 1, 1, 2]),
        waiting_list=st.sampled_from([None, 0, 1, 2]),
        flow=FLOW,
    )
    def an_offer_changes(
        self, provider: str, service: str, capacity: int | None, waiting_list: int | None, flow: int
    ) -> None:
        self.world.register(places.offer(provider, service, capacity, waiting_list))
        self.go(flow)

    @rule(agency=st.sampled_from([*places.AREA_OF]), legal_basis=st.sampled_from(["public-task", None]), flow=FLOW)
    def a_legal_basis_changes(self, agency: str, legal_basis: str | None, flow: int) -> None:
        self.world.register(places.agency(agency, legal_basis))
        self.go(flow)

    @precondition(lambda self: self.world.bus.quiet)
    @rule(pick=st.integers(0, 200))
    def a_record_is_sent_twice(self, pick: int) -> None:
        """By a party that saw no answer, or by a relay that another one took over from. Nothing follows from it."""
        world = self.world
        sent = [record for record in world.bus.log if world.bus.readers_of(record.topic)]
        record = sent[-1 - pick % len(sent)]
        if (record.topic, record.partition, record.offset) not in world.broken:
            headers = [(name, value.decode()) for name, value in record.headers]
            world.publish(record.topic, (record.key or b"").decode(), record.value or b"", headers)
            before = len(world.bus.log)
            self.run(world.deliver(0))
            assert len(world.bus.log) == before, f"a record of {record.topic} had a second effect"
        self.go(0)

    @rule(reader=st.integers(0, 40), most=st.integers(1, 20))
    def a_batch_comes_again(self, reader: int, most: int) -> None:
        """As after a commit of offsets that failed. Nothing follows from it."""
        readers = [
            (name, subscription)
            for name, service in self.world.services.items()
            for subscription in service.subscriptions
        ]
        again = readers[reader % len(readers)]
        records = self.world.bus.read_lately(again, most)
        if records:
            published = self.run(self.world.process(again, records))
            assert not published, f"{again} did something a second time"
        self.go(0)
