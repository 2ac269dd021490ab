"""A person's command upon a case: decided under the family's lock, saved and told in one transaction."""

from dataclasses import replace
from uuid import UUID

from services.referral.domain.agreement.offers import Catalogue
from services.referral.domain.case.case import Case
from services.referral.domain.case.progress import Moment, Progress
from services.referral.domain.case.states import TERMINAL, Actor, State
from services.referral.domain.deciders.commands import Agree, Command, Halt, Withdraw, decide_command
from services.referral.domain.deciders.confirming import ConfirmPeople, decide_confirmation
from services.referral.domain.deciders.consent_commands import RecordConsent, WithdrawConsent, decide_consent
from services.referral.domain.deciders.screenings import withdraws
from services.referral.domain.safety.halting import halt_with_family
from services.referral.domain.safety.joining import withdraw_family
from services.referral.handlers.keeping_as_one import keep_as_one
from services.referral.handlers.unit_of_work import Work
from services.referral.repository import cases, directory, links, waiting_list
from services.referral.web.answers import UnknownCaseError
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.service.definition import Context


async def lock_case(tx: Transaction, case_id: UUID) -> tuple[Work, Case]:
    """The case, its family locked until the transaction ends. Raises UnknownCaseError."""
    await directory.lock_for_reading(tx.connection)
    families = await cases.families_of(tx.connection, [case_id])
    linked = await cases.lock_families(tx.connection, families)
    work = Work(await cases.load(tx.connection, families), linked)
    case = work.cases.get(case_id)
    if case is None:
        raise UnknownCaseError
    return work, case


async def carry_out(context: Context, case_id: UUID, body: Command, who: str) -> str:
    """Carries a command out in a transaction of its own and returns the case's new state."""
    async with in_transaction(context.pool, context.service) as tx:
        work, case = await lock_case(tx, case_id)
        await decide(context, tx, work, case, body, who)
        return work.cases[case_id].state


async def decide(
    context: Context, tx: Transaction, work: Work, case: Case, body: Command, who: str, *, by: Actor | None = None
) -> None:
    """Decides a command upon a locked case, saves what follows and tells it. A halt concerns the whole family."""
    areas = {case.area} | ({case.questioned.area} if case.questioned else set())
    catalogue = await directory.catalogue(
        tx.connection, areas, [case.agency], to_agree=isinstance(body, Agree | RecordConsent | ConfirmPeople)
    )
    moment = Moment(context.clock.now(), None, new_id, who)
    signs = work.families_with_sign()
    case = work.around(case)
    sign_at_hand = case.key in signs
    if isinstance(body, ConfirmPeople):
        decided = await _confirmed(tx, work, case, body, moment, catalogue, sign_at_hand=sign_at_hand)
    elif isinstance(body, RecordConsent | WithdrawConsent):
        decided = [decide_consent(case, body, moment, catalogue, sign_at_hand=sign_at_hand)]
    else:
        rules = (await work.rules(tx.connection))[case.area]
        newer = work.has_newer(case)
        decided = [
            decide_command(
                case, body, moment, catalogue, sign_at_hand=sign_at_hand, by=by, rules=rules, has_newer_case=newer
            )
        ]
    if isinstance(body, Withdraw | WithdrawConsent) and case.state not in TERMINAL and _is_over(decided[0]):
        # Whichever case a parent withdraws through, the one of the family that goes on stops too.
        decided += withdraw_family(work.of_family(case.key), case, moment)
    if isinstance(body, Halt):
        others = (other for other in work.of_family(case.key) if other.case_id != case.case_id)
        decided += [
            halted for other in others if (halted := halt_with_family(other, body.trigger, moment, found_in=case.key))
        ]
    for progress in decided:
        _take(tx, work, progress, catalogue)
    if isinstance(body, ConfirmPeople):
        # Whose people are known now may be a family that has an open case already.
        for progress in keep_as_one(work, case.key, moment):
            _take(tx, work, progress, catalogue)
    await work.save(tx.connection)
    listing = work.cases[case.case_id].listing
    if isinstance(body, ConfirmPeople) and listing:
        # The place that it was passed over for may be free.
        await waiting_list.tend(tx.connection, {listing.offer}, moment.now)


def _take(tx: Transaction, work: Work, progress: Progress, catalogue: Catalogue) -> None:
    work.take(progress, catalogue)
    for event in progress.events:
        tx.emit(event)


async def _confirmed(
    tx: Transaction,
    work: Work,
    case: Case,
    body: ConfirmPeople,
    moment: Moment,
    catalogue: Catalogue,
    *,
    sign_at_hand: bool,
) -> list[Progress]:
    """A case with the people of the screening that was in question, and what follows for the family's other cases."""
    questioned = case.questioned
    if questioned is not None and body.theirs:
        found = await links.recognised(tx.connection, [questioned])
        case = replace(case, recognised=found.get((questioned.agency, questioned.submission_id)))
    family = work.of_family(case.key)
    earlier = [other for other in family if other.case_id != case.case_id]
    decided = [decide_confirmation(case, body, moment, catalogue, sign_at_hand=sign_at_hand, earlier=earlier)]
    if questioned is not None and body.theirs and withdraws(case, questioned):
        decided += withdraw_family(family, case, moment)
    return decided


def _is_over(progress: Progress) -> bool:
    return progress.case.state is State.CLOSED
