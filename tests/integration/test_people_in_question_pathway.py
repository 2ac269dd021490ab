"""Strangers under a family's reference, from the front door to the provider: the family's own corrections go on."""

from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.referral.domain.deciders.confirming import ConfirmPeople
from services.referral.handlers.commands import Instruction, carry_out
from shared.messaging.timers.clock import Clock
from shared.service.definition import Context
from shared.service.settings import ServiceSettings
from tests.support.pathway import AGENCY, Pathway
from tests.support.screening_records import JAGO, MORWENNA, child, parent, screening

OLD, UNSAFE_NO_MORE, NEWER = "07700 900201", "07700 900291", "07700 900292"
NGOZI = parent("P1", "Ngozi", "Umeh", "1993-01-22", phone="07700 900203")
FELIX = parent("P2", "Felix", "Dunmore", "1979-09-08", phone="07700 900204", role="father")
STRANGERS = {NGOZI["contact"]["phone"], FELIX["contact"]["phone"]}
SERVICES = ("screening", "referral", "notification")
_examples = count()


@pytest.fixture
async def pathway(databases: Any) -> Pathway:
    running = Pathway({service: await databases(service) for service in SERVICES})
    await running.register()
    return running


class Family:
    """One family's records, and a coordinator who looks."""

    def __init__(self, pathway: Pathway, choose: Callable[[int], int]) -> None:
        self.pathway = pathway
        self.choose = choose
        self.ref = f"F{next(_examples)}"

    def sends(self, *parents: dict[str, Any], at: int, corrects: dict[str, Any] | None = None) -> dict[str, Any]:
        supersedes = corrects["submission_id"] if corrects else None
        record = screening(
            *parents,
            submission_id=str(uuid4()),
            supersedes=supersedes,
            family_ref=self.ref,
            submitted_at=f"2026-05-04T09:{at:02d}:00Z",
            children=[child("C1", "2019-03-03" if parents[0] is NGOZI else "2015-06-01")],
        )
        self.pathway.publish(f"front-door.{AGENCY}.screenings", self.ref, orjson.dumps(record))
        return record

    async def reads(self, at_most: int = 10_000) -> None:
        await self.pathway.run(self.choose, at_most)

    async def looks(self, *, theirs: bool) -> None:
        referral = self.pathway.databases["referral"]
        context = Context("referral", ServiceSettings(), referral.pool, referral.keyring, Clock("events"))
        await carry_out(context, Instruction(await self.case(), ConfirmPeople(theirs=theirs), "coordinator"))
        await self.pathway.relay("referral")

    async def case(self) -> UUID:
        found: UUID = (await self._row())["case_id"]
        return found

    async def holds(self) -> tuple[Any, Any]:
        """The screening that referral goes by, and the one that it asks about."""
        row = await self._row()
        return str(row["submission_id"]), row["questioned"] and row["questioned"]["submission_id"]

    async def _row(self) -> Any:
        return await self.pathway.databases["referral"].pool.fetchrow(
            "SELECT * FROM referral_case WHERE family_ref = $1", self.ref
        )

    def phones(self) -> list[str]:
        """What providers were told of Morwenna, or of strangers, in order."""
        phones = [details["contact"]["phone"] for _, details in self.pathway.opened()]
        return [phone for phone in phones if phone != JAGO["contact"]["phone"]]


def morwenna(phone: str) -> dict[str, Any]:
    return {**MORWENNA, "contact": {**MORWENNA["contact"], "phone": phone}}


@given(chance=st.randoms(use_true_random=False), at_rest=st.booleans())
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_a_corrected_number_reaches_the_provider_while_strangers_are_in_question_and_once_they_are_not_theirs(
    pathway: Pathway, chance: Any, at_rest: bool
) -> None:
    pathway.begin()
    family = Family(pathway, lambda waiting: int(chance.randrange(waiting)))
    first = family.sends(morwenna(OLD), JAGO, at=0)
    await family.reads()
    assert family.phones() == [OLD]
    strange = family.sends(NGOZI, FELIX, at=20)
    await family.reads(10_000 if at_rest else chance.randrange(4))
    # By the clocks it is older than the strangers' record.
    correction = family.sends(morwenna(UNSAFE_NO_MORE), JAGO, at=10, corrects=first)
    await family.reads()
    assert family.phones() == [OLD, UNSAFE_NO_MORE]
    assert await family.holds() == (correction["submission_id"], strange["submission_id"])

    await family.looks(theirs=False)
    await family.reads(10_000 if at_rest else chance.randrange(4))
    newer = family.sends(morwenna(NEWER), JAGO, at=11, corrects=correction)
    await family.reads()
    assert family.phones() == [OLD, UNSAFE_NO_MORE, NEWER]
    assert await family.holds() == (newer["submission_id"], None)


@given(chance=st.randoms(use_true_random=False))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_strangers_who_are_confirmed_take_precedence_over_a_correction_that_was_on_its_way(
    pathway: Pathway, chance: Any
) -> None:
    pathway.begin()
    family = Family(pathway, lambda waiting: int(chance.randrange(waiting)))
    first = family.sends(morwenna(OLD), JAGO, at=0)
    await family.reads()
    strange = family.sends(NGOZI, FELIX, at=20)
    await family.reads()
    assert not STRANGERS & set(family.phones())
    family.sends(morwenna(UNSAFE_NO_MORE), JAGO, at=10, corrects=first)
    await family.reads(chance.randrange(3))
    await family.looks(theirs=True)
    await family.reads()
    assert await family.holds() == (strange["submission_id"], None)
    in_force = await pathway.databases["screening"].pool.fetchval(
        "SELECT standing.submission_id FROM standing JOIN family USING (case_id) WHERE family_ref = $1", family.ref
    )
    assert str(in_force) == strange["submission_id"]
    assert set(family.phones()) >= STRANGERS
