"""What is drawn for the life of a family: screenings' parents, commands, updates, consents."""

from hypothesis import strategies as st

from services.referral.domain.deciders.commands import (
    Agree,
    Answer,
    Command,
    FromPanel,
    Hold,
    Refuse,
    Resume,
    Return,
    SpecialistContact,
    ToPanel,
)
from services.referral.domain.deciders.consent_commands import RecordConsent, WithdrawConsent
from tests.support.referral_families import C1, P1, P2, START, assessment, closing, measure, parent, session, update

FAMILIES = st.sampled_from(
    [
        *[(parent("P1"), parent("P2"))] * 6,
        (parent("P1"), parent("P2", agrees=False)),
        (parent("P1", notice=False), parent("P2")),
        (parent("P1"),),
    ]
)
COMMANDS: list[Command] = [
    *(Agree(), Agree(), Agree(offer="south-mediation"), Return(missing=("tool",)), Answer(), ToPanel(), ToPanel()),
    *(FromPanel(), Refuse(reason="other"), Hold(), Resume(), Resume(), SpecialistContact(outcome="contact-made")),
]
UPDATES = [
    *[update("referral-accepted")] * 3,
    update("referral-declined", reason="no-capacity"),
    update("contact-attempted", parent=P2, method="phone", outcome="reached"),
    *[assessment("suitable")] * 2,
    assessment("not-suitable"),
    *(session(number) for number in (1, 2, 3)),
    update("measure", measure=measure(P1)),
    update("measure", measure=measure(P2, occasion="follow-up-6-months")),
    closing(measures=[measure(P1), measure(P2)]),
    closing("withdrawn"),
]
CONSENTS: list[RecordConsent | WithdrawConsent] = [
    *(RecordConsent(parent=each, purpose="referral", given_on=START.date()) for each in (P1, P2)),
    RecordConsent(parent=P1, purpose="evaluation", given_on=START.date(), basis="public-task"),
    WithdrawConsent(parent=P1, purpose="evaluation"),
    RecordConsent(parent=P2, purpose="child-participation", child=C1, given_on=START.date()),
    WithdrawConsent(parent=P2, purpose="child-participation", child=C1),
]
