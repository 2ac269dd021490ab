"""A screening's decision in plain words: a line for lists, and what it means."""

from collections.abc import Mapping

from shared.contracts.vocabulary import Decision

DECISIONS: Mapping[str, tuple[str, str]] = {
    Decision.DOMESTIC_ABUSE_PATHWAY: (
        "Specialist support",
        "There is a sign of domestic abuse. The family is not offered mediation, couple support or family counselling.",
    ),
    Decision.MORE_INFORMATION: (
        "More is needed",
        "The family can't be referred yet: something is still missing. Correct the screening when you have it.",
    ),
    Decision.NOT_SUITABLE: ("Not the right time", "This help is not suitable for the family now."),
    Decision.NOT_READY: ("Not ready yet", "The family is not ready for this help yet."),
    Decision.UNIVERSAL_OFFER: ("Universal offer first", "The area's universal offer comes first."),
    Decision.REFER: ("With the team", "The screening is complete, and the family can be referred."),
}
