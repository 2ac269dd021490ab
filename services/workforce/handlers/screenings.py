"""The subscriber to screenings: who screened, and who lacks training that their area asks for."""

from collections.abc import Sequence

from services.workforce.domain.rule import judge
from services.workforce.repository import directory, practitioners
from services.workforce.repository.practitioners import Screened
from shared.contracts.screening import ScreeningCompleted
from shared.contracts.workforce import PractitionerUntrained
from shared.messaging.core.records import Finding, Received
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context


class Screenings:
    """A batch of screenings at a time."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock

    async def completed(self, tx: Transaction, batch: Sequence[Received[ScreeningCompleted]]) -> None:
        """Saves who screened, and flags whoever lacks training that the area asks for. Nothing is held up by it."""
        usable = []
        for received in batch:
            practitioner = received.event.practitioner
            if practitioner.sealed.subject == practitioner.practitioner_id:
                usable.append(received)
            else:
                # Somebody's name under another's id would put the one's training to the other's name.
                tx.reject(received, Finding("practitioner.sealed.subject", "must be the practitioner themselves"))
        # The clock follows every event, also where nothing else comes of it.
        times = {each.id: self._clock.now(each.event.occurred_at) for each in usable}
        await practitioners.save_screened(tx.connection, [_screened(each.event) for each in usable])
        rules = await directory.rules(tx.connection, {each.event.area for each in usable})
        concerned = [each for each in usable if each.event.area in rules]
        if not concerned:
            return
        people = {each.event.practitioner.practitioner_id for each in concerned}
        held = await practitioners.certificates(tx.connection, people)
        first = await practitioners.first_screened(tx.connection, people, rules)
        for received in concerned:
            event = received.event
            person = event.practitioner.practitioner_id
            day = event.submitted_at.date()
            judged = judge(rules[event.area], held.get(person, ()), day, first[person, event.area])
            if judged.grace_ended_on is not None and judged.standing in ("in-grace", "untrained"):
                flag = PractitionerUntrained(
                    practitioner_id=person,
                    agency=event.agency,
                    occurred_at=times[received.id],
                    case_id=event.case_id,
                    submission_id=event.submission_id,
                    family_ref=event.family_ref,
                    area=event.area,
                    missing=judged.missing,
                    standing="in-grace" if judged.standing == "in-grace" else "untrained",
                    grace_ended_on=judged.grace_ended_on,
                )
                tx.emit(flag, cause=received)


def _screened(event: ScreeningCompleted) -> Screened:
    return Screened(
        submission_id=event.submission_id,
        practitioner_id=event.practitioner.practitioner_id,
        agency=event.agency,
        area=event.area,
        submitted_at=event.submitted_at,
        sealed=event.practitioner.sealed,
    )
