"""A person's command upon a case: decided under the family's lock, and saved with what follows in one transaction."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.referral.domain.agreement.context import DecisionContext
from services.referral.domain.case.case import Case
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.states import TERMINAL, Actor, State
from services.referral.domain.deciders.command_effects import decide_command
from services.referral.domain.deciders.commands import Agree, Command, Halt, Withdraw
from services.referral.domain.deciders.confirming import ConfirmPeople, decide_confirmation
from services.referral.domain.deciders.consent_commands import RecordConsent, WithdrawConsent, decide_consent
from services.referral.domain.deciders.order import withdraws
from services.referral.domain.safety.halting import halt_others
from services.referral.domain.safety.joining import withdraw_family
from services.referral.domain.safety.one_family import keep_as_one
from services.referral.handlers import unit_of_work
from services.referral.handlers.errors import UnknownCaseError
from services.referral.handlers.unit_of_work import UnitOfWork
from services.referral.repository import cases, directory, links, waiting_list
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.service.definition import Context
from shared.service.form_keys import claim_once


@dataclass(frozen=True, slots=True)
class Instruction:
    """A command that a person gives for a case. `by` is in which role, where it is not the command's usual one; `key`
    is that of the form, where a page sent it.
    """

    case_id: UUID
    command: Command
    who: str
    by: Actor | None = None
    key: UUID | None = None


async def lock_case(tx: Transaction, case_id: UUID) -> UnitOfWork:
    """The case and its family, locked until the transaction ends. Raises UnknownCaseError."""
    await directory.lock_for_reading(tx.connection)
    work = await unit_of_work.lock(tx, await cases.families_of(tx.connection, [case_id]))
    if work.find(case_id) is None:
        raise UnknownCaseError
    return work


async def carry_out(context: Context, instruction: Instruction) -> State:
    """Carries a command out in a transaction of its own and returns the case's new state.

    Raises UnknownCaseError, AlreadySentError, and what the decision raises.
    """
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, instruction.key)
        work = await lock_case(tx, instruction.case_id)
        return await decide(tx, work, instruction, context.clock.now())


async def decide(tx: Transaction, work: UnitOfWork, instruction: Instruction, now: datetime) -> State:
    """Decides a command upon a locked case, saves what follows and returns the new state.

    A halt concerns the whole family, and so does a withdrawal: whichever case a parent withdraws through, the one of
    the family that goes on stops too.
    """
    command, case = instruction.command, work.cases[instruction.case_id]
    areas = {case.area} | ({case.questioned.area} if case.questioned else set())
    to_agree = isinstance(command, Agree | RecordConsent | ConfirmPeople)
    await work.use_directory(areas, [case.agency], to_agree=to_agree)
    if isinstance(command, ConfirmPeople) and command.theirs:
        case = await _as_recognised(tx, case)
    context = work.context(case, now, who=instruction.who)
    others = list(context.others)
    decided = _decided(case, instruction, context)
    work.record(decided)
    if isinstance(command, ConfirmPeople):
        if case.questioned is not None and command.theirs and withdraws(case, case.questioned):
            work.record_each(withdraw_family(others, case, context))
        # Whose people are known now may be a family that has an open case already.
        work.record_each(keep_as_one(work, case.key, context))
    elif isinstance(command, Withdraw | WithdrawConsent):
        if case.state not in TERMINAL and decided.case.state is State.CLOSED:
            work.record_each(withdraw_family(others, case, context))
    elif isinstance(command, Halt):
        work.record_each(halt_others(others, case, command.trigger, context))
    await work.save()
    state, listing = work.cases[case.case_id].state, work.cases[case.case_id].listing
    if isinstance(command, ConfirmPeople) and listing:
        # The place that it was passed over for may be free.
        await waiting_list.request_allocation(tx.connection, {listing.offer}, now)
    return state


def _decided(case: Case, instruction: Instruction, context: DecisionContext) -> Progress:
    match instruction.command:
        case ConfirmPeople() as command:
            return decide_confirmation(case, command, context)
        case RecordConsent() | WithdrawConsent() as command:
            return decide_consent(case, command, context)
        case command:
            return decide_command(case, command, context, by=instruction.by)


async def _as_recognised(tx: Transaction, case: Case) -> Case:
    """The case with what was found of the family of the screening that is in question."""
    questioned = case.questioned
    if questioned is None:
        return case
    found = await links.recognised(tx.connection, [questioned])
    return replace(case, recognised=found.get((questioned.agency, questioned.submission_id)))
