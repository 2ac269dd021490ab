"""What notification does of messages that wait: the tracker's number, and one mail that says nothing of it."""

from typing import Any
from uuid import uuid4

from shared.contracts.messages import MessagesWaiting
from tests.support.case_stories import AGENCY, AREA
from tests.support.notification_families import Notification


async def mails(service: Notification) -> list[tuple[str, str | None, bool]]:
    """What is queued beside the mails of the referral itself."""
    rows = await service.pool.fetch("SELECT about, provider, practitioner IS NOT NULL AS theirs FROM email")
    return [(row["about"], row["provider"], row["theirs"]) for row in rows]


async def test_whoever_has_something_to_read_gets_one_mail_and_a_stopped_provider_none(databases: Any) -> None:
    screening = await databases("screening")
    service = Notification(await databases("notification"), screening)
    await service.register_all()
    family = await service.family()
    family.screened(revision=1).details(revision=1).agreed()
    await service.receive(family.events)
    assert await service.kinds("common-ground"), "the provider has the family"
    offer = await mails(service)
    referral_id = await service.pool.fetchval("SELECT referral_id FROM referral")

    def waiting(sequence: int, count: int, *, written: bool = True, provider: bool = False) -> MessagesWaiting:
        party: dict[str, Any] = {"agency": AGENCY, "practitioner": family._practitioner()}
        if provider:
            party = {"provider": "common-ground", "referral_id": referral_id}
        return MessagesWaiting(
            case_id=family.case_id,
            occurred_at=family.now,
            thread_id=uuid4(),
            sequence=sequence,
            area=AREA,
            waiting=count,
            written=written,
            **party,
        )

    async def tracked() -> int:
        return await service.pool.fetchval("SELECT waiting FROM unread_messages WHERE case_id = $1", family.case_id)

    await service.receive([waiting(1, 1), waiting(2, 2)])
    assert await tracked() == 2
    to_referrer = ("answer", None, True)
    assert await mails(service) == [*offer, to_referrer]
    # What was read is not counted, and what comes late changes nothing.
    await service.receive([waiting(4, 0, written=False), waiting(3, 3)])
    assert await tracked() == 0
    await service.receive([waiting(5, 1, provider=True)])
    assert await mails(service) == [*offer, to_referrer, ("referral", "common-ground", False)]
    assert await tracked() == 0, "a provider's thread is not the front door's"
    await service.pool.execute("DELETE FROM email")
    family.halted()
    await service.receive(family.events[-1:])
    before = await mails(service)
    await service.receive([waiting(6, 1, provider=True)])
    assert await mails(service) == before
